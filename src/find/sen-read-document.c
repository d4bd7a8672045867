/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Documents and texts: passages and facts, and what stands on scanned pages. */
#include "sen-error.h"
#include "sen-reading.h"

/* "2024-05-31", with a time or without, in microseconds since 1970; 0 when it is no date. */
static int64_t
parse_date (const char *date)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  g_autofree char *whole = date != NULL && strlen (date) == strlen ("2024-05-31") ? g_strconcat (date, "T00:00:00", NULL) : g_strdup (date);
  g_autoptr (GDateTime) time = whole != NULL ? g_date_time_new_from_iso8601 (whole, zone) : NULL;
  return time != NULL ? g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time) : 0;
}

static bool
is_late (gint64 start, int64_t max_seconds)
{
  return g_get_monotonic_time () - start > max_seconds * G_USEC_PER_SEC;
}

void
sen_reader_document (const SenReader *reader, SenReading *reading, SenCancel *cancel)
{
  GError *error = NULL;
  gint64 start = g_get_monotonic_time ();
  g_autoptr (SenDocument) document = sen_document_open (reader->decode, reading->task.path, cancel, &error);
  if (document == NULL)
    {
      /* What only looked like text by its name. */
      if (reading->task.kind != SEN_FILE_DOCUMENT && g_error_matches (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED))
        {
          reading->state = SEN_INDEX_NONE;
          g_error_free (error);
        }
      else
        sen_reading_fail (reading, error);
      return;
    }
  const SenDocumentFacts *facts = sen_document_facts (document);
  sen_reading_add_fact (reading, SEN_ABOUT_TITLE, facts->title);
  sen_reading_add_fact (reading, SEN_ABOUT_AUTHOR, facts->author);
  reading->made_us = parse_date (facts->date);

  g_autoptr (SenChunker) chunker = sen_chunker_new (reader->tokenizer);
  SenDocumentBlock block;
  int got;
  while ((got = sen_document_next (document, &block, cancel, &error)) > 0)
    {
      if (block.kind == SEN_BLOCK_SCAN && reader->can_read_text)
        reading->deep_state = SEN_INDEX_TO_DO;
      sen_chunker_add (chunker, &block);
      sen_reading_take_passages (reading, chunker, SEN_CHUNK_TEXT, 0);
      if (is_late (start, SEN_READ_MAX_SECONDS / 3))
        break;
    }
  sen_chunker_end (chunker);
  sen_reading_take_passages (reading, chunker, SEN_CHUNK_TEXT, 0);
  const char *language = sen_chunker_language (chunker);
  reading->language = g_strdup (language != NULL ? language : facts->language);
  /* What was read until then stands, and is found. */
  if (got < 0)
    sen_reading_fail (reading, error);
}

/* What stands on a page: what it was found to be before, or by reading it now. NULL with @error. (transfer full) */
static char *
read_page (const SenReader *reader, const SenReading *reading, uint32_t page, bool *is_new, SenCancel *cancel, GError **error)
{
  *is_new = false;
  for (guint i = 0; i < reading->parts->len; i++)
    if (g_array_index (reading->parts, SenStorePart, i).page == page)
      return g_strdup (g_array_index (reading->parts, SenStorePart, i).text);
  const SenReadParams params = { .languages = reader->languages, .page = page };
  g_autoptr (SenPictureText) text = sen_decode_read_text (reader->decode, reading->task.path, &params, cancel, error);
  if (text == NULL)
    return NULL;
  *is_new = true;
  const char *said = text->n_words > 0 ? text->text : "";
  if (reader->part != NULL)
    reader->part (reading, &(SenStorePart) { .place = "", .page = page, .start_ms = -1, .end_ms = -1, .text = said }, reader->data);
  return g_strdup (said);
}

void
sen_reader_document_scans (const SenReader *reader, SenReading *reading, SenCancel *cancel)
{
  GError *error = NULL;
  gint64 start = g_get_monotonic_time ();
  uint32_t n_scans = 0;
  bool has_read = false;
  g_autoptr (SenDocument) document = sen_document_open (reader->decode, reading->task.path, cancel, &error);
  SenDocumentBlock block;
  int got = document != NULL ? 1 : -1;
  while (got > 0 && n_scans < SEN_READ_MAX_SCANS && !is_late (start, SEN_READ_MAX_SECONDS)
         && (got = sen_document_next (document, &block, cancel, &error)) > 0)
    {
      if (block.kind != SEN_BLOCK_SCAN)
        continue;
      n_scans++;
      uint32_t page = block.page;
      /* At least a page, however often it is ended. */
      if (has_read && sen_cancel_requested (reader->yield))
        {
          reading->state = SEN_INDEX_TO_DO;
          return;
        }
      bool is_new;
      g_autofree char *text = read_page (reader, reading, page, &is_new, cancel, &error);
      if (text == NULL)
        {
          got = -1;
          break;
        }
      has_read |= is_new;
      if (*text == '\0')
        continue;
      g_autoptr (SenChunker) chunker = sen_chunker_new (reader->tokenizer);
      sen_chunker_add (chunker, &(SenDocumentBlock) {
        .kind = SEN_BLOCK_PARAGRAPH, .page = page, .start_ms = -1, .end_ms = -1, .text = text,
      });
      sen_chunker_end (chunker);
      sen_reading_take_passages (reading, chunker, SEN_CHUNK_READ, page);
      if (reading->language == NULL)
        reading->language = g_strdup (sen_chunker_language (chunker));
    }
  if (got < 0)
    sen_reading_fail (reading, error);
}

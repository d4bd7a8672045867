/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-reading.h"

#include "sen-error.h"

static void
clear_chunk (gpointer data)
{
  SenReadChunk *read = data;
  g_free ((char *) read->chunk.text);
  g_free ((char *) read->chunk.headings);
  g_free (read->pixels);
  g_free (read->vector);
}

SenReading *
sen_reading_new (SenStoreTask *task, SenIndexPass pass)
{
  SenReading *reading = g_new0 (SenReading, 1);
  reading->task = *task;
  *task = (SenStoreTask) { 0 };
  reading->pass = pass;
  reading->state = SEN_INDEX_DONE;
  reading->deep_state = SEN_INDEX_NONE;
  reading->chunks = g_array_new (FALSE, FALSE, sizeof (SenReadChunk));
  g_array_set_clear_func (reading->chunks, clear_chunk);
  reading->parts = sen_read_parts_new ();
  return reading;
}

void
sen_reading_free (SenReading *reading)
{
  if (reading == NULL)
    return;
  sen_store_task_clear (&reading->task);
  g_array_unref (reading->chunks);
  g_array_unref (reading->parts);
  g_free (reading->error);
  g_free (reading->language);
  g_free (reading);
}

static void
clear_part (gpointer data)
{
  SenStorePart *part = data;
  g_free ((char *) part->place);
  g_free ((char *) part->text);
}

GArray *
sen_read_parts_new (void)
{
  GArray *parts = g_array_new (FALSE, FALSE, sizeof (SenStorePart));
  g_array_set_clear_func (parts, clear_part);
  return parts;
}

void
sen_read_parts_add (const SenStorePart *part, gpointer parts)
{
  SenStorePart copy = *part;
  copy.place = g_strdup (part->place);
  copy.text = g_strdup (part->text);
  g_array_append_val ((GArray *) parts, copy);
}

SenChunk *
sen_reading_add (SenReading *reading, SenChunkSource source, char *text)
{
  const SenReadChunk read = { .chunk = { .source = source, .start_ms = -1, .end_ms = -1, .text = text, .headings = g_strdup ("") } };
  g_array_append_val (reading->chunks, read);
  return &g_array_index (reading->chunks, SenReadChunk, reading->chunks->len - 1).chunk;
}

void
sen_reading_add_fact (SenReading *reading, SenAbout about, const char *text)
{
  if (text != NULL && *text != '\0')
    sen_reading_add (reading, SEN_CHUNK_ABOUT, g_strdup (text))->line = about;
}

void
sen_reading_take_passages (SenReading *reading, SenChunker *chunker, SenChunkSource source, uint32_t page)
{
  for (SenPassage *passage; (passage = sen_chunker_take (chunker)) != NULL; sen_passage_free (passage))
    {
      SenChunk *chunk = sen_reading_add (reading, source, g_steal_pointer (&passage->text));
      g_free ((char *) chunk->headings);
      chunk->headings = g_steal_pointer (&passage->headings);
      chunk->page = page != 0 ? page : passage->page;
      chunk->line = passage->line;
      chunk->start_ms = passage->start_ms;
      chunk->end_ms = passage->end_ms;
    }
}

void
sen_reading_fail (SenReading *reading, GError *error)
{
  bool is_interrupted = g_error_matches (error, SEN_ERROR, SEN_ERROR_CANCELLED);
  reading->state = is_interrupted ? SEN_INDEX_TO_DO : SEN_INDEX_FAILED;
  g_free (reading->error);
  reading->error = is_interrupted ? NULL : g_strdup (error->message);
  g_error_free (error);
}

void
sen_reader_read (const SenReader *reader, SenReading *reading, SenCancel *cancel)
{
  bool is_quick = reading->pass == SEN_INDEX_QUICK;
  switch (reading->task.kind)
    {
    case SEN_FILE_TEXT:
    case SEN_FILE_CODE:
    case SEN_FILE_DOCUMENT:
      (is_quick ? sen_reader_document : sen_reader_document_scans) (reader, reading, cancel);
      break;
    case SEN_FILE_PICTURE:
      (is_quick ? sen_reader_picture : sen_reader_picture_text) (reader, reading, cancel);
      break;
    case SEN_FILE_SOUND:
    case SEN_FILE_VIDEO:
      (is_quick ? sen_reader_media : sen_reader_media_deep) (reader, reading, cancel);
      break;
    default:
      reading->state = SEN_INDEX_NONE;
      break;
    }
}

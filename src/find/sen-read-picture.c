/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Pictures: as they look, what their files say, and what stands in them. */
#include <stdio.h>

#include "sen-find-encoders.h"
#include "sen-reading.h"

/* "2024-05-01 12:34:56" of the camera's clock, taken for the local one. */
static int64_t
parse_date (const char *date)
{
  int year, month, day, hour = 0, minute = 0, second = 0;
  if (date == NULL || sscanf (date, "%d-%d-%d %d:%d:%d", &year, &month, &day, &hour, &minute, &second) < 3)
    return 0;
  g_autoptr (GDateTime) time = g_date_time_new_local (year, month, day, hour, minute, second);
  return time != NULL ? g_date_time_to_unix (time) * G_USEC_PER_SEC : 0;
}

static void
add_place (SenReading *reading, const SenImageFacts *facts)
{
  char latitude[G_ASCII_DTOSTR_BUF_SIZE], longitude[G_ASCII_DTOSTR_BUF_SIZE];
  if (!facts->has_place)
    return;
  g_ascii_formatd (latitude, sizeof latitude, "%.5f", facts->latitude);
  g_ascii_formatd (longitude, sizeof longitude, "%.5f", facts->longitude);
  g_autofree char *place = g_strdup_printf ("%s, %s", latitude, longitude);
  sen_reading_add_fact (reading, SEN_ABOUT_PLACE, place);
}

void
sen_reader_picture (const SenReader *reader, SenReading *reading, SenCancel *cancel)
{
  GError *error = NULL;
  const SenPictureParams params = { .longest_side = SEN_FIND_PICTURE_SIDE };
  g_autoptr (SenImage) image = sen_decode_picture (reader->decode, reading->task.path, &params, cancel, &error);
  if (image == NULL)
    {
      sen_reading_fail (reading, error);
      return;
    }
  const SenImageFacts *facts = sen_image_facts (image);
  sen_reading_add (reading, SEN_CHUNK_SEEN, g_strdup (""));
  if (reader->preparation != NULL)
    g_array_index (reading->chunks, SenReadChunk, 0).pixels = sen_find_prepare_picture (reader->preparation, image, &error);
  if (error != NULL)
    {
      sen_reading_fail (reading, error);
      return;
    }
  reading->made_us = parse_date (facts->date);
  sen_reading_add_fact (reading, SEN_ABOUT_CAMERA, facts->camera);
  add_place (reading, facts);
  reading->deep_state = reader->can_read_text ? SEN_INDEX_TO_DO : SEN_INDEX_NONE;
}

void
sen_reader_picture_text (const SenReader *reader, SenReading *reading, SenCancel *cancel)
{
  GError *error = NULL;
  const SenReadParams params = { .languages = reader->languages, .only_if_likely = true };
  g_autoptr (SenPictureText) text = sen_decode_read_text (reader->decode, reading->task.path, &params, cancel, &error);
  if (text == NULL)
    {
      sen_reading_fail (reading, error);
      return;
    }
  if (text->n_words == 0)
    return;
  g_autoptr (SenChunker) chunker = sen_chunker_new (reader->tokenizer);
  sen_chunker_add (chunker, &(SenDocumentBlock) { .kind = SEN_BLOCK_PARAGRAPH, .start_ms = -1, .end_ms = -1, .text = text->text });
  sen_chunker_end (chunker);
  sen_reading_take_passages (reading, chunker, SEN_CHUNK_READ, 0);
  reading->language = g_strdup (sen_chunker_language (chunker));
}

float *
sen_reader_read_picture (const SenReader *reader, const char *path, SenCancel *cancel, GError **error)
{
  const SenPictureParams params = { .longest_side = SEN_FIND_PICTURE_SIDE };
  g_autoptr (SenImage) image = sen_decode_picture (reader->decode, path, &params, cancel, error);
  return image != NULL ? sen_find_prepare_picture (reader->preparation, image, error) : NULL;
}

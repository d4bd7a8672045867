/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Recordings and videos, but for what is said in them. */
#include <math.h>

#include "sen-error.h"
#include "sen-find-encoders.h"
#include "sen-index-reason.h"
#include "sen-reading.h"

/* A picture for each so many seconds, as far as SEN_READ_MAX_FRAMES. */
#define SECONDS_PER_FRAME 10.0
#define MIN_FRAMES 3
/* How a recording sounds is told in stretches of this, as far as SOUND_MAX_STRETCHES; a rest below half a stretch belongs to the last. */
#define STRETCH_SECONDS 30.0
#define MAX_STRETCHES 20

static SenMediaInfo *
probe (const SenReader *reader, SenReading *reading, SenCancel *cancel)
{
  GError *error = NULL;
  SenMediaInfo *info = sen_decode_probe (reader->decode, reading->task.path, cancel, &error);
  if (info == NULL)
    sen_reading_fail (reading, error);
  return info;
}

void
sen_reader_media (const SenReader *reader, SenReading *reading, SenCancel *cancel)
{
  g_autoptr (SenMediaInfo) info = probe (reader, reading, cancel);
  if (info == NULL)
    return;
  sen_reading_add_fact (reading, SEN_ABOUT_TITLE, info->title);
  sen_reading_add_fact (reading, SEN_ABOUT_AUTHOR, info->artist);
  reading->deep_state = SEN_INDEX_TO_DO;
}

static void
add_stretches (SenReading *reading, double seconds)
{
  double whole = seconds > 0.0 ? seconds : STRETCH_SECONDS;
  uint32_t n = (uint32_t) CLAMP (floor (whole / STRETCH_SECONDS + 0.5), 1.0, MAX_STRETCHES);
  for (uint32_t i = 0; i < n; i++)
    {
      SenChunk *chunk = sen_reading_add (reading, SEN_CHUNK_SOUND, g_strdup (""));
      chunk->start_ms = (int64_t) (i * STRETCH_SECONDS * 1000.0);
      chunk->end_ms = (int64_t) (MIN (i + 1 < n ? (i + 1) * STRETCH_SECONDS : whole, (i + 1.5) * STRETCH_SECONDS) * 1000.0);
    }
}

static void
add_frames (const SenReader *reader, SenReading *reading, double seconds, SenCancel *cancel)
{
  GError *error = NULL;
  const SenPictureParams params = { .longest_side = SEN_FIND_PICTURE_SIDE };
  uint32_t n = (uint32_t) CLAMP (seconds / SECONDS_PER_FRAME, MIN_FRAMES, SEN_READ_MAX_FRAMES);
  g_autoptr (GPtrArray) frames = sen_decode_video_frames (reader->decode, reading->task.path, n, &params, NULL, NULL, cancel, &error);
  for (guint i = 0; frames != NULL && i < frames->len && error == NULL; i++)
    {
      const SenVideoFrame *frame = g_ptr_array_index (frames, i);
      SenChunk *chunk = sen_reading_add (reading, SEN_CHUNK_SEEN, g_strdup (""));
      chunk->start_ms = chunk->end_ms = (int64_t) (frame->seconds * 1000.0);
      g_array_index (reading->chunks, SenReadChunk, reading->chunks->len - 1).pixels
        = reader->preparation != NULL ? sen_find_prepare_picture (reader->preparation, frame->image, &error) : NULL;
    }
  if (error != NULL)
    sen_reading_fail (reading, error);
}

void
sen_reader_media_deep (const SenReader *reader, SenReading *reading, SenCancel *cancel)
{
  g_autoptr (SenMediaInfo) info = probe (reader, reading, cancel);
  if (info == NULL)
    return;
  reading->has_sound = info->audio_codec != NULL;
  reading->seconds = info->duration;
  if (reading->has_sound)
    add_stretches (reading, info->duration);
  if (info->kind == SEN_MEDIA_VIDEO)
    add_frames (reader, reading, info->duration, cancel);
}

GPtrArray *
sen_reader_read_frames (const SenReader *reader, const char *path, SenCancel *cancel, GError **error)
{
  const SenPictureParams params = { .longest_side = SEN_FIND_PICTURE_SIDE };
  return sen_decode_video_frames (reader->decode, path, SEN_READ_MAX_FRAMES, &params, NULL, NULL, cancel, error);
}

float *
sen_reader_choose_frame (const SenReader *reader, const GPtrArray *frames, int64_t start_ms, GError **error)
{
  const SenVideoFrame *best = NULL;
  double place = (double) start_ms / 1000.0;
  for (guint i = 0; i < frames->len; i++)
    {
      const SenVideoFrame *frame = g_ptr_array_index (frames, i);
      if (best == NULL || fabs (frame->seconds - place) < fabs (best->seconds - place))
        best = frame;
    }
  if (best != NULL)
    return sen_find_prepare_picture (reader->preparation, best->image, error);
  sen_index_fail (error, SEN_INDEX_REASON_NO_FRAME, NULL);
  return NULL;
}

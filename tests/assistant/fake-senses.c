/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "fake-senses.h"

#include <string.h>
#include <unistd.h>

#include "sen-error.h"

struct SenSenses {
  int n_steps;
};

static unsigned n_understood, n_rests;
static int keen, held;   /* atomic */

void
fake_senses_hold (bool is_held)
{
  g_atomic_int_set (&held, is_held);
}

void
fake_senses_set_keen (bool is_keen)
{
  g_atomic_int_set (&keen, is_keen);
}

unsigned
fake_senses_n_understood (void)
{
  return g_atomic_int_get (&n_understood);
}

SenSenses *
sen_senses_new (const SenDebug *debug, SenModelStore *store)
{
  SenSenses *self = g_new0 (SenSenses, 1);
  self->n_steps = 10;
  return self;
}

void
sen_senses_free (SenSenses *self)
{
  g_free (self);
}

void
sen_senses_tell (SenSenses *self, SenEncoderDeviceGaveWay gave_way, gpointer user_data)
{
}

void
sen_senses_rest (SenSenses *self)
{
  g_assert_cmpint (gettid (), !=, getpid ());   /* weights are unmapped here */
  g_atomic_int_inc (&n_rests);
}

unsigned
fake_senses_n_rests (void)
{
  return g_atomic_int_get (&n_rests);
}

static bool
listen (SenSenses *self, SenSensesProgress progress, gpointer user_data, SenCancel *cancel, GError **error)
{
  for (int i = 0; i < self->n_steps; i++)
    {
      progress (SEN_ATTACHMENT_SOUND, i, self->n_steps, user_data);
      while (i == 1 && g_atomic_int_get (&held) && !sen_cancel_requested (cancel))
        g_usleep (1000);
      if (sen_cancel_requested (cancel))
        {
          g_set_error_literal (error, SEN_ERROR, SEN_ERROR_CANCELLED, "cancelled");
          return false;
        }
    }
  return true;
}

GArray *
sen_senses_time_words (SenSenses *self, const char *path, SenCancel *cancel, GError **error)
{
  return g_array_new (FALSE, FALSE, sizeof (SenSaidWord));
}

static SenAttachmentKind
read_kind (const char *path, char **words)
{
  g_autofree char *text = NULL;
  *words = NULL;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return SEN_ATTACHMENT_UNKNOWN;
  for (SenAttachmentKind kind = SEN_ATTACHMENT_PICTURE; kind <= SEN_ATTACHMENT_VIDEO; kind++)
    {
      g_autofree char *head = g_strconcat (sen_attachment_kind_name (kind), " ", NULL);
      if (g_str_has_prefix (text, head))
        {
          *words = g_strdup (text + strlen (head));
          return kind;
        }
    }
  return SEN_ATTACHMENT_UNKNOWN;
}

bool
sen_senses_understand (SenSenses *self, const char *path, const char *name, SenSensesProgress progress, gpointer user_data,
                       SenCancel *cancel, SenImpression *impression, GError **error)
{
  static const SenImpression impressions[] = {
    [SEN_ATTACHMENT_PICTURE] = { .width = 400, .height = 300 },
    [SEN_ATTACHMENT_SOUND] = { .seconds = 10.0 },
    [SEN_ATTACHMENT_VIDEO] = { .width = 640, .height = 360, .seconds = 20.0 },
  };
  g_autofree char *words = NULL;
  SenAttachmentKind kind = read_kind (path, &words);
  g_atomic_int_inc (&n_understood);
  *impression = impressions[kind];
  impression->kind = kind;
  if (kind == SEN_ATTACHMENT_UNKNOWN)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "“%s” is damaged", name);
      return false;
    }
  if (kind != SEN_ATTACHMENT_PICTURE && !listen (self, progress, user_data, cancel, error))
    return false;
  impression->words = g_steal_pointer (&words);
  impression->words_by = g_strdup (g_atomic_int_get (&keen) ? "fake, keener" : "fake");
  return true;
}

bool
sen_senses_can_improve (SenSenses *self, SenAttachmentKind kind, const char *words, const char *words_by)
{
  return g_atomic_int_get (&keen) && strstr (words_by, "keener") == NULL;
}

/* Stripes of the size that was asked for, as if 4:3. */
SenImage *
sen_senses_picture (SenSenses *self, const char *path, SenAttachmentKind kind, int longest_side, SenCancel *cancel, GError **error)
{
  g_autofree char *words = NULL;
  if (read_kind (path, &words) != kind)
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_FORMAT, "there is no picture");
      return NULL;
    }
  int width = MIN (longest_side, 400), height = width * 3 / 4;
  g_autofree uint8_t *pixels = g_malloc0 (3 * (gsize) width * (gsize) height);
  for (int i = 0; i < width * height; i++)
    pixels[3 * i + (i / width / 8) % 3] = 200;
  return sen_image_new (width, height, pixels);
}

/* A recording that swells; nothing to hear. */
SenPeaks *
sen_senses_peaks (SenSenses *self, const char *path, size_t n_bins, SenCancel *cancel, GError **error)
{
  g_autofree char *words = NULL;
  if (read_kind (path, &words) != SEN_ATTACHMENT_SOUND)
    {
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "there is no sound");
      return NULL;
    }
  SenPeaks *peaks = g_new0 (SenPeaks, 1);
  *peaks = (SenPeaks) { .n_bins = n_bins, .low = g_new0 (float, n_bins), .high = g_new0 (float, n_bins), .duration = 10.0 };
  for (size_t i = 0; i < n_bins; i++)
    peaks->high[i] = (float) i / (float) n_bins;
  return peaks;
}

SenSound *
sen_senses_open_sound (SenSenses *self, const char *path, double start, SenCancel *cancel, GError **error)
{
  g_set_error_literal (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "there is no sound");
  return NULL;
}

const char *
sen_senses_capture_helper (SenSenses *self)
{
  return NULL;
}

void
sen_impression_clear (SenImpression *impression)
{
  g_free (impression->mime);
  g_free (impression->words);
  g_free (impression->words_by);
  *impression = (SenImpression) { 0 };
}

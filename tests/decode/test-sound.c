/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Sound and video of every format. argv[1]: tests/data/media (tools/make-media-corpus.sh). */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "decode-fixture.h"
#include "sen-error.h"

#define RATE SEN_SOUND_RATE

static SenDecode *decode;

/* The whole of a sound. */
static GArray *
read_all (const char *path, double start, GError **error)
{
  g_autoptr (SenSound) sound = sen_decode_open_sound (decode, path, start, NULL, error);
  if (sound == NULL)
    return NULL;
  GArray *all = g_array_new (FALSE, FALSE, sizeof (float));
  float samples[3000];
  gssize n;
  while ((n = sen_sound_read (sound, samples, G_N_ELEMENTS (samples), NULL, error)) > 0)
    g_array_append_vals (all, samples, (guint) n);
  g_assert_cmpfloat_with_epsilon (sen_sound_position (sound), start + (double) all->len / RATE, 1e-3);
  if (n < 0)
    g_clear_pointer (&all, g_array_unref);
  return all;
}

/* Amplitude of a frequency in a stretch (Goertzel's sum). */
static double
amplitude (const GArray *all, double from, double to, double frequency)
{
  double c = 0, s = 0;
  size_t a = (size_t) (from * RATE), b = MIN ((size_t) (to * RATE), all->len);
  for (size_t i = a; i < b; i++)
    {
      double sample = g_array_index (all, float, i), phase = 2 * G_PI * frequency * (double) i / RATE;
      c += sample * cos (phase);
      s += sample * sin (phase);
    }
  return b > a ? 2 * hypot (c, s) / (double) (b - a) : 0;
}

/* 440 Hz in the first half second, 880 Hz in the second, amplitude 0.5. */
static void
assert_tone (const GArray *all, double at)
{
  g_assert_cmpfloat_with_epsilon (amplitude (all, at + 0.1, at + 0.4, 440), 0.5, 0.05);
  g_assert_cmpfloat (amplitude (all, at + 0.1, at + 0.4, 880), <, 0.03);
  g_assert_cmpfloat_with_epsilon (amplitude (all, at + 0.6, at + 0.9, 880), 0.5, 0.05);
  g_assert_cmpfloat (amplitude (all, at + 0.6, at + 0.9, 440), <, 0.03);
}

static const struct {
  const char  *name, *format, *audio_codec, *video_codec;
  double       seconds;
  SenMediaKind kind;
} media[] = {
  { "tone.wav", "WAV", "adpcm_ms", NULL, 1, SEN_MEDIA_SOUND },
  { "tone.mp3", "MP3", "mp3", NULL, 1, SEN_MEDIA_SOUND },
  { "tone.ogg", "Ogg", "vorbis", NULL, 1, SEN_MEDIA_SOUND },
  { "tone.opus", "Ogg", "opus", NULL, 1, SEN_MEDIA_SOUND },
  { "tone.flac", "FLAC", "flac", NULL, 1, SEN_MEDIA_SOUND },
  { "tone.m4a", "MP4", "aac", NULL, 1, SEN_MEDIA_SOUND },
  { "tone.aac", "AAC", "aac", NULL, 1, SEN_MEDIA_SOUND },
  { "tone.wma", "Windows Media", "wmav2", NULL, 1, SEN_MEDIA_SOUND },
  { "tone.aiff", "AIFF", "pcm_mulaw", NULL, 1, SEN_MEDIA_SOUND },
  { "tone.au", "AU", "pcm_mulaw", NULL, 1, SEN_MEDIA_SOUND },
  { "tone.wv", "WavPack", "wavpack", NULL, 1, SEN_MEDIA_SOUND },
  { "tone.caf", "CAF", "alac", NULL, 1, SEN_MEDIA_SOUND },
  { "tone.ac3", "AC-3", "ac3", NULL, 1, SEN_MEDIA_SOUND },
  { "cover.mp3", "MP3", "mp3", NULL, 1, SEN_MEDIA_SOUND },
  { "film.mp4", "MP4", "aac", "h264", 2, SEN_MEDIA_VIDEO },
  { "film.webm", "Matroska", "opus", "vp9", 2, SEN_MEDIA_VIDEO },
  { "film.mkv", "Matroska", "mp3", "h264", 2, SEN_MEDIA_VIDEO },
  { "film.avi", "AVI", "mp3", "mpeg4", 2, SEN_MEDIA_VIDEO },
  { "film.ts", "MPEG-TS", "mp2", "mpeg2video", 2, SEN_MEDIA_VIDEO },
};

static void
test_formats (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (media); i++)
    {
      g_autofree char *path = corpus_path (media[i].name);
      g_autoptr (GError) error = NULL;
      g_autoptr (SenMediaInfo) info = sen_decode_probe (decode, path, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (info->kind, ==, media[i].kind);
      g_assert_cmpstr (info->format, ==, media[i].format);
      g_assert_cmpstr (info->audio_codec, ==, media[i].audio_codec);
      g_assert_cmpstr (info->video_codec, ==, media[i].video_codec);
      g_assert_cmpint (info->n_channels, ==, 1);
      g_assert_cmpuint (info->n_audio_streams, ==, 1);

      g_autoptr (GArray) all = read_all (path, 0, &error);
      g_assert_no_error (error);
      g_test_message ("%s: says %.3f s, has %.3f s, 440 Hz at %.3f", media[i].name, info->duration, (double) all->len / RATE,
                      amplitude (all, 0.1, 0.4, 440));
      /* Lossy codecs pad with up to two of their frames. */
      g_assert_cmpfloat_with_epsilon ((double) all->len / RATE, media[i].seconds, 0.15);
      assert_tone (all, 0);
      if (media[i].seconds > 1)
        assert_tone (all, 1);
    }
  g_assert_cmpuint (sen_decode_n_started (decode), ==, 1);
}

/* Largest difference of @rest to @whole from @skip on, but for what lossy decoders need to settle. */
static double
worst_difference (const GArray *whole, const GArray *rest, size_t skip)
{
  double worst = 0;
  for (size_t i = 100; i + skip < whole->len && i < rest->len; i++)
    worst = MAX (worst, fabs (g_array_index (whole, float, i + skip) - g_array_index (rest, float, i)));
  return worst;
}

/* From the middle: the same samples as when read from the start. Matroska keeps time in milliseconds, so that its place may be
 * off by as much. */
static void
test_seek (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (media); i++)
    {
      if (media[i].seconds < 2 && strcmp (media[i].name, "tone.flac") != 0)
        continue;
      g_autofree char *path = corpus_path (media[i].name);
      g_autoptr (GError) error = NULL;
      double start = media[i].seconds * 0.6;
      g_autoptr (GArray) whole = read_all (path, 0, &error);
      g_autoptr (GArray) rest = read_all (path, start, &error);
      g_assert_no_error (error);
      int slack = strcmp (media[i].format, "Matroska") == 0 ? RATE / 1000 : 2;
      size_t skip = (size_t) (start * RATE);
      g_assert_cmpint (ABS ((int64_t) rest->len - (int64_t) (whole->len - skip)), <=, slack);
      double worst = 1;
      for (int shift = -slack; shift <= slack; shift++)
        worst = MIN (worst, worst_difference (whole, rest, skip + (size_t) shift));
      g_test_message ("%s: largest difference after a seek %.4f", media[i].name, worst);
      g_assert_cmpfloat (worst, <, 0.03);
    }
}

/* --- WAV files made here -------------------------------------------------------------------------------------------------------------- */

/* 32-bit float samples, @value (i, channel) of each. */
static char *
write_float_wav (const char *name, uint32_t rate, uint32_t n_channels, size_t n, float (*value) (size_t i, uint32_t channel))
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  uint32_t n_data = (uint32_t) n * n_channels * 4;
  g_byte_array_append (out, (const uint8_t *) "RIFF", 4);
  fixture_put (out, 36 + n_data, 4);
  g_byte_array_append (out, (const uint8_t *) "WAVEfmt ", 8);
  fixture_put (out, 16, 4);
  fixture_put (out, 3, 2);
  fixture_put (out, n_channels, 2);
  fixture_put (out, rate, 4);
  fixture_put (out, rate * n_channels * 4, 4);
  fixture_put (out, n_channels * 4, 2);
  fixture_put (out, 32, 2);
  g_byte_array_append (out, (const uint8_t *) "data", 4);
  fixture_put (out, n_data, 4);
  for (size_t i = 0; i < n; i++)
    for (uint32_t c = 0; c < n_channels; c++)
      {
        float sample = value (i, c);
        g_byte_array_append (out, (const uint8_t *) &sample, 4);
      }
  return fixture_write (name, out->data, out->len);
}

static float
everywhere_440 (size_t i, uint32_t channel)
{
  return 0.5f * sinf (2 * (float) G_PI * 440 * (float) i / 192000);
}

static float
broken_samples (size_t i, uint32_t channel)
{
  return i % 100 == 50 ? NAN : i % 100 == 70 ? INFINITY : i % 100 == 90 ? -1e30f
         : 0.25f * sinf (2 * (float) G_PI * 440 * (float) i / 48000);
}

static void
test_many_channels (void)
{
  static const uint32_t counts[] = { 2, 6, 8, 13 };
  for (size_t i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      g_autofree char *path = write_float_wav ("channels.wav", 192000, counts[i], 96000, everywhere_440);
      g_autoptr (GError) error = NULL;
      g_autoptr (SenMediaInfo) info = sen_decode_probe (decode, path, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (info->sample_rate, ==, 192000);
      g_assert_cmpint (info->n_channels, ==, (int) counts[i]);
      g_autoptr (GArray) all = read_all (path, 0, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (all->len, ==, RATE / 2);
      double level = amplitude (all, 0.1, 0.4, 440);
      g_test_message ("%u channels: %.3f", counts[i], level);
      /* All channels alike: the mean is each of them (the deep one of 5.1 and 7.1 is left out of it). */
      g_assert_cmpfloat_with_epsilon (level, 0.5, 0.02);
      g_remove (path);
    }
}

static void
test_too_many_channels (void)
{
  g_autofree char *path = write_float_wav ("choir.wav", 48000, 200, 100, everywhere_440);
  g_autoptr (GError) error = NULL;
  g_assert_null (read_all (path, 0, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, SEN_ERROR, SEN_ERROR_LIMIT);
  g_remove (path);
}

static void
test_nan (void)
{
  g_autofree char *path = write_float_wav ("nan.wav", 48000, 1, 48000, broken_samples);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) all = read_all (path, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (all->len, ==, RATE);
  for (guint i = 0; i < all->len; i++)
    g_assert_true (fabsf (g_array_index (all, float, i)) <= 1);
  g_assert_cmpfloat (amplitude (all, 0.1, 0.9, 440), >, 0.15);
  g_remove (path);
}

static void
test_no_samples (void)
{
  g_autofree char *path = write_float_wav ("zero.wav", 48000, 1, 0, broken_samples);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) all = read_all (path, 0, &error);
  if (all != NULL)
    g_assert_cmpuint (all->len, ==, 0);
  else
    g_test_message ("%s", error->message);
  g_remove (path);
}

/* Three hours in constant memory: the helper may have less than the sound would take. */
static void
test_long (void)
{
  const size_t n = 3 * 3600 * 8000;
  g_autoptr (GByteArray) head = g_byte_array_new ();
  g_byte_array_append (head, (const uint8_t *) "RIFF", 4);
  fixture_put (head, 36 + n, 4);
  g_byte_array_append (head, (const uint8_t *) "WAVEfmt ", 8);
  fixture_put (head, 16, 4);
  fixture_put (head, 7, 2);   /* µ-law: one byte a sample */
  fixture_put (head, 1, 2);
  fixture_put (head, 8000, 4);
  fixture_put (head, 8000, 4);
  fixture_put (head, 1, 2);
  fixture_put (head, 8, 2);
  g_byte_array_append (head, (const uint8_t *) "data", 4);
  fixture_put (head, n, 4);
  g_autofree char *path = fixture_write ("long.wav", head->data, head->len);
  FILE *file = g_fopen (path, "r+b");
  g_assert_nonnull (file);
  /* The rest of the file is a hole: zeros, which µ-law plays as a steady level. */
  g_assert_cmpint (fseek (file, (long) (head->len + n - 1), SEEK_SET), ==, 0);
  g_assert_cmpint (fputc (0, file), ==, 0);
  g_assert_cmpint (fclose (file), ==, 0);

  g_autoptr (SenDecode) small = sen_decode_new (&(SenDecodeParams) { .helper = fixture_helper (), .memory_bytes = 600u << 20 });
  g_autoptr (GError) error = NULL;
  g_autoptr (SenSound) sound = sen_decode_open_sound (small, path, 0, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat_with_epsilon (sen_sound_duration (sound), 3 * 3600, 0.01);
  float samples[16000];
  size_t total = 0;
  gssize got;
  while ((got = sen_sound_read (sound, samples, G_N_ELEMENTS (samples), NULL, &error)) > 0)
    total += (size_t) got;
  g_assert_no_error (error);
  g_assert_cmpuint (total, ==, 2 * n);
  g_autoptr (SenSound) late = sen_decode_open_sound (small, path, 2 * 3600 + 0.5, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (sen_sound_read (late, samples, 100, NULL, &error), ==, 100);
  g_assert_cmpfloat_with_epsilon (sen_sound_position (late), 2 * 3600 + 0.5 + 100.0 / RATE, 1e-3);
  g_autoptr (SenSound) ended = sen_decode_open_sound (small, path, 4 * 3600, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (sen_sound_read (ended, samples, 100, NULL, &error), ==, 0);

  /* Read in one go: no more of it than is asked for, and what tells that there is more. */
  g_autoptr (GArray) some = sen_decode_read_sound (small, path, 1.5, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (some->len, >, 3 * RATE / 2);
  g_assert_cmpuint (some->len, <, 2 * RATE);
  g_remove (path);
}

static void
note_progress (double done, double total, gpointer user_data)
{
  double *latest = user_data;
  g_assert_cmpfloat (done, >=, *latest);
  *latest = done;
}

static void
test_peaks (void)
{
  g_autofree char *path = fixture_write_wav (RATE * 4);
  static const size_t sizes[] = { 1, 7, 100, 400 };
  for (size_t k = 0; k < G_N_ELEMENTS (sizes); k++)
    {
      g_autoptr (GError) error = NULL;
      double latest = 0;
      g_autoptr (SenPeaks) peaks = sen_decode_peaks (decode, path, sizes[k], note_progress, &latest, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (peaks->n_bins, ==, sizes[k]);
      g_assert_cmpfloat_with_epsilon (peaks->duration, 4, 1e-4);
      g_assert_cmpfloat_with_epsilon (latest, 4, 1e-4);
      for (size_t i = 0; i < peaks->n_bins; i++)
        {
          /* The level rises every second; a bin of at least a wave shows it, and its neighbours' edges at most. */
          float rising = (float) ((i + 1) * 4 / peaks->n_bins + 1) / 16, low = (float) (i * 4 / peaks->n_bins + 1) / 16;
          g_assert_cmpfloat (peaks->high[i], <=, MIN (rising, 0.25f) + 0.002f);
          g_assert_cmpfloat (peaks->high[i], >=, low - 0.002f);
          g_assert_cmpfloat (peaks->low[i], <=, -low + 0.002f);
        }
    }
  g_remove (path);
}

/* --- Video ---------------------------------------------------------------------------------------------------------------------------- */

/* Frame n is shown from n / 10 s and is 10 + 12 n grey, with a white corner at the top left. */
static void
assert_film (GPtrArray *frames, uint32_t n_wanted, double duration, const char *name)
{
  g_assert_cmpuint (frames->len, ==, n_wanted);
  for (guint i = 0; i < frames->len; i++)
    {
      const SenVideoFrame *frame = g_ptr_array_index (frames, i);
      const uint8_t *pixels = sen_image_pixels (frame->image);
      int width = sen_image_width (frame->image), height = sen_image_height (frame->image);
      double wanted = (i + 0.5) / n_wanted * duration;
      int grey = pixels[3 * (width * (height / 2) + width / 2)], shown = (int) lround ((grey - 10) / 12.0);
      g_test_message ("%s: wanted %.3f, got %.3f, frame %d", name, wanted, frame->seconds, shown);
      /* AVI has no time stamps, only an order of frames: one off either way. */
      double slack = g_str_has_suffix (name, "avi") ? 0.1 : 0;
      g_assert_cmpfloat (frame->seconds, <=, wanted + 0.01 + slack);
      g_assert_cmpfloat (frame->seconds, >, wanted - 0.13 - slack);
      g_assert_cmpint (ABS (shown - (int) floor (frame->seconds * 10 + 0.5)), <=, 1);
      g_assert_cmpint (pixels[3 * (width * 2 + 2)], >, 220);
    }
}

static void
test_video (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (media); i++)
    {
      if (media[i].kind != SEN_MEDIA_VIDEO)
        continue;
      g_autofree char *path = corpus_path (media[i].name);
      g_autoptr (GError) error = NULL;
      g_autoptr (SenMediaInfo) info = sen_decode_probe (decode, path, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpint (info->width, ==, 64);
      g_assert_cmpint (info->height, ==, 48);
      g_assert_cmpfloat_with_epsilon (info->duration, 2, 0.15);
      double latest = 0;
      g_autoptr (GPtrArray) frames = sen_decode_video_frames (decode, path, 6, NULL, note_progress, &latest, NULL, &error);
      g_assert_no_error (error);
      assert_film (frames, 6, info->duration, media[i].name);
      g_assert_cmpfloat (latest, ==, 6);

      const SenPictureParams small = { .longest_side = 32 };
      g_autoptr (GPtrArray) one = sen_decode_video_frames (decode, path, 1, &small, NULL, NULL, NULL, &error);
      g_assert_no_error (error);
      const SenVideoFrame *frame = g_ptr_array_index (one, 0);
      g_assert_cmpint (sen_image_width (frame->image), ==, 32);
      g_assert_cmpint (sen_image_height (frame->image), ==, 24);
      g_assert_cmpint (sen_image_facts (frame->image)->width, ==, 64);
    }
}

/* No more frames than there are. */
static void
test_few_frames (void)
{
  g_autofree char *path = corpus_path ("film.mp4");
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) frames = sen_decode_video_frames (decode, path, 100, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (frames->len, ==, 20);
}

static void
test_turned (void)
{
  g_autofree char *path = corpus_path ("turned.mp4");
  g_autoptr (GError) error = NULL;
  g_autoptr (SenMediaInfo) info = sen_decode_probe (decode, path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (info->width, ==, 48);
  g_assert_cmpint (info->height, ==, 64);
  g_autoptr (GPtrArray) frames = sen_decode_video_frames (decode, path, 2, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  const SenVideoFrame *frame = g_ptr_array_index (frames, 0);
  g_assert_cmpint (sen_image_width (frame->image), ==, 48);
  /* A quarter turn to the left (what players show) takes the top left corner to the bottom left. */
  g_assert_cmpint (sen_image_pixels (frame->image)[3 * (48 * 61 + 2)], >, 220);
  g_assert_cmpint (sen_image_pixels (frame->image)[3 * (48 * 2 + 2)], <, 150);
}

static void
test_silent_video (void)
{
  g_autofree char *path = corpus_path ("silent.mp4");
  g_autoptr (GError) error = NULL;
  g_autoptr (SenMediaInfo) info = sen_decode_probe (decode, path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (info->kind, ==, SEN_MEDIA_VIDEO);
  g_assert_null (info->audio_codec);
  g_assert_cmpuint (info->n_audio_streams, ==, 0);
  g_assert_null (sen_decode_open_sound (decode, path, 0, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED);
  g_assert_true (g_str_has_suffix (error->message, "silent.mp4 (MP4) has no sound"));
  g_clear_error (&error);

  g_autofree char *sound = corpus_path ("cover.mp3");
  g_assert_null (sen_decode_video_frames (decode, sound, 3, NULL, NULL, NULL, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  g_assert_null (sen_decode_picture (decode, sound, NULL, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "holds no picture"));
}

/* As many streams side by side as there may be, and one more. */
static void
test_many_streams (void)
{
  g_autofree char *path = corpus_path ("tone.flac");
  SenSound *open[17] = { NULL };
  g_autoptr (GError) error = NULL;
  for (size_t i = 0; i < 16; i++)
    {
      open[i] = sen_decode_open_sound (decode, path, 0, NULL, &error);
      g_assert_no_error (error);
    }
  g_assert_null (sen_decode_open_sound (decode, path, 0, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_LIMIT);
  float samples[100];
  for (size_t i = 0; i < 16; i++)
    {
      g_assert_cmpint (sen_sound_read (open[i], samples, 100, NULL, NULL), ==, 100);
      sen_sound_close (open[i]);
    }
  g_autoptr (SenSound) again = sen_decode_open_sound (decode, path, 0, NULL, NULL);
  g_assert_nonnull (again);
}

int
main (int argc, char **argv)
{
  decode = fixture_begin (&argc, &argv);
  g_test_add_func ("/sound/formats", test_formats);
  g_test_add_func ("/sound/seek", test_seek);
  g_test_add_func ("/sound/many-channels", test_many_channels);
  g_test_add_func ("/sound/too-many-channels", test_too_many_channels);
  g_test_add_func ("/sound/nan", test_nan);
  g_test_add_func ("/sound/no-samples", test_no_samples);
  g_test_add_func ("/sound/long", test_long);
  g_test_add_func ("/sound/peaks", test_peaks);
  g_test_add_func ("/sound/many-streams", test_many_streams);
  g_test_add_func ("/video/frames", test_video);
  g_test_add_func ("/video/few-frames", test_few_frames);
  g_test_add_func ("/video/turned", test_turned);
  g_test_add_func ("/video/silent", test_silent_video);
  return fixture_run (decode);
}

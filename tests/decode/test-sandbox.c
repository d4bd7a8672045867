/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * A decoder that misbehaves costs one file a sentence, and nothing else. */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "decode-fixture.h"
#include "sen-error.h"

static void
assert_still_works (SenDecode *decode)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = fixture_bmp (3, 2);
  g_autoptr (SenImage) image = sen_decode_picture_bytes (decode, bytes, "small.bmp", NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (sen_image_width (image), ==, 3);
  g_assert_cmpint (sen_image_height (image), ==, 2);
}

/* The same where a request may take so little time that a busy machine needs more of it to start a helper. */
static void
assert_works_again (SenDecode *decode)
{
  g_autoptr (GBytes) bytes = fixture_bmp (3, 2);
  g_autoptr (SenImage) image = NULL;
  while (image == NULL)
    {
      g_autoptr (GError) error = NULL;
      image = sen_decode_picture_bytes (decode, bytes, "small.bmp", NULL, NULL, &error);
      if (image == NULL)
        g_assert_error (error, SEN_ERROR, SEN_ERROR_LIMIT);
    }
  g_assert_cmpint (sen_image_width (image), ==, 3);
}

static void
test_faults (void)
{
  static const struct {
    SenDecodeFault fault;
    SenError       code;
    const char    *words;
  } cases[] = {
    { SEN_DECODE_FAULT_OPEN, SEN_ERROR_FORMAT, "something forbidden" },
    { SEN_DECODE_FAULT_SOCKET, SEN_ERROR_FORMAT, "something forbidden" },
    { SEN_DECODE_FAULT_EXEC, SEN_ERROR_FORMAT, "something forbidden" },
    { SEN_DECODE_FAULT_CRASH, SEN_ERROR_FORMAT, "crash" },
  };
  g_autoptr (SenDecode) decode = sen_decode_new (&(SenDecodeParams) { .helper = fixture_helper () });
  assert_still_works (decode);
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      uint32_t n_started = sen_decode_n_started (decode);
      g_assert_false (sen_decode_fault (decode, cases[i].fault, NULL, &error));
      g_assert_error (error, SEN_ERROR, (int) cases[i].code);
      g_assert_nonnull (strstr (error->message, cases[i].words));
      assert_still_works (decode);
      g_assert_cmpuint (sen_decode_n_started (decode), ==, n_started + 1);
    }
}

static void
test_spin (void)
{
  g_autoptr (SenDecode) decode = sen_decode_new (&(SenDecodeParams) { .helper = fixture_helper (), .time_ms = 1000 });
  g_autoptr (GError) error = NULL;
  assert_works_again (decode);
  uint32_t n_started = sen_decode_n_started (decode);
  g_assert_false (sen_decode_fault (decode, SEN_DECODE_FAULT_SPIN, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "longer than 1 seconds"));
  assert_works_again (decode);
  g_assert_cmpuint (sen_decode_n_started (decode), >, n_started);
}

#ifndef __SANITIZE_ADDRESS__
/* The address sanitizer's shadow leaves no room for a limit. Memory runs out inside the helper's own limit, which it survives, and long
 * before the machine's. */
static void
test_memory (void)
{
  g_autoptr (SenDecode) decode = sen_decode_new (&(SenDecodeParams) { .helper = fixture_helper (), .memory_bytes = 1u << 30 });
  g_autoptr (GError) error = NULL;
  assert_still_works (decode);
  g_assert_false (sen_decode_fault (decode, SEN_DECODE_FAULT_MEMORY, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "memory"));
  assert_still_works (decode);
}

#endif

static void
test_idle (void)
{
  g_autoptr (SenDecode) decode = sen_decode_new (&(SenDecodeParams) { .helper = fixture_helper (), .idle_ms = 50 });
  /* However long it takes to go. */
  while (sen_decode_n_started (decode) < 2)
    {
      assert_still_works (decode);
      g_usleep (200 * 1000);
    }
}

static void
test_missing_helper (void)
{
  g_autoptr (SenDecode) decode = sen_decode_new (&(SenDecodeParams) { .helper = "/nowhere/sensorium-decode" });
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = fixture_bmp (1, 1);
  g_assert_null (sen_decode_picture_bytes (decode, bytes, "small.bmp", NULL, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_DEVICE);
  g_assert_nonnull (strstr (error->message, "could not be started"));
}

/* A helper that dies at once, and one that says nothing that can be understood. */
static void
test_wrong_helper (void)
{
  g_autoptr (SenDecode) decode = sen_decode_new (&(SenDecodeParams) { .helper = "/bin/false" });
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = fixture_bmp (1, 1);
  g_assert_null (sen_decode_picture_bytes (decode, bytes, "small.bmp", NULL, NULL, &error));
  g_assert_nonnull (error);
}

static gpointer
cancel_soon (gpointer user_data)
{
  SenCancel *cancel = user_data;
  g_usleep (100 * 1000);
  g_atomic_int_set (&cancel->requested, 1);
  return NULL;
}

static void
test_cancel (void)
{
  g_autoptr (SenDecode) decode = sen_decode_new (&(SenDecodeParams) { .helper = fixture_helper () });
  g_autoptr (GError) error = NULL;
  SenCancel cancel = { 0 };
  GThread *thread = g_thread_new ("cancel", cancel_soon, &cancel);
  g_assert_false (sen_decode_fault (decode, SEN_DECODE_FAULT_SPIN, &cancel, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CANCELLED);
  g_thread_join (thread);
  assert_still_works (decode);
}

/* A recording is read while another file ends the helper twice: not one sample is lost or said twice. */
static void
test_stream_survives (void)
{
  g_autoptr (SenDecode) decode = sen_decode_new (&(SenDecodeParams) { .helper = fixture_helper () });
  g_autoptr (GError) error = NULL;
  g_autofree char *path = fixture_write_wav (SEN_SOUND_RATE * 4);
  g_autoptr (SenSound) sound = sen_decode_open_sound (decode, path, 0, NULL, &error);
  g_assert_no_error (error);
  g_autofree float *samples = g_new (float, SEN_SOUND_RATE);
  size_t at = 0;
  gssize n;
  for (int i = 0; (n = sen_sound_read (sound, samples, 5000, NULL, &error)) > 0; i++)
    {
      for (gssize j = 0; j < n; j++, at++)
        g_assert_cmpfloat_with_epsilon (samples[j], fixture_wav_sample (at), 1e-3);
      if (i == 3 || i == 7)
        sen_decode_fault (decode, SEN_DECODE_FAULT_CRASH, NULL, NULL);
    }
  g_assert_no_error (error);
  g_assert_cmpint (n, ==, 0);
  g_assert_cmpuint (at, ==, SEN_SOUND_RATE * 4);
  g_assert_cmpuint (sen_decode_n_started (decode), ==, 3);
  g_remove (path);
}

/* --- Many threads -------------------------------------------------------------------------------------------------------------------- */

static gpointer
read_many (gpointer user_data)
{
  for (int i = 0; i < 20; i++)
    assert_still_works (user_data);
  return NULL;
}

static void
test_threads (void)
{
  g_autoptr (SenDecode) decode = sen_decode_new (&(SenDecodeParams) { .helper = fixture_helper () });
  GThread *threads[4];
  for (size_t i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("reader", read_many, decode);
  for (size_t i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (sen_decode_n_started (decode), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sandbox/faults", test_faults);
  g_test_add_func ("/sandbox/spin", test_spin);
#ifndef __SANITIZE_ADDRESS__
  g_test_add_func ("/sandbox/memory", test_memory);
#endif
  g_test_add_func ("/sandbox/idle", test_idle);
  g_test_add_func ("/sandbox/missing-helper", test_missing_helper);
  g_test_add_func ("/sandbox/wrong-helper", test_wrong_helper);
  g_test_add_func ("/sandbox/cancel", test_cancel);
  g_test_add_func ("/sandbox/stream-survives", test_stream_survives);
  g_test_add_func ("/sandbox/threads", test_threads);
  return g_test_run ();
}

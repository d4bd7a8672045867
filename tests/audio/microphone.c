/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "microphone.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "sen-capture-wire.h"

static void
put (GByteArray *stream, SenCaptureKind kind, uint32_t value, gconstpointer payload, gsize n)
{
  const SenCaptureHead head = { SEN_CAPTURE_MAGIC, kind, value, (uint32_t) n };
  g_byte_array_append (stream, (const guint8 *) &head, sizeof head);
  g_byte_array_append (stream, payload, (guint) n);
}

static char *
write_file (const char *folder, const char *name, GByteArray *content)
{
  g_autoptr (GError) error = NULL;
  char *path = g_build_filename (folder, name, NULL);
  g_file_set_contents (path, (const char *) content->data, content->len, &error);
  g_assert_no_error (error);
  return path;
}

void
microphone_set_up (Microphone *microphone, const GArray *sound)
{
  enum { PIECE = 320 };   /* 20 ms, as the real one */
  static const char name[] = "Test microphone", device[] = "pulse:mic\0Test microphone", monitor[] = "pulse:speaker.monitor\0Speaker";
  const float nothing[PIECE] = { 0 };
  g_autoptr (GByteArray) list = g_byte_array_new (), stream = g_byte_array_new (), rest = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("sen-microphone-XXXXXX", &error);
  g_assert_no_error (error);
  put (list, SEN_CAPTURE_DEVICE, SEN_CAPTURE_DEFAULT, device, sizeof device - 1);
  put (list, SEN_CAPTURE_DEVICE, SEN_CAPTURE_MONITOR, monitor, sizeof monitor - 1);
  put (rest, SEN_CAPTURE_SAMPLES, 0, nothing, sizeof nothing);
  put (stream, SEN_CAPTURE_STARTED, 0, name, sizeof name - 1);
  for (guint at = 0; at < sound->len; at += PIECE)
    put (stream, SEN_CAPTURE_SAMPLES, 0, &g_array_index (sound, float, at), MIN (PIECE, sound->len - at) * sizeof (float));
  *microphone = (Microphone) {
    .helper = g_build_filename (folder, "capture", NULL), .spoken = g_build_filename (folder, "spoken", NULL),
    .list = write_file (folder, "list", list), .stream = write_file (folder, "stream", stream), .rest = write_file (folder, "rest", rest),
  };
  g_autofree char *script = g_test_build_filename (G_TEST_DIST, "microphone.sh", NULL);
  g_assert_cmpint (symlink (script, microphone->helper), ==, 0);
}

void
microphone_tear_down (Microphone *microphone)
{
  g_autofree char *folder = g_path_get_dirname (microphone->helper);
  char *files[] = { microphone->helper, microphone->spoken, microphone->list, microphone->stream, microphone->rest };
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_unlink (files[i]);
      g_free (files[i]);
    }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

bool
microphone_has_spoken (gpointer microphone)
{
  return g_file_test (((Microphone *) microphone)->spoken, G_FILE_TEST_EXISTS);
}

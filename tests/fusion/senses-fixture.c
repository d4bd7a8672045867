/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "senses-fixture.h"

#include <string.h>
#include <unistd.h>

#include "sen-cpu.h"

static const char *folder;
static SenDevice  *device;

void
fixture_init (int *argc, char ***argv)
{
  g_autoptr (GError) error = NULL;
  g_test_init (argc, argv, NULL);
  g_assert_cmpint (*argc, ==, 2);
  folder = (*argv)[1];
  device = sen_cpu_device_new (&(SenCpuParams) { .n_threads = 2 }, &error);
  g_assert_no_error (error);
}

int
fixture_run (void)
{
  int status = g_test_run ();
  sen_device_unref (device);
  return status;
}

SenDevice *
fixture_device (void)
{
  return device;
}

char *
fixture_path (const char *name)
{
  return g_strdup_printf ("%s/%s.gguf", folder, name);
}

SenModel *
fixture_model (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = fixture_path (name);
  SenModel *model = sen_model_open (path, &error);
  g_assert_no_error (error);
  return model;
}

SenProjector *
fixture_projector (SenModel *model, const char *name, GError **error)
{
  g_autofree char *path = fixture_path (name);
  return sen_projector_open (path, model, device, NULL, error);
}

void
assert_sentence (const GError *error, int code, const char *part)
{
  g_assert_error (error, SEN_ERROR, code);
  if (strstr (error->message, part) == NULL || strchr (error->message, '\n') != NULL)
    g_error ("\"%s\" does not say \"%s\"", error->message, part);
}

SenProjector *
fixture_changed (SenModel *model, const char *name, const char *from, const char *to, const char *sentence)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *mmproj = g_strdup_printf ("%s/%s.mmproj.gguf", folder, name), *changed = NULL, *bytes = NULL;
  gsize length;
  g_file_get_contents (mmproj, &bytes, &length, &error);
  g_assert_no_error (error);
  char *at = memmem (bytes, length, from, strlen (from));
  g_assert_nonnull (at);
  memcpy (at, to, strlen (from));
  int file = g_file_open_tmp ("mmproj-XXXXXX", &changed, &error);
  g_assert_no_error (error);
  close (file);
  g_file_set_contents (changed, bytes, (gssize) length, &error);
  g_assert_no_error (error);

  SenProjector *projector = sen_projector_open (changed, model, device, NULL, &error);
  unlink (changed);
  if (sentence == NULL)
    g_assert_no_error (error);
  else
    {
      g_assert_null (projector);
      assert_sentence (error, SEN_ERROR_FORMAT, sentence);
    }
  return projector;
}

/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-self-test.h"

#include "sen-cpu.h"
#include "sen-error.h"
#include "sen-op-check.h"

#define CACHE_FILE "self-tests.ini"

static char *
cache_path (const char *cache_dir)
{
  return cache_dir != NULL ? g_build_filename (cache_dir, CACHE_FILE, NULL) : NULL;
}

/* Identities hold characters that a key file's group may not. What passed another table than today's has passed another test. */
static char *
group_name (const char *identity)
{
  return g_strdelimit (g_strdup_printf ("%s, %u cases", identity, sen_op_check_count ()), "[]\n\r", '_');
}

SenSelfTest
sen_self_test_lookup (const char *cache_dir, const char *identity, char **note)
{
  g_autofree char *path = cache_path (cache_dir);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  *note = NULL;
  if (path == NULL || identity == NULL || !g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    return SEN_SELF_TEST_UNTESTED;

  g_autofree char *group = group_name (identity);
  if (!g_key_file_has_key (file, group, "passed", NULL))
    return SEN_SELF_TEST_UNTESTED;
  if (g_key_file_get_boolean (file, group, "passed", NULL))
    return SEN_SELF_TEST_PASSED;
  *note = g_key_file_get_string (file, group, "note", NULL);
  return SEN_SELF_TEST_FAILED;
}

/* A cache that cannot be written only costs the next start a test. */
static void
remember (const char *cache_dir, const char *identity, bool passed, const char *note)
{
  g_autofree char *path = cache_path (cache_dir);
  if (path == NULL || identity == NULL || g_mkdir_with_parents (cache_dir, 0700) != 0)
    return;
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL);
  g_autofree char *group = group_name (identity);
  g_key_file_set_boolean (file, group, "passed", passed);
  if (note != NULL)
    g_key_file_set_string (file, group, "note", note);
  else
    g_key_file_remove_key (file, group, "note", NULL);
  g_key_file_save_to_file (file, path, NULL);
}

static bool
compare_all (SenDevice *device, SenDevice *reference, SenCancel *cancel, GError **error)
{
  for (uint32_t i = 0; i < sen_op_check_count (); i++)
    {
      double difference;
      if (sen_cancel_requested (cancel))
        {
          g_set_error_literal (error, SEN_ERROR, SEN_ERROR_CANCELLED, "the self-test was stopped");
          return false;
        }
      if (!sen_op_check_run (i, device, reference, &difference, error))
        return false;
      if (!(difference <= sen_op_check_tolerance (i, device)))
        {
          g_autofree char *name = sen_op_check_name (i);
          g_set_error (error, SEN_ERROR, SEN_ERROR_DEVICE, "%s gives wrong numbers (%s: off by %.2g)",
                       sen_device_info (device)->name, name, difference);
          return false;
        }
    }
  return true;
}

bool
sen_self_test_run (SenDevice *device, const char *cache_dir, const char *identity, SenCancel *cancel, GError **error)
{
  const SenCpuParams params = { .isa = sen_isa_name (SEN_ISA_REFERENCE), .exact = true };
  g_autoptr (SenDevice) reference = sen_cpu_device_new (&params, error);
  if (reference == NULL)
    return false;

  g_autoptr (GError) local_error = NULL;
  bool passed = compare_all (device, reference, cancel, &local_error);
  /* Memory that was short this time says nothing about the device. */
  if (passed || g_error_matches (local_error, SEN_ERROR, SEN_ERROR_DEVICE))
    remember (cache_dir, identity, passed, passed ? NULL : local_error->message);
  if (!passed)
    g_propagate_error (error, g_steal_pointer (&local_error));
  return passed;
}

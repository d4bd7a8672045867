/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * CTranslate2 models that are sound, cut at every byte, flipped and lying. */
#include <string.h>

#include "damage.h"
#include "sen-ct2.h"

static void
put_text (GByteArray *out, const char *text)
{
  put (out, strlen (text) + 1, 2);
  g_byte_array_append (out, (const uint8_t *) text, (guint) strlen (text) + 1);
}

static GByteArray *
make_model (uint32_t version, uint32_t n_row)
{
  GByteArray *out = g_byte_array_new ();
  put (out, version, 4);
  put_text (out, "WhisperSpec");
  put (out, 3, 4);
  put (out, 2, 4);
  put_text (out, "a/weight");
  put (out, 2, 1);
  put (out, n_row, 4);
  put (out, 3, 4);
  put (out, SEN_CT2_F16, 1);
  put (out, 12, 4);
  put (out, 0, 12);
  put_text (out, "num_heads");
  put (out, 0, 1);
  put (out, SEN_CT2_I16, 1);
  put (out, 2, 4);
  put (out, 8, 2);
  put (out, 1, 4);
  put_text (out, "b/weight");
  put_text (out, "a/weight");
  return out;
}

static SenCt2 *
open_bytes (const uint8_t *data, size_t n, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, n);
  return sen_ct2_open_bytes (bytes, "test", error);
}

static void
test_sound (void)
{
  g_autoptr (GByteArray) model = make_model (6, 2);
  g_autoptr (GError) error = NULL;
  g_autoptr (SenCt2) file = open_bytes (model->data, model->len, &error);
  int32_t number = 0;
  g_assert_no_error (error);
  g_assert_cmpstr (sen_ct2_spec (file), ==, "WhisperSpec");
  g_assert_cmpuint (sen_ct2_n_variables (file), ==, 2);
  g_assert_true (sen_ct2_find (file, "b/weight") == sen_ct2_find (file, "a/weight"));
  g_assert_cmpuint (sen_ct2_find (file, "b/weight")->shape[1], ==, 3);
  g_assert_null (sen_ct2_find (file, "c"));
  g_assert_true (sen_ct2_get_number (file, "num_heads", &number));
  g_assert_cmpint (number, ==, 8);
  g_assert_false (sen_ct2_get_number (file, "a/weight", &number));
}

static bool
read_damaged (GBytes *bytes, GError **error)
{
  g_autoptr (SenCt2) file = sen_ct2_open_bytes (bytes, "test", error);
  for (size_t i = 0; file != NULL && i < sen_ct2_n_variables (file); i++)
    read_to_end (sen_ct2_variable (file, i)->data, sen_ct2_variable (file, i)->size_bytes);
  return file != NULL;
}

static void
test_cut (void)
{
  g_autoptr (GByteArray) model = make_model (6, 2);
  assert_cut_is_refused (model, read_damaged);
}

static void
test_flipped (void)
{
  g_autoptr (GByteArray) model = make_model (6, 2);
  assert_flips_are_harmless (model, model->len, read_damaged);
}

static void
test_lies (void)
{
  g_autoptr (GByteArray) old = make_model (2, 2), large = make_model (6, 0x80000000u);
  g_autoptr (GError) unsupported = NULL, format = NULL;
  g_assert_null (open_bytes (old->data, old->len, &unsupported));
  g_assert_error (unsupported, SEN_ERROR, SEN_ERROR_UNSUPPORTED);
  g_assert_null (open_bytes (large->data, large->len, &format));
  g_assert_error (format, SEN_ERROR, SEN_ERROR_FORMAT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ct2/sound", test_sound);
  g_test_add_func ("/ct2/cut", test_cut);
  g_test_add_func ("/ct2/flipped", test_flipped);
  g_test_add_func ("/ct2/lies", test_lies);
  return g_test_run ();
}

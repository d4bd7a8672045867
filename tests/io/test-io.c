/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Model files that are sound, cut, flipped and lying. */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "damage.h"
#include "sen-error.h"
#include "sen-file.h"
#include "sen-gguf-writer.h"
#include "sen-gguf.h"
#include "sen-json-reader.h"
#include "sen-safetensors.h"

/* --- Making files --------------------------------------------------------------------------------------------------------------- */

static void
put_text (GByteArray *out, const char *text)
{
  put (out, strlen (text), 8);
  g_byte_array_append (out, (const uint8_t *) text, (guint) strlen (text));
}

/* Two tensors, a few keys, an array of strings. */
static GByteArray *
make_gguf (uint32_t version)
{
  GByteArray *out = g_byte_array_new ();
  put (out, 0x46554747, 4);
  put (out, version, 4);
  put (out, 2, 8);
  put (out, 4, 8);
  put_text (out, "general.architecture");
  put (out, SEN_GGUF_STRING, 4);
  put_text (out, "llama");
  put_text (out, "a.number");
  put (out, SEN_GGUF_UINT16, 4);
  put (out, 513, 2);
  put_text (out, "a.float");
  put (out, SEN_GGUF_FLOAT32, 4);
  put (out, 0x3fc00000, 4);
  put_text (out, "words");
  put (out, SEN_GGUF_ARRAY, 4);
  put (out, SEN_GGUF_STRING, 4);
  put (out, 2, 8);
  put_text (out, "one");
  put_text (out, "");
  put_text (out, "first");
  put (out, 2, 4);
  put (out, 32, 8);
  put (out, 3, 8);
  put (out, 8, 4);        /* Q8_0: 34 bytes a row */
  put (out, 0, 8);
  put_text (out, "second");
  put (out, 1, 4);
  put (out, 5, 8);
  put (out, 0, 4);        /* F32 */
  put (out, 128, 8);
  while (out->len % 32 != 0)
    put (out, 0, 1);
  for (int i = 0; i < 128 + 20; i++)
    put (out, (uint64_t) i, 1);
  return out;
}

static SenGguf *
open_array (const GByteArray *file, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (file->data, file->len);
  return sen_gguf_open_bytes (bytes, "test", error);
}

/* --- GGUF ------------------------------------------------------------------------------------------------------------------------- */

static void
test_gguf (gconstpointer version)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GByteArray) file = make_gguf (GPOINTER_TO_UINT (version));
  g_autoptr (SenGguf) gguf = open_array (file, &error);
  g_assert_no_error (error);

  uint32_t number;
  float value;
  SenGgufString word;
  size_t n;
  g_assert_true (sen_gguf_get_u32 (gguf, "a.number", &number));
  g_assert_cmpuint (number, ==, 513);
  g_assert_true (sen_gguf_get_f32 (gguf, "a.float", &value));
  g_assert_cmpfloat (value, ==, 1.5f);
  g_assert_false (sen_gguf_get_u32 (gguf, "a.float", &number));
  g_assert_false (sen_gguf_get_u32 (gguf, "absent", &number));
  g_assert_true (sen_gguf_get_array (gguf, "words", NULL, &n));
  g_assert_cmpuint (n, ==, 2);
  g_assert_true (sen_gguf_array_string (gguf, "words", 0, &word));
  g_assert_cmpmem (word.data, word.length, "one", 3);
  g_assert_false (sen_gguf_array_string (gguf, "words", 2, &word));

  const SenGgufTensor *first = sen_gguf_find_tensor (gguf, "first");
  g_assert_nonnull (first);
  g_assert_cmpint (first->type, ==, SEN_TYPE_Q8_0);
  g_assert_cmpuint (first->shape[2], ==, 3);
  g_assert_cmpuint (first->shape[3], ==, 32);
  g_assert_cmpuint (first->size_bytes, ==, 102);
  g_assert_cmpuint (((const uint8_t *) sen_gguf_find_tensor (gguf, "second")->data)[0], ==, 128);
}

static bool
read_damaged_gguf (GBytes *bytes, GError **error)
{
  g_autoptr (SenGguf) gguf = sen_gguf_open_bytes (bytes, "test", error);
  for (size_t i = 0; gguf != NULL && i < sen_gguf_n_tensors (gguf); i++)
    read_to_end (sen_gguf_tensor (gguf, i)->data, sen_gguf_tensor (gguf, i)->size_bytes);
  return gguf != NULL;
}

static void
test_gguf_cut (void)
{
  g_autoptr (GByteArray) file = make_gguf (3);
  assert_cut_is_refused (file, read_damaged_gguf);
}

/* Of what stands before the tensors' data. */
static void
test_gguf_flipped (void)
{
  g_autoptr (GByteArray) file = make_gguf (3);
  assert_flips_are_harmless (file, file->len - 148, read_damaged_gguf);
}

static void
test_gguf_lies (void)
{
  /* Offsets of counts in the header, and of the length of the first key. */
  static const guint places[] = { 8, 16, 24 };
  static const uint64_t lies[] = { G_MAXUINT64, 1ull << 63, 1ull << 32, 1ull << 20, 100000 };
  for (size_t i = 0; i < G_N_ELEMENTS (places); i++)
    for (size_t j = 0; j < G_N_ELEMENTS (lies); j++)
      {
        g_autoptr (GError) error = NULL;
        g_autoptr (GByteArray) file = make_gguf (3);
        for (int byte = 0; byte < 8; byte++)
          file->data[places[i] + (guint) byte] = (uint8_t) (lies[j] >> (8 * byte));
        g_assert_null (open_array (file, &error));
        g_assert_error (error, SEN_ERROR, SEN_ERROR_FORMAT);
      }
}

static void
test_gguf_unsupported (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GByteArray) file = make_gguf (1);
  g_assert_null (open_array (file, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  g_assert_null (sen_gguf_open ("/nonexistent/model.gguf", &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (sen_gguf_open ("/", &error));
  g_assert_nonnull (error);
}

/* --- The GGUF writer ------------------------------------------------------------------------------------------------------------ */

static bool
give_row_numbers (gpointer user_data, uint64_t first_row, size_t n_rows, float *values, GError **error)
{
  const uint64_t *n_cols = user_data;
  for (uint64_t i = 0; i < n_rows * *n_cols; i++)
    values[i] = (float) (first_row + i / *n_cols);
  return true;
}

static bool
refuse_rows (gpointer user_data, uint64_t first_row, size_t n_rows, float *values, GError **error)
{
  g_set_error (error, SEN_ERROR, SEN_ERROR_IO, "no rows today");
  return false;
}

static bool
stop_at_half (double fraction, gpointer user_data)
{
  *(double *) user_data = fraction;
  return fraction < 0.5;
}

static void
assert_number (SenGguf *gguf, const char *key, SenGgufType type, double expected)
{
  float value;
  uint32_t number;
  SenGgufType found;
  g_assert_true (sen_gguf_has (gguf, key, &found));
  g_assert_cmpint (found, ==, type);
  if (type == SEN_GGUF_FLOAT32 || type == SEN_GGUF_FLOAT64)
    {
      g_assert_true (sen_gguf_get_f32 (gguf, key, &value));
      g_assert_cmpfloat (value, ==, (float) expected);
    }
  else if (expected >= 0)
    {
      g_assert_true (sen_gguf_get_u32 (gguf, key, &number));
      g_assert_cmpuint (number, ==, (uint32_t) expected);
    }
}

/* Whatever is written is read back: numbers of every type, strings of any bytes, arrays, tensors of every type. */
static void
test_writer (gconstpointer alignment)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("sen-writer-XXXXXX", NULL), *path = g_build_filename (folder, "a.gguf", NULL);
  g_autoptr (SenGgufWriter) writer = sen_gguf_writer_new ();
  if (GPOINTER_TO_UINT (alignment) != 32)
    sen_gguf_writer_set_alignment (writer, GPOINTER_TO_UINT (alignment));
  sen_gguf_writer_set_number (writer, "u8", SEN_GGUF_UINT8, &(uint8_t) { 250 });
  sen_gguf_writer_set_number (writer, "i8", SEN_GGUF_INT8, &(int8_t) { -5 });
  sen_gguf_writer_set_number (writer, "u16", SEN_GGUF_UINT16, &(uint16_t) { 65000 });
  sen_gguf_writer_set_number (writer, "i16", SEN_GGUF_INT16, &(int16_t) { 300 });
  sen_gguf_writer_set_number (writer, "i32", SEN_GGUF_INT32, &(int32_t) { 70000 });
  sen_gguf_writer_set_number (writer, "u64", SEN_GGUF_UINT64, &(uint64_t) { 1 });
  sen_gguf_writer_set_number (writer, "i64", SEN_GGUF_INT64, &(int64_t) { -1 });
  sen_gguf_writer_set_number (writer, "f64", SEN_GGUF_FLOAT64, &(double) { 0.25 });
  sen_gguf_writer_set_u32 (writer, "u32", 4000000000u);
  sen_gguf_writer_set_f32 (writer, "f32", 1.5f);
  sen_gguf_writer_set_bool (writer, "bool", true);
  sen_gguf_writer_set_string (writer, "text", "a\0b", 3);
  sen_gguf_writer_set_strings (writer, "texts", (SenGgufString[]) { { "one", 3 }, { "", 0 }, { "\xff", 1 } }, 3);
  sen_gguf_writer_set_array (writer, "numbers", SEN_GGUF_INT16, (int16_t[]) { -1, 2, 300 }, 3);

  static const uint64_t shape[] = { 2, 3, 256 }, rows_shape[] = { 3000, 256 };
  g_autofree float *values = g_new (float, 6 * 256), *back = g_new (float, 6 * 256);
  for (int i = 0; i < 6 * 256; i++)
    values[i] = (float) (i % 17) / 4.0f - 2.0f;
  for (SenType type = 0; type < SEN_N_TYPES; type++)
    if (type != SEN_TYPE_I32)
      sen_gguf_writer_add_tensor (writer, sen_type_info (type)->name, type, 3, shape, SEN_TYPE_F32, values);
  sen_gguf_writer_add_tensor (writer, "i32", SEN_TYPE_I32, 1, (uint64_t[]) { 3 }, SEN_TYPE_I32, (int32_t[]) { -1, 0, 7 });
  sen_gguf_writer_add_rows (writer, "rows", SEN_TYPE_F16, 2, rows_shape, give_row_numbers, (gpointer) &rows_shape[1]);
  g_assert_true (sen_gguf_writer_save (writer, path, NULL, NULL, &error));
  g_assert_no_error (error);

  g_autoptr (SenGguf) gguf = sen_gguf_open (path, &error);
  g_assert_no_error (error);
  assert_number (gguf, "u8", SEN_GGUF_UINT8, 250);
  assert_number (gguf, "i8", SEN_GGUF_INT8, -5);
  assert_number (gguf, "u16", SEN_GGUF_UINT16, 65000);
  assert_number (gguf, "i16", SEN_GGUF_INT16, 300);
  assert_number (gguf, "u32", SEN_GGUF_UINT32, 4000000000.0);
  assert_number (gguf, "i32", SEN_GGUF_INT32, 70000);
  assert_number (gguf, "u64", SEN_GGUF_UINT64, 1);
  assert_number (gguf, "i64", SEN_GGUF_INT64, -1);
  assert_number (gguf, "f32", SEN_GGUF_FLOAT32, 1.5);
  assert_number (gguf, "f64", SEN_GGUF_FLOAT64, 0.25);
  bool flag = false;
  SenGgufString text;
  int64_t number;
  g_assert_true (sen_gguf_get_bool (gguf, "bool", &flag) && flag);
  g_assert_true (sen_gguf_get_string (gguf, "text", &text));
  g_assert_cmpmem (text.data, text.length, "a\0b", 3);
  g_assert_true (sen_gguf_array_string (gguf, "texts", 2, &text));
  g_assert_cmpmem (text.data, text.length, "\xff", 1);
  g_assert_true (sen_gguf_array_i64 (gguf, "numbers", 0, &number));
  g_assert_cmpint (number, ==, -1);

  for (SenType type = 0; type < SEN_N_TYPES; type++)
    {
      const SenGgufTensor *tensor = sen_gguf_find_tensor (gguf, sen_type_info (type)->name);
      g_assert_nonnull (tensor);
      g_assert_cmpint (tensor->type, ==, type);
      if (type == SEN_TYPE_I32)
        {
          g_assert_cmpint (((const int32_t *) tensor->data)[2], ==, 7);
          continue;
        }
      g_assert_cmpuint (tensor->shape[1], ==, 2);
      g_assert_cmpuint (tensor->shape[3], ==, 256);
      g_autofree uint8_t *expected = g_malloc (tensor->size_bytes);
      sen_quantize (type, values, expected, 6 * 256);
      g_assert_cmpmem (tensor->data, tensor->size_bytes, expected, tensor->size_bytes);
    }
  const SenGgufTensor *rows = sen_gguf_find_tensor (gguf, "rows");
  sen_dequantize (SEN_TYPE_F16, (const uint8_t *) rows->data + (size_t) 2047 * 512, back, 256);
  g_assert_cmpfloat (back[255], ==, 2047.0f);
  g_unlink (path);
  g_rmdir (folder);
}

/* A file that was there stays when the new one is not finished, and nothing else is left in the folder. */
static void
test_writer_stopped (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("sen-writer-XXXXXX", NULL), *path = g_build_filename (folder, "a.gguf", NULL);
  g_autofree char *contents = NULL;
  g_assert_true (g_file_set_contents (path, "before", -1, NULL));
  uint64_t shape[] = { 20000, 256 };
  double fraction = 0.0;
  static const SenError codes[] = { SEN_ERROR_CANCELLED, SEN_ERROR_IO };
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (SenGgufWriter) writer = sen_gguf_writer_new ();
      sen_gguf_writer_add_rows (writer, "rows", SEN_TYPE_Q8_0, 2, shape, i == 0 ? give_row_numbers : refuse_rows, &shape[1]);
      g_assert_false (sen_gguf_writer_save (writer, path, stop_at_half, &fraction, &error));
      g_assert_error (error, SEN_ERROR, codes[i]);
      g_clear_error (&error);
    }
  g_assert_cmpfloat (fraction, >=, 0.5);
  g_assert_cmpfloat (fraction, <, 0.6);
  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  g_assert_cmpstr (contents, ==, "before");
  g_unlink (path);
  g_assert_cmpint (g_rmdir (folder), ==, 0);

  g_autoptr (SenGgufWriter) writer = sen_gguf_writer_new ();
  g_assert_false (sen_gguf_writer_save (writer, path, NULL, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_IO);
}

/* --- Maps ------------------------------------------------------------------------------------------------------------------------ */

static gpointer
sum_map (gpointer data)
{
  SenMap *map = data;
  volatile uint32_t sum = 0;
  for (size_t i = 0; i < sen_map_size (map); i += 512)
    sum += sen_map_data (map)[i];
  return NULL;
}

/* A small file; and one that the kernel reads in huge pages, where it can, because its own were let go of. */
static void
test_truncated_while_mapped (gconstpointer data)
{
  const size_t size = GPOINTER_TO_SIZE (data);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  g_autofree char *contents = g_malloc (size);
  int fd = g_file_open_tmp ("sen-map-XXXXXX", &path, &error);
  g_assert_no_error (error);
  memset (contents, 'x', size);
  g_assert_cmpint (write (fd, contents, size), ==, (gssize) size);
  g_assert_cmpint (fsync (fd), ==, 0);
  sen_file_forget_pages (fd);

  g_autoptr (SenMap) map = sen_map_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (sen_map_data (map)[700000], ==, 'x');
  g_assert_cmpint (ftruncate (fd, 4096), ==, 0);
  GThread *threads[4];
  for (int i = 0; i < 4; i++)
    threads[i] = g_thread_new ("sum", sum_map, map);
  for (int i = 0; i < 4; i++)
    g_thread_join (threads[i]);
  g_assert_true (sen_map_is_lost (map));
  g_assert_cmpint (sen_map_data (map)[0], ==, 'x');
  g_assert_cmpint (sen_map_data (map)[700000], ==, 0);
  close (fd);
  g_unlink (path);
}

/* A file that is deleted stays readable as long as it is mapped. */
static void
test_deleted_while_mapped (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("sen-map-XXXXXX", &path, &error);
  g_assert_cmpint (write (fd, "hello", 5), ==, 5);
  close (fd);
  g_autoptr (SenMap) map = sen_map_open (path, &error);
  g_assert_no_error (error);
  g_unlink (path);
  g_assert_cmpmem (sen_map_data (map), sen_map_size (map), "hello", 5);
  g_assert_false (sen_map_is_lost (map));
}

/* --- JSON and safetensors ------------------------------------------------------------------------------------------------------ */

static void
test_json (void)
{
  static const char *const sound[] = {
    "null", " [1, -2.5e3, 0.1] ", "{\"a\": {\"b\": [true, false]}}", "\"\\u00e9 \\ud83d\\ude00 \\n\"", "[]", "{}",
  };
  static const char *const unsound[] = {
    "", "[", "[1,]", "{\"a\"}", "{\"a\":}", "01", "1.", "1e", "+1", "nul", "\"a", "\"\\x\"", "\"\\ud800\"", "\"\\u0000\"", "[1] 2",
    "\"\x01\"", "\"\xff\"", "{1: 2}", "inf", "NaN", "'a'",
  };
  for (size_t i = 0; i < G_N_ELEMENTS (sound); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SenJsonDocument) document = sen_json_parse (sound[i], strlen (sound[i]), "test", &error);
      g_assert_no_error (error);
      g_assert_nonnull (document);
    }
  for (size_t i = 0; i < G_N_ELEMENTS (unsound); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (sen_json_parse (unsound[i], strlen (unsound[i]), "test", &error));
      g_assert_error (error, SEN_ERROR, SEN_ERROR_FORMAT);
    }
  g_autoptr (GString) deep = g_string_new (NULL);
  for (int i = 0; i < 100000; i++)
    g_string_append_c (deep, '[');
  g_assert_null (sen_json_parse (deep->str, deep->len, "test", NULL));
}

static GBytes *
make_safetensors (const char *header)
{
  GByteArray *out = g_byte_array_new ();
  put (out, strlen (header), 8);
  g_byte_array_append (out, (const uint8_t *) header, (guint) strlen (header));
  for (int i = 0; i < 40; i++)
    put (out, (uint64_t) i, 1);
  return g_byte_array_free_to_bytes (out);
}

static void
test_safetensors (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = make_safetensors ("{\"__metadata__\":{\"format\":\"pt\"},\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],"
                                               "\"data_offsets\":[0,24]},"
                                                "\"b\":{\"dtype\":\"F16\",\"shape\":[8],\"data_offsets\":[24,40]}}");
  g_autoptr (SenSafetensors) file = sen_safetensors_open_bytes (bytes, "test", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (sen_safetensors_n_tensors (file), ==, 2);
  const SenSafetensor *a = sen_safetensors_find (file, "a");
  g_assert_cmpuint (a->shape[1], ==, 3);
  g_assert_cmpuint (a->size_bytes, ==, 24);
  g_assert_cmpuint (((const uint8_t *) sen_safetensors_find (file, "b")->data)[0], ==, 24);
}

static void
test_safetensors_lies (void)
{
  static const char *const headers[] = {
    "[]", "{\"a\":1}", "{\"a\":{\"dtype\":\"F99\",\"shape\":[1],\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,12]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[20],\"data_offsets\":[0,80]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,4]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
  };
  for (size_t i = 0; i < G_N_ELEMENTS (headers); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) bytes = make_safetensors (headers[i]);
      g_assert_null (sen_safetensors_open_bytes (bytes, "test", &error));
      g_assert_error (error, SEN_ERROR, SEN_ERROR_FORMAT);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/gguf/version-2", GUINT_TO_POINTER (2), test_gguf);
  g_test_add_data_func ("/gguf/version-3", GUINT_TO_POINTER (3), test_gguf);
  g_test_add_func ("/gguf/cut", test_gguf_cut);
  g_test_add_func ("/gguf/flipped", test_gguf_flipped);
  g_test_add_func ("/gguf/lies", test_gguf_lies);
  g_test_add_func ("/gguf/unsupported", test_gguf_unsupported);
  g_test_add_data_func ("/gguf-writer/round-trip", GUINT_TO_POINTER (32), test_writer);
  g_test_add_data_func ("/gguf-writer/aligned", GUINT_TO_POINTER (4096), test_writer);
  g_test_add_func ("/gguf-writer/stopped", test_writer_stopped);
  g_test_add_data_func ("/map/truncated", GSIZE_TO_POINTER (1 << 20), test_truncated_while_mapped);
  g_test_add_data_func ("/map/truncated-huge", GSIZE_TO_POINTER (8 << 20), test_truncated_while_mapped);
  g_test_add_func ("/map/deleted", test_deleted_while_mapped);
  g_test_add_func ("/json", test_json);
  g_test_add_func ("/safetensors/sound", test_safetensors);
  g_test_add_func ("/safetensors/lies", test_safetensors_lies);
  return g_test_run ();
}

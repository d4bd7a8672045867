/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Models of other formats made into GGUF: what comes out, when it is made anew, and files that lie. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "damage.h"
#include "sen-error.h"
#include "sen-import.h"
#include "sen-onnx.h"

#define N_EMBD 64
#define N_FF 128

/* --- Making models ----------------------------------------------------------------------------------------------------------- */

typedef struct {
  GString    *header;
  GByteArray *data;
} Checkpoint;

static float
value_of (uint32_t tensor, uint32_t index)
{
  return (float) ((int) ((tensor * 7919u + index * 104729u) % 2001u) - 1000) / 1000.0f;
}

/* Tensor number n has value_of (n, i) at place i. */
static void
add_tensor (Checkpoint *checkpoint, uint32_t number, const char *name, uint32_t n_dims, const uint32_t *shape)
{
  uint32_t n = 1;
  g_string_append_printf (checkpoint->header, "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[", checkpoint->data->len > 0 ? "," : "", name);
  for (uint32_t i = 0; i < n_dims; i++)
    {
      g_string_append_printf (checkpoint->header, "%s%u", i > 0 ? "," : "", shape[i]);
      n *= shape[i];
    }
  g_string_append_printf (checkpoint->header, "],\"data_offsets\":[%u,%u]}", checkpoint->data->len,
                          checkpoint->data->len + n * 4);
  for (uint32_t i = 0; i < n; i++)
    {
      float value = value_of (number, i);
      g_byte_array_append (checkpoint->data, (const uint8_t *) &value, sizeof value);
    }
}

static void
save_checkpoint (Checkpoint *checkpoint, const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_string_append_c (checkpoint->header, '}');
  uint64_t length = GUINT64_TO_LE (checkpoint->header->len);
  g_byte_array_append (out, (const uint8_t *) &length, sizeof length);
  g_byte_array_append (out, (const uint8_t *) checkpoint->header->str, (guint) checkpoint->header->len);
  g_byte_array_append (out, checkpoint->data->data, checkpoint->data->len);
  g_assert_true (g_file_set_contents (path, (const char *) out->data, out->len, NULL));
  g_string_free (checkpoint->header, TRUE);
  g_byte_array_unref (checkpoint->data);
}

static const struct {
  const char *name;
  uint32_t    n_dims, shape[4];
} dinov2_tensors[] = {
  { "embeddings.cls_token", 3, { 1, 1, N_EMBD } },
  { "embeddings.position_embeddings", 3, { 1, 5, N_EMBD } },
  { "embeddings.patch_embeddings.projection.weight", 4, { N_EMBD, 3, 4, 4 } },
  { "embeddings.patch_embeddings.projection.bias", 1, { N_EMBD } },
  { "encoder.layer.0.norm1.weight", 1, { N_EMBD } },
  { "encoder.layer.0.norm1.bias", 1, { N_EMBD } },
  { "encoder.layer.0.attention.attention.query.weight", 2, { N_EMBD, N_EMBD } },
  { "encoder.layer.0.attention.attention.query.bias", 1, { N_EMBD } },
  { "encoder.layer.0.attention.attention.key.weight", 2, { N_EMBD, N_EMBD } },
  { "encoder.layer.0.attention.attention.value.weight", 2, { N_EMBD, N_EMBD } },
  { "encoder.layer.0.attention.output.dense.weight", 2, { N_EMBD, N_EMBD } },
  { "encoder.layer.0.attention.output.dense.bias", 1, { N_EMBD } },
  { "encoder.layer.0.layer_scale1.lambda1", 1, { N_EMBD } },
  { "encoder.layer.0.norm2.weight", 1, { N_EMBD } },
  { "encoder.layer.0.norm2.bias", 1, { N_EMBD } },
  { "encoder.layer.0.mlp.fc1.weight", 2, { N_FF, N_EMBD } },
  { "encoder.layer.0.mlp.fc2.weight", 2, { N_EMBD, N_FF } },
  { "layernorm.weight", 1, { N_EMBD } },
  { "layernorm.bias", 1, { N_EMBD } },
};

enum { DENSE_WEIGHT = 10, DENSE_BIAS = 11, LAMBDA = 12 };

static char *
make_dinov2 (const char *without)
{
  char *folder = g_dir_make_tmp ("sen-import-XXXXXX", NULL);
  g_autofree char *config = g_build_filename (folder, "config.json", NULL);
  Checkpoint checkpoint = { g_string_new ("{"), g_byte_array_new () };
  for (uint32_t i = 0; i < G_N_ELEMENTS (dinov2_tensors); i++)
    if (g_strcmp0 (dinov2_tensors[i].name, without) != 0)
      add_tensor (&checkpoint, i, dinov2_tensors[i].name, dinov2_tensors[i].n_dims, dinov2_tensors[i].shape);
  save_checkpoint (&checkpoint, folder);
  g_assert_true (g_file_set_contents (config, "{\"model_type\":\"dinov2\",\"num_attention_heads\":4,\"hidden_act\":\"gelu\"}", -1, NULL));
  return folder;
}

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* --- Folders ------------------------------------------------------------------------------------------------------------------ */

static void
test_dinov2 (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = make_dinov2 (NULL);
  SenImportParams params = { .matrix_type = SEN_TYPE_F32 };
  g_assert_true (sen_import_is_foreign (folder));
  g_autofree char *path = sen_import_open (folder, &params, &error);
  g_assert_no_error (error);
  g_autoptr (SenGguf) gguf = sen_gguf_open (path, &error);
  g_assert_no_error (error);
  uint32_t number = 0;
  g_autofree char *architecture = sen_gguf_dup_string (gguf, "general.architecture");
  g_assert_cmpstr (architecture, ==, "clip");
  g_assert_true (sen_gguf_get_u32 (gguf, "clip.vision.block_count", &number));
  g_assert_cmpuint (number, ==, 1);
  g_assert_true (sen_gguf_get_u32 (gguf, "clip.vision.attention.head_count", &number));
  g_assert_cmpuint (number, ==, 4);

  /* LayerScale went into the weights and the bias: output rows, not columns. */
  const SenGgufTensor *dense = sen_gguf_find_tensor (gguf, "v.blk.0.attn_out.weight");
  const SenGgufTensor *bias = sen_gguf_find_tensor (gguf, "v.blk.0.attn_out.bias");
  g_assert_nonnull (dense);
  g_assert_cmpfloat (((const float *) dense->data)[3 * N_EMBD + 5], ==, value_of (DENSE_WEIGHT, 3 * N_EMBD + 5) * value_of (LAMBDA, 3));
  g_assert_cmpfloat (((const float *) bias->data)[3], ==, value_of (DENSE_BIAS, 3) * value_of (LAMBDA, 3));
  g_assert_null (sen_gguf_find_tensor (gguf, "v.blk.0.attn_k.bias"));
  remove_folder (folder);
}

static gint64
inode_of (const char *path)
{
  GStatBuf info;
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  return (gint64) info.st_ino;
}

/* Made once; made anew when the sources change, when it is damaged, when another type is wanted. */
static void
test_made_once (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = make_dinov2 (NULL), *config = g_build_filename (folder, "config.json", NULL);
  g_autofree char *path = sen_import_open (folder, NULL, &error), *again = sen_import_open (folder, NULL, NULL);
  g_assert_no_error (error);
  g_assert_cmpstr (path, ==, again);
  gint64 inode = inode_of (path);
  g_autofree char *third = sen_import_open (folder, NULL, NULL);
  g_assert_cmpint (inode_of (third), ==, inode);

  g_assert_true (g_file_set_contents (config, "{\"model_type\":\"dinov2\",\"num_attention_heads\":8}", -1, NULL));
  g_autofree char *fourth = sen_import_open (folder, NULL, NULL);
  g_autoptr (SenGguf) gguf = sen_gguf_open (fourth, NULL);
  uint32_t n_head = 0;
  g_assert_true (sen_gguf_get_u32 (gguf, "clip.vision.attention.head_count", &n_head));
  g_assert_cmpuint (n_head, ==, 8);

  g_assert_true (g_file_set_contents (fourth, "no model", -1, NULL));
  g_autofree char *fifth = sen_import_open (folder, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (SenGguf) mended = sen_gguf_open (fifth, &error);
  g_assert_no_error (error);

  sen_import_forget (folder, NULL);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  remove_folder (folder);
}

/* It is known as long as it is up to date. */
static void
test_find_conversion (void)
{
  g_autofree char *folder = make_dinov2 (NULL), *config = g_build_filename (folder, "config.json", NULL);
  g_assert_null (sen_import_find_conversion (folder, NULL));
  g_autofree char *path = sen_import_open (folder, NULL, NULL), *found = sen_import_find_conversion (folder, "/nowhere");
  g_assert_nonnull (path);
  g_assert_cmpstr (found, ==, path);
  g_assert_null (sen_import_find_conversion (path, NULL));
  g_assert_true (g_file_set_contents (config, "{\"model_type\":\"dinov2\",\"num_attention_heads\":8}", -1, NULL));
  g_assert_null (sen_import_find_conversion (folder, NULL));
  remove_folder (folder);
}

/* As somebody who may only read the model's folder. */
static void
convert_elsewhere (const char *folder, const char *cache_dir)
{
  g_autoptr (GError) error = NULL;
  const SenImportParams nowhere = { .matrix_type = SEN_IMPORT_TYPE_DEFAULT };
  const SenImportParams elsewhere = { .matrix_type = SEN_IMPORT_TYPE_DEFAULT, .cache_dir = cache_dir };
  if (geteuid () == 0)
    g_assert_true (setgid (65534) == 0 && setuid (65534) == 0);
  g_assert_null (sen_import_open (folder, &nowhere, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_IO);
  g_clear_error (&error);
  g_autofree char *path = sen_import_open (folder, &elsewhere, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (path, cache_dir));
  gint64 inode = inode_of (path);
  g_autofree char *again = sen_import_open (folder, &elsewhere, &error), *found = sen_import_find_conversion (folder, cache_dir);
  g_assert_cmpstr (again, ==, path);
  g_assert_cmpint (inode_of (again), ==, inode);
  g_assert_cmpstr (found, ==, path);
  sen_import_forget (folder, cache_dir);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_read_only (void)
{
  g_autofree char *folder = make_dinov2 (NULL), *parent = g_dir_make_tmp ("sen-import-XXXXXX", NULL);
  g_autofree char *cache_dir = g_build_filename (parent, "made", NULL);
  int status = 0;
  g_assert_cmpint (g_chmod (parent, 0777), ==, 0);
  g_assert_cmpint (g_chmod (folder, 0555), ==, 0);
  pid_t child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      convert_elsewhere (folder, cache_dir);
      _exit (0);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpint (g_chmod (folder, 0755), ==, 0);
  remove_folder (folder);
  remove_folder (cache_dir);
  remove_folder (parent);
}

static bool
stop (double fraction, gpointer user_data)
{
  return false;
}

static void
test_refusals (void)
{
  static const struct {
    const char *config;
    SenError    code;
  } cases[] = {
    { "{\"model_type\":\"siglip2\"}", SEN_ERROR_UNSUPPORTED },
    { "{\"model_type\":\"llava\"}", SEN_ERROR_UNSUPPORTED },
    { "{}", SEN_ERROR_UNSUPPORTED },
    { "[", SEN_ERROR_FORMAT },
    { "{\"model_type\":\"bert\"}", SEN_ERROR_FORMAT },
    { "{\"model_type\":\"clip\"}", SEN_ERROR_FORMAT },
    { "{\"model_type\":\"dinov2\",\"num_attention_heads\":7}", SEN_ERROR_FORMAT },
    { "{\"model_type\":\"dinov2\",\"hidden_act\":\"swish\"}", SEN_ERROR_UNSUPPORTED },
    { "{\"model_type\":\"dinov2\",\"use_swiglu_ffn\":true}", SEN_ERROR_UNSUPPORTED },
  };
  g_autofree char *folder = make_dinov2 (NULL), *config = g_build_filename (folder, "config.json", NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_true (g_file_set_contents (config, cases[i].config, -1, NULL));
      g_assert_null (sen_import_open (folder, NULL, &error));
      SenError code = cases[i].code;
      g_assert_error (error, SEN_ERROR, code);
    }
  remove_folder (folder);

  /* Any tensor may be missing, but for biases and what is scaled. */
  for (size_t i = 0; i < G_N_ELEMENTS (dinov2_tensors); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *cut = make_dinov2 (dinov2_tensors[i].name), *path = sen_import_open (cut, NULL, &error);
      g_assert_true ((path == NULL) == (error != NULL));
      remove_folder (cut);
    }

  g_autoptr (GError) error = NULL;
  SenImportParams params = { .matrix_type = SEN_IMPORT_TYPE_DEFAULT, .progress = stop };
  g_autofree char *whole = make_dinov2 (NULL), *hidden = g_build_filename (whole, ".sensorium.gguf", NULL);
  g_assert_null (sen_import_open (whole, &params, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CANCELLED);
  g_assert_false (g_file_test (hidden, G_FILE_TEST_EXISTS));
  remove_folder (whole);
}

/* --- ONNX --------------------------------------------------------------------------------------------------------------------- */

static void
put_varint (GByteArray *out, uint64_t value)
{
  do
    {
      uint8_t byte = (uint8_t) ((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
      g_byte_array_append (out, &byte, 1);
      value >>= 7;
    }
  while (value > 0);
}

static void
put_bytes (GByteArray *out, uint32_t field, const void *data, size_t n)
{
  put_varint (out, field << 3 | 2);
  put_varint (out, n);
  g_byte_array_append (out, data, (guint) n);
}

static void
put_message (GByteArray *out, uint32_t field, GByteArray *message)
{
  put_bytes (out, field, message->data, message->len);
  g_byte_array_unref (message);
}

/* A matrix [2][3] called onnx::MatMul_1 and the node that multiplies by it; a tensor of 64-bit numbers; @packed axes. */
static GByteArray *
make_onnx (bool packed)
{
  static const float values[] = { 0, 1, 2, 3, 4, 5 };
  GByteArray *model = g_byte_array_new (), *graph = g_byte_array_new (), *tensor = g_byte_array_new ();
  if (packed)
    put_bytes (tensor, 1, "\x02\x03", 2);
  else
    for (uint64_t extent = 2; extent <= 3; extent++)
      {
        put_varint (tensor, 1 << 3);
        put_varint (tensor, extent);
      }
  put_varint (tensor, 2 << 3);
  put_varint (tensor, 1);
  put_bytes (tensor, 8, "onnx::MatMul_1", 14);
  put_bytes (tensor, 9, values, sizeof values);
  put_message (graph, 5, tensor);
  GByteArray *shape = g_byte_array_new ();
  put_varint (shape, 2 << 3);
  put_varint (shape, 7);
  put_bytes (shape, 8, "shape", 5);
  put_bytes (shape, 9, values, 8);
  put_message (graph, 5, shape);
  GByteArray *node = g_byte_array_new ();
  put_bytes (node, 1, "x", 1);
  put_bytes (node, 1, "onnx::MatMul_1", 14);
  put_bytes (node, 3, "/a/b.0/fc1/MatMul", 17);
  put_bytes (node, 4, "MatMul", 6);
  put_message (graph, 1, node);
  put_varint (model, 1 << 3);
  put_varint (model, 8);
  put_message (model, 7, graph);
  return model;
}

static SenOnnx *
open_onnx (const GByteArray *file, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (file->data, file->len);
  return sen_onnx_open_bytes (bytes, "test", error);
}

static void
test_onnx (gconstpointer packed)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GByteArray) file = make_onnx (packed != NULL);
  g_autoptr (SenOnnx) onnx = open_onnx (file, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (sen_onnx_n_tensors (onnx), ==, 2);
  const SenOnnxTensor *tensor = sen_onnx_tensor (onnx, 0);
  g_assert_cmpstr (tensor->name, ==, "onnx::MatMul_1");
  g_assert_true (tensor->is_supported);
  g_assert_cmpuint (tensor->n_dims, ==, 2);
  g_assert_cmpuint (tensor->shape[1], ==, 3);
  g_assert_cmpuint (tensor->size_bytes, ==, 24);
  g_assert_false (sen_onnx_tensor (onnx, 1)->is_supported);
  g_assert_cmpuint (sen_onnx_n_nodes (onnx), ==, 1);
  g_assert_cmpstr (sen_onnx_node (onnx, 0)->inputs[1], ==, "onnx::MatMul_1");
  g_assert_cmpstr (sen_onnx_node (onnx, 0)->name, ==, "/a/b.0/fc1/MatMul");
}

static bool
read_damaged_onnx (GBytes *bytes, GError **error)
{
  g_autoptr (SenOnnx) onnx = sen_onnx_open_bytes (bytes, "test", error);
  for (size_t i = 0; onnx != NULL && i < sen_onnx_n_tensors (onnx); i++)
    read_to_end (sen_onnx_tensor (onnx, i)->data, sen_onnx_tensor (onnx, i)->size_bytes);
  return onnx != NULL;
}

static void
test_onnx_damaged (void)
{
  g_autoptr (GByteArray) file = make_onnx (true);
  assert_cut_is_refused (file, read_damaged_onnx);
  assert_flips_are_harmless (file, file->len, read_damaged_onnx);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/import/dinov2", test_dinov2);
  g_test_add_func ("/import/made-once", test_made_once);
  g_test_add_func ("/import/find-conversion", test_find_conversion);
  g_test_add_func ("/import/read-only", test_read_only);
  g_test_add_func ("/import/refusals", test_refusals);
  g_test_add_data_func ("/onnx/sound", NULL, test_onnx);
  g_test_add_data_func ("/onnx/packed", "packed", test_onnx);
  g_test_add_func ("/onnx/damaged", test_onnx_damaged);
  return g_test_run ();
}

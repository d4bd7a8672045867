/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Attention rows of real models, all layers and heads, against those of tools/explain-reference.py; and what looking costs the
 * session: nothing. Arguments: the folder of the goldens, "cpu" or "vulkan". */
#include "golden.h"
#include "sen-attention-summary.h"

#include <json-glib/json-glib.h>
#include <math.h>

#define ROW_ALLOWED 1e-3
#define SUM_ALLOWED 1e-3

static const char *golden_dir;
static GPtrArray *devices;

/* Weights · 65535, [n_layer][n_head][position + 1]. */
typedef struct {
  const uint16_t *expected;
  const uint32_t *layers;
  uint32_t        n_layer, n_head, position;
  double          largest;      /* difference */
} Comparison;

static bool
compare (const SenRevisitRows *rows, gpointer data, GError **error)
{
  Comparison *c = data;
  g_assert_cmpuint (rows->first, ==, c->position);
  g_assert_cmpuint (rows->n, ==, 1);
  g_assert_cmpuint (rows->n_head_tapped, ==, c->n_head);
  for (uint32_t layer = 0; layer < c->n_layer; layer++)
    for (uint32_t head = 0; head < c->n_head; head++)
      {
        const float *row = rows->attention[layer] + (size_t) head * rows->n_key;
        const uint16_t *expected = c->expected + ((size_t) layer * c->n_head + head) * (c->position + 1);
        double sum = 0.0;
        for (uint32_t j = 0; j < rows->n_key; j++)
          {
            double value = j <= c->position ? GUINT16_FROM_LE (expected[j]) / 65535.0 : 0.0;
            c->largest = MAX (c->largest, fabs (row[j] - value));
            sum += row[j];
          }
        g_assert_cmpfloat_with_epsilon (sum, 1.0, SUM_ALLOWED);
      }
  return true;
}

static uint32_t *
read_numbers (JsonObject *object, const char *name, uint32_t *n)
{
  JsonArray *array = json_object_get_array_member (object, name);
  *n = json_array_get_length (array);
  uint32_t *numbers = g_new (uint32_t, *n);
  for (uint32_t i = 0; i < *n; i++)
    numbers[i] = (uint32_t) json_array_get_int_element (array, i);
  return numbers;
}

/* A session that is looked at says next what another says. */
static void
expect_undisturbed (SenSession *session, SenModel *model, SenDevice *device, const SenPart *part)
{
  g_autoptr (GError) error = NULL;
  const SenSessionParams params = { .n_ctx = part->n + 8, .kv_type = SEN_TYPE_F32 };
  g_autoptr (SenSession) other = sen_session_new (model, device, NULL, &params, &error);
  g_assert_no_error (error);
  g_assert_true (sen_session_sync (other, part, 1, NULL, NULL, NULL, &error));
  size_t n_bytes = sen_model_info (model)->n_vocab * sizeof (float);
  for (SenToken token = 100; token < 104; token++)
    {
      g_assert_cmpmem (sen_session_logits (session), n_bytes, sen_session_logits (other), n_bytes);
      g_assert_true (sen_session_append (session, token, NULL, &error));
      g_assert_true (sen_session_append (other, token, NULL, &error));
    }
}

static void
check_case (SenModel *model, SenDevice *device, JsonObject *c, const uint32_t *layers, const uint16_t **expected, bool is_first)
{
  g_autoptr (GError) error = NULL;
  uint32_t n_tokens, n_positions;
  g_autofree uint32_t *tokens = read_numbers (c, "tokens", &n_tokens), *positions = read_numbers (c, "positions", &n_positions);
  const SenPart part = { .tokens = (const SenToken *) tokens, .n = n_tokens };
  const SenModelInfo *info = sen_model_info (model);
  const SenSessionParams params = { .n_ctx = n_tokens + 8, .kv_type = SEN_TYPE_F32 };
  const SenTaps taps = { .attention_layers = layers, .n_attention_layers = info->n_layer };
  g_autoptr (SenSession) session = sen_session_new (model, device, NULL, &params, &error);
  g_assert_no_error (error);
  sen_session_sync (session, &part, 1, NULL, NULL, NULL, &error);
  g_assert_no_error (error);

  Comparison comparison = { .layers = layers, .n_layer = info->n_layer, .n_head = info->n_head };
  for (uint32_t i = 0; i < n_positions; i++)
    {
      comparison.expected = *expected;
      comparison.position = positions[i];
      sen_session_revisit (session, &part, 1, positions[i], 1, &taps, false, compare, &comparison, NULL, &error);
      g_assert_no_error (error);
      *expected += (size_t) info->n_layer * info->n_head * (positions[i] + 1);
    }
  g_test_message ("%s on %s: %u tokens, largest difference %.6f", json_object_get_string_member (c, "name"),
                  sen_device_info (device)->id, n_tokens, comparison.largest);
  g_assert_cmpfloat (comparison.largest, <=, ROW_ALLOWED);
  if (is_first)
    expect_undisturbed (session, model, device, &part);
}

static void
test_model (gconstpointer data)
{
  const char *name = data, *model_dir = g_getenv ("SENSORIUM_TEST_MODELS");
  g_autofree char *file = g_strconcat (name, ".gguf", NULL), *json_file = g_strconcat (name, ".json", NULL);
  g_autofree char *rows_file = g_strconcat (name, ".u16", NULL);
  g_autofree char *path = g_build_filename (model_dir != NULL ? model_dir : "", file, NULL);
  g_autofree char *json_path = g_build_filename (golden_dir, json_file, NULL), *rows_path = g_build_filename (golden_dir, rows_file, NULL);
  if (model_dir == NULL || !g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("SENSORIUM_TEST_MODELS has no such model");
      return;
    }
  g_autoptr (GError) error = NULL;
  g_autoptr (SenModel) model = sen_model_open (path, &error);
  g_assert_no_error (error);
  g_autoptr (JsonParser) parser = json_parser_new ();
  json_parser_load_from_file (parser, json_path, &error);
  g_assert_no_error (error);
  g_autofree char *rows = NULL;
  gsize n_bytes;
  g_file_get_contents (rows_path, &rows, &n_bytes, &error);
  g_assert_no_error (error);

  JsonArray *cases = json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)), "cases");
  uint32_t n_layer = sen_model_info (model)->n_layer;
  g_autofree uint32_t *layers = g_new (uint32_t, n_layer);
  for (uint32_t i = 0; i < n_layer; i++)
    layers[i] = i;
  for (guint i = 0; i < devices->len; i++)
    {
      const uint16_t *expected = (const uint16_t *) (const void *) rows;
      for (guint j = 0; j < json_array_get_length (cases); j++)
        check_case (model, g_ptr_array_index (devices, i), json_array_get_object_element (cases, j), layers, &expected, j == 0);
      g_assert_true ((const char *) expected == rows + n_bytes);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 3);
  golden_dir = argv[1];
  devices = g_str_equal (argv[2], "vulkan") ? exact_vulkan_devices () : exact_cpu_devices ();
  if (devices == NULL)
    return 0;
  g_test_add_data_func ("/rows/smollm2", "smollm2-135m-instruct", test_model);
  g_test_add_data_func ("/rows/gemma3", "gemma-3-270m", test_model);
  int status = g_test_run ();
  g_ptr_array_unref (devices);
  return status;
}

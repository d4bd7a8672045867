/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 *   test-trained-sound MODELS GOLDEN
 *
 * The connectors for sound that come with Sensorium say of a second of speech what they said in PyTorch (tools/train/golden.py). */
#include <math.h>
#include <string.h>

#include "sen-connector.h"
#include "sen-cpu.h"
#include "sen-type.h"

static const char *models, *golden;

/* In the file: u32 n_sound, n_piece, n_heard, n_embd; f16 states; f32 weights [n_heard][n_piece], matched [n_embd]. */
typedef struct {
  uint32_t     n_sound, n_piece, n_heard, n_embd;
  float       *states;
  const float *weights, *matched;
  char        *bytes;
} Golden;

static void
read_golden (Golden *g, uint32_t n_feature)
{
  g_autoptr (GError) error = NULL;
  gsize size = 0;
  g_file_get_contents (golden, &g->bytes, &size, &error);
  g_assert_no_error (error);
  memcpy (g, g->bytes, 16);
  gsize n_state = (gsize) g->n_sound * n_feature;
  g_assert_cmpuint (size, ==, 16 + n_state * 2 + ((gsize) g->n_heard * g->n_piece + g->n_embd) * 4);
  g->states = g_new (float, n_state);
  for (gsize i = 0; i < n_state; i++)
    {
      uint16_t half;
      memcpy (&half, g->bytes + 16 + i * 2, 2);
      g->states[i] = sen_f16_to_f32 (half);
    }
  g->weights = (const float *) (const void *) (g->bytes + 16 + n_state * 2);
  g->matched = g->weights + (gsize) g->n_heard * g->n_piece;
}

static SenConnectorNet *
open_net (const char *name, SenConnector **connector)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (models, name, NULL);
  const SenCpuParams params = { .n_threads = 1, .exact = true };
  g_autoptr (SenDevice) device = sen_cpu_device_new (&params, &error);
  g_assert_no_error (error);
  *connector = sen_connector_open (path, &error);
  g_assert_no_error (error);
  SenConnectorNet *net = sen_connector_net_new (*connector, device, NULL, &error);
  g_assert_no_error (error);
  return net;
}

static void
test_hearing (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenConnector) connector = NULL;
  g_autoptr (SenConnectorNet) net = open_net ("hearing-smollm2.gguf", &connector);
  Golden g;
  read_golden (&g, sen_connector_info (connector)->n_feature);
  g_assert_cmpuint (sen_connector_info (connector)->n_piece, ==, g.n_piece);
  g_autoptr (GArray) heard = g_array_new (FALSE, FALSE, sizeof (SenConnectorPiece));
  g_autoptr (GArray) weights = g_array_new (FALSE, FALSE, sizeof (float));
  g_assert_true (sen_connector_net_hear (net, g.states, g.n_sound, heard, weights, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (heard->len, ==, g.n_heard);
  for (guint i = 0; i < weights->len; i++)
    g_assert_cmpfloat_with_epsilon (g_array_index (weights, float, i), g.weights[i], 2e-3f);
  g_free (g.states);
  g_free (g.bytes);
}

static void
test_matching (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SenConnector) connector = NULL;
  g_autoptr (SenConnectorNet) net = open_net ("match-audio.gguf", &connector);
  Golden g;
  read_golden (&g, sen_connector_info (connector)->n_feature);
  g_assert_cmpuint (sen_connector_info (connector)->n_embd, ==, g.n_embd);
  g_autofree float *matched = g_new (float, g.n_embd);
  sen_connector_net_begin_pool (net);
  g_assert_true (sen_connector_net_add_pool (net, g.states, g.n_sound, NULL, &error));
  g_assert_true (sen_connector_net_finish_pool (net, matched, NULL, &error));
  g_assert_no_error (error);
  for (uint32_t i = 0; i < g.n_embd; i++)
    g_assert_cmpfloat_with_epsilon (matched[i], g.matched[i], 1e-3f);
  g_free (g.states);
  g_free (g.bytes);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 3);
  models = argv[1];
  golden = argv[2];
  g_test_add_func ("/trained sound/hearing", test_hearing);
  g_test_add_func ("/trained sound/matching", test_matching);
  return g_test_run ();
}

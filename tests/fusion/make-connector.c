/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 *   make-connector KIND FILE      a random connector with the shapes of the real models, for tests of programs */
#include <string.h>

#include "connector-fixture.h"

int
main (int argc, char **argv)
{
  static const int32_t pieces[] = { 28, 253, 216, 198, 314, 1000 };
  static const ConnectorShape shapes[] = {
    { .kind = SEN_CONNECTOR_SIGHT, .n_feature = 384, .n_hidden = 64, .n_embd = 576, .n_side = 8, .layers = { 9, 12 }, .n_layers = 2,
      .language_model = "smollm2-135m-instruct" },
    { .kind = SEN_CONNECTOR_HEARING, .n_feature = 512, .n_stack = 4, .n_hidden = 64, .n_tap = 3, .n_hidden2 = 64, .pieces = pieces,
      .n_piece = G_N_ELEMENTS (pieces), .language_model = "smollm2-135m-instruct" },
    { .kind = SEN_CONNECTOR_MATCH_IMAGE, .n_feature = 384, .n_hidden = 64, .n_embd = 384, .layers = { 9, 12 }, .n_layers = 2,
      .language_model = "all-minilm-l6-v2" },
    { .kind = SEN_CONNECTOR_MATCH_AUDIO, .n_feature = 512, .n_stack = 4, .n_hidden = 64, .n_tap = 3, .n_hidden2 = 64, .n_hidden3 = 64,
      .n_embd = 384, .language_model = "all-minilm-l6-v2" },
  };
  for (size_t i = 0; argc == 3 && i < G_N_ELEMENTS (shapes); i++)
    if (strcmp (sen_connector_kind_name (shapes[i].kind), argv[1]) == 0)
      {
        ConnectorShape shape = shapes[i];
        shape.matrix_type = SEN_TYPE_Q8_0;
        connector_write (&shape, argv[2]);
        return 0;
      }
  return 2;
}

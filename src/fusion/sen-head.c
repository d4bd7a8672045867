/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-head.h"

struct SenHead {
  SenNetwork *network;
  SenTensor   rows, embeddings;
};

SenHead *
sen_head_new (SenDevice *device, SenWeightTable *weights, uint32_t n_row, uint32_t n_in, SenHeadBuild build, gconstpointer state,
              SenCancel *cancel, GError **error)
{
  g_autoptr (SenHead) head = g_new0 (SenHead, 1);
  head->network = sen_network_new (device, weights, n_row, 1);
  SenPlan *plan = sen_network_plan (head->network);
  head->rows = sen_plan_input (plan, "features", SEN_TYPE_F32, SEN_ROWS_TOKENS, n_in);
  head->embeddings = build (plan, head->rows, sen_device_info (device)->exact, state);
  sen_plan_output (plan, head->embeddings, "embeddings");
  if (!sen_network_compile (head->network, cancel, error))
    return NULL;
  return g_steal_pointer (&head);
}

void
sen_head_free (SenHead *head)
{
  if (head == NULL)
    return;
  sen_network_free (head->network);
  g_free (head);
}

bool
sen_head_run (SenHead *head, const float *rows, uint32_t n_row, float *embeddings, SenCancel *cancel, GError **error)
{
  const struct sen_step step = { .n_tokens = n_row };
  return sen_network_write (head->network, head->rows, rows, n_row, error) && sen_network_run (head->network, &step, cancel, error)
         && sen_network_read (head->network, head->embeddings, embeddings, n_row, error);
}

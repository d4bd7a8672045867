/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-head-mask.h"

#include "sen-error.h"

#define N_BITS 128

static bool
has (const uint32_t mask[4], uint32_t head)
{
  return (mask[head / 32] >> (head % 32) & 1) != 0;
}

uint32_t
sen_head_mask_count (const uint32_t mask[4], uint32_t n_head)
{
  uint32_t n = 0;
  for (int i = 0; i < 4; i++)
    n += (uint32_t) __builtin_popcount (mask[i]);
  return n > 0 ? n : n_head;
}

int
sen_head_mask_only (const uint32_t mask[4])
{
  int only = -1;
  for (int i = 0; i < 4; i++)
    {
      if (mask[i] != 0 && (only >= 0 || (mask[i] & (mask[i] - 1)) != 0))
        return -1;
      if (mask[i] != 0)
        only = 32 * i + __builtin_ctz (mask[i]);
    }
  return only;
}

void
sen_head_mask_complete (const uint32_t mask[4], uint32_t n_head, uint32_t complete[4])
{
  bool every_head = sen_head_mask_count (mask, 0) == 0;
  for (int i = 0; i < 4; i++)
    complete[i] = 0;
  for (uint32_t head = 0; head < MIN (n_head, N_BITS); head++)
    if (every_head || has (mask, head))
      complete[head / 32] |= 1u << (head % 32);
}

bool
sen_head_mask_check (const uint32_t mask[4], uint32_t n_head, GError **error)
{
  for (uint32_t head = n_head; head < N_BITS; head++)
    if (has (mask, head))
      {
        g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "there is no head %u; the layers have %u, from 0 on", head, n_head);
        return false;
      }
  return true;
}

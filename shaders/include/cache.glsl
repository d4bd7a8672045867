// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// KV caches [n_kv_head][n_ctx][head_dim] as words: one f32, or two f16 where the specialization constant says so. Halves
// are unpacked by hand, so that no device needs 16-bit storage.
layout (constant_id = 2) const bool KV_F16 = true;

// The cells query token t sees are [first_cell, end_cell).
uint first_cell (sen_attention_params p, uint t)
{
  uint position = step_.n_past + t;
  return p.n_key == 0 && p.window > 0 && position + 1 > p.window ? position + 1 - p.window : 0;
}

uint end_cell (sen_attention_params p, uint t)
{
  return p.n_key > 0 ? p.n_key : p.causal != 0 ? step_.n_past + t + 1 : step_.n_past + step_.n_tokens;
}

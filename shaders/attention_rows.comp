#version 450
// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// rows[i][h][j]: softmax weights of batch row tap_row + i, tapped head h, over all cells (0 where it does not look).   A
// workgroup is one head of one row (x: tapped head, y: row); a lane takes every 32nd key.
#include "common.glsl"
#include "cache.glsl"
#include "reduce.glsl"

layout (set = 0, binding = 0, std430) readonly buffer Q { float q[]; };
layout (set = 0, binding = 1, std430) readonly buffer K { uint k[]; };
layout (set = 0, binding = 5, std430) buffer Rows { float rows[]; };
layout (push_constant) uniform Push { sen_attention_rows_params push; };

uint tapped_head (uint n)
{
  for (uint head = 0; head < 128; head++)
    if ((push.head_mask[head / 32] >> (head % 32) & 1u) != 0)
      {
        if (n == 0)
          return head;
        n--;
      }
  return 0;
}

void main ()
{
  sen_attention_params p = push.attention;
  uint lane = gl_LocalInvocationID.x, t = step_.tap_row + gl_WorkGroupID.y;
  if (gl_WorkGroupID.y >= step_.n_tap_row)
    return;
  uint head = tapped_head (gl_WorkGroupID.x), kv_head = head / (p.n_head / p.n_kv_head);
  uint from_q = (t * p.n_head + head) * p.head_dim;
  uint to = (gl_WorkGroupID.y * push.n_head_tapped + gl_WorkGroupID.x) * p.n_ctx;
  uint first = first_cell (p, t), end = end_cell (p, t);

  float highest = -3.4e38;
  for (uint j = lane; j < p.n_ctx; j += SEN_VK_LANES)
    {
      float s = 0.0;
      if (j >= first && j < end)
        {
          uint from_k = (kv_head * p.n_ctx + j) * p.head_dim;
          for (uint i = 0; i < p.head_dim; i += 2)
            {
              vec2 key = KV_F16 ? unpackHalf2x16 (k[(from_k + i) / 2])
                                : uintBitsToFloat (uvec2 (k[from_k + i], k[from_k + i + 1]));
              s += q[from_q + i] * key.x + q[from_q + i + 1] * key.y;
            }
          s *= p.scale;
          highest = max (highest, s);
        }
      rows[to + j] = s;
    }
  float maximum = group_max (highest), part = 0.0;
  for (uint j = max (first, lane); j < end; j++)
    if (j % SEN_VK_LANES == lane)
      part += exp (rows[to + j] - maximum);
  float total = group_sum (part);
  for (uint j = lane; j < p.n_ctx; j += SEN_VK_LANES)
    if (j >= first && j < end)
      rows[to + j] = exp (rows[to + j] - maximum) / total;
}

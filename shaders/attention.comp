#version 450
// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// o[t][h] = softmax (scale q·k) v, keys SEN_VK_KEYS at a time with a running maximum and sum (Dao et al. 2022).   A workgroup
// is one query of one head (x: head, y: token). For the scores a lane is a key, for the mix a pair of values of the head. Runs
// anywhere; attention_subgroup.comp is the fast one.
#include "common.glsl"
#include "cache.glsl"
#include "reduce.glsl"

#define MAX_PAIRS_PER_LANE (SEN_MAX_HEAD_DIM / 2 / SEN_VK_LANES)

layout (set = 0, binding = 0, std430) readonly buffer Q { float q[]; };
layout (set = 0, binding = 1, std430) readonly buffer K { uint k[]; };
layout (set = 0, binding = 2, std430) readonly buffer V { uint v[]; };
layout (set = 0, binding = 5, std430) writeonly buffer O { float o[]; };
layout (push_constant) uniform Push { sen_attention_params push; };

shared float weights[SEN_VK_KEYS];

vec2 load_pair_v (uint at)
{
  return KV_F16 ? unpackHalf2x16 (v[at / 2]) : uintBitsToFloat (uvec2 (v[at], v[at + 1]));
}

float score (uint from_q, uint from_k)
{
  float sum = 0.0;
  for (uint i = 0; i < push.head_dim; i += 2)
    {
      vec2 key = KV_F16 ? unpackHalf2x16 (k[(from_k + i) / 2]) : uintBitsToFloat (uvec2 (k[from_k + i], k[from_k + i + 1]));
      sum += q[from_q + i] * key.x + q[from_q + i + 1] * key.y;
    }
  return sum * push.scale;
}

void main ()
{
  uint lane = gl_LocalInvocationID.x, head = gl_WorkGroupID.x, t = gl_WorkGroupID.y;
  uint n_pair = push.head_dim / 2, kv_head = head / (push.n_head / push.n_kv_head);
  uint from_q = (t * push.n_head + head) * push.head_dim, base = kv_head * push.n_ctx;
  uint first = first_cell (push, t), end = end_cell (push, t);

  vec2 sum[MAX_PAIRS_PER_LANE];
  for (uint c = 0; c < MAX_PAIRS_PER_LANE; c++)
    sum[c] = vec2 (0.0);
  float maximum = -3.4e38, total = 0.0;

  for (uint start = first; start < end; start += SEN_VK_KEYS)
    {
      uint n = min (SEN_VK_KEYS, end - start);
      float highest = -3.4e38;
      for (uint j = lane; j < n; j += SEN_VK_LANES)
        {
          float s = score (from_q, (base + start + j) * push.head_dim);
          weights[j] = s;
          highest = max (highest, s);
        }
      float new_maximum = max (maximum, group_max (highest));
      float part = 0.0;
      for (uint j = lane; j < n; j += SEN_VK_LANES)
        {
          weights[j] = exp (weights[j] - new_maximum);
          part += weights[j];
        }
      float shrink = exp (maximum - new_maximum);
      total = total * shrink + group_sum (part);
      maximum = new_maximum;
      for (uint c = 0; c * SEN_VK_LANES < n_pair; c++)
        {
          uint pair = c * SEN_VK_LANES + lane;
          sum[c] *= shrink;
          if (pair < n_pair)
            for (uint j = 0; j < n; j++)
              sum[c] += weights[j] * load_pair_v ((base + start + j) * push.head_dim + 2 * pair);
        }
      barrier ();
    }

  for (uint c = 0; c * SEN_VK_LANES < n_pair; c++)
    {
      uint pair = c * SEN_VK_LANES + lane;
      if (pair < n_pair)
        {
          o[from_q + 2 * pair] = sum[c].x / total;
          o[from_q + 2 * pair + 1] = sum[c].y / total;
        }
    }
}

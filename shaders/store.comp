#version 450
// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// cache[h][n_past + t] = x[t][h].   A lane is two values (x: head_dim / 2 pairs of all heads), a group's y is a token.
#include "common.glsl"
#include "cache.glsl"

layout (set = 0, binding = 0, std430) readonly buffer X { float x[]; };
layout (set = 0, binding = 5, std430) writeonly buffer Cache { uint cache[]; };
layout (push_constant) uniform Push { sen_store_params push; };

void main ()
{
  uint n_pair = push.head_dim / 2, t = gl_WorkGroupID.y;
  uint head = gl_GlobalInvocationID.x / n_pair, pair = gl_GlobalInvocationID.x % n_pair;
  if (t >= step_.n_tokens || head >= push.n_head)
    return;
  uint from = (t * push.n_head + head) * push.head_dim + 2 * pair;
  uint cell = (head * push.n_ctx + step_.n_past + t) * push.head_dim + 2 * pair;
  if (KV_F16)
    cache[cell / 2] = packHalf2x16 (vec2 (x[from], x[from + 1]));
  else
    {
      cache[cell] = floatBitsToUint (x[from]);
      cache[cell + 1] = floatBitsToUint (x[from + 1]);
    }
}

#version 450
// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// y[t][r] = Σ_k W[r][k] x[t][k] + b[r].   x f32 [t][n_in], W as in weights.glsl, b f32 [n_row], y f32 [t][n_row].
// A lane is a row; a workgroup is 32 rows (x) by TOKENS tokens (y), which share each load of W. Activations are the same
// for all lanes: with SUBGROUP, eight lanes load a vector each and hand it round; without, every lane loads them all.
#include "common.glsl"
#ifdef SUBGROUP
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_ballot : require
#endif
#include "weights.glsl"

layout (constant_id = 2) const uint TOKENS = 1;
layout (constant_id = 3) const bool HAS_TAIL = false;   // n_in is no multiple of 32: x is read value by value

layout (set = 0, binding = 0, std430) readonly buffer X { float x[]; };
layout (set = 0, binding = 0, std430) readonly buffer X4 { vec4 x4[]; };
layout (set = 0, binding = 4, std430) readonly buffer Bias { float bias[]; };
layout (set = 0, binding = 5, std430) writeonly buffer Y { float y[]; };
layout (push_constant) uniform Push { sen_vk_linear_push push; };

#define MAX_TOKENS 8

float dot_block (vec4 w[8], uint token, uint block)
{
  if (HAS_TAIL)
    {
      float sum = 0.0;
      [[unroll]] for (uint i = 0; i < 32; i++)
        if (block * 32 + i < push.n_in)
          sum += w[i / 4][i % 4] * x[token * push.n_in + block * 32 + i];
      return sum;
    }
  uint from = token * (push.n_in / 4) + block * 8;
#ifdef SUBGROUP
  vec4 mine = x4[from + gl_SubgroupInvocationID % 8];
#define X(i) subgroupBroadcast (mine, i)
#else
#define X(i) x4[from + i]
#endif
  // Two chains of sums, so that an addition need not wait for the last.
  vec4 even = w[0] * X (0), odd = w[1] * X (1);
  even += w[2] * X (2);
  odd += w[3] * X (3);
  even += w[4] * X (4);
  odd += w[5] * X (5);
  even += w[6] * X (6);
  odd += w[7] * X (7);
  even += odd;
  return (even.x + even.y) + (even.z + even.w);
}

void main ()
{
  uint tile = gl_WorkGroupID.x, lane = gl_LocalInvocationID.x;
  uint first_token = gl_WorkGroupID.y * TOKENS;
  uint n_token = live_rows (push.rows_are_out);
  uint row = push.first_row + tile * SEN_VK_TILE_ROWS + lane;
  if (first_token >= n_token)
    return;

  float sum[MAX_TOKENS];
  [[unroll]] for (uint t = 0; t < MAX_TOKENS; t++)
    sum[t] = 0.0;
  for (uint block = 0; block < push.n_block; block++)
    {
      vec4 w[8];
      load_block (tile, push.n_block, block, lane, push.zero, w);
      // Dead rows of the last group of tokens repeat a live one, whose memory is sure to be there.
      [[unroll]] for (uint t = 0; t < MAX_TOKENS; t++)
        if (t < TOKENS)
          sum[t] += dot_block (w, min (first_token + t, n_token - 1), block);
    }

  if (row >= push.n_row)
    return;
  float b = push.has_bias != 0 ? bias[row] : 0.0;
  [[unroll]] for (uint t = 0; t < MAX_TOKENS; t++)
    if (t < TOKENS && first_token + t < n_token)
      y[(first_token + t) * push.n_row + row] = sum[t] + b;
}

#version 450
// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// y[t][r] = Σ_k W[r][k] x[t][k] + b[r].   x f32 [t][n_in], W as in weights.glsl, b f32 [n_row], y f32 [t][n_row].
// A lane is a row; a workgroup is 32 rows (x) by TOKENS tokens (y), which share each load of W. Activations are the same
// for all lanes, so they are loaded once for the group.
#include "common.glsl"
#include "weights.glsl"

layout (constant_id = 2) const uint TOKENS = 1;
layout (constant_id = 3) const bool HAS_TAIL = false;   // n_in is no multiple of 32

layout (set = 0, binding = 0, std430) readonly buffer X { float x[]; };
layout (set = 0, binding = 4, std430) readonly buffer Bias { float bias[]; };
layout (set = 0, binding = 5, std430) writeonly buffer Y { float y[]; };
layout (push_constant) uniform Push { sen_vk_linear_push push; };

void main ()
{
  uint tile = gl_WorkGroupID.x, lane = gl_LocalInvocationID.x;
  uint first_token = gl_WorkGroupID.y * TOKENS;
  uint n_token = live_rows (push.rows_are_out);
  uint row = push.first_row + tile * SEN_VK_TILE_ROWS + lane;
  if (first_token >= n_token)
    return;

  float sum[8];
  for (uint t = 0; t < TOKENS; t++)
    sum[t] = 0.0;
  for (uint block = 0; block < push.n_block; block++)
    {
      float w[32];
      load_block (tile, push.n_block, block, lane, push.zero, w);
      for (uint t = 0; t < TOKENS; t++)
        {
          // Dead rows of the last group of tokens repeat a live one, whose memory is sure to be there.
          uint from = min (first_token + t, n_token - 1) * push.n_in + block * 32;
          float part = 0.0;
          for (uint i = 0; i < 32; i++)
            if (!HAS_TAIL || block * 32 + i < push.n_in)
              part += w[i] * x[from + i];
          sum[t] += part;
        }
    }

  if (row >= push.n_row)
    return;
  float b = push.has_bias != 0 ? bias[row] : 0.0;
  for (uint t = 0; t < TOKENS && first_token + t < n_token; t++)
    y[(first_token + t) * push.n_row + row] = sum[t] + b;
}

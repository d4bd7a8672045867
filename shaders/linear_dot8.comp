#version 450
// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// linear.comp for many tokens and quantized weights, n_in a multiple of 32: codes are multiplied by codes, four at a time, by
// the dot product instruction of VK_KHR_shader_integer_dot_product. Activations come from quantize.comp.   A lane is a row,
// a workgroup four tiles (x) by eight tokens (y), which share each load of W.
#include "common.glsl"
#define DOT8
#include "dot8.glsl"
#include "weights.glsl"

layout (set = 0, binding = 0, std430) readonly buffer X { ivec4 x[]; };          // two units a block
layout (set = 0, binding = 4, std430) readonly buffer Bias { float bias[]; };
layout (set = 0, binding = 5, std430) writeonly buffer Y { float y[]; };
layout (set = 0, binding = 6, std430) readonly buffer XScales { vec4 x_scales[]; };
layout (push_constant) uniform Push { sen_vk_linear_push push; };

#define TOKENS 8
#define TILES (SEN_VK_LANES / SEN_VK_TILE_ROWS)
// The codes of a block as two units of sixteen bytes; nibbles in the order that quantize.comp gives the activations.
void load_bytes (uint at, uint lane, out ivec4 low, out ivec4 high)
{
#ifdef CODES_4
  uvec4 word = load_code_unit (at * SEN_VK_TILE_ROWS + lane), even = word & 0x0f0f0f0fu, odd = word >> 4 & 0x0f0f0f0fu;
  low = ivec4 (even.x, odd.x, even.y, odd.y);
  high = ivec4 (even.z, odd.z, even.w, odd.w);
#else
  low = ivec4 (load_code_unit (at * 2 * SEN_VK_TILE_ROWS + lane));
  high = ivec4 (load_code_unit ((at * 2 + 1) * SEN_VK_TILE_ROWS + lane));
#endif
}

void main ()
{
  uint n_tile = (push.n_row_here + SEN_VK_TILE_ROWS - 1) / SEN_VK_TILE_ROWS;
  uint lane = gl_LocalInvocationID.x % SEN_VK_TILE_ROWS;
  uint tile = gl_WorkGroupID.x * TILES + gl_LocalInvocationID.x / SEN_VK_TILE_ROWS, row = push.first_row + tile * SEN_VK_TILE_ROWS + lane;
  uint n_token = live_rows (push.rows), first_token = gl_WorkGroupID.y * TOKENS;
  if (first_token >= n_token || tile >= n_tile || row >= push.n_row)
    return;

  float sum[TOKENS];
  [[unroll]] for (uint t = 0; t < TOKENS; t++)
    sum[t] = 0.0;
  for (uint block = 0; block < push.n_block; block++)
    {
      ivec4 low, high;
      load_bytes (tile * push.n_block + block, lane, low, high);
      scaling s = load_scaling (tile, push.n_block, block, lane, push.zero);
      // Dead rows of the last group of tokens repeat a live one, whose memory is sure to be there.
      [[unroll]] for (uint t = 0; t < TOKENS; t++)
        {
          uint at = min (first_token + t, n_token - 1) * push.n_block + block;
          vec4 scale = x_scales[at];
          vec2 products = vec2 (dot_unit (low, x[2 * at]), dot_unit (high, x[2 * at + 1]));
          sum[t] += dot (s.factor * scale.xy, products) + dot (s.offset, scale.zw);
        }
    }

  float b = push.has_bias != 0 ? bias[row] : 0.0;
  [[unroll]] for (uint t = 0; t < TOKENS; t++)
    if (first_token + t < n_token)
      y[(first_token + t) * push.n_row + row] = sum[t] + b;
}

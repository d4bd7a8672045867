#version 450
// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// y[t][r] = Σ_k W[r][k] x[t][k] + b[r].   x f32 [t][n_in], W as in weights.glsl, b f32 [n_row], y f32 [t][n_row].
// A lane is a row, or with PAIRED the same row of two tiles; a workgroup is one or two tiles of 32 rows (x) by TOKENS tokens
// (y), which share each load of W. Activations are the same for all lanes: with SUBGROUP, eight lanes load a vector each
// and hand it round; without, every lane loads them all. PAIRED halves those loads where lanes are few and loads dear.
#include "common.glsl"
#ifdef SUBGROUP
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#endif
#include "weights.glsl"

layout (constant_id = 2) const uint TOKENS = 1;
layout (constant_id = 3) const bool HAS_TAIL = false;   // n_in is no multiple of 32: x is read value by value
layout (constant_id = 4) const bool PAIRED = false;

layout (set = 0, binding = 0, std430) readonly buffer X { float x[]; };
#ifdef TEXELS
layout (set = 0, binding = SEN_VK_TEXELS) uniform samplerBuffer x_texels;
vec4 load_x (uint at) { return texelFetch (x_texels, int (at)); }
#else
layout (set = 0, binding = 0, std430) readonly buffer X4 { vec4 x4[]; };
vec4 load_x (uint at) { return x4[at]; }
#endif
layout (set = 0, binding = 4, std430) readonly buffer Bias { float bias[]; };
layout (set = 0, binding = 5, std430) writeonly buffer Y { float y[]; };
layout (push_constant) uniform Push { sen_vk_linear_push push; };

#define MAX_TOKENS 8

float add_up (vec4 even, vec4 odd)
{
  even += odd;
  return (even.x + even.y) + (even.z + even.w);
}

// The products of one block of a token with the block of each of two rows.
vec2 dot_block (vec4 v[8], vec4 w[8], uint token, uint block)
{
  if (HAS_TAIL)
    {
      vec2 sum = vec2 (0.0);
      [[unroll]] for (uint i = 0; i < 32; i++)
        if (block * 32 + i < push.n_in)
          sum += vec2 (v[i / 4][i % 4], w[i / 4][i % 4]) * x[token * push.n_in + block * 32 + i];
      return sum;
    }
  uint from = token * (push.n_in / 4) + block * 8;
#ifdef SUBGROUP
  vec4 mine = load_x (from + gl_SubgroupInvocationID % 8);
#define X(i) subgroupShuffle (mine, i)
#else
#define X(i) load_x (from + i)
#endif
  // Two chains of sums each, so that an addition need not wait for the last.
  vec4 a = X (0), b = X (1), v0 = v[0] * a, v1 = v[1] * b, w0 = w[0] * a, w1 = w[1] * b;
#define STEP(i) a = X (i); b = X (i + 1); v0 += v[i] * a; v1 += v[i + 1] * b; w0 += w[i] * a; w1 += w[i + 1] * b;
  STEP (2)
  STEP (4)
  STEP (6)
  return vec2 (add_up (v0, v1), PAIRED ? add_up (w0, w1) : 0.0);
}

void main ()
{
  uint n_tile = (push.n_row_here + SEN_VK_TILE_ROWS - 1) / SEN_VK_TILE_ROWS, lane = gl_LocalInvocationID.x;
  uint tile = PAIRED ? 2 * gl_WorkGroupID.x : gl_WorkGroupID.x;
  // The last of an odd number of tiles is its own partner, and its rows are written once.
  uint partner = min (tile + 1, n_tile - 1);
  uint first_token = gl_WorkGroupID.y * TOKENS;
  uint n_token = live_rows (push.rows_are_out);
  if (first_token >= n_token)
    return;

  vec2 sum[MAX_TOKENS];
  [[unroll]] for (uint t = 0; t < MAX_TOKENS; t++)
    sum[t] = vec2 (0.0);
  for (uint block = 0; block < push.n_block; block++)
    {
      vec4 v[8], w[8];
      load_block (tile, push.n_block, block, lane, push.zero, v);
      if (PAIRED)
        load_block (partner, push.n_block, block, lane, push.zero, w);
      else
        w = v;
      // Dead rows of the last group of tokens repeat a live one, whose memory is sure to be there.
      [[unroll]] for (uint t = 0; t < MAX_TOKENS; t++)
        if (t < TOKENS)
          sum[t] += dot_block (v, w, min (first_token + t, n_token - 1), block);
    }

  [[unroll]] for (uint half_ = 0; half_ < 2; half_++)
    {
      uint row = push.first_row + (tile + half_) * SEN_VK_TILE_ROWS + lane;
      if ((half_ == 1 && (!PAIRED || partner == tile)) || row >= push.n_row)
        continue;
      float b = push.has_bias != 0 ? bias[row] : 0.0;
      [[unroll]] for (uint t = 0; t < MAX_TOKENS; t++)
        if (t < TOKENS && first_token + t < n_token)
          y[(first_token + t) * push.n_row + row] = sum[t][half_] + b;
    }
}

#version 450
// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// y[t][r] = Σ_k W[r][k] x[t][k] + b[r].   x f32 [t][n_in], W as in weights.glsl, b f32 [n_row], y f32 [t][n_row].
// Eight lanes are the rows of a tile, or with PAIRED of two. A workgroup takes neighbouring tiles and TOKENS tokens (y), which
// share each load of W; or, SLICED, a single tile whose blocks are dealt out to its lanes by eights and added up at the end:
// one token gives a wide device too little to do otherwise. Activations are the same for all rows: with SUBGROUP, eight
// lanes load a vector each and hand it round; without, every lane loads them all. PAIRED halves those loads where lanes are
// few and loads dear. With FP16 the products of many tokens are made in halves, each block of activations brought below 1 first,
// so that none is too large for a half; blocks are added up in f32.
#define LANES_ID 6
#include "common.glsl"
#ifdef SUBGROUP
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#endif
#ifdef FP16
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#endif
#include "weights.glsl"

layout (constant_id = 2) const uint TOKENS = 1;
layout (constant_id = 3) const bool HAS_TAIL = false;   // n_in is no multiple of 32: x is read value by value where it must be
layout (constant_id = 4) const bool PAIRED = false;
layout (constant_id = 5) const bool SLICED = false;     // with TOKENS 1 only

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
#define TILES (gl_WorkGroupSize.x / SEN_VK_TILE_ROWS)   // side by side in a workgroup, or slices of one

shared float slices[gl_WorkGroupSize.x];

// 32 activations of a token.
struct activations
{
  vec4 v[8];
};

activations load_activations (uint token, uint block)
{
  activations a;
  if (HAS_TAIL && (push.n_in % 4 != 0 || block * 32 + 32 > push.n_in))
    {
      [[unroll]] for (uint i = 0; i < 32; i++)
        a.v[i / 4][i % 4] = block * 32 + i < push.n_in ? x[token * push.n_in + block * 32 + i] : 0.0;
      return a;
    }
  uint from = token * (push.n_in / 4) + block * 8;
#ifdef SUBGROUP
  vec4 mine = load_x (from + gl_SubgroupInvocationID % 8);
  // Lanes of one slice hold its activations; without slices any eight lanes hold them.
  uint first = SLICED ? gl_SubgroupInvocationID / 8 * 8 : 0;
  [[unroll]] for (uint i = 0; i < 8; i++)
    a.v[i] = subgroupShuffle (mine, first + i);
#else
  [[unroll]] for (uint i = 0; i < 8; i++)
    a.v[i] = load_x (from + i);
#endif
  return a;
}

#ifdef FP16
struct half_activations
{
  f16vec4 v[8];
  float scale;
};

half_activations load_half_activations (uint token, uint block)
{
  half_activations a;
  vec4 mine = load_x (token * (push.n_in / 4) + block * 8 + gl_SubgroupInvocationID % 8), size = abs (mine);
  a.scale = max (max (size.x, size.y), max (size.z, size.w));
  for (uint n = 1; n < 8; n *= 2)
    a.scale = max (a.scale, subgroupShuffleXor (a.scale, n));
  mine *= a.scale >= SEN_SMALLEST_SCALE ? 1.0 / a.scale : 0.0;
  uvec2 halves = uvec2 (packHalf2x16 (mine.xy), packHalf2x16 (mine.zw));
  [[unroll]] for (uint i = 0; i < 8; i++)
    {
      uvec2 v = subgroupShuffle (halves, i);
      a.v[i] = f16vec4 (unpackFloat2x16 (v.x), unpackFloat2x16 (v.y));
    }
  return a;
}

// Only pairs of products are added in halves.
float dot_f16 (f16vec4 w[8], half_activations a)
{
  vec4 sum = vec4 (0.0);
  [[unroll]] for (int i = 0; i < 8; i += 2)
    sum += vec4 (w[i] * a.v[i] + w[i + 1] * a.v[i + 1]);
  return a.scale * ((sum.x + sum.y) + (sum.z + sum.w));
}
#endif

float add_up (vec4 v)
{
  return (v.x + v.y) + (v.z + v.w);
}

// Products with the halves of a block. Two chains of sums each, so that an addition need not wait for the last.
void dot_halves (vec4 w[8], vec4 a[8], out vec4 low, out vec4 high)
{
  low = w[0] * a[0];
  high = w[4] * a[4];
  [[unroll]] for (int i = 1; i < 4; i++)
    {
      low += w[i] * a[i];
      high += w[i + 4] * a[i + 4];
    }
}

float dot_block (vec4 w[8], vec4 a[8])
{
  vec4 low, high;
  dot_halves (w, a, low, high);
  return add_up (low + high);
}

float dot_codes (vec4 c[8], vec4 a[8], scaling s, vec2 total)
{
  vec4 low, high;
  dot_halves (c, a, low, high);
#ifdef TWO_SCALES
  return dot (s.factor, vec2 (add_up (low), add_up (high))) + dot (s.offset, total);
#else
  return s.factor.x * add_up (low + high) + s.offset.x * (total.x + total.y);
#endif
}

float load_bias (uint row)
{
  return push.has_bias != 0 ? bias[row] : 0.0;
}

// One token: codes are multiplied as they are, and scaled once a block.
void one_token (uint tile, uint partner, uint lane, uint first_block, uint step_blocks, out vec2 sum)
{
  sum = vec2 (0.0);
  for (uint block = first_block; block < push.n_block; block += step_blocks)
    {
      activations a = load_activations (gl_WorkGroupID.y, block);
      vec2 total = vec2 (add_up ((a.v[0] + a.v[1]) + (a.v[2] + a.v[3])), add_up ((a.v[4] + a.v[5]) + (a.v[6] + a.v[7])));
      vec4 c[8];
      scaling s = load_codes (tile, push.n_block, block, lane, push.zero, c);
      sum.x += dot_codes (c, a.v, s, total);
      if (PAIRED)
        {
          s = load_codes (partner, push.n_block, block, lane, push.zero, c);
          sum.y += dot_codes (c, a.v, s, total);
        }
    }
}

void main ()
{
  uint n_tile = (push.n_row_here + SEN_VK_TILE_ROWS - 1) / SEN_VK_TILE_ROWS;
#ifdef SUBGROUP
  uint id = gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID;   // so that eight lanes are of one subgroup
#else
  uint id = gl_LocalInvocationID.x;
#endif
  uint lane = id % SEN_VK_TILE_ROWS, eight = id / SEN_VK_TILE_ROWS;
  uint n_token = live_rows (push.rows), first_token = gl_WorkGroupID.y * TOKENS;
  if (first_token >= n_token)
    return;

  if (SLICED)
    {
      vec2 sum;
      one_token (gl_WorkGroupID.x, 0, lane, eight, TILES, sum);
      slices[id] = sum.x;
      barrier ();
      uint row = push.first_row + gl_WorkGroupID.x * SEN_VK_TILE_ROWS + lane;
      if (eight > 0 || row >= push.n_row)
        return;
      float total = load_bias (row);
      for (uint i = 0; i < TILES; i++)
        total += slices[i * SEN_VK_TILE_ROWS + lane];
      y[first_token * push.n_row + row] = total;
      return;
    }

  // Tiles past the end repeat the last, and their rows are not written; so does the partner of the last of an odd number.
  uint tile = (gl_WorkGroupID.x * TILES + eight) * (PAIRED ? 2 : 1);
  uint here = min (tile, n_tile - 1), partner = min (tile + 1, n_tile - 1);
  vec2 sum[MAX_TOKENS];
  if (TOKENS == 1)
    one_token (here, partner, lane, 0, 1, sum[0]);
  else
    {
      [[unroll]] for (uint t = 0; t < MAX_TOKENS; t++)
        sum[t] = vec2 (0.0);
      for (uint block = 0; block < push.n_block; block++)
        {
          vec4 v[8], w[8];
          load_block (here, push.n_block, block, lane, push.zero, v);
          if (PAIRED)
            load_block (partner, push.n_block, block, lane, push.zero, w);
          // Dead rows of the last group of tokens repeat a live one, whose memory is sure to be there.
#ifdef FP16
          f16vec4 v16[8];
          [[unroll]] for (int i = 0; i < 8; i++)
            v16[i] = f16vec4 (v[i]);
          [[unroll]] for (uint t = 0; t < MAX_TOKENS; t++)
            sum[t].x += dot_f16 (v16, load_half_activations (min (first_token + t, n_token - 1), block));
#else
          [[unroll]] for (uint t = 0; t < MAX_TOKENS; t++)
            {
              activations a = load_activations (min (first_token + t, n_token - 1), block);
              sum[t].x += dot_block (v, a.v);
              if (PAIRED)
                sum[t].y += dot_block (w, a.v);
            }
#endif
        }
    }

  [[unroll]] for (uint i = 0; i < 2; i++)
    {
      uint row = push.first_row + (tile + i) * SEN_VK_TILE_ROWS + lane;
      if ((i == 1 && !PAIRED) || tile + i >= n_tile || row >= push.n_row)
        continue;
      float b = load_bias (row);
      [[unroll]] for (uint t = 0; t < MAX_TOKENS; t++)
        if (t < TOKENS && first_token + t < n_token)
          y[(first_token + t) * push.n_row + row] = sum[t][i] + b;
    }
}

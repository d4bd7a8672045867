#version 450
// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// What attention.comp computes, for heads of whole units of sixteen bytes up to 256 values.   A workgroup is one query of one
// head (x: head, y: token); each of its subgroups takes every n'th run of keys with a maximum, sum and mix of its own, so that
// none waits for another before the end (Dao et al. 2023). For the scores a lane is a key. For the mix a lane is a unit of the
// head, and where a head has fewer units than the subgroup lanes, several keys are mixed side by side.
#define LANES_ID 6
#include "common.glsl"
#include "cache.glsl"
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require

layout (constant_id = 3) const uint N_HOLD = 2;          // vectors of the query a lane holds: head_dim / 32, rounded up
layout (constant_id = 4) const uint SUBGROUP_SIZE = 8;

#define UNIT (KV_F16 ? 8u : 4u)                          // values of sixteen bytes
#define MAX_UNITS (N_HOLD * 32 / UNIT)
#define N_CHUNK ((MAX_UNITS + SUBGROUP_SIZE - 1) / SUBGROUP_SIZE)   // units of a lane
#define LOWEST (-3.4e38)

#ifdef TEXELS
layout (set = 0, binding = SEN_VK_TEXELS) uniform samplerBuffer q_texels;
layout (set = 0, binding = SEN_VK_TEXELS + 1) uniform usamplerBuffer k_texels;
layout (set = 0, binding = SEN_VK_TEXELS + 2) uniform usamplerBuffer v_texels;
vec4 load_q (uint at) { return texelFetch (q_texels, int (at)); }
uvec4 load_k (uint at) { return texelFetch (k_texels, int (at)); }
uvec4 load_v (uint at) { return texelFetch (v_texels, int (at)); }
#else
layout (set = 0, binding = 0, std430) readonly buffer Q { vec4 q[]; };
layout (set = 0, binding = 1, std430) readonly buffer K { uvec4 k[]; };
layout (set = 0, binding = 2, std430) readonly buffer V { uvec4 v[]; };
vec4 load_q (uint at) { return q[at]; }
uvec4 load_k (uint at) { return k[at]; }
uvec4 load_v (uint at) { return v[at]; }
#endif
layout (set = 0, binding = 5, std430) writeonly buffer O { vec4 o[]; };
layout (push_constant) uniform Push { sen_attention_params push; };

shared vec4 parts[2 * gl_WorkGroupSize.x];
shared float maxima[gl_WorkGroupSize.x / 8], totals[gl_WorkGroupSize.x / 8];

void unpack (uvec4 unit, out vec4 low, out vec4 high)
{
  low = KV_F16 ? vec4 (unpackHalf2x16 (unit.x), unpackHalf2x16 (unit.y)) : uintBitsToFloat (unit);
  high = KV_F16 ? vec4 (unpackHalf2x16 (unit.z), unpackHalf2x16 (unit.w)) : vec4 (0.0);
}

float subgroup_max (float value)
{
  for (uint n = SUBGROUP_SIZE / 2; n > 0; n /= 2)
    value = max (value, subgroupShuffleXor (value, n));
  return value;
}

float subgroup_sum (float value)
{
  for (uint n = SUBGROUP_SIZE / 2; n > 0; n /= 2)
    value += subgroupShuffleXor (value, n);
  return value;
}

// Every eight lanes hold the query, a vector of every eighth; past its end they hold zeros.
float score (vec4 hold[N_HOLD], uint n_unit, uint cell)
{
  vec4 even = vec4 (0.0), odd = vec4 (0.0), low, high;
  [[unroll]] for (uint i = 0; i < N_HOLD; i++)
    [[unroll]] for (uint j = 0; j < 32 / UNIT; j++)
      {
        uint unit = i * (32 / UNIT) + j;
        unpack (load_k (cell * n_unit + min (unit, n_unit - 1)), low, high);
        if (KV_F16)
          {
            even += low * subgroupShuffle (hold[i], 2 * j);
            odd += high * subgroupShuffle (hold[i], 2 * j + 1);
          }
        else
          even += low * subgroupShuffle (hold[i], j);
      }
  even += odd;
  return ((even.x + even.y) + (even.z + even.w)) * push.scale;
}

void main ()
{
  uint head = gl_WorkGroupID.x, t = gl_WorkGroupID.y, lane = gl_SubgroupInvocationID, team = gl_SubgroupID;
  uint n_team = gl_WorkGroupSize.x / SUBGROUP_SIZE, n_unit = push.head_dim / UNIT, n_quad = push.head_dim / 4;
  uint width = min (n_unit, SUBGROUP_SIZE), n_beside = SUBGROUP_SIZE / width, beside = lane / width, mine = lane % width;
  uint from_q = (t * push.n_head + head) * n_quad, base = head / (push.n_head / push.n_kv_head) * push.n_ctx;
  uint first = first_cell (push, t), end = end_cell (push, t);

  vec4 hold[N_HOLD], mix_low[N_CHUNK], mix_high[N_CHUNK], low, high;
  [[unroll]] for (uint i = 0; i < N_HOLD; i++)
    hold[i] = load_q (from_q + min (i * 8 + lane % 8, n_quad - 1)) * (i * 8 + lane % 8 < n_quad ? 1.0 : 0.0);
  [[unroll]] for (uint c = 0; c < N_CHUNK; c++)
    mix_low[c] = mix_high[c] = vec4 (0.0);
  float maximum = LOWEST, total = 0.0;

  for (uint start = first + team * SUBGROUP_SIZE; start < end; start += n_team * SUBGROUP_SIZE)
    {
      bool is_key = start + lane < end;
      float s = score (hold, n_unit, base + min (start + lane, end - 1));
      float higher = max (maximum, subgroup_max (is_key ? s : LOWEST)), shrink = exp (maximum - higher);
      float weight = is_key ? exp (s - higher) : 0.0;
      maximum = higher;
      total = total * shrink + weight;
      [[unroll]] for (uint c = 0; c < N_CHUNK; c++)
        {
          mix_low[c] *= shrink;
          mix_high[c] *= shrink;
        }
      uint n = min (SUBGROUP_SIZE, end - start);
      for (uint i = 0; i < n; i += n_beside)
        {
          uint key = i + beside;
          float w = subgroupShuffle (weight, min (key, SUBGROUP_SIZE - 1));
          if (beside >= n_beside || key >= n)
            w = 0.0;
          uint cell = (base + start + min (key, n - 1)) * n_unit;
          [[unroll]] for (uint c = 0; c < N_CHUNK; c++)
            {
              unpack (load_v (cell + min (c * width + mine, n_unit - 1)), low, high);
              mix_low[c] += w * low;
              mix_high[c] += w * high;
            }
        }
    }

  // The subgroups' mixes are brought to one maximum and added up, a chunk at a time.
  total = subgroup_sum (total);
  if (lane == 0)
    {
      maxima[team] = maximum;
      totals[team] = total;
    }
  barrier ();
  float highest = LOWEST, sum = 0.0;
  for (uint i = 0; i < n_team; i++)
    highest = max (highest, maxima[i]);
  for (uint i = 0; i < n_team; i++)
    sum += totals[i] * exp (maxima[i] - highest);
  float scale = exp (maximum - highest) / sum;
  uint id = team * SUBGROUP_SIZE + lane, quads_per_unit = UNIT / 4;
  [[unroll]] for (uint c = 0; c < N_CHUNK; c++)
    {
      parts[2 * id] = mix_low[c] * scale;
      parts[2 * id + 1] = mix_high[c] * scale;
      barrier ();
      for (uint i = id; i < width * quads_per_unit; i += gl_WorkGroupSize.x)
        {
          uint unit = i / quads_per_unit, part = i % quads_per_unit;
          vec4 value = vec4 (0.0);
          for (uint j = 0; j < n_team; j++)
            for (uint b = 0; b < n_beside; b++)
              value += parts[2 * (j * SUBGROUP_SIZE + b * width + unit) + part];
          if (c * width + unit < n_unit)
            o[from_q + (c * width + unit) * quads_per_unit + part] = value;
        }
      barrier ();
    }
}

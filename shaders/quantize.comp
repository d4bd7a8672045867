#version 450
// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// Activations for linear_dot8.comp: each 16 values of x become signed bytes, scale = max |x| / 127.   x f32 [t][n_in]; codes
// [t][n_in / 4] words; scales [t][n_in / 32]: of each block of 32 the scales of its halves, and those times the sums of their
// codes. Eight lanes are a block (x), a workgroup's y is a token.
#include "common.glsl"
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require

// The consumer's weights are 4-bit codes: it takes the even and the odd ones of eight neighbours from a word.
layout (constant_id = 2) const bool FOR_NIBBLES = false;

layout (set = 0, binding = 0, std430) readonly buffer X { vec4 x[]; };
layout (set = 0, binding = 5, std430) writeonly buffer Codes { uint codes[]; };
layout (set = 0, binding = 6, std430) writeonly buffer Scales { vec4 scales[]; };
layout (push_constant) uniform Push { sen_vk_elements_push push; };

uint pack_bytes (ivec4 v)
{
  uvec4 bytes = uvec4 (v) & 255u;
  return bytes.x | bytes.y << 8 | bytes.z << 16 | bytes.w << 24;
}

void main ()
{
  uint t = gl_WorkGroupID.y, lane = gl_SubgroupInvocationID % 8, n_quad = push.n_col / 4;
  uint quad = gl_WorkGroupID.x * SEN_VK_LANES + gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID;
  bool live = t < live_rows (push.rows) && quad < n_quad;
  vec4 value = live ? x[t * n_quad + quad] : vec4 (0.0);

  vec4 size = abs (value);
  float peak = max (max (size.x, size.y), max (size.z, size.w));
  for (uint n = 1; n < 4; n *= 2)
    peak = max (peak, subgroupShuffleXor (peak, n));
  ivec4 code = ivec4 (roundEven (peak >= 127.0 * SEN_SMALLEST_SCALE ? value * (127.0 / peak) : vec4 (0.0)));
  int sum = code.x + code.y + code.z + code.w;
  sum += subgroupShuffleXor (sum, 1);
  sum += subgroupShuffleXor (sum, 2);
  vec2 scale = peak / 127.0 * vec2 (1.0, float (sum)), other_half = subgroupShuffleXor (scale, 4);
  ivec4 beside = subgroupShuffleXor (code, 1);
  if (!live)
    return;
  if (FOR_NIBBLES)
    code = lane % 2 == 0 ? ivec4 (code.xz, beside.xz) : ivec4 (beside.yw, code.yw);
  codes[t * n_quad + quad] = pack_bytes (code);
  if (lane == 0)
    scales[(t * n_quad + quad) / 8] = vec4 (scale.x, other_half.x, scale.y, other_half.y);
}

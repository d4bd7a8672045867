#version 450
// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// y = act (a) · b, element by element.   A lane is a column (x), a group's y is a row.
#include "common.glsl"

layout (set = 0, binding = 0, std430) readonly buffer A { float a[]; };
layout (set = 0, binding = 1, std430) readonly buffer B { float b[]; };
layout (set = 0, binding = 5, std430) writeonly buffer Y { float y[]; };
layout (push_constant) uniform Push { sen_vk_elements_push push; };

// To the nearest half, ties to even; done by hand because packHalf2x16 may round as it likes.
float round_to_half (float v)
{
  uint bits = floatBitsToUint (v);
  return abs (v) < 6.103515625e-05 ? roundEven (v * 16777216.0) / 16777216.0
                                   : uintBitsToFloat (bits + 0xfffu + (bits >> 13 & 1u) & 0xffffe000u);
}

float gelu (float v)
{
  // 0.5 (1 + tanh z) = 1 / (1 + exp (-2 z)), which cannot overflow into NaN.
  float z = 0.79788456 * v * (1.0 + 0.044715 * v * v);
  return v / (1.0 + exp (-2.0 * z));
}

float activate (float v)
{
  if (push.act == SEN_ACT_SILU)
    return v / (1.0 + exp (-v));
  if (push.act == SEN_ACT_GELU_TANH_HALF)
    return abs (v) < 10.0 ? round_to_half (gelu (round_to_half (v))) : max (v, 0.0);
  return gelu (v);
}

void main ()
{
  uint i = gl_GlobalInvocationID.x, row = gl_WorkGroupID.y, at = row * push.n_col + i;
  if (row < live_rows (push.rows_are_out) && i < push.n_col)
    y[at] = activate (a[at]) * b[at];
}

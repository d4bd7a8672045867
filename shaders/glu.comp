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

float activate (float v)
{
  if (push.act == SEN_ACT_SILU)
    return v / (1.0 + exp (-v));
  // 0.5 (1 + tanh z) = 1 / (1 + exp (-2 z)), which cannot overflow into NaN.
  float z = 0.79788456 * v * (1.0 + 0.044715 * v * v);
  return v / (1.0 + exp (-2.0 * z));
}

void main ()
{
  uint i = gl_GlobalInvocationID.x, row = gl_WorkGroupID.y, at = row * push.n_col + i;
  if (row < live_rows (push.rows_are_out) && i < push.n_col)
    y[at] = activate (a[at]) * b[at];
}

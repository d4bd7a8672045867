#version 450
// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// y = a + b, element by element.   A lane is a column (x), a group's y is a row.
#include "common.glsl"

layout (set = 0, binding = 0, std430) readonly buffer A { float a[]; };
layout (set = 0, binding = 1, std430) readonly buffer B { float b[]; };
layout (set = 0, binding = 5, std430) writeonly buffer Y { float y[]; };
layout (push_constant) uniform Push { sen_vk_elements_push push; };


void main ()
{
  uint i = gl_GlobalInvocationID.x, row = gl_WorkGroupID.y, at = row * push.n_col + i;
  if (row < live_rows (push.rows) && i < push.n_col)
    y[at] = a[at] + b[at];
}

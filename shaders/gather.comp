#version 450
// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// y[o] = x[rows[o]].   A lane is a column (x), a group's y is an output row.
#include "common.glsl"

layout (set = 0, binding = 0, std430) readonly buffer X { float x[]; };
layout (set = 0, binding = 1, std430) readonly buffer Rows { int rows[]; };
layout (set = 0, binding = 5, std430) writeonly buffer Y { float y[]; };
layout (push_constant) uniform Push { sen_vk_elements_push push; };

void main ()
{
  uint i = gl_GlobalInvocationID.x, row = gl_WorkGroupID.y;
  if (row < step_.n_out && i < push.n_col)
    y[row * push.n_col + i] = x[uint (rows[row]) * push.n_col + i];
}

#version 450
// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// y[t][k n_col + c] = x[stride t + k - pad][c], 0 outside x.   A lane is a column of y (x), a group's y is a row of it.
#include "common.glsl"

layout (set = 0, binding = 0, std430) readonly buffer X { float x[]; };
layout (set = 0, binding = 5, std430) writeonly buffer Y { float y[]; };
layout (push_constant) uniform Push { sen_vk_unfold_push push; };

void main ()
{
  uint i = gl_GlobalInvocationID.x, t = gl_WorkGroupID.y, n = push.p.n_tap * push.p.n_col;
  if (t >= live_rows (push.rows) || i >= n)
    return;
  // Rows before the first wrap round and are past the last.
  uint row = push.p.stride * t + i / push.p.n_col - push.p.pad;
  y[t * n + i] = row < live_rows (push.rows_in) ? x[row * push.p.n_col + i % push.p.n_col] : 0.0;
}

#version 450
// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// y = x / sqrt (mean (x²) + eps) · w over groups of n_col.   A workgroup is a group of one row (x: group, y: row).
#include "common.glsl"
#include "reduce.glsl"

layout (set = 0, binding = 0, std430) readonly buffer X { float x[]; };
layout (set = 0, binding = 1, std430) readonly buffer W { float w[]; };
layout (set = 0, binding = 5, std430) writeonly buffer Y { float y[]; };
layout (push_constant) uniform Push { sen_vk_rms_norm_push push; };

void main ()
{
  uint lane = gl_LocalInvocationID.x, row = gl_WorkGroupID.y;
  if (row >= live_rows (push.rows))
    return;
  uint n = push.p.n_col, from = (row * push.p.n_group + gl_WorkGroupID.x) * n;
  float sum = 0.0;
  for (uint i = lane; i < n; i += SEN_VK_LANES)
    sum += x[from + i] * x[from + i];
  float scale = 1.0 / sqrt (group_sum (sum) / float (n) + push.p.eps);
  for (uint i = lane; i < n; i += SEN_VK_LANES)
    y[from + i] = x[from + i] * scale * w[i];
}

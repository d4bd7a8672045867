#version 450
// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// y = (x - mean (x)) / sqrt (variance (x) + eps) · w + b.   A workgroup is a row (y).
#include "common.glsl"
#include "reduce.glsl"

layout (set = 0, binding = 0, std430) readonly buffer X { float x[]; };
layout (set = 0, binding = 1, std430) readonly buffer W { float w[]; };
layout (set = 0, binding = 2, std430) readonly buffer B { float b[]; };
layout (set = 0, binding = 5, std430) writeonly buffer Y { float y[]; };
layout (push_constant) uniform Push { sen_vk_layer_norm_push push; };

void main ()
{
  uint lane = gl_LocalInvocationID.x, row = gl_WorkGroupID.y, n = push.p.n_col, from = row * n;
  if (row >= live_rows (push.rows))
    return;
  float sum = 0.0, squares = 0.0;
  for (uint i = lane; i < n; i += SEN_VK_LANES)
    sum += x[from + i];
  float mean = group_sum (sum) / float (n);
  for (uint i = lane; i < n; i += SEN_VK_LANES)
    squares += (x[from + i] - mean) * (x[from + i] - mean);
  float scale = 1.0 / sqrt (group_sum (squares) / float (n) + push.p.eps);
  for (uint i = lane; i < n; i += SEN_VK_LANES)
    y[from + i] = (x[from + i] - mean) * scale * w[i] + b[i];
}

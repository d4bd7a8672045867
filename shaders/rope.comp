#version 450
// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// Rotates pairs of each head by the table's cosines and sines.   A lane is a value pair, or a pair of values beyond n_rot,
// of one head (x: head_dim / 2 pairs of all heads), a group's y is a token.
#include "common.glsl"

layout (set = 0, binding = 0, std430) readonly buffer X { float x[]; };
layout (set = 0, binding = 1, std430) readonly buffer Table { float table[]; };
layout (set = 0, binding = 5, std430) writeonly buffer Y { float y[]; };
layout (push_constant) uniform Push { sen_rope_params push; };

void main ()
{
  uint n_pair = push.head_dim / 2, t = gl_WorkGroupID.y;
  uint head = gl_GlobalInvocationID.x / n_pair, pair = gl_GlobalInvocationID.x % n_pair;
  if (t >= step_.n_tokens || head >= push.n_head)
    return;
  uint from = (t * push.n_head + head) * push.head_dim;
  if (pair >= push.n_rot / 2)
    {
      y[from + 2 * pair] = x[from + 2 * pair];
      y[from + 2 * pair + 1] = x[from + 2 * pair + 1];
      return;
    }
  uint a = push.mode == SEN_ROPE_HALVES ? pair : 2 * pair;
  uint b = push.mode == SEN_ROPE_HALVES ? pair + push.n_rot / 2 : 2 * pair + 1;
  float c = table[t * push.n_rot + 2 * pair], s = table[t * push.n_rot + 2 * pair + 1];
  float x0 = x[from + a], x1 = x[from + b];
  y[from + a] = x0 * c - x1 * s;
  y[from + b] = x0 * s + x1 * c;
}

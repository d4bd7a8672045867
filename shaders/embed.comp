#version 450
// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// y[t] = scale · table[id[t]], or embeddings[-1 - id[t]] when id[t] < 0.   A lane is a block of 32 columns (x), a group's
// y is a token.
#include "common.glsl"
#include "weights.glsl"

layout (set = 0, binding = 0, std430) readonly buffer Ids { int ids[]; };
layout (set = 0, binding = 4, std430) readonly buffer Embeddings { float embeddings[]; };
layout (set = 0, binding = 5, std430) writeonly buffer Y { float y[]; };
layout (push_constant) uniform Push { sen_vk_embed_push push; };

void main ()
{
  uint block = gl_GlobalInvocationID.x, t = gl_WorkGroupID.y;
  if (t >= live_rows (push.rows) || block >= push.n_block)
    return;
  uint first = block * 32, n = min (32, push.n_col - first), to = t * push.n_col + first;
  int id = ids[t];
  if (id < 0)
    {
      uint from = uint (-1 - id) * push.n_col + first;
      for (uint i = 0; i < n; i++)
        y[to + i] = embeddings[from + i];
      return;
    }
  uint row = uint (id) - push.first_row;
  if (uint (id) < push.first_row || row >= push.n_row)
    return;
  vec4 w[8];
  load_block (row / SEN_VK_TILE_ROWS, push.n_block, block, row % SEN_VK_TILE_ROWS, push.zero, w);
  [[unroll]] for (uint i = 0; i < 32; i++)
    if (i < n)
      y[to + i] = w[i / 4][i % 4] * push.scale;
}

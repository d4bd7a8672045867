#version 450
// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// y[r] = Σ rows[r][i] x[i] over signed bytes, in whole numbers: all devices say the same.   Rows lie in units of sixteen bytes,
// [tile][n_unit][SEN_VK_TILE_ROWS], as scan.c puts them; x [n_unit]; y i32 [n_row]. A lane is a row, so that the lanes of a tile
// load a line of memory together; each row is read once, and that is what it waits for.
#define LANES_ID 6
#include "common.glsl"
#include "dot8.glsl"

layout (set = 0, binding = 0, std430) readonly buffer X { ivec4 x[]; };
layout (set = 0, binding = 1, std430) readonly buffer Rows { ivec4 rows[]; };
layout (set = 0, binding = 5, std430) writeonly buffer Y { int y[]; };
layout (push_constant) uniform Push { sen_vk_scan_push push; };

void main ()
{
  uint row = gl_GlobalInvocationID.x;
  if (row >= push.n_row)
    return;
  uint at = row / SEN_VK_TILE_ROWS * push.n_unit * SEN_VK_TILE_ROWS + row % SEN_VK_TILE_ROWS;
  int sum = 0;
  for (uint unit = 0; unit < push.n_unit; unit++)
    sum += dot_unit (rows[at + unit * SEN_VK_TILE_ROWS], x[unit]);
  y[row] = sum;
}

// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// What every shader begins with: the shared declarations, the workgroup, the step buffer (binding 7).
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "params.h"

#ifdef LANES_ID
layout (local_size_x_id = LANES_ID) in;   // a shader of more than one size of workgroup
#else
layout (local_size_x = SEN_VK_LANES) in;
#endif
layout (set = 0, binding = 7, std430) readonly buffer Step { sen_step step_; };

uint live_rows (uint rows)
{
  return rows == SEN_VK_ROWS_TOKENS ? step_.n_tokens : rows == SEN_VK_ROWS_OUT ? step_.n_out : rows;
}

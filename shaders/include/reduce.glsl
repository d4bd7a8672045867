// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// Sum and maximum over the lanes of a workgroup, by shared memory: runs anywhere.
shared float reduce_values[SEN_VK_LANES];

float group_sum (float value)
{
  uint lane = gl_LocalInvocationID.x;
  reduce_values[lane] = value;
  barrier ();
  for (uint n = SEN_VK_LANES / 2; n > 0; n /= 2)
    {
      if (lane < n)
        reduce_values[lane] += reduce_values[lane + n];
      barrier ();
    }
  float result = reduce_values[0];
  barrier ();
  return result;
}

float group_max (float value)
{
  uint lane = gl_LocalInvocationID.x;
  reduce_values[lane] = value;
  barrier ();
  for (uint n = SEN_VK_LANES / 2; n > 0; n /= 2)
    {
      if (lane < n)
        reduce_values[lane] = max (reduce_values[lane], reduce_values[lane + n]);
      barrier ();
    }
  float result = reduce_values[0];
  barrier ();
  return result;
}

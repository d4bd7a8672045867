// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// The activations of params.h.
// To the nearest half, ties to even; done by hand because packHalf2x16 may round as it likes.
float round_to_half (float v)
{
  uint bits = floatBitsToUint (v);
  return abs (v) < 6.103515625e-05 ? roundEven (v * 16777216.0) / 16777216.0
                                   : uintBitsToFloat (bits + 0xfffu + (bits >> 13 & 1u) & 0xffffe000u);
}

float gelu (float v)
{
  // 0.5 (1 + tanh z) = 1 / (1 + exp (-2 z)), which cannot overflow into NaN.
  float z = 0.79788456 * v * (1.0 + 0.044715 * v * v);
  return v / (1.0 + exp (-2.0 * z));
}

// max (v, 0) - |v| erfc (|v| / sqrt 2) / 2 with Abramowitz and Stegun's 7.1.26, right to 1.5e-7.
float gelu_erf (float v)
{
  float t = 1.0 / (1.0 + 0.3275911 * 0.70710678 * abs (v));
  float p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return max (v, 0.0) - 0.5 * abs (v) * p * exp (-0.5 * v * v);
}

float activate (uint act, float v)
{
  if (act == SEN_ACT_SILU)
    return v / (1.0 + exp (-v));
  if (act == SEN_ACT_GELU_TANH_HALF)
    return abs (v) < 10.0 ? round_to_half (gelu (round_to_half (v))) : max (v, 0.0);
  if (act == SEN_ACT_GELU_ERF)
    return gelu_erf (v);
  if (act == SEN_ACT_GELU_QUICK)
    return v / (1.0 + exp (-1.702 * v));
  return gelu (v);
}

// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// Sums of products of signed bytes, four in a word, in whole numbers.   With DOT8 by the dot product instruction of
// VK_KHR_shader_integer_dot_product, else byte by byte.
#ifdef DOT8
#extension GL_EXT_spirv_intrinsics : require

#define PACKED_4X8 0

// OpSDot of SPV_KHR_integer_dot_product. (Capabilities DotProduct and DotProductInput4x8BitPacked.)
spirv_instruction (extensions = ["SPV_KHR_integer_dot_product"], capabilities = [6018, 6019], id = 4450)
int dot_packed (int a, int b, spirv_literal uint packing);

int dot_word (int a, int b)
{
  return dot_packed (a, b, PACKED_4X8);
}
#else
int dot_word (int a, int b)
{
  int sum = 0;
  [[unroll]] for (int i = 0; i < 32; i += 8)
    sum += bitfieldExtract (a, i, 8) * bitfieldExtract (b, i, 8);
  return sum;
}
#endif

int dot_unit (ivec4 a, ivec4 b)
{
  return (dot_word (a.x, b.x) + dot_word (a.y, b.y)) + (dot_word (a.z, b.z) + dot_word (a.w, b.w));
}

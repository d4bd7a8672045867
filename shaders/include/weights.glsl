// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// Weights as src/engine/vulkan/pack.c lays them out: SEN_VK_TILE_ROWS rows side by side, SEN_VK_BLOCK_COLS columns at a
// time. load_block() brings 32 columns of one row as f32, exactly as the format defines them. One STORAGE_* each:
//   F32 F16 BF16        numbers: 8, 4, 4 units of 16 bytes a block
//   S4 S8               4- or 8-bit codes, a scale and an offset (f16 each, one word) for each 32 columns
//   K4 K8               codes, scales and minimums of 6 bits for each 32 columns, two f16 factors for each 256
//   K4_16M              Q2_K: scales and minimums of 4 bits for each 16 columns
//   K4_16 K8_16         signed 8-bit scales for each 16 columns, no minimums
layout (set = 0, binding = 1, std430) readonly buffer Codes { uvec4 codes[]; };
layout (set = 0, binding = 2, std430) readonly buffer Scales { uvec4 scales[]; };
layout (set = 0, binding = 3, std430) readonly buffer Factors { uint factors[]; };

#if defined(STORAGE_S4) || defined(STORAGE_K4) || defined(STORAGE_K4_16) || defined(STORAGE_K4_16M)
#define CODES_4 1
#elif defined(STORAGE_S8) || defined(STORAGE_K8) || defined(STORAGE_K8_16)
#define CODES_8 1
#endif

#ifdef CODES_4
void load_codes (uint tile, uint n_block, uint block, uint lane, out int c[32])
{
  uvec4 word = codes[(tile * n_block + block) * SEN_VK_TILE_ROWS + lane];
  for (int w = 0; w < 4; w++)
    for (int i = 0; i < 8; i++)
      c[8 * w + i] = int (word[w] >> (4 * i) & 15u);
}
#endif

#ifdef CODES_8
void load_codes (uint tile, uint n_block, uint block, uint lane, out int c[32])
{
  for (int half_ = 0; half_ < 2; half_++)
    {
      uvec4 word = codes[((tile * n_block + block) * 2 + half_) * SEN_VK_TILE_ROWS + lane];
      for (int w = 0; w < 4; w++)
        for (int i = 0; i < 4; i++)
          c[16 * half_ + 4 * w + i] = int (word[w] >> (8 * i) & 255u);
    }
}
#endif

#if defined(STORAGE_F32)
void load_block (uint tile, uint n_block, uint block, uint lane, int zero, out float w[32])
{
  for (int u = 0; u < 8; u++)
    {
      vec4 v = uintBitsToFloat (codes[((tile * n_block + block) * 8 + u) * SEN_VK_TILE_ROWS + lane]);
      for (int i = 0; i < 4; i++)
        w[4 * u + i] = v[i];
    }
}
#elif defined(STORAGE_F16) || defined(STORAGE_BF16)
void load_block (uint tile, uint n_block, uint block, uint lane, int zero, out float w[32])
{
  for (int u = 0; u < 4; u++)
    {
      uvec4 v = codes[((tile * n_block + block) * 4 + u) * SEN_VK_TILE_ROWS + lane];
      for (int i = 0; i < 4; i++)
        {
#ifdef STORAGE_F16
          vec2 pair = unpackHalf2x16 (v[i]);
#else
          vec2 pair = vec2 (uintBitsToFloat (v[i] << 16), uintBitsToFloat (v[i] & 0xffff0000u));
#endif
          w[8 * u + 2 * i] = pair.x;
          w[8 * u + 2 * i + 1] = pair.y;
        }
    }
}
#elif defined(STORAGE_S4) || defined(STORAGE_S8)
void load_block (uint tile, uint n_block, uint block, uint lane, int zero, out float w[32])
{
  int c[32];
  vec2 f = unpackHalf2x16 (factors[(tile * n_block + block) * SEN_VK_TILE_ROWS + lane]);
  load_codes (tile, n_block, block, lane, c);
  for (int i = 0; i < 32; i++)
    w[i] = f.x * float (c[i] - zero) + f.y;
}
#else
// Superblocks of 256 columns: eight blocks share a word of factors and sixteen bytes of scales.
void load_block (uint tile, uint n_block, uint block, uint lane, int zero, out float w[32])
{
  int c[32];
  uint at = (tile * (n_block / 8) + block / 8) * SEN_VK_TILE_ROWS + lane;
  vec2 f = unpackHalf2x16 (factors[at]);
  uvec4 s = scales[at];
  uint in_super = block % 8;
  load_codes (tile, n_block, block, lane, c);
#if defined(STORAGE_K4) || defined(STORAGE_K8)
  uint scale = s[in_super / 4] >> (8 * (in_super % 4)) & 255u;
  uint low = s[2 + in_super / 4] >> (8 * (in_super % 4)) & 255u;
  float factor = f.x * float (scale), offset = -(f.y * float (low));
  for (int i = 0; i < 32; i++)
    w[i] = factor * float (c[i]) + offset;
#else
  for (int half_ = 0; half_ < 2; half_++)
    {
      uint group = 2 * in_super + half_;
      int byte_ = int (s[group / 4] << (24 - 8 * (group % 4))) >> 24;
#ifdef STORAGE_K4_16M
      float factor = f.x * float (byte_ & 15), offset = -(f.y * float (byte_ >> 4 & 15));
#else
      float factor = f.x * float (byte_), offset = 0.0;
#endif
      for (int i = 0; i < 16; i++)
        w[16 * half_ + i] = factor * float (c[16 * half_ + i] - zero) + offset;
    }
#endif
}
#endif

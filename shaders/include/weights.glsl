// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// Weights as src/engine/vulkan/pack.c lays them out: SEN_VK_TILE_ROWS rows side by side, SEN_VK_BLOCK_COLS columns at a
// time. load_block() brings 32 columns of one row as eight f32 vectors, exactly as the format defines them. One STORAGE_* each:
//   F32 F16 BF16        numbers: 8, 4, 4 units of 16 bytes a block
//   S4 S8               4- or 8-bit codes, a scale and an offset (f16 each, one word) for each 32 columns
//   K4 K8               codes, scales and minimums of 6 bits for each 32 columns, two f16 factors for each 256
//   K4_16M              Q2_K: scales and minimums of 4 bits for each 16 columns
//   K4_16 K8_16         signed 8-bit scales for each 16 columns, no minimums
#ifdef TEXELS
layout (set = 0, binding = SEN_VK_TEXELS + 1) uniform usamplerBuffer code_texels;
layout (set = 0, binding = SEN_VK_TEXELS + 2) uniform usamplerBuffer scale_texels;
layout (set = 0, binding = SEN_VK_TEXELS + 3) uniform usamplerBuffer factor_texels;
uvec4 load_code_unit (uint at) { return texelFetch (code_texels, int (at)); }
uvec4 load_scales (uint at) { return texelFetch (scale_texels, int (at)); }
vec2 load_factors (uint at) { return unpackHalf2x16 (texelFetch (factor_texels, int (at)).x); }
#else
layout (set = 0, binding = 1, std430) readonly buffer Codes { uvec4 codes[]; };
layout (set = 0, binding = 2, std430) readonly buffer Scales { uvec4 scales[]; };
layout (set = 0, binding = 3, std430) readonly buffer Factors { uint factors[]; };
uvec4 load_code_unit (uint at) { return codes[at]; }
uvec4 load_scales (uint at) { return scales[at]; }
vec2 load_factors (uint at) { return unpackHalf2x16 (factors[at]); }
#endif

#if defined(STORAGE_S4) || defined(STORAGE_K4) || defined(STORAGE_K4_16) || defined(STORAGE_K4_16M)
#define CODES_4 1
#elif defined(STORAGE_S8) || defined(STORAGE_K8) || defined(STORAGE_K8_16)
#define CODES_8 1
#endif

// 32 columns as eight vectors: everything is unrolled, so that no array is indexed at run time.
#ifdef CODES_4
void load_codes (uint tile, uint n_block, uint block, uint lane, out vec4 c[8])
{
  uvec4 word = load_code_unit ((tile * n_block + block) * SEN_VK_TILE_ROWS + lane);
  [[unroll]] for (int w = 0; w < 4; w++)
    {
      c[2 * w] = vec4 (uvec4 (word[w]) >> uvec4 (0, 4, 8, 12) & 15u);
      c[2 * w + 1] = vec4 (uvec4 (word[w]) >> uvec4 (16, 20, 24, 28) & 15u);
    }
}
#endif

#ifdef CODES_8
void load_codes (uint tile, uint n_block, uint block, uint lane, out vec4 c[8])
{
  [[unroll]] for (int half_ = 0; half_ < 2; half_++)
    {
      uvec4 word = load_code_unit (((tile * n_block + block) * 2 + half_) * SEN_VK_TILE_ROWS + lane);
      [[unroll]] for (int w = 0; w < 4; w++)
        c[4 * half_ + w] = vec4 (uvec4 (word[w]) >> uvec4 (0, 8, 16, 24) & 255u);
    }
}
#endif

#if defined(STORAGE_F32)
void load_block (uint tile, uint n_block, uint block, uint lane, int zero, out vec4 w[8])
{
  [[unroll]] for (int u = 0; u < 8; u++)
    w[u] = uintBitsToFloat (load_code_unit (((tile * n_block + block) * 8 + u) * SEN_VK_TILE_ROWS + lane));
}
#elif defined(STORAGE_F16) || defined(STORAGE_BF16)
void load_block (uint tile, uint n_block, uint block, uint lane, int zero, out vec4 w[8])
{
  [[unroll]] for (int u = 0; u < 4; u++)
    {
      uvec4 v = load_code_unit (((tile * n_block + block) * 4 + u) * SEN_VK_TILE_ROWS + lane);
      [[unroll]] for (int i = 0; i < 2; i++)
        {
#ifdef STORAGE_F16
          w[2 * u + i] = vec4 (unpackHalf2x16 (v[2 * i]), unpackHalf2x16 (v[2 * i + 1]));
#else
          w[2 * u + i] = uintBitsToFloat (uvec4 (v[2 * i] << 16, v[2 * i] & 0xffff0000u, v[2 * i + 1] << 16,
                                                 v[2 * i + 1] & 0xffff0000u));
#endif
        }
    }
}
#elif defined(STORAGE_S4) || defined(STORAGE_S8)
void load_block (uint tile, uint n_block, uint block, uint lane, int zero, out vec4 w[8])
{
  vec2 f = load_factors ((tile * n_block + block) * SEN_VK_TILE_ROWS + lane);
  load_codes (tile, n_block, block, lane, w);
  [[unroll]] for (int i = 0; i < 8; i++)
    w[i] = f.x * (w[i] - float (zero)) + f.y;
}
#else
// Superblocks of 256 columns: eight blocks share a word of factors and sixteen bytes of scales.
void load_block (uint tile, uint n_block, uint block, uint lane, int zero, out vec4 w[8])
{
  uint at = (tile * (n_block / 8) + block / 8) * SEN_VK_TILE_ROWS + lane;
  vec2 f = load_factors (at);
  uvec4 s = load_scales (at);
  uint in_super = block % 8;
  load_codes (tile, n_block, block, lane, w);
#if defined(STORAGE_K4) || defined(STORAGE_K8)
  uint shift = 8 * (in_super % 4);
  uint scale = (in_super < 4 ? s.x : s.y) >> shift & 255u, low = (in_super < 4 ? s.z : s.w) >> shift & 255u;
  float factor = f.x * float (scale), offset = -(f.y * float (low));
  [[unroll]] for (int i = 0; i < 8; i++)
    w[i] = factor * w[i] + offset;
#else
  uint word = in_super < 4 ? (in_super < 2 ? s.x : s.y) : (in_super < 6 ? s.z : s.w);
  int pair = int (in_super % 2 != 0 ? word >> 16 : word & 0xffffu);
  [[unroll]] for (int half_ = 0; half_ < 2; half_++)
    {
      int byte_ = (half_ == 0 ? pair << 24 : pair << 16) >> 24;
#ifdef STORAGE_K4_16M
      float factor = f.x * float (byte_ & 15), offset = -(f.y * float (byte_ >> 4 & 15));
#else
      float factor = f.x * float (byte_), offset = 0.0;
#endif
      [[unroll]] for (int i = 0; i < 4; i++)
        w[4 * half_ + i] = factor * (w[4 * half_ + i] - float (zero)) + offset;
    }
#endif
}
#endif

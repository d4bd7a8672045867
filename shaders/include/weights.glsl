// SPDX-FileCopyrightText: 2026 The Sensorium authors
// SPDX-License-Identifier: MIT
//
// Weights as src/engine/vulkan/pack.c lays them out: SEN_VK_TILE_ROWS rows side by side, SEN_VK_BLOCK_COLS columns at a
// time. load_codes() brings 32 columns of one row as eight vectors of codes, and what makes weights of them: weight = factor *
// code + offset, for each half of the block. load_block() does that too. One STORAGE_* each:
//   F32 F16 BF16        numbers: 8, 4, 4 units of 16 bytes a block
//   S4 S8               4-bit or signed 8-bit codes, a scale and an offset (f16 each, one word) for each 32 columns
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

#if defined(STORAGE_K4_16) || defined(STORAGE_K4_16M) || defined(STORAGE_K8_16)
#define TWO_SCALES 1   // the halves of a block differ
#endif

struct scaling
{
  vec2 factor, offset;   // of columns 0 to 15 and 16 to 31
};

// Everything is unrolled, so that no array is indexed at run time.
#if defined(CODES_4)
void unpack (uint at, uint lane, out vec4 c[8])
{
  uvec4 word = load_code_unit (at * SEN_VK_TILE_ROWS + lane);
  [[unroll]] for (int w = 0; w < 4; w++)
    {
      c[2 * w] = vec4 (uvec4 (word[w]) >> uvec4 (0, 4, 8, 12) & 15u);
      c[2 * w + 1] = vec4 (uvec4 (word[w]) >> uvec4 (16, 20, 24, 28) & 15u);
    }
}
#elif defined(CODES_8)
void unpack (uint at, uint lane, out vec4 c[8])
{
  [[unroll]] for (int half_ = 0; half_ < 2; half_++)
    {
      uvec4 word = load_code_unit ((at * 2 + half_) * SEN_VK_TILE_ROWS + lane);
      [[unroll]] for (int w = 0; w < 4; w++)
        c[4 * half_ + w] = vec4 (ivec4 (uvec4 (word[w]) << uvec4 (24, 16, 8, 0)) >> 24);
    }
}
#elif defined(STORAGE_F32)
layout (constant_id = 7) const uint ROWS_BESIDE = SEN_VK_TILE_ROWS;   // 1 in a matrix of a single row, which all lanes read
void unpack (uint at, uint lane, out vec4 c[8])
{
  [[unroll]] for (int u = 0; u < 8; u++)
    c[u] = uintBitsToFloat (load_code_unit ((at * 8 + u) * ROWS_BESIDE + min (lane, ROWS_BESIDE - 1)));
}
#else
void unpack (uint at, uint lane, out vec4 c[8])
{
  [[unroll]] for (int u = 0; u < 4; u++)
    {
      uvec4 v = load_code_unit ((at * 4 + u) * SEN_VK_TILE_ROWS + lane);
      [[unroll]] for (int i = 0; i < 2; i++)
        {
#ifdef STORAGE_F16
          c[2 * u + i] = vec4 (unpackHalf2x16 (v[2 * i]), unpackHalf2x16 (v[2 * i + 1]));
#else
          c[2 * u + i] = uintBitsToFloat (uvec4 (v[2 * i] << 16, v[2 * i] & 0xffff0000u, v[2 * i + 1] << 16,
                                                 v[2 * i + 1] & 0xffff0000u));
#endif
        }
    }
}
#endif

#if defined(STORAGE_S4) || defined(STORAGE_S8)
scaling load_scaling (uint tile, uint n_block, uint block, uint lane, int zero)
{
  vec2 f = load_factors ((tile * n_block + block) * SEN_VK_TILE_ROWS + lane);
  return scaling (vec2 (f.x), vec2 (f.y - f.x * float (zero)));
}
#elif defined(CODES_4) || defined(CODES_8)
// Superblocks of 256 columns: eight blocks share a word of factors and sixteen bytes of scales.
scaling load_scaling (uint tile, uint n_block, uint block, uint lane, int zero)
{
  uint at = (tile * (n_block / 8) + block / 8) * SEN_VK_TILE_ROWS + lane, in_super = block % 8;
  vec2 f = load_factors (at);
  uvec4 s = load_scales (at);
#if defined(STORAGE_K4) || defined(STORAGE_K8)
  uint shift = 8 * (in_super % 4);
  uint scale = (in_super < 4 ? s.x : s.y) >> shift & 255u, low = (in_super < 4 ? s.z : s.w) >> shift & 255u;
  float factor = f.x * float (scale);
  return scaling (vec2 (factor), vec2 (-(f.y * float (low)) - factor * float (zero)));
#else
  uint word = in_super < 4 ? (in_super < 2 ? s.x : s.y) : (in_super < 6 ? s.z : s.w);
  ivec2 bytes = ivec2 (uvec2 (in_super % 2 != 0 ? word >> 16 : word) << uvec2 (24, 16)) >> 24;
#ifdef STORAGE_K4_16M
  vec2 factor = f.x * vec2 (bytes & 15), low = f.y * vec2 (bytes >> 4 & 15);
#else
  vec2 factor = f.x * vec2 (bytes), low = vec2 (0.0);
#endif
  return scaling (factor, -low - factor * float (zero));
#endif
}
#else
scaling load_scaling (uint tile, uint n_block, uint block, uint lane, int zero)
{
  return scaling (vec2 (1.0), vec2 (0.0));
}
#endif

scaling load_codes (uint tile, uint n_block, uint block, uint lane, int zero, out vec4 c[8])
{
  unpack (tile * n_block + block, lane, c);
  return load_scaling (tile, n_block, block, lane, zero);
}

void load_block (uint tile, uint n_block, uint block, uint lane, int zero, out vec4 w[8])
{
  scaling s = load_codes (tile, n_block, block, lane, zero, w);
#if defined(CODES_4) || defined(CODES_8)
  [[unroll]] for (int i = 0; i < 8; i++)
    w[i] = s.factor[i / 4] * w[i] + s.offset[i / 4];
#endif
}

/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Quantized products as both x86 files do them. Every format is brought into one shape, 256 columns at a time; rows, tiles
 * and products only see that shape. No header guard: a body like kernels-body.h, included by kernels-<isa>.c once it has
 *   Chunk                       codes in column order, a scale and an offset for each 16 columns
 *   chunk_<format> ()           one superblock, or up to eight blocks of 32, to a chunk
 *   Codes, load_codes (), broadcast_four ()    a register of codes; four activations in each of its 32-bit lanes
 *   mul_codes ()                sums of four products in each lane, of two such pairs
 *   keeps_sign (type)           codes are two's complement, and mul_codes() is told
 *   Input, load_input ()        the activations that go with a chunk
 *   add_chunk ()                one row by one token, over a chunk: lanes to be summed
 *   spill_chunk ()              a chunk to memory
 *   TOKENS_Q8                   tokens whose sums fit the registers */

/* How far ahead of the loads the next lines are asked for: the processor's own prefetcher stops at pages of 4 KiB, and in a
 * virtual machine each of them costs a long walk. */
#define PREFETCH_BYTES 8192

static inline void
prefetch_chunk (const uint8_t *p, uint32_t n_bytes)
{
  for (uint32_t i = 0; i < n_bytes; i += 64)
    __builtin_prefetch (p + i, 0, 3);
}

/* n columns, at most 256 and a multiple of the block. */
static inline __attribute__ ((always_inline)) void
load_chunk (SenType type, const uint8_t *p, uint32_t n, Chunk *chunk)
{
  switch (type)
    {
    case SEN_TYPE_Q2_K:
      chunk_q2_k ((const SenBlockQ2_K *) p, chunk);
      break;
    case SEN_TYPE_Q3_K:
      chunk_q3_k ((const SenBlockQ3_K *) p, chunk);
      break;
    case SEN_TYPE_Q4_K:
      chunk_q4_k ((const SenBlockQ4_K *) p, chunk);
      break;
    case SEN_TYPE_Q5_K:
      chunk_q5_k ((const SenBlockQ5_K *) p, chunk);
      break;
    case SEN_TYPE_Q6_K:
      chunk_q6_k ((const SenBlockQ6_K *) p, chunk);
      break;
    default:
      chunk_blocks (type, p, n / 32, chunk);
    }
}

/* One copy of @body for each quantized format, so that the switches inside fold away. */
#define FOR_TYPE(type, body)                                                                                             \
  switch (type)                                                                                                          \
    {                                                                                                                    \
    case SEN_TYPE_Q4_0: body (SEN_TYPE_Q4_0); break;                                                                     \
    case SEN_TYPE_Q4_1: body (SEN_TYPE_Q4_1); break;                                                                     \
    case SEN_TYPE_Q5_0: body (SEN_TYPE_Q5_0); break;                                                                     \
    case SEN_TYPE_Q5_1: body (SEN_TYPE_Q5_1); break;                                                                     \
    case SEN_TYPE_Q8_0: body (SEN_TYPE_Q8_0); break;                                                                     \
    case SEN_TYPE_Q2_K: body (SEN_TYPE_Q2_K); break;                                                                     \
    case SEN_TYPE_Q3_K: body (SEN_TYPE_Q3_K); break;                                                                     \
    case SEN_TYPE_Q4_K: body (SEN_TYPE_Q4_K); break;                                                                     \
    case SEN_TYPE_Q5_K: body (SEN_TYPE_Q5_K); break;                                                                     \
    case SEN_TYPE_Q6_K: body (SEN_TYPE_Q6_K); break;                                                                     \
    default: g_assert_not_reached ();                                                                                    \
    }

/* --- One token --------------------------------------------------------------------------------------------------------------------- */

/* total + row by x, over n columns. */
static inline __attribute__ ((always_inline)) Vec
mul_chunk (SenType type, const uint8_t *row, uint32_t chunk_bytes, const Input *input, uint32_t n, Vec total)
{
  Chunk chunk;
  prefetch_chunk (row + PREFETCH_BYTES, chunk_bytes);
  load_chunk (type, row, n, &chunk);
  return add_chunk (type, &chunk, input, n, total);
}

static inline __attribute__ ((always_inline)) void
mul_rows (SenType type, const uint8_t *rows, size_t row_bytes, uint32_t n_rows, uint32_t n_col, const SenQ8Row *x, float *y)
{
  const uint32_t chunk_bytes = bytes_of_chunk (type), left = formats[type].block_elems == 256 ? 0 : n_col % 256;
  /* Two rows at a time share the loads of x and hide each other's latencies. */
  for (uint32_t r = 0; r < n_rows; r += 2)
    {
      const uint8_t *row0 = rows + r * row_bytes, *row1 = rows + MIN (r + 1, n_rows - 1) * row_bytes;
      Vec total0 = { 0 }, total1 = { 0 };
      Input input;
      for (uint32_t col = 0; col < n_col - left; col += 256, row0 += chunk_bytes, row1 += chunk_bytes)
        {
          load_input (x, col, 256, &input);
          total0 = mul_chunk (type, row0, chunk_bytes, &input, 256, total0);
          total1 = mul_chunk (type, row1, chunk_bytes, &input, 256, total1);
        }
      if (left > 0)
        {
          load_input (x, n_col - left, left, &input);
          total0 = mul_chunk (type, row0, chunk_bytes, &input, left, total0);
          total1 = mul_chunk (type, row1, chunk_bytes, &input, left, total1);
        }
      y[r] = sum_lanes (total0);
      if (r + 1 < n_rows)
        y[r + 1] = sum_lanes (total1);
    }
}

static void
mul_mv_q8 (SenType type, const void *rows, size_t row_bytes, uint32_t n_rows, uint32_t n_col, const SenQ8Row *x, float *y)
{
#define BODY(t) mul_rows (t, rows, row_bytes, n_rows, n_col, x, y)
  FOR_TYPE (type, BODY)
#undef BODY
}

/* --- Many tokens --------------------------------------------------------------------------------------------------------------------- */

static inline __attribute__ ((always_inline)) void
unpack_row (SenType type, const uint8_t *row, uint32_t r, SenTile *tile)
{
  const uint32_t chunk_bytes = bytes_of_chunk (type), step = tile->group_elems / 16;
  uint32_t *quads = (uint32_t *) tile->code + r;
  uint32_t codes[64];
  float scale[16], offset[16];

  for (uint32_t col = 0; col < tile->n_col; col += 256, row += chunk_bytes)
    {
      uint32_t n = MIN (tile->n_col - col, 256);
      Chunk chunk;
      load_chunk (type, row, n, &chunk);
      spill_chunk (&chunk, codes, scale, offset);
      for (uint32_t k = 0; k < n / 4; k++)
        quads[(size_t) (col / 4 + k) * SEN_LANES] = codes[k];
      for (uint32_t g = 0; g < n / 16; g += step)
        {
          size_t at = (size_t) (col / 16 + g) / step * SEN_LANES + r;
          tile->scale[at] = scale[g];
          tile->offset[at] = offset[g];
        }
    }
}

static void
unpack_tile (SenType type, const void *rows, size_t row_bytes, uint32_t n_rows, uint32_t first_col, SenTile *tile)
{
  tile->is_signed = keeps_sign (type);
  for (uint32_t r = 0; r < n_rows; r++)
    {
      const uint8_t *row = (const uint8_t *) rows + r * row_bytes + (size_t) first_col / 256 * bytes_of_chunk (type);
#define BODY(t) unpack_row (t, row, r, tile)
      FOR_TYPE (type, BODY)
#undef BODY
    }
  for (uint32_t r = n_rows; r < SEN_LANES; r++)
    clear_row (r, tile);
}

/* Adds integer sums of one group of columns, for tokens whose digits lie @stride apart from @x on. */
static inline __attribute__ ((always_inline)) void
mul_group (const uint8_t *code, uint32_t group, bool is_signed, const int8_t *x, size_t stride, uint32_t n_tokens, Codes *sum)
{
#pragma GCC unroll 4
  for (uint32_t k = 0; k < group / 4; k += 2)
    {
      Codes w0 = load_codes (code + (size_t) k * 4 * SEN_LANES), w1 = load_codes (code + (size_t) (k + 1) * 4 * SEN_LANES);
      for (uint32_t t = 0; t < n_tokens; t++)
        sum[t] = mul_codes (is_signed, sum[t], w0, broadcast_four (x + t * stride + 4 * k), w1,
                            broadcast_four (x + t * stride + 4 * k + 4));
    }
}

/* A tile's products with tokens [0, n_tokens) of @x, whose rows are n_col_total long: total[t] = Σ. The tile's first group is
 * bit @first_bit of the masks. */
static inline __attribute__ ((always_inline)) void
mul_block_q8 (const SenTile *tile, uint32_t group, bool is_signed, const SenQ8Row *x, uint32_t n_col_total, uint32_t first_bit,
              uint32_t n_tokens, Vec *total)
{
  const size_t d_stride = n_col_total / 32, sum_stride = n_col_total / group;
  const float *x_sum = group == 32 ? x->sum32 : x->sum16;
  uint64_t wide = 0;
  for (uint32_t t = 0; t < n_tokens; t++)
    {
      total[t] = (Vec) { 0 };
      wide |= x->wide[t * sen_q8_n_masks (n_col_total)];
    }
  wide >>= first_bit;
  for (uint32_t g = 0; g < tile->n_col / group; g++)
    {
      const uint8_t *code = tile->code + (size_t) g * group * SEN_LANES;
      const float *d = x->d + g * group / 32;
      Vec scale = load (tile->scale + (size_t) g * SEN_LANES), offset = load (tile->offset + (size_t) g * SEN_LANES);
      Codes sum[TOKENS_Q8];
      for (uint32_t t = 0; t < n_tokens; t++)
        sum[t] = (Codes) { 0 };
      mul_group (code, group, is_signed, x->q + (size_t) g * group, n_col_total, n_tokens, sum);
      /* Second digits of any of these tokens; those of the others are zero. */
      if (wide >> (g * group / 32) & 1)
        {
          for (uint32_t t = 0; t < n_tokens; t++)
            sum[t] = (Codes) ((VecInt) sum[t] << 8);
          mul_group (code, group, is_signed, x->low + (size_t) g * group, n_col_total, n_tokens, sum);
          scale *= splat (1.0f / 256.0f);
        }
      for (uint32_t t = 0; t < n_tokens; t++)
        {
          total[t] += __builtin_convertvector ((VecInt) sum[t], Vec) * (scale * splat (d[t * d_stride]));
          total[t] += offset * splat (x_sum[t * sum_stride + g]);
        }
    }
}

static inline __attribute__ ((always_inline)) void
mul_tile (const SenTile *tile, uint32_t group, bool is_signed, const SenQ8Row *x, uint32_t n_col_total, uint32_t first_col,
          uint32_t n_tokens, float *y, size_t y_stride)
{
  const uint32_t first_bit = first_col % SEN_TILE_COLS / 32;
  Vec total[TOKENS_Q8];
  for (uint32_t t = 0; t < n_tokens;)
    {
      uint32_t n = n_tokens - t >= TOKENS_Q8 ? TOKENS_Q8 : 1;
      const SenQ8Row rows = {
        .q = x->q + (size_t) t * n_col_total + first_col,
        .low = x->low + (size_t) t * n_col_total + first_col,
        .d = x->d + ((size_t) t * n_col_total + first_col) / 32,
        .sum16 = x->sum16 + ((size_t) t * n_col_total + first_col) / 16,
        .sum32 = x->sum32 + ((size_t) t * n_col_total + first_col) / 32,
        .wide = x->wide + t * sen_q8_n_masks (n_col_total) + first_col / SEN_TILE_COLS,
      };
      if (n == TOKENS_Q8)
        mul_block_q8 (tile, group, is_signed, &rows, n_col_total, first_bit, TOKENS_Q8, total);
      else
        mul_block_q8 (tile, group, is_signed, &rows, n_col_total, first_bit, 1, total);
      for (uint32_t i = 0; i < n; i++, t++)
        store (y + t * y_stride, load (y + t * y_stride) + total[i]);
    }
}

static void
mul_tile_q8 (const SenTile *tile, const SenQ8Row *x, uint32_t n_col_total, uint32_t first_col, uint32_t n_tokens, float *y,
             size_t y_stride)
{
  if (tile->is_signed)
    mul_tile (tile, 32, true, x, n_col_total, first_col, n_tokens, y, y_stride);
  else if (tile->group_elems == 32)
    mul_tile (tile, 32, false, x, n_col_total, first_col, n_tokens, y, y_stride);
  else
    mul_tile (tile, 16, false, x, n_col_total, first_col, n_tokens, y, y_stride);
}

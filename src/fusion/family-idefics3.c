/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Idefics3 (Laurençon et al. 2024) and SmolVLM (Marafioti et al. 2025): a picture is enlarged and cut into square tiles, each with a
 * mark of its row and column, and shown whole behind them. Neighbouring patches are put side by side ("pixel shuffle") and go through
 * one matrix. */
#include <math.h>
#include <string.h>

#include "sen-error.h"
#include "sen-tower.h"

#define MAX_TILES 256       /* of a picture: more is a file that lies, or a picture like a thread */
#define MAX_SIDE 16384

typedef struct {
  SenTower  tower;
  uint32_t  scale;          /* patches along each side that one embedding is made of */
  uint32_t  longest_side;   /* of the picture when it is cut; 0: the file does not say */
  SenAffine projection;
  SenToken  newline, newlines, around, global;
} Idefics3;

/* --- Opening ----------------------------------------------------------------------------------------------------------------------- */

static void
arrange (const SenTower *tower, const float *features, uint32_t index, float *rows)
{
  sen_tower_unshuffle (tower, features, ((const Idefics3 *) tower)->scale, rows);
}

static SenTensor
build (SenPlan *plan, SenTensor rows, bool exact, gconstpointer state)
{
  return sen_plan_linear (plan, rows, sen_plan_weight (plan, ((const Idefics3 *) state)->projection.w), SEN_NO_TENSOR);
}

static bool
find_tokens (SenProjector *projector, Idefics3 *idefics, GError **error)
{
  return sen_projector_find_token (projector, "\n", &idefics->newline, error)
         && sen_projector_find_token (projector, "\n\n", &idefics->newlines, error)
         && sen_projector_find_token (projector, "<fake_token_around_image>", &idefics->around, error)
         && sen_projector_find_token (projector, "<global-img>", &idefics->global, error);
}

static bool
bind (SenProjector *projector, Idefics3 *idefics, GError **error)
{
  static const char key[] = "clip.vision.preproc_image_size";
  SenTower *tower = &idefics->tower;
  if (!sen_tower_read_scale (tower, projector, &idefics->scale, error))
    return false;
  const SenVitInfo *info = sen_vit_info (tower->vit);
  tower->n_side = info->n_side / idefics->scale;
  tower->n_in = info->n_embd * idefics->scale * idefics->scale;
  tower->arrange = arrange;
  tower->build = build;
  if (sen_gguf_has (projector->gguf, key, NULL) && !sen_projector_read_u32 (projector, key, MAX_SIDE, &idefics->longest_side, error))
    return false;
  const SenGgufTensor *matrix = sen_projector_find_tensor (projector, "mm.model.fc.weight", error);
  return matrix != NULL && sen_projector_check_width (projector, matrix->shape[2], error)
         && sen_affine_bind (&idefics->projection, projector->weights, "mm.model.fc", sen_projector_n_embd (projector), tower->n_in,
                             SEN_REQUIRED, error)
         && find_tokens (projector, idefics, error);
}

static void
idefics3_free (gpointer state)
{
  Idefics3 *idefics = state;
  sen_tower_clear (&idefics->tower);
  g_free (idefics);
}

static gpointer
idefics3_open (SenProjector *projector, GError **error)
{
  Idefics3 *idefics = g_new0 (Idefics3, 1);
  idefics->tower.vit = sen_vit_open_tower (projector->gguf, 0, error);
  if (idefics->tower.vit != NULL && bind (projector, idefics, error))
    return idefics;
  idefics3_free (idefics);
  return NULL;
}

static void
idefics3_release (gpointer state)
{
  sen_tower_release (&((Idefics3 *) state)->tower);
}

/* --- Seeing ------------------------------------------------------------------------------------------------------------------------ */

/* A picture as it is cut: whole tiles, and all of it as one. */
typedef struct {
  SenPicture refined, overview;
  uint32_t   refined_place[4];   /* of the picture in refined: x, y, width, height */
  uint32_t   n_row, n_column;
} Cut;

static void
cut_clear (Cut *cut)
{
  sen_picture_clear (&cut->refined);
  sen_picture_clear (&cut->overview);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Cut, cut_clear)

static bool
check_tiles (const SenPicture *picture, Cut *cut, uint64_t width, uint64_t height, uint32_t size, GError **error)
{
  uint64_t n_column = (width + size - 1) / size, n_row = (height + size - 1) / size;
  if (n_column * n_row > MAX_TILES)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_LIMIT, "a picture of %u × %u pixels would be cut into %" G_GUINT64_FORMAT " tiles of %u "
                   "pixels, and %d are the most; make it smaller", picture->width, picture->height, n_column * n_row, size, MAX_TILES);
      return false;
    }
  cut->n_column = (uint32_t) n_column;
  cut->n_row = (uint32_t) n_row;
  return true;
}

/* The longer side becomes what the file says, the other follows, made even; then both whole tiles: as the model was trained. */
static bool
cut_to_longest_side (const Idefics3 *idefics, const SenPicture *picture, uint32_t size, Cut *cut, GError **error)
{
  uint32_t longest = idefics->longest_side, width = longest, height = longest;
  double aspect = (double) picture->width / picture->height;
  if (picture->width >= picture->height)
    {
      height = (uint32_t) (longest / aspect);
      height = MAX (height + height % 2, 1);
    }
  else
    {
      width = (uint32_t) (longest * aspect);
      width = MAX (width + width % 2, 1);
    }
  g_auto (SenPicture) resized = { 0 };
  if (!check_tiles (picture, cut, width, height, size, error)
      || !sen_picture_resize (picture, SEN_VIT_LANCZOS, width, height, &resized, error)
      || !sen_picture_resize (&resized, SEN_VIT_LANCZOS, cut->n_column * size, cut->n_row * size, &cut->refined, error))
    return false;
  cut->refined_place[2] = cut->refined.width;
  cut->refined_place[3] = cut->refined.height;
  return sen_picture_resize (&cut->refined, SEN_VIT_LANCZOS, size, size, &cut->overview, error);
}

/* Older files do not say: as large as it is, in the next number of whole tiles. */
static bool
cut_as_it_is (const SenPicture *picture, uint32_t size, Cut *cut, GError **error)
{
  uint64_t width = MAX (size, (uint64_t) roundf ((float) picture->width / (float) size) * size);
  uint64_t height = MAX (size, (uint64_t) roundf ((float) picture->height / (float) size) * size);
  return check_tiles (picture, cut, width, height, size, error)
         && sen_picture_resize (picture, SEN_VIT_BICUBIC, size, size, &cut->overview, error)
         && sen_picture_letterbox (picture, SEN_VIT_BICUBIC, (uint32_t) width, (uint32_t) height, 0x000000, &cut->refined,
                                   cut->refined_place, error);
}

static bool
add_tiles (Idefics3 *idefics, SenProjector *projector, const Cut *cut, uint32_t size, SenMediaBuilder *builder, SenCancel *cancel,
           GError **error)
{
  for (uint32_t row = 0; row < cut->n_row; row++)
    {
      for (uint32_t column = 0; column < cut->n_column; column++)
        {
          g_autofree char *mark = g_strdup_printf ("<fake_token_around_image><row_%u_col_%u>", row + 1, column + 1);
          uint32_t x = column * size, y = row * size;
          SenMediaSpan span = sen_tower_span (cut->refined_place, x, y, size, size);
          sen_media_builder_add_text (builder, sen_projector_tokenizer (projector), mark);
          if (!sen_tower_add (&idefics->tower, projector, &cut->refined, x, y, span, builder, cancel, error))
            return false;
        }
      if (row + 1 < cut->n_row)
        sen_media_builder_add_tokens (builder, &idefics->newline, 1);
    }
  return true;
}

static bool
idefics3_see (SenProjector *projector, gpointer state, const SenImage *image, SenMediaBuilder *builder, SenCancel *cancel, GError **error)
{
  Idefics3 *idefics = state;
  uint32_t size = sen_vit_info (idefics->tower.vit)->preparation.image_size;
  const SenPicture picture = sen_picture_of_image (image);
  const SenToken before[] = { idefics->newlines, idefics->around, idefics->global };
  const SenMediaSpan whole = { .x1 = 1.0f, .y1 = 1.0f };
  g_auto (Cut) cut = { 0 };
  if (!(idefics->longest_side > 0 ? cut_to_longest_side (idefics, &picture, size, &cut, error) : cut_as_it_is (&picture, size, &cut, error))
      || !add_tiles (idefics, projector, &cut, size, builder, cancel, error))
    return false;
  sen_media_builder_add_tokens (builder, before, G_N_ELEMENTS (before));
  if (!sen_tower_add (&idefics->tower, projector, &cut.overview, 0, 0, whole, builder, cancel, error))
    return false;
  sen_media_builder_add_tokens (builder, &idefics->around, 1);
  return true;
}

const SenProjectorFamily sen_projector_idefics3 = {
  .name = "Idefics3 or SmolVLM", .open = idefics3_open, .free = idefics3_free, .release = idefics3_release, .see = idefics3_see,
};

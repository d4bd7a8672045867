/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-tower.h"

#include <string.h>

#include "sen-error.h"

void
sen_tower_release (SenTower *tower)
{
  g_clear_pointer (&tower->head, sen_head_free);
  g_clear_pointer (&tower->encoder, sen_vit_encoder_free);
}

void
sen_tower_clear (SenTower *tower)
{
  sen_tower_release (tower);
  g_clear_pointer (&tower->vit, sen_vit_unref);
  g_clear_pointer (&tower->hidden, g_free);
  g_clear_pointer (&tower->pixels, g_free);
  g_clear_pointer (&tower->features, g_free);
  g_clear_pointer (&tower->rows, g_free);
}

static bool
prepare (SenTower *tower, SenProjector *projector, SenCancel *cancel, GError **error)
{
  const SenVitInfo *info = sen_vit_info (tower->vit);
  SenDevice *device = sen_projector_device (projector);
  size_t size = info->preparation.image_size;
  if (tower->pixels == NULL)
    tower->pixels = g_try_new (float, 3 * size * size);
  if (tower->features == NULL)
    tower->features = g_try_new (float, (size_t) info->n_token * info->n_embd);
  if (tower->rows == NULL)
    tower->rows = g_try_new (float, (size_t) tower->n_side * tower->n_side * tower->n_in);
  if (tower->pixels == NULL || tower->features == NULL || tower->rows == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "there is no memory for the pictures of %s", sen_projector_path (projector));
      return false;
    }
  if (tower->encoder == NULL)
    tower->encoder = sen_vit_encoder_new (tower->vit, device, tower->hidden, tower->n_hidden, cancel, error);
  if (tower->encoder != NULL && tower->head == NULL)
    tower->head = sen_head_new (device, projector->weights, tower->n_side * tower->n_side, tower->n_in, tower->build, tower, cancel,
                                error);
  return tower->head != NULL;
}

/* rows of what the encoder's last run gave. What leaves the last layer goes through the last norm, where there is one. */
static bool
gather_features (SenTower *tower, GError **error)
{
  uint32_t n_layer = sen_vit_info (tower->vit)->n_layer;
  for (uint32_t i = 0; i < MAX (tower->n_hidden, 1); i++)
    {
      uint32_t layer = tower->n_hidden > 0 ? tower->hidden[i] : n_layer;
      SenVitFeature feature = layer == n_layer ? SEN_VIT_TOKENS : SEN_VIT_HIDDEN;
      if (!sen_vit_encoder_read (tower->encoder, feature, layer, tower->features, error))
        return false;
      tower->arrange (tower, tower->features, i, tower->rows);
    }
  return true;
}

bool
sen_tower_add (SenTower *tower, SenProjector *projector, const SenPicture *picture, uint32_t x, uint32_t y, SenMediaSpan place,
               SenMediaBuilder *builder, SenCancel *cancel, GError **error)
{
  const SenVitPreparation *preparation = &sen_vit_info (tower->vit)->preparation;
  if (!prepare (tower, projector, cancel, error))
    return false;
  sen_picture_normalize (picture, x, y, preparation->image_size, preparation->image_size, preparation, tower->pixels);
  if (!sen_vit_encoder_run (tower->encoder, tower->pixels, cancel, error) || !gather_features (tower, error))
    return false;
  uint32_t n = tower->n_side * tower->n_side;
  place.part = (SenPart) { .n = n, .together = tower->together };
  place.n_row = place.n_column = tower->n_side;
  float *embeddings = sen_media_builder_add_embeddings (builder, &place, error);
  return embeddings != NULL && sen_head_run (tower->head, tower->rows, n, embeddings, cancel, error);
}

SenMediaSpan
sen_tower_span (const uint32_t place[4], uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
  const double left = (double) x - place[0], top = (double) y - place[1];
  return (SenMediaSpan) {
    .x0 = (float) (left / place[2]), .y0 = (float) (top / place[3]),
    .x1 = (float) ((left + width) / place[2]), .y1 = (float) ((top + height) / place[3]),
  };
}

bool
sen_tower_add_letterbox (SenTower *tower, SenProjector *projector, const SenImage *image, SenVitFilter filter, uint32_t frame,
                         SenMediaBuilder *builder, SenCancel *cancel, GError **error)
{
  uint32_t size = sen_vit_info (tower->vit)->preparation.image_size, at[4];
  const SenPicture whole = sen_picture_of_image (image);
  g_auto (SenPicture) picture = { 0 };
  if (!sen_picture_letterbox (&whole, filter, size, size, frame, &picture, at, error))
    return false;
  return sen_tower_add (tower, projector, &picture, 0, 0, sen_tower_span (at, 0, 0, size, size), builder, cancel, error);
}

void
sen_tower_unshuffle (const SenTower *tower, const float *features, uint32_t scale, float *rows)
{
  const SenVitInfo *info = sen_vit_info (tower->vit);
  size_t n = info->n_embd;
  for (uint32_t row = 0; row < tower->n_side; row++)
    for (uint32_t column = 0; column < tower->n_side; column++)
      for (uint32_t dy = 0; dy < scale; dy++)
        for (uint32_t dx = 0; dx < scale; dx++, rows += n)
          memcpy (rows, features + ((size_t) (row * scale + dy) * info->n_side + column * scale + dx) * n, n * sizeof (float));
}

void
sen_tower_pool (const SenTower *tower, const float *features, uint32_t scale, float *rows)
{
  const SenVitInfo *info = sen_vit_info (tower->vit);
  size_t n = info->n_embd;
  for (uint32_t i = 0; i < tower->n_side * tower->n_side; i++, rows += n)
    {
      memset (rows, 0, n * sizeof (float));
      for (uint32_t j = 0; j < scale * scale; j++)
        {
          uint32_t y = i / tower->n_side * scale + j / scale, x = i % tower->n_side * scale + j % scale;
          const float *from = features + ((size_t) y * info->n_side + x) * n;
          for (size_t k = 0; k < n; k++)
            rows[k] += from[k];
        }
      for (size_t k = 0; k < n; k++)
        rows[k] /= (float) (scale * scale);
    }
}

bool
sen_tower_read_scale (const SenTower *tower, const SenProjector *projector, uint32_t *scale, GError **error)
{
  static const char key[] = "clip.vision.projector.scale_factor";
  uint32_t n_side = sen_vit_info (tower->vit)->n_side;
  if (sen_gguf_has (projector->gguf, key, NULL) && !sen_projector_read_u32 (projector, key, n_side, scale, error))
    return false;
  if (*scale > 0 && n_side % *scale == 0)
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: %u patches in a row are no whole number of times the scale factor of %u",
               sen_projector_path (projector), n_side, *scale);
  return false;
}

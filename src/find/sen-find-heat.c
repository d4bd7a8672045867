/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What of a picture a match depends on, by hiding squares of it. */
#include <math.h>
#include <string.h>

#include "sen-error.h"
#include "sen-find-private.h"
#include "sen-find-reason.h"

/* Squares are a quarter of the picture's side, at steps of an eighth: SEN_FIND_HEAT_STEPS of them in a row. */
#define SHARE 0.25
#define STEP 0.125
#define N_STEPS 7

/* The prepared picture, and the part of it that shows the picture. */
typedef struct {
  SenVitPreparation preparation;
  SenVitView        view;
  float            *pixels, *hidden;    /* [3][image_size][image_size] */
  uint32_t          n_embd;
  float            *wanted, *vector;    /* [n_embd] */
} Look;

static void
look_clear (Look *look)
{
  g_free (look->pixels);
  g_free (look->hidden);
  g_free (look->wanted);
  g_free (look->vector);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Look, look_clear)

static bool
compare (SenFind *self, Look *look, const float *pixels, double *cosine, SenCancel *cancel, GError **error)
{
  if (!sen_find_encoders_see (self->encoders, pixels, look->vector, cancel, error))
    return false;
  *cosine = 0.0;
  for (uint32_t i = 0; i < look->n_embd; i++)
    *cosine += (double) look->wanted[i] * (double) look->vector[i];
  return true;
}

/* The middle of normalized pixels is the mean colour that the encoder was trained with. */
static void
hide (Look *look, int column, int row)
{
  uint32_t side = look->preparation.image_size;
  const SenVitView *view = &look->view;
  int left = (int) (view->left + column * STEP * view->width), right = (int) ceil (view->left + (column * STEP + SHARE) * view->width);
  int top = (int) (view->top + row * STEP * view->height), bottom = (int) ceil (view->top + (row * STEP + SHARE) * view->height);
  memcpy (look->hidden, look->pixels, (size_t) 3 * side * side * sizeof (float));
  for (int c = 0; c < 3; c++)
    for (int y = MAX (top, 0); y < MIN (bottom, (int) side); y++)
      for (int x = MAX (left, 0); x < MIN (right, (int) side); x++)
        look->hidden[((size_t) c * side + (size_t) y) * side + (size_t) x] = 0.0f;
}

/* The mean of the falls of all squares that hide a place, in the part of the picture that the encoder sees. */
static double
fall_at (double falls[N_STEPS][N_STEPS], double x, double y)
{
  double sum = 0.0;
  int n = 0;
  for (int row = 0; row < N_STEPS; row++)
    for (int column = 0; column < N_STEPS; column++)
      if (x >= column * STEP && x < column * STEP + SHARE && y >= row * STEP && y < row * STEP + SHARE)
        {
          sum += falls[row][column];
          n++;
        }
  return n > 0 ? sum / n : 0.0;
}

static void
draw (const Look *look, double falls[N_STEPS][N_STEPS], SenFindHeat *heat)
{
  const SenVitView *view = &look->view;
  heat->fall = -INFINITY;
  for (int row = 0; row < SEN_FIND_HEAT_SIDE; row++)
    for (int column = 0; column < SEN_FIND_HEAT_SIDE; column++)
      {
        double x = ((column + 0.5) / SEN_FIND_HEAT_SIDE - view->picture_left) / view->picture_width;
        double y = ((row + 0.5) / SEN_FIND_HEAT_SIDE - view->picture_top) / view->picture_height;
        heat->heat[row][column] = (float) fall_at (falls, x, y);
        heat->fall = MAX (heat->fall, heat->heat[row][column]);
      }
  for (int row = 0; row < SEN_FIND_HEAT_SIDE; row++)
    for (int column = 0; column < SEN_FIND_HEAT_SIDE; column++)
      heat->heat[row][column] = heat->fall > 0.0f ? MAX (heat->heat[row][column], 0.0f) / heat->fall : 0.0f;
}

static bool
measure (SenFind *self, Look *look, const char *path, SenFindHeat *heat, SenCancel *cancel, GError **error)
{
  const SenPictureParams params = { .longest_side = SEN_FIND_PICTURE_SIDE };
  g_autoptr (SenImage) image = NULL;
  double whole, falls[N_STEPS][N_STEPS];
  if (!sen_find_encoders_preparation (self->encoders, &look->preparation, cancel, error))
    return false;
  image = sen_decode_picture (self->decode, path, &params, cancel, error);
  if (image == NULL)
    return false;
  size_t n_pixels = (size_t) 3 * look->preparation.image_size * look->preparation.image_size;
  look->pixels = g_new (float, n_pixels);
  look->hidden = g_new (float, n_pixels);
  if (!sen_vit_prepare (&look->preparation, sen_image_pixels (image), (uint32_t) sen_image_width (image),
                        (uint32_t) sen_image_height (image), look->pixels, &look->view))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "there is no memory to shrink the picture %s", path);
      return false;
    }
  self->is_warm = true;
  if (!compare (self, look, look->pixels, &whole, cancel, error))
    return false;
  for (int row = 0; row < N_STEPS; row++)
    for (int column = 0; column < N_STEPS; column++)
      {
        double cosine;
        hide (look, column, row);
        if (!compare (self, look, look->hidden, &cosine, cancel, error))
          return false;
        falls[row][column] = whole - cosine;
      }
  heat->cosine = (float) whole;
  draw (look, falls, heat);
  return true;
}

bool
sen_find_heat (SenFind *self, const SenFindRequest *request, const char *path, SenFindHeat *heat, SenCancel *cancel, GError **error)
{
  g_autoptr (SenFindResults) roles = sen_find_results_new ();
  g_autoptr (SenQuery) query = sen_find_parse (request, error);
  g_autoptr (GArray) things = sen_find_things_new ();
  g_auto (Look) look = { 0 };
  SenFindSpace spaces[SEN_N_SPACE_ROLES] = { 0 };
  SenSpaceRole kin;
  bool has_index;
  GError *failure = NULL;
  if (query == NULL || !sen_find_open_store (self, &has_index, error))
    return false;
  if (has_index && self->encoders != NULL && self->decode != NULL && !sen_find_open_spaces (self, roles, spaces, cancel))
    {
      return sen_find_fail (error, SEN_FIND_REASON_STOPPED, NULL);
    }
  const SenSpace *space = &spaces[SEN_SPACE_SIGHT].space;
  if (!has_index || self->encoders == NULL || self->decode == NULL || space->space == 0)
    {
      const char *sentence = roles->info.roles[SEN_SPACE_SIGHT].sentence;
      if (*sentence == '\0')
        return sen_find_fail (error, SEN_FIND_REASON_NO_LOOKS, NULL);
      g_set_error_literal (error, SEN_ERROR, SEN_ERROR_NOT_FOUND, sentence);
      return false;
    }
  look.n_embd = space->n_embd;
  look.wanted = g_new (float, space->n_embd);
  look.vector = g_new (float, space->n_embd);
  bool ok = sen_find_add_things (self, request, query, spaces, things, &kin, cancel, &failure) && things->len > 0
            && sen_find_mix (self, things, SEN_SPACE_SIGHT, space, look.wanted, cancel, &failure)
            && measure (self, &look, path, heat, cancel, &failure);
  if (failure != NULL)
    g_propagate_error (error, failure);
  else if (!ok)
    sen_find_fail (error, SEN_FIND_REASON_NO_LOOK_ASKED, NULL);
  return ok;
}

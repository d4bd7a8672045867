/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Gemma 3 (Gemma team 2025): SigLIP's vision transformer, means of 4 × 4 patches, an RMS norm and a matrix. The embeddings of a
 * picture attend to each other in both directions. */
#include "sen-error.h"
#include "sen-tower.h"

#define FRAME 0x000000
#define DEFAULT_SCALE 4   /* patches along each side that one embedding is made of */

typedef struct {
  SenTower         tower;
  uint32_t         scale;
  float            eps;
  const SenWeight *norm;          /* [n_in] */
  SenWeight        projection;    /* [n_embd][n_in] */
  float           *values;        /* owned, of the projection */
} Gemma3;

static void
arrange (const SenTower *tower, const float *features, uint32_t index, float *rows)
{
  sen_tower_pool (tower, features, ((const Gemma3 *) tower)->scale, rows);
}

static SenTensor
build (SenPlan *plan, SenTensor rows, bool exact, gconstpointer state)
{
  const Gemma3 *gemma = state;
  SenTensor x = sen_plan_rms_norm (plan, rows, sen_plan_weight (plan, gemma->norm), gemma->eps);
  return sen_plan_linear (plan, x, sen_plan_weight (plan, &gemma->projection), SEN_NO_TENSOR);
}

/* The file has the matrix as [n_in][n_embd]. */
static bool
read_projection (SenProjector *projector, Gemma3 *gemma, GError **error)
{
  static const char name[] = "mm.input_projection.weight";
  uint32_t n_embd = sen_projector_n_embd (projector), n_in = gemma->tower.n_in;
  const SenGgufTensor *tensor = sen_projector_find_tensor (projector, name, error);
  const SenWeight *bound;
  if (tensor == NULL || !sen_projector_check_width (projector, tensor->shape[3], error)
      || !sen_weight_table_bind (projector->weights, &bound, name, n_in, n_embd, SEN_REQUIRED, error))
    return false;
  g_autofree float *row = g_new (float, n_embd);
  gemma->values = g_try_malloc_n ((size_t) n_in * n_embd, sizeof (float));
  if (gemma->values == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "%s: there is no memory for %s", sen_projector_path (projector), name);
      return false;
    }
  for (uint32_t i = 0; i < n_in; i++)
    {
      sen_dequantize (bound->type, (const uint8_t *) bound->data + i * sen_type_row_bytes (bound->type, n_embd), row, n_embd);
      for (uint32_t j = 0; j < n_embd; j++)
        gemma->values[(size_t) j * n_in + i] = row[j];
    }
  gemma->projection = (SenWeight) { .name = name, .type = SEN_TYPE_F32, .n_row = n_embd, .n_col = n_in, .data = gemma->values };
  return true;
}

static void
gemma3_free (gpointer state)
{
  Gemma3 *gemma = state;
  sen_tower_clear (&gemma->tower);
  g_free (gemma->values);
  g_free (gemma);
}

static gpointer
gemma3_open (SenProjector *projector, GError **error)
{
  Gemma3 *gemma = g_new0 (Gemma3, 1);
  SenTower *tower = &gemma->tower;
  gemma->scale = DEFAULT_SCALE;
  tower->vit = sen_vit_open_tower (projector->gguf, 0, error);
  if (tower->vit != NULL && sen_tower_read_scale (tower, projector, &gemma->scale, error))
    {
      const SenVitInfo *info = sen_vit_info (tower->vit);
      tower->n_side = info->n_side / gemma->scale;
      tower->n_in = info->n_embd;
      tower->together = true;
      tower->arrange = arrange;
      tower->build = build;
      sen_gguf_get_f32 (projector->gguf, "clip.vision.attention.layer_norm_epsilon", &gemma->eps);
      if (sen_weight_table_bind (projector->weights, &gemma->norm, "mm.soft_emb_norm.weight", 1, tower->n_in, SEN_REQUIRED, error)
          && read_projection (projector, gemma, error))
        return gemma;
    }
  gemma3_free (gemma);
  return NULL;
}

static void
gemma3_release (gpointer state)
{
  sen_tower_release (&((Gemma3 *) state)->tower);
}

static bool
gemma3_see (SenProjector *projector, gpointer state, const SenImage *image, SenMediaBuilder *builder, SenCancel *cancel, GError **error)
{
  Gemma3 *gemma = state;
  SenTokenizer *tokenizer = sen_projector_tokenizer (projector);
  sen_media_builder_add_text (builder, tokenizer, "<start_of_image>");
  if (!sen_tower_add_letterbox (&gemma->tower, projector, image, SEN_VIT_BILINEAR, FRAME, builder, cancel, error))
    return false;
  sen_media_builder_add_text (builder, tokenizer, "<end_of_image>");
  return true;
}

const SenProjectorFamily sen_projector_gemma3_vision = {
  .name = "Gemma 3", .open = gemma3_open, .free = gemma3_free, .release = gemma3_release, .see = gemma3_see,
};

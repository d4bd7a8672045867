/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-grid-vit.h"

#include <math.h>
#include <string.h>

#include "sen-block.h"
#include "sen-error.h"
#include "sen-network.h"

/* As those of sen-block.h. */
#define MAX_PATCH_SIZE (WINDOW_SIZE / SEN_GRID_VIT_MERGE)
#define MAX_FF_TIMES 16      /* as wide as the model */
#define MAX_WINDOW 1024      /* patches; models have 64 */

#define WINDOW_SIZE 112      /* pixels along each side: in llama.cpp too no key of the file says so */
#define ROPE_BASE 10000.0
#define GROUP (SEN_GRID_VIT_MERGE * SEN_GRID_VIT_MERGE)

/* Patches of a picture in the order in which they are read. */
typedef struct {
  uint32_t n_row, n_column;   /* of groups */
} Grid;

struct SenGridVit {
  SenGridVitInfo  info;
  SenWeightTable *weights;
  SenBlock       *layers;       /* [n_layer] */
  SenWeight       patch;        /* [n_embd][3 · patch²] */
  float          *patch_values; /* owned, of it */
  SenAffine       post_norm;
  uint32_t        n_layer, n_head, act;
  uint32_t        n_pattern;    /* every so many layers one sees all of the picture, the others windows; 0: all do */
  uint32_t        n_window;     /* groups along each side of a window */
  float           eps;
  bool            rms_norm;

  /* Made for the first picture, and anew for a larger one */
  SenNetwork     *network;
  uint32_t        n_room;       /* patches */
  SenTensor       patches, rope, cells, features;
};

/* --- Opening ------------------------------------------------------------------------------------------------------------------------- */

static bool
read_colours (SenProjector *projector, const char *key, float values[3], GError **error)
{
  size_t n = 0;
  bool is_sound = sen_gguf_get_array (projector->gguf, key, NULL, &n) && n == 3;
  for (size_t i = 0; is_sound && i < 3; i++)
    is_sound = sen_gguf_array_f32 (projector->gguf, key, i, &values[i]) && isfinite (values[i]);
  if (!is_sound)
    g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: %s is not three numbers", sen_projector_path (projector), key);
  return is_sound;
}

static bool
unsupported (SenProjector *projector, GError **error, const char *what)
{
  g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s: %s, which nothing here can run", sen_projector_path (projector), what);
  return false;
}

static bool
read_preparation (SenGridVit *vit, SenProjector *projector, GError **error)
{
  SenVitPreparation *preparation = &vit->info.preparation;
  if (!read_colours (projector, "clip.vision.image_mean", preparation->mean, error)
      || !read_colours (projector, "clip.vision.image_std", preparation->std, error))
    return false;
  for (int i = 0; i < 3; i++)
    if (!(preparation->std[i] > 0.0f))
      {
        g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: clip.vision.image_std is not positive", sen_projector_path (projector));
        return false;
      }
  return true;
}

static bool
read_shape (SenGridVit *vit, SenProjector *projector, GError **error)
{
  SenGridVitInfo *info = &vit->info;
  uint32_t merge = SEN_GRID_VIT_MERGE;
  if (!sen_projector_read_u32 (projector, "clip.vision.patch_size", MAX_PATCH_SIZE, &info->patch_size, error)
      || !sen_projector_read_u32 (projector, "clip.vision.embedding_length", SEN_ENCODER_MAX_EMBD, &info->n_embd, error)
      || !sen_projector_read_u32 (projector, "clip.vision.block_count", SEN_ENCODER_MAX_LAYER, &vit->n_layer, error)
      || !sen_projector_read_u32 (projector, "clip.vision.attention.head_count", SEN_ENCODER_MAX_HEAD, &vit->n_head, error))
    return false;
  if (!sen_gguf_get_f32 (projector->gguf, "clip.vision.attention.layer_norm_epsilon", &vit->eps) || !(vit->eps > 0.0f && vit->eps < 1.0f))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: the epsilon of its norms is missing", sen_projector_path (projector));
      return false;
    }
  if (info->n_embd % (4 * vit->n_head) != 0)
    return unsupported (projector, error, "heads of its encoder do not divide into quarters to be turned by row and column");
  if (info->n_embd / vit->n_head > SEN_MAX_HEAD_DIM)
    return unsupported (projector, error, "heads of its encoder are wider than " G_STRINGIFY (SEN_MAX_HEAD_DIM) " numbers");
  sen_gguf_get_u32 (projector->gguf, "clip.vision.spatial_merge_size", &merge);
  return merge == SEN_GRID_VIT_MERGE || unsupported (projector, error, "other groups than of 2 × 2 patches are merged");
}

static uint32_t
window_cells (const SenGridVit *vit)
{
  return vit->n_window * vit->n_window * GROUP;
}

static bool
read_windows (SenGridVit *vit, SenProjector *projector, GError **error)
{
  static const char pattern_key[] = "clip.vision.n_wa_pattern";
  if (!vit->rms_norm)
    return true;
  if (!sen_gguf_get_u32 (projector->gguf, pattern_key, &vit->n_pattern))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: %s is missing", sen_projector_path (projector), pattern_key);
      return false;
    }
  /* Every single layer sees all: there are no windows. */
  if (vit->n_pattern == 1)
    vit->n_pattern = 0;
  vit->n_window = WINDOW_SIZE / (vit->info.patch_size * SEN_GRID_VIT_MERGE);
  return vit->n_pattern == 0 || window_cells (vit) <= MAX_WINDOW
         || unsupported (projector, error, "windows of its encoder hold more than " G_STRINGIFY (MAX_WINDOW) " patches");
}

static bool
read_metadata (SenGridVit *vit, SenProjector *projector, GError **error)
{
  bool gelu = false, silu = false;
  sen_gguf_get_bool (projector->gguf, "clip.use_gelu", &gelu);
  sen_gguf_get_bool (projector->gguf, "clip.use_silu", &silu);
  vit->act = gelu ? SEN_ACT_GELU_TANH : silu ? SEN_ACT_SILU : SEN_ACT_GELU_QUICK;
  return read_preparation (vit, projector, error) && read_shape (vit, projector, error) && read_windows (vit, projector, error);
}

/* RMS norms have no bias. */
static bool
bind_norm (SenGridVit *vit, SenAffine *norm, const char *name, SenNeed need, GError **error)
{
  g_autofree char *weight = g_strconcat (name, ".weight", NULL);
  if (vit->rms_norm)
    return sen_weight_table_bind (vit->weights, &norm->w, weight, 1, vit->info.n_embd, need, error);
  return sen_affine_bind (norm, vit->weights, name, vit->info.n_embd, 0, need, error);
}

/* Files of old converters give no length of the feed-forward, so its matrices say it; and they call the matrix up that goes down. */
static bool
bind_feed_forward (SenGridVit *vit, SenProjector *projector, uint32_t layer, GError **error)
{
  SenBlock *block = &vit->layers[layer];
  uint32_t n_embd = vit->info.n_embd;
  g_autofree char *up = g_strdup_printf ("v.blk.%u.ffn_up", layer), *down = g_strdup_printf ("v.blk.%u.ffn_down", layer);
  g_autofree char *gate = g_strdup_printf ("v.blk.%u.ffn_gate", layer), *down_weight = g_strconcat (down, ".weight", NULL);
  const SenGgufTensor *tensor = sen_projector_find_tensor (projector, down_weight, error);
  if (tensor == NULL)
    return false;
  bool is_swapped = tensor->shape[3] == n_embd;
  uint64_t n_ff = is_swapped ? tensor->shape[2] : tensor->shape[3];
  uint32_t most = MIN (SEN_ENCODER_MAX_FF, MAX_FF_TIMES * n_embd);
  if (n_ff == 0 || n_ff > most)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: %s is %" G_GUINT64_FORMAT " numbers wide, and 1 to %u can be",
                   sen_projector_path (projector), down_weight, n_ff, most);
      return false;
    }
  return sen_affine_bind (&block->up, vit->weights, is_swapped ? down : up, (uint32_t) n_ff, n_embd, SEN_REQUIRED, error)
         && sen_affine_bind (&block->down, vit->weights, is_swapped ? up : down, n_embd, (uint32_t) n_ff, SEN_REQUIRED, error)
         && sen_affine_bind (&block->gate, vit->weights, gate, (uint32_t) n_ff, n_embd, vit->rms_norm ? SEN_REQUIRED : SEN_OPTIONAL, error);
}

static bool
bind_layer (SenGridVit *vit, SenProjector *projector, uint32_t layer, GError **error)
{
  SenBlock *block = &vit->layers[layer];
  uint32_t n_embd = vit->info.n_embd;
  const struct {
    SenAffine  *affine;
    const char *name;
  } rows[] = { { &block->q, "attn_q" }, { &block->k, "attn_k" }, { &block->v, "attn_v" }, { &block->o, "attn_out" } };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *name = g_strdup_printf ("v.blk.%u.%s", layer, rows[i].name);
      if (!sen_affine_bind (rows[i].affine, vit->weights, name, n_embd, n_embd, SEN_REQUIRED, error))
        return false;
    }
  g_autofree char *first = g_strdup_printf ("v.blk.%u.ln1", layer), *second = g_strdup_printf ("v.blk.%u.ln2", layer);
  return bind_norm (vit, &block->attn_norm, first, SEN_REQUIRED, error) && bind_norm (vit, &block->ffn_norm, second, SEN_REQUIRED, error)
         && bind_feed_forward (vit, projector, layer, error);
}

/* Films are read two pictures at a time, each with a matrix of its own. Of a single picture both are the same, so the matrices are
 * one: their sum. */
static bool
add_patch_matrices (SenGridVit *vit, SenProjector *projector, GError **error)
{
  static const char *const names[] = { "v.patch_embd.weight", "v.patch_embd.weight.1" };
  size_t n_row = vit->info.n_embd, n_col = 3 * (size_t) vit->info.patch_size * vit->info.patch_size;
  vit->patch_values = g_try_malloc0_n (n_row * n_col, sizeof (float));
  if (vit->patch_values == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "%s: there is no memory for %s", sen_projector_path (projector), names[0]);
      return false;
    }
  g_autofree float *row = g_new (float, n_col);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const SenWeight *weight;
      if (!sen_weight_table_bind (vit->weights, &weight, names[i], (uint32_t) n_row, (uint32_t) n_col, SEN_REQUIRED, error))
        return false;
      size_t row_bytes = sen_type_row_bytes (weight->type, n_col);
      for (size_t j = 0; j < n_row; j++)
        {
          sen_dequantize (weight->type, (const uint8_t *) weight->data + j * row_bytes, row, n_col);
          for (size_t k = 0; k < n_col; k++)
            vit->patch_values[j * n_col + k] += row[k];
        }
    }
  vit->patch = (SenWeight) {
    .name = names[0], .type = SEN_TYPE_F32, .n_row = (uint32_t) n_row, .n_col = (uint32_t) n_col, .data = vit->patch_values,
  };
  return true;
}

static bool
bind_weights (SenGridVit *vit, SenProjector *projector, GError **error)
{
  vit->weights = sen_weight_table_new (projector->gguf, "mmproj");
  vit->layers = g_new0 (SenBlock, vit->n_layer);
  if (!add_patch_matrices (vit, projector, error) || !bind_norm (vit, &vit->post_norm, "v.post_ln", SEN_REQUIRED, error))
    return false;
  for (uint32_t layer = 0; layer < vit->n_layer; layer++)
    if (!bind_layer (vit, projector, layer, error))
      return false;
  return true;
}

SenGridVit *
sen_grid_vit_open (SenProjector *projector, bool newer, GError **error)
{
  SenGridVit *vit = g_new0 (SenGridVit, 1);
  vit->rms_norm = newer;
  if (read_metadata (vit, projector, error) && bind_weights (vit, projector, error))
    return vit;
  sen_grid_vit_free (vit);
  return NULL;
}

void
sen_grid_vit_release (SenGridVit *vit)
{
  g_clear_pointer (&vit->network, sen_network_free);
  vit->n_room = 0;
}

void
sen_grid_vit_free (SenGridVit *vit)
{
  if (vit == NULL)
    return;
  sen_grid_vit_release (vit);
  g_clear_pointer (&vit->weights, sen_weight_table_unref);
  g_free (vit->layers);
  g_free (vit->patch_values);
  g_free (vit);
}

const SenGridVitInfo *
sen_grid_vit_info (const SenGridVit *vit)
{
  return &vit->info;
}

/* --- The forward pass ---------------------------------------------------------------------------------------------------------------- */

static bool
sees_all (const SenGridVit *vit, uint32_t layer)
{
  return vit->n_pattern == 0 || (layer + 1) % vit->n_pattern == 0;
}

static SenTensor
build_layer (SenGridVit *vit, const SenStack *stack, uint32_t layer, SenTensor x, const SenKeyValues *kv)
{
  const SenBlock *block = &vit->layers[layer];
  sen_plan_set_layer (stack->plan, layer);
  if (sees_all (vit, layer))
    return sen_block_forward (stack, block, x, kv, NULL);
  SenTensor h = sen_block_self_attention_cells (stack, block, sen_stack_norm (stack, x, block->attn_norm), kv, vit->cells);
  x = sen_plan_add (stack->plan, x, h);
  return sen_plan_add (stack->plan, x, sen_block_feed_forward (stack, block, sen_stack_norm (stack, x, block->ffn_norm)));
}

static void
build (SenGridVit *vit, SenPlan *plan, bool exact, const SenKeyValues *kv)
{
  uint32_t head_dim = vit->info.n_embd / vit->n_head;
  vit->patches = sen_plan_input (plan, "patches", SEN_TYPE_F32, SEN_ROWS_TOKENS, vit->patch.n_col);
  vit->rope = sen_plan_input (plan, "rope", SEN_TYPE_F32, SEN_ROWS_TOKENS, head_dim);
  vit->cells = vit->n_pattern > 0 ? sen_plan_input (plan, "window", SEN_TYPE_I32, SEN_ROWS_TOKENS, window_cells (vit)) : SEN_NO_TENSOR;
  const SenStack stack = {
    .plan = plan, .n_head = vit->n_head, .head_dim = head_dim, .eps = vit->eps, .rms_norm = vit->rms_norm, .rope = &vit->rope,
    .act = exact && vit->act == SEN_ACT_GELU_TANH ? SEN_ACT_GELU_TANH_HALF : vit->act,
  };
  SenTensor x = sen_plan_linear (plan, vit->patches, sen_plan_weight (plan, &vit->patch), SEN_NO_TENSOR);
  for (uint32_t layer = 0; layer < vit->n_layer; layer++)
    x = build_layer (vit, &stack, layer, x, kv);
  vit->features = sen_stack_norm (&stack, x, vit->post_norm);
  sen_plan_output (plan, vit->features, "features");
}

static bool
make_network (SenGridVit *vit, SenDevice *device, uint32_t n_room, SenCancel *cancel, GError **error)
{
  uint32_t head_dim = vit->info.n_embd / vit->n_head;
  g_autoptr (SenNetwork) network = sen_network_new (device, vit->weights, n_room, 1);
  SenKeyValues kv = { .n_ctx = n_room };
  kv.k = sen_network_add_state (network, vit->n_head, n_room, head_dim, error);
  if (kv.k == NULL)
    return false;
  kv.v = sen_network_add_state (network, vit->n_head, n_room, head_dim, error);
  if (kv.v == NULL)
    return false;
  build (vit, sen_network_plan (network), sen_device_info (device)->exact, &kv);
  if (!sen_network_compile (network, cancel, error))
    return false;
  vit->network = g_steal_pointer (&network);
  vit->n_room = n_room;
  return true;
}

uint32_t
sen_grid_vit_round_up (uint32_t n)
{
  uint32_t step = 16;
  while (8 * step <= n)
    step *= 2;
  return (n + step - 1) / step * step;
}

bool
sen_grid_vit_is_full (const GError *error)
{
  return g_error_matches (error, SEN_ERROR, SEN_ERROR_DEVICE_MEMORY) || g_error_matches (error, SEN_ERROR, SEN_ERROR_NO_MEMORY);
}

/* Room for @n_patch patches, and for some more where that can be had. */
static bool
prepare (SenGridVit *vit, SenDevice *device, uint32_t n_patch, SenCancel *cancel, GError **error)
{
  if (vit->n_room >= n_patch)
    return true;
  sen_grid_vit_release (vit);
  g_autoptr (GError) failure = NULL;
  uint32_t n_room = sen_grid_vit_round_up (n_patch);
  if (make_network (vit, device, n_room, cancel, &failure))
    return true;
  if (n_room > n_patch && sen_grid_vit_is_full (failure))
    return make_network (vit, device, n_patch, cancel, error);
  g_propagate_error (error, g_steal_pointer (&failure));
  return false;
}

/* --- What a picture is to it --------------------------------------------------------------------------------------------------------- */

/* Where the @index-th patch stands, in patches. */
static void
find_patch (const Grid *grid, uint32_t index, uint32_t *row, uint32_t *column)
{
  uint32_t group = index / GROUP, inside = index % GROUP;
  *row = group / grid->n_column * SEN_GRID_VIT_MERGE + inside / SEN_GRID_VIT_MERGE;
  *column = group % grid->n_column * SEN_GRID_VIT_MERGE + inside % SEN_GRID_VIT_MERGE;
}

static void
cut_patch (const SenGridVit *vit, const float *pixels, uint32_t width, uint32_t height, uint32_t row, uint32_t column, float *to)
{
  size_t size = vit->info.patch_size;
  for (size_t c = 0; c < 3; c++)
    for (size_t y = 0; y < size; y++, to += size)
      memcpy (to, pixels + (c * height + row * size + y) * width + column * size, size * sizeof (float));
}

/* The first half of a head's pairs is turned by the row, the second by the column, both from the fastest on. */
static void
turn_patch (uint32_t head_dim, uint32_t row, uint32_t column, float *table)
{
  const uint32_t n = head_dim / 4, places[] = { row, column };
  for (int axis = 0; axis < 2; axis++)
    for (uint32_t i = 0; i < n; i++)
      {
        double angle = places[axis] * pow (ROPE_BASE, -(double) i / n);
        *table++ = (float) cos (angle);
        *table++ = (float) sin (angle);
      }
}

/* All patches of the window of the @index-th; windows at the right and lower edge are smaller. */
static void
list_window (const SenGridVit *vit, const Grid *grid, uint32_t index, int32_t *cells)
{
  uint32_t group = index / GROUP, n = vit->n_window, n_cell = 0;
  uint32_t top = group / grid->n_column / n * n, left = group % grid->n_column / n * n;
  for (uint32_t y = top; y < MIN (top + n, grid->n_row); y++)
    for (uint32_t x = left; x < MIN (left + n, grid->n_column); x++)
      for (uint32_t i = 0; i < GROUP; i++)
        cells[n_cell++] = (int32_t) ((y * grid->n_column + x) * GROUP + i);
  while (n_cell < window_cells (vit))
    cells[n_cell++] = -1;
}

static bool
write_windows (SenGridVit *vit, const Grid *grid, uint32_t n_patch, GError **error)
{
  if (vit->cells == SEN_NO_TENSOR)
    return true;
  g_autofree int32_t *cells = g_try_new (int32_t, (size_t) n_patch * window_cells (vit));
  if (cells == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "there is no memory for the windows of a picture of %u patches", n_patch);
      return false;
    }
  for (uint32_t i = 0; i < n_patch; i++)
    list_window (vit, grid, i, cells + (size_t) i * window_cells (vit));
  return sen_network_write (vit->network, vit->cells, cells, n_patch, error);
}

static bool
write_patches (SenGridVit *vit, const SenPicture *picture, const Grid *grid, uint32_t n_patch, GError **error)
{
  uint32_t head_dim = vit->info.n_embd / vit->n_head;
  g_autofree float *pixels = g_try_new (float, (size_t) 3 * picture->width * picture->height);
  g_autofree float *patches = g_try_new (float, (size_t) n_patch * vit->patch.n_col);
  g_autofree float *table = g_try_new (float, (size_t) n_patch * head_dim);
  if (pixels == NULL || patches == NULL || table == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NO_MEMORY, "there is no memory for a picture of %u × %u pixels", picture->width,
                   picture->height);
      return false;
    }
  sen_picture_normalize (picture, 0, 0, picture->width, picture->height, &vit->info.preparation, pixels);
  for (uint32_t i = 0; i < n_patch; i++)
    {
      uint32_t row, column;
      find_patch (grid, i, &row, &column);
      cut_patch (vit, pixels, picture->width, picture->height, row, column, patches + (size_t) i * vit->patch.n_col);
      turn_patch (head_dim, row, column, table + (size_t) i * head_dim);
    }
  return sen_network_write (vit->network, vit->patches, patches, n_patch, error)
         && sen_network_write (vit->network, vit->rope, table, n_patch, error) && write_windows (vit, grid, n_patch, error);
}

bool
sen_grid_vit_run (SenGridVit *vit, SenDevice *device, const SenPicture *picture, float *features, SenCancel *cancel, GError **error)
{
  uint32_t side = vit->info.patch_size * SEN_GRID_VIT_MERGE;
  const Grid grid = { .n_row = picture->height / side, .n_column = picture->width / side };
  uint32_t n_patch = grid.n_row * grid.n_column * GROUP;
  const struct sen_step step = { .n_tokens = n_patch };
  return prepare (vit, device, n_patch, cancel, error) && write_patches (vit, picture, &grid, n_patch, error)
         && sen_network_run (vit->network, &step, cancel, error)
         && sen_network_read (vit->network, vit->features, features, n_patch, error);
}

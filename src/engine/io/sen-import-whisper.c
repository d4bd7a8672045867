/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Whisper from CTranslate2's model.bin (f32, f16, bf16, int8, int16) and from transformers' tensors, as the GGUF that
 * src/audio/sen-whisper.h opens. Tensors are named as llama.cpp names those of encoder-decoder models: "enc.blk.0.attn_q.weight". */
#include <string.h>

#include "sen-ct2.h"
#include "sen-error.h"
#include "sen-import-private.h"

#define MAX_VOCABULARY (1u << 18)
#define MAX_MERGED_BYTES 256   /* twice as many as the longest token of any Whisper has */
/* Bytes and places looked at to derive merges, half a second's; Whisper's vocabulary takes a fiftieth. */
#define MAX_MERGE_WORK (G_GUINT64_CONSTANT (1) << 28)
#define N_TAPS 3               /* of the two convolutions */
#define TIMESTAMP_SECONDS 0.02

/* How a tensor is called. A target stands for a weight and a bias. */
typedef struct {
  const char *target;
  const char *ct2;
  uint32_t    part, n_parts;   /* of the rows of CTranslate2's, which joins projections */
  const char *transformers;
  enum { MATRIX, NORM, CONVOLUTION, TABLE } kind;
} Name;

static const Name whole_names[] = {
  { "enc.conv1", "encoder/conv1", 0, 1, "encoder.conv1", CONVOLUTION },
  { "enc.conv2", "encoder/conv2", 0, 1, "encoder.conv2", CONVOLUTION },
  { "enc.position_embd", "encoder/position_encodings", 0, 1, "encoder.embed_positions", TABLE },
  { "enc.output_norm", "encoder/layer_norm", 0, 1, "encoder.layer_norm", NORM },
  { "token_embd", "decoder/embeddings", 0, 1, "decoder.embed_tokens", MATRIX },
  { "dec.position_embd", "decoder/position_encodings", 0, 1, "decoder.embed_positions", TABLE },
  { "dec.output_norm", "decoder/layer_norm", 0, 1, "decoder.layer_norm", NORM },
};

static const Name layer_names[] = {
  { "attn_norm", "self_attention/layer_norm", 0, 1, "self_attn_layer_norm", NORM },
  { "attn_q", "self_attention/linear_0", 0, 3, "self_attn.q_proj", MATRIX },
  { "attn_k", "self_attention/linear_0", 1, 3, "self_attn.k_proj", MATRIX },
  { "attn_v", "self_attention/linear_0", 2, 3, "self_attn.v_proj", MATRIX },
  { "attn_output", "self_attention/linear_1", 0, 1, "self_attn.out_proj", MATRIX },
  { "ffn_norm", "ffn/layer_norm", 0, 1, "final_layer_norm", NORM },
  { "ffn_up", "ffn/linear_0", 0, 1, "fc1", MATRIX },
  { "ffn_down", "ffn/linear_1", 0, 1, "fc2", MATRIX },
  /* Only in the decoder. */
  { "cross_attn_norm", "attention/layer_norm", 0, 1, "encoder_attn_layer_norm", NORM },
  { "cross_attn_q", "attention/linear_0", 0, 1, "encoder_attn.q_proj", MATRIX },
  { "cross_attn_k", "attention/linear_1", 0, 2, "encoder_attn.k_proj", MATRIX },
  { "cross_attn_v", "attention/linear_1", 1, 2, "encoder_attn.v_proj", MATRIX },
  { "cross_attn_output", "attention/linear_2", 0, 1, "encoder_attn.out_proj", MATRIX },
};
#define N_ENCODER_NAMES 8

/* A tensor of a source. */
typedef struct {
  SenCt2Type     type;
  uint32_t       n_dims;
  uint64_t       shape[3];
  const uint8_t *data;
  const uint8_t *scale;        /* f32, by which integers are to be divided: one of each row, or one for all; or NULL */
  bool           scale_is_one;
} Tensor;

/* The rows of one target, on their way. */
typedef struct {
  Tensor   tensor;
  uint64_t first_row;
  uint64_t n_col;
  uint32_t n_taps;             /* more than 1: rows come as [n_in][n_taps] and are stored as [n_taps][n_in] */
} Rows;

typedef struct {
  SenImportJob   *job;
  SenGgufWriter  *writer;      /* the job's */
  const SenCt2   *ct2;         /* or NULL: the job's tensors; kept by the job, like the documents */
  const SenJsonDocument *generation, *tokenizer;
  const GPtrArray *vocabulary;   /* char *, when there is no tokenizer.json; kept by the job too */
  uint32_t        n_layer[2];  /* encoder, decoder */
  uint64_t        n_embd, n_vocab;
} Import;

static bool
bad (const Import *import, const char *what, const char *problem, GError **error)
{
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s holds no Whisper model that can be read: %s %s", import->job->path, what,
               problem);
  return false;
}

/* --- Tensors of the source ---------------------------------------------------------------------------------------------------------- */

static bool
take_ct2 (const Import *import, const char *name, Tensor *tensor)
{
  const SenCt2Variable *variable = sen_ct2_find (import->ct2, name);
  if (variable == NULL || variable->n_dims == 0 || variable->n_dims > 3 || variable->type == SEN_CT2_I32)
    return false;
  *tensor = (Tensor) { .type = variable->type, .n_dims = variable->n_dims, .data = variable->data };
  for (uint32_t i = 0; i < variable->n_dims; i++)
    tensor->shape[i] = variable->shape[i];
  if (variable->type != SEN_CT2_I8 && variable->type != SEN_CT2_I16)
    return true;

  g_autofree char *scale_name = g_strdup_printf ("%s_scale", variable->name);
  const SenCt2Variable *scale = sen_ct2_find (import->ct2, scale_name);
  if (scale == NULL || scale->type != SEN_CT2_F32 || scale->n_dims > 1)
    return false;
  tensor->scale = scale->data;
  tensor->scale_is_one = scale->size_bytes == sizeof (float);
  return tensor->scale_is_one || scale->shape[0] == variable->shape[0];
}

static bool
take_offered (const Import *import, const char *name, Tensor *tensor)
{
  g_autofree char *longer = g_strdup_printf ("model.%s", name);
  const SenImportTensor *found = sen_import_find (import->job, longer);
  if (found == NULL)
    found = sen_import_find (import->job, name);
  if (found == NULL || found->n_dims > 3 || found->is_transposed)
    return false;
  *tensor = (Tensor) {
    .type = found->type == SEN_TYPE_F32 ? SEN_CT2_F32 : found->type == SEN_TYPE_F16 ? SEN_CT2_F16 : SEN_CT2_BF16,
    .n_dims = found->n_dims,
    .data = found->data,
  };
  memcpy (tensor->shape, found->shape, found->n_dims * sizeof (uint64_t));
  return true;
}

/* @side: "encoder" or "decoder", of @layer; NULL for tensors outside the layers. */
static bool
take (const Import *import, const Name *name, const char *side, uint32_t layer, bool is_bias, Tensor *tensor)
{
  g_autofree char *full = NULL;
  if (import->ct2 != NULL)
    {
      const char *ending = name->kind == NORM ? (is_bias ? "beta" : "gamma") : name->kind == TABLE ? "encodings"
                           : is_bias          ? "bias"
                                              : "weight";
      full = side != NULL ? g_strdup_printf ("%s/layer_%u/%s/%s", side, layer, name->ct2, ending)
                          : g_strdup_printf ("%s/%s", name->ct2, ending);
      return take_ct2 (import, full, tensor);
    }
  const char *ending = is_bias ? "bias" : "weight";
  full = side != NULL ? g_strdup_printf ("%s.layers.%u.%s.%s", side, layer, name->transformers, ending)
                      : g_strdup_printf ("%s.%s", name->transformers, ending);
  return take_offered (import, full, tensor);
}

static uint32_t
element_bytes (SenCt2Type type)
{
  return type == SEN_CT2_F32 ? 4 : type == SEN_CT2_I8 ? 1 : 2;
}

/* The element at @index of @tensor's data, which need not be aligned. */
static float
read_element (const Tensor *tensor, uint64_t index)
{
  const uint8_t *at = tensor->data + index * element_bytes (tensor->type);
  uint16_t half = 0;
  float value;
  switch (tensor->type)
    {
    case SEN_CT2_F32:
      memcpy (&value, at, sizeof value);
      return value;
    case SEN_CT2_I8:
      return (int8_t) *at;
    case SEN_CT2_I16:
      memcpy (&half, at, sizeof half);
      return (int16_t) half;
    case SEN_CT2_F16:
      memcpy (&half, at, sizeof half);
      return sen_f16_to_f32 (half);
    case SEN_CT2_BF16:
      memcpy (&half, at, sizeof half);
      return sen_bf16_to_f32 (half);
    case SEN_CT2_I32:
    case SEN_CT2_N_TYPES:
    default:
      return 0.0f;
    }
}

static bool
give_rows (gpointer user_data, uint64_t first_row, size_t n_rows, float *values, GError **error)
{
  const Rows *rows = user_data;
  const Tensor *tensor = &rows->tensor;
  uint64_t n_in = rows->n_col / rows->n_taps;
  for (size_t r = 0; r < n_rows; r++)
    {
      uint64_t row = rows->first_row + first_row + r;
      float divisor = 1.0f, *out = values + r * rows->n_col;
      if (tensor->scale != NULL)
        memcpy (&divisor, tensor->scale + (tensor->scale_is_one ? 0 : row * sizeof (float)), sizeof divisor);
      for (uint64_t c = 0; c < n_in; c++)
        for (uint32_t k = 0; k < rows->n_taps; k++)
          out[k * n_in + c] = read_element (tensor, row * rows->n_col + c * rows->n_taps + k) / divisor;
    }
  return true;
}

static bool
is_all_zero (const Tensor *tensor, uint64_t first, uint64_t n)
{
  for (uint64_t i = 0; i < n; i++)
    if (read_element (tensor, first + i) != 0.0f)
      return false;
  return true;
}

/* --- Targets ------------------------------------------------------------------------------------------------------------------------ */

/* A type of blocks only where rows are whole blocks. */
static SenType
stored_type (const Import *import, const Name *name, bool is_bias, uint64_t n_col)
{
  if (is_bias || name->kind == NORM || name->kind == TABLE)
    return SEN_TYPE_F32;
  if (name->kind == CONVOLUTION)
    return import->job->matrix_type == SEN_TYPE_F32 ? SEN_TYPE_F32 : SEN_TYPE_F16;
  return sen_type_row_bytes (import->job->matrix_type, n_col) > 0 ? import->job->matrix_type : SEN_TYPE_F16;
}

static bool
add_target (Import *import, const Name *name, const char *side, uint32_t layer, bool is_bias, GError **error)
{
  Tensor tensor;
  g_autofree char *target = side != NULL
                              ? g_strdup_printf ("%.3s.blk.%u.%s.%s", side, layer, name->target, is_bias ? "bias" : "weight")
                              : g_strdup_printf ("%s.%s", name->target, is_bias ? "bias" : "weight");
  if (is_bias && name->kind == TABLE)
    return true;
  if (!take (import, name, side, layer, is_bias, &tensor))
    {
      /* Keys have no bias. */
      if (is_bias && name->kind != NORM)
        return true;
      return bad (import, target, "is missing or of a type that nobody knows", error);
    }

  uint32_t n_taps = name->kind == CONVOLUTION && !is_bias ? N_TAPS : 1;
  bool is_vector = is_bias || name->kind == NORM;
  uint64_t n_row = tensor.shape[0], n_col = 1, n_parts = import->ct2 != NULL ? name->n_parts : 1;
  for (uint32_t i = 1; i < tensor.n_dims; i++)
    n_col *= tensor.shape[i];
  if ((is_vector ? tensor.n_dims != 1 : tensor.n_dims < 2) || n_row == 0 || n_col == 0 || n_row % n_parts != 0
      || n_col % n_taps != 0 || n_row > G_MAXUINT32 || n_col > G_MAXUINT32)
    return bad (import, target, "has an unexpected shape", error);
  n_row /= n_parts;

  Rows *rows = g_new (Rows, 1);
  *rows = (Rows) { .tensor = tensor, .first_row = n_parts > 1 ? name->part * n_row : 0, .n_col = n_col, .n_taps = n_taps };
  sen_import_keep (import->job, rows, g_free);
  if (is_vector)
    {
      if (is_bias && g_str_has_suffix (name->target, "attn_k") && is_all_zero (&tensor, rows->first_row, n_row))
        return true;
      /* One row: the elements from first_row on. */
      rows->tensor.data += rows->first_row * element_bytes (tensor.type);
      rows->first_row = 0;
      rows->n_col = n_row;
      n_col = n_row;
      n_row = 1;
    }
  const uint64_t shape[] = { n_row, n_col };
  sen_gguf_writer_add_rows (import->writer, target, stored_type (import, name, is_bias, n_col), is_vector ? 1 : 2,
                            is_vector ? shape + 1 : shape, give_rows, rows);
  return true;
}

static bool
add_targets (Import *import, GError **error)
{
  static const char *const sides[] = { "encoder", "decoder" };
  for (size_t i = 0; i < G_N_ELEMENTS (whole_names); i++)
    for (int is_bias = 0; is_bias < 2; is_bias++)
      if (!add_target (import, &whole_names[i], NULL, 0, is_bias, error))
        return false;
  for (uint32_t s = 0; s < 2; s++)
    for (uint32_t layer = 0; layer < import->n_layer[s]; layer++)
      for (size_t i = 0; i < (s == 0 ? N_ENCODER_NAMES : G_N_ELEMENTS (layer_names)); i++)
        for (int is_bias = 0; is_bias < 2; is_bias++)
          if (!add_target (import, &layer_names[i], sides[s], layer, is_bias, error))
            return false;
  return true;
}

/* --- What the model is -------------------------------------------------------------------------------------------------------------- */

static uint32_t
count_layers (const Import *import, const char *side)
{
  Tensor tensor;
  uint32_t n = 0;
  while (n < 1024 && take (import, &layer_names[0], side, n, false, &tensor))
    n++;
  return n;
}

static bool
read_heads (const Import *import, const char *side, uint32_t *n_head)
{
  int32_t number = 0;
  g_autofree char *key = g_strdup_printf (import->ct2 != NULL ? "%s/num_heads" : "%s_attention_heads", side);
  if (import->ct2 != NULL)
    {
      *n_head = sen_ct2_get_number (import->ct2, key, &number) && number > 0 ? (uint32_t) number : 8;
      return true;
    }
  uint64_t n = sen_import_u64 (sen_json_root (import->job->config), key, 0);
  *n_head = (uint32_t) n;
  return n > 0 && n <= G_MAXUINT16;
}

/* Pairs of layer and head whose cross attention follows the sound. */
static void
write_alignment_heads (Import *import)
{
  const SenJsonDocument *documents[] = { import->generation, import->job->config };
  g_autoptr (GArray) pairs = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  for (size_t d = 0; d < G_N_ELEMENTS (documents) && pairs->len == 0; d++)
    {
      const SenJson *heads = documents[d] != NULL ? sen_json_member (sen_json_root (documents[d]), "alignment_heads") : NULL;
      for (size_t i = 0; heads != NULL && i < sen_json_length (heads); i++)
        {
          const SenJson *pair = sen_json_at (heads, i);
          uint64_t layer, head;
          if (sen_json_length (pair) != 2 || !sen_json_u64 (sen_json_at (pair, 0), &layer)
              || !sen_json_u64 (sen_json_at (pair, 1), &head) || layer > G_MAXUINT16 || head > G_MAXUINT16)
            continue;
          uint32_t values[] = { (uint32_t) layer, (uint32_t) head };
          g_array_append_vals (pairs, values, 2);
        }
    }
  if (pairs->len > 0)
    sen_gguf_writer_set_array (import->writer, "whisper.alignment_heads", SEN_GGUF_UINT32, pairs->data, pairs->len);
}

static bool
write_facts (Import *import, GError **error)
{
  Tensor conv, positions, embeddings, text_positions, up;
  uint32_t n_head[2];
  if (!take (import, &whole_names[0], NULL, 0, false, &conv) || !take (import, &whole_names[2], NULL, 0, false, &positions)
      || !take (import, &whole_names[4], NULL, 0, false, &embeddings)
      || !take (import, &whole_names[5], NULL, 0, false, &text_positions))
    return bad (import, "one of its tables", "is missing", error);
  import->n_layer[0] = count_layers (import, "encoder");
  import->n_layer[1] = count_layers (import, "decoder");
  if (import->n_layer[0] == 0 || import->n_layer[1] == 0 || !take (import, &layer_names[6], "encoder", 0, false, &up))
    return bad (import, "its layers", "are missing", error);
  if (!read_heads (import, "encoder", &n_head[0]) || !read_heads (import, "decoder", &n_head[1]))
    return bad (import, "config.json", "does not say how many heads it has", error);
  if (conv.n_dims < 2 || embeddings.n_dims != 2 || positions.n_dims != 2 || text_positions.n_dims != 2 || up.n_dims != 2
      || embeddings.shape[0] > MAX_VOCABULARY)
    return bad (import, "one of its tables", "has an unexpected shape", error);
  import->n_embd = embeddings.shape[1];
  import->n_vocab = embeddings.shape[0];

  SenGgufWriter *writer = import->writer;
  sen_gguf_writer_set_string (writer, "general.architecture", "whisper", -1);
  sen_gguf_writer_set_u32 (writer, "whisper.embedding_length", (uint32_t) import->n_embd);
  sen_gguf_writer_set_u32 (writer, "whisper.feed_forward_length", (uint32_t) up.shape[0]);
  sen_gguf_writer_set_u32 (writer, "whisper.mel_bins", (uint32_t) (conv.n_dims == 3 ? conv.shape[1] : conv.shape[1] / N_TAPS));
  sen_gguf_writer_set_u32 (writer, "whisper.vocab_size", (uint32_t) import->n_vocab);
  sen_gguf_writer_set_u32 (writer, "whisper.context_length", (uint32_t) text_positions.shape[0]);
  sen_gguf_writer_set_u32 (writer, "whisper.encoder.context_length", (uint32_t) positions.shape[0]);
  sen_gguf_writer_set_u32 (writer, "whisper.encoder.block_count", import->n_layer[0]);
  sen_gguf_writer_set_u32 (writer, "whisper.decoder.block_count", import->n_layer[1]);
  sen_gguf_writer_set_u32 (writer, "whisper.encoder.attention.head_count", n_head[0]);
  sen_gguf_writer_set_u32 (writer, "whisper.decoder.attention.head_count", n_head[1]);
  write_alignment_heads (import);
  return true;
}

/* --- The vocabulary ------------------------------------------------------------------------------------------------------------------ */

/* As GGUF files count them. */
enum { TOKEN_NORMAL = 1, TOKEN_CONTROL = 3, TOKEN_UNUSED = 5 };

static bool
write_merges (Import *import, const SenJson *merges, GError **error)
{
  size_t n = sen_json_length (merges);
  g_autofree SenGgufString *texts = g_new0 (SenGgufString, n + 1);
  g_autoptr (GPtrArray) owned = g_ptr_array_new_with_free_func (g_free);
  for (size_t i = 0; i < n; i++)
    {
      const SenJson *merge = sen_json_at (merges, i);
      const char *text = sen_json_string (merge);
      if (text == NULL && sen_json_length (merge) == 2 && sen_json_string (sen_json_at (merge, 0)) != NULL
          && sen_json_string (sen_json_at (merge, 1)) != NULL)
        {
          text = g_strdup_printf ("%s %s", sen_json_string (sen_json_at (merge, 0)), sen_json_string (sen_json_at (merge, 1)));
          g_ptr_array_add (owned, (gpointer) text);
        }
      if (text == NULL)
        return bad (import, "tokenizer.json", "has a merge that is none", error);
      texts[i] = (SenGgufString) { text, strlen (text) };
    }
  sen_gguf_writer_set_strings (import->writer, "tokenizer.ggml.merges", texts, n);
  return true;
}

/* Tokens of tokenizer.json in their places; what it does not know behind <|notimestamps|> are times. */
static bool
fill_tokens (Import *import, SenGgufString *texts, int32_t *types, GPtrArray *owned, GError **error)
{
  const SenJson *root = sen_json_root (import->tokenizer), *model = sen_json_member (root, "model");
  const SenJson *vocab = model != NULL ? sen_json_member (model, "vocab") : NULL, *added = sen_json_member (root, "added_tokens");
  uint64_t id, first_time = G_MAXUINT64;
  if (vocab == NULL || sen_json_kind (vocab) != SEN_JSON_OBJECT || added == NULL)
    return bad (import, "tokenizer.json", "has no vocabulary", error);
  for (size_t i = 0; i < sen_json_length (vocab); i++)
    {
      const char *text = sen_json_member_name (vocab, i);
      if (sen_json_u64 (sen_json_at (vocab, i), &id) && id < import->n_vocab)
        {
          texts[id] = (SenGgufString) { text, strlen (text) };
          types[id] = TOKEN_NORMAL;
        }
    }
  for (size_t i = 0; i < sen_json_length (added); i++)
    {
      const SenJson *token = sen_json_at (added, i), *number = sen_json_member (token, "id");
      const char *text = sen_json_member (token, "content") != NULL ? sen_json_string (sen_json_member (token, "content")) : NULL;
      if (number == NULL || text == NULL || !sen_json_u64 (number, &id) || id >= import->n_vocab)
        continue;
      texts[id] = (SenGgufString) { text, strlen (text) };
      types[id] = TOKEN_CONTROL;
      if (strcmp (text, "<|notimestamps|>") == 0)
        first_time = id + 1;
    }
  for (id = first_time; id < import->n_vocab; id++)
    {
      char seconds[G_ASCII_DTOSTR_BUF_SIZE];
      g_ascii_formatd (seconds, sizeof seconds, "%.2f", (double) (id - first_time) * TIMESTAMP_SECONDS);
      char *text = g_strconcat ("<|", seconds, "|>", NULL);
      g_ptr_array_add (owned, text);
      texts[id] = (SenGgufString) { text, strlen (text) };
      types[id] = TOKEN_CONTROL;
    }
  return true;
}

static bool
is_control (const char *text)
{
  return g_str_has_prefix (text, "<|") && g_str_has_suffix (text, "|>");
}

/* Tokens of CTranslate2's list: what people write first, then <|endoftext|> and the other controls. */
static bool
fill_listed_tokens (Import *import, SenGgufString *texts, int32_t *types, GError **error)
{
  const GPtrArray *list = import->vocabulary;
  bool is_behind_end = false;
  for (guint id = 0; id < MIN (list->len, import->n_vocab); id++)
    {
      const char *text = list->pdata[id];
      is_behind_end |= strcmp (text, "<|endoftext|>") == 0;
      texts[id] = (SenGgufString) { text, strlen (text) };
      types[id] = is_behind_end && is_control (text) ? TOKEN_CONTROL : TOKEN_NORMAL;
    }
  return list->len == import->n_vocab || bad (import, "its vocabulary", "has another length than its table of tokens", error);
}

/* What is needed to find out how tokens were merged. */
typedef struct {
  GHashTable *ids;     /* by text */
  guint64     work;    /* bytes and places looked at so far */
} Merging;

/* A part of a token, and what it is together with the next one. */
typedef struct {
  uint32_t start, end;
  uint32_t pair_id;    /* G_MAXUINT32: no token */
} Part;

static void
look_up_pair (Merging *merging, const char *text, char *pair, GArray *parts, guint i)
{
  Part *part = &g_array_index (parts, Part, i);
  const Part *next = i + 1 < parts->len ? part + 1 : NULL;
  gpointer id;
  part->pair_id = G_MAXUINT32;
  if (next == NULL)
    return;
  uint32_t n = next->end - part->start;
  memcpy (pair, text + part->start, n);
  pair[n] = '\0';
  merging->work += n;
  if (g_hash_table_lookup_extended (merging->ids, pair, NULL, &id))
    part->pair_id = GPOINTER_TO_UINT (id);
}

/* The characters of @text. */
static GArray *
split_characters (Merging *merging, const char *text, char *pair)
{
  GArray *parts = g_array_new (FALSE, FALSE, sizeof (Part));
  for (const char *c = text; *c != '\0';)
    {
      Part part = { .start = (uint32_t) (c - text) };
      c = g_utf8_next_char (c);
      part.end = (uint32_t) (c - text);
      g_array_append_val (parts, part);
    }
  for (guint i = 0; i < parts->len; i++)
    look_up_pair (merging, text, pair, parts, i);
  return parts;
}

/* Where @text was merged of two tokens, by the merges of the tokens before it; 0: it was not. A token's number is the rank of its
 * merge, so the list of merges need not be known. */
static uint32_t
find_merge (Merging *merging, const char *text, guint own_id)
{
  g_autofree char *pair = g_malloc (strlen (text) + 1);
  g_autoptr (GArray) parts = split_characters (merging, text, pair);
  while (parts->len > 2 && merging->work <= MAX_MERGE_WORK)
    {
      guint best = 0, best_id = own_id;
      for (guint i = 0; i < parts->len; i++)
        if (g_array_index (parts, Part, i).pair_id < best_id)
          {
            best = i;
            best_id = g_array_index (parts, Part, i).pair_id;
          }
      merging->work += parts->len;
      if (best_id == own_id)
        return 0;
      g_array_index (parts, Part, best).end = g_array_index (parts, Part, best + 1).end;
      g_array_remove_index (parts, best + 1);
      look_up_pair (merging, text, pair, parts, best);
      if (best > 0)
        look_up_pair (merging, text, pair, parts, best - 1);
    }
  return parts->len == 2 ? g_array_index (parts, Part, 0).end : 0;
}

static bool
write_derived_merges (Import *import, const SenGgufString *texts, const int32_t *types, GError **error)
{
  g_autoptr (GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) merges = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) list = g_array_new (FALSE, FALSE, sizeof (SenGgufString));
  Merging merging = { .ids = ids };
  for (guint id = 0; id < import->n_vocab; id++)
    if (types[id] == TOKEN_NORMAL)
      g_hash_table_insert (ids, (gpointer) texts[id].data, GUINT_TO_POINTER (id));
  for (guint id = 0; id < import->n_vocab; id++)
    {
      const char *text = texts[id].data;
      uint32_t at = types[id] == TOKEN_NORMAL && texts[id].length <= MAX_MERGED_BYTES ? find_merge (&merging, text, id) : 0;
      if (merging.work > MAX_MERGE_WORK)
        return bad (import, "its vocabulary", "has too many long tokens; copy tokenizer.json from where the model came from", error);
      if (at == 0)
        continue;
      char *merge = g_strdup_printf ("%.*s %s", (int) at, text, text + at);
      g_ptr_array_add (merges, merge);
      g_array_append_vals (list, &(SenGgufString) { merge, strlen (merge) }, 1);
    }
  sen_gguf_writer_set_strings (import->writer, "tokenizer.ggml.merges", (const SenGgufString *) list->data, list->len);
  return true;
}

static bool
write_vocabulary (Import *import, GError **error)
{
  const SenJson *model = import->tokenizer != NULL ? sen_json_member (sen_json_root (import->tokenizer), "model") : NULL;
  const SenJson *merges = model != NULL ? sen_json_member (model, "merges") : NULL;
  g_autofree SenGgufString *texts = g_new0 (SenGgufString, import->n_vocab);
  g_autofree int32_t *types = g_new (int32_t, import->n_vocab);
  g_autoptr (GPtrArray) owned = g_ptr_array_new_with_free_func (g_free);
  uint32_t end = G_MAXUINT32;
  for (uint64_t id = 0; id < import->n_vocab; id++)
    {
      texts[id].data = "";
      types[id] = TOKEN_UNUSED;
    }
  if (import->tokenizer != NULL ? !fill_tokens (import, texts, types, owned, error) : !fill_listed_tokens (import, texts, types, error))
    return false;
  for (uint32_t id = 0; id < import->n_vocab; id++)
    if (texts[id].length == strlen ("<|endoftext|>") && memcmp (texts[id].data, "<|endoftext|>", texts[id].length) == 0)
      end = id;
  if (end == G_MAXUINT32 || (import->tokenizer != NULL && (merges == NULL || sen_json_kind (merges) != SEN_JSON_ARRAY)))
    return bad (import, import->tokenizer != NULL ? "tokenizer.json" : "its vocabulary", "is none of Whisper's", error);
  types[end] = TOKEN_CONTROL;

  SenGgufWriter *writer = import->writer;
  sen_gguf_writer_set_string (writer, "tokenizer.ggml.model", "gpt2", -1);
  sen_gguf_writer_set_string (writer, "tokenizer.ggml.pre", "gpt-2", -1);
  sen_gguf_writer_set_strings (writer, "tokenizer.ggml.tokens", texts, import->n_vocab);
  sen_gguf_writer_set_array (writer, "tokenizer.ggml.token_type", SEN_GGUF_INT32, types, import->n_vocab);
  sen_gguf_writer_set_u32 (writer, "tokenizer.ggml.bos_token_id", end);
  sen_gguf_writer_set_u32 (writer, "tokenizer.ggml.eos_token_id", end);
  if (import->tokenizer != NULL)
    return write_merges (import, merges, error);
  return write_derived_merges (import, texts, types, error);
}

/* --- The two kinds -------------------------------------------------------------------------------------------------------------------- */

/* A document beside the model that lives as long as the job; false with an error when it is damaged. */
static bool
take_document (SenImportJob *job, const char *name, const SenJsonDocument **document, GError **error)
{
  g_autoptr (GError) local = NULL;
  SenJsonDocument *read = sen_import_read_json (job, name, &local);
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return false;
    }
  if (read != NULL)
    sen_import_keep (job, read, (GDestroyNotify) sen_json_free);
  *document = read;
  return true;
}

/* CTranslate2's list of tokens, vocabulary.json or vocabulary.txt; nothing when there is neither. */
static bool
take_vocabulary (Import *import, GError **error)
{
  const SenJsonDocument *document = NULL;
  if (!take_document (import->job, "vocabulary.json", &document, error))
    return false;
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_free);
  const SenJson *root = document != NULL ? sen_json_root (document) : NULL;
  for (size_t i = 0; root != NULL && i < sen_json_length (root); i++)
    {
      const char *text = sen_json_string (sen_json_at (root, i));
      g_ptr_array_add (list, g_strdup (text != NULL ? text : ""));
    }

  g_autofree char *path = g_build_filename (import->job->path, "vocabulary.txt", NULL);
  if (document == NULL && g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_autoptr (SenMap) map = sen_map_open (path, error);
      if (map == NULL)
        return false;
      const char *text = (const char *) sen_map_data (map), *end = text + sen_map_size (map), *stop;
      for (; text < end && list->len <= MAX_VOCABULARY; text = stop + 1)
        {
          stop = memchr (text, '\n', (size_t) (end - text));
          stop = stop != NULL ? stop : end;   /* the last line need not end as the others do */
          g_ptr_array_add (list, g_strndup (text, (size_t) (stop - text)));
        }
    }
  for (guint i = 0; i < list->len; i++)
    if (!g_utf8_validate (list->pdata[i], -1, NULL))
      return bad (import, "its vocabulary", "is no UTF-8", error);
  if (list->len > 0)
    {
      import->vocabulary = list;
      sen_import_keep (import->job, g_steal_pointer (&list), (GDestroyNotify) g_ptr_array_unref);
    }
  return true;
}

static bool
fill (Import *import, GError **error)
{
  if (!take_document (import->job, "generation_config.json", &import->generation, error)
      || !take_document (import->job, "tokenizer.json", &import->tokenizer, error))
    return false;
  if (import->tokenizer == NULL && import->ct2 != NULL && !take_vocabulary (import, error))
    return false;
  if (import->tokenizer == NULL && import->vocabulary == NULL)
    return bad (import, "tokenizer.json", "is missing; copy it from where the model came from", error);
  return write_facts (import, error) && write_vocabulary (import, error) && add_targets (import, error);
}

bool
sen_import_ct2 (SenImportJob *job, GError **error)
{
  g_autofree char *path = g_build_filename (job->path, "model.bin", NULL);
  SenCt2 *ct2 = sen_ct2_open (path, error);
  if (ct2 == NULL)
    return false;
  sen_import_keep (job, ct2, (GDestroyNotify) sen_ct2_free);
  Import import = { .job = job, .writer = job->writer, .ct2 = ct2 };
  return strcmp (sen_ct2_spec (ct2), "WhisperSpec") == 0 ? fill (&import, error)
                                                          : bad (&import, "model.bin", "is of another kind", error);
}

bool
sen_import_whisper (SenImportJob *job, GError **error)
{
  Import import = { .job = job, .writer = job->writer };
  return fill (&import, error);
}

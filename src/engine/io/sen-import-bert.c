/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * BERT with WordPiece. Keys, tensors and the form of the vocabulary are those of llama.cpp's "bert" files: a piece that begins a
 * word has U+2581 before it, one that continues a word nothing. */
#include <string.h>

#include "sen-error.h"
#include "sen-import-private.h"

#define MAX_LAYERS 1024
#define MAX_TOKENS (1u << 22)

enum { TYPE_NORMAL = 1, TYPE_UNKNOWN = 2, TYPE_CONTROL = 3 };   /* of tokenizer.ggml.token_type */

static const struct {
  const char   *source, *target;
  SenImportKind kind;
} layer_rows[] = {
  { "encoder.layer.%u.attention.self.query", "blk.%u.attn_q", SEN_IMPORT_MATRIX },
  { "encoder.layer.%u.attention.self.key", "blk.%u.attn_k", SEN_IMPORT_MATRIX },
  { "encoder.layer.%u.attention.self.value", "blk.%u.attn_v", SEN_IMPORT_MATRIX },
  { "encoder.layer.%u.attention.output.dense", "blk.%u.attn_output", SEN_IMPORT_MATRIX },
  { "encoder.layer.%u.attention.output.LayerNorm", "blk.%u.attn_output_norm", SEN_IMPORT_F32 },
  { "encoder.layer.%u.intermediate.dense", "blk.%u.ffn_up", SEN_IMPORT_MATRIX },
  { "encoder.layer.%u.output.dense", "blk.%u.ffn_down", SEN_IMPORT_MATRIX },
  { "encoder.layer.%u.output.LayerNorm", "blk.%u.layer_output_norm", SEN_IMPORT_F32 },
};

static const struct {
  const char   *source, *target;
  SenImportKind kind;
} rows[] = {
  { "embeddings.word_embeddings.weight", "token_embd.weight", SEN_IMPORT_MATRIX },
  { "embeddings.position_embeddings.weight", "position_embd.weight", SEN_IMPORT_F32 },
  { "embeddings.token_type_embeddings.weight", "token_types.weight", SEN_IMPORT_F32 },
  { "embeddings.LayerNorm.weight", "token_embd_norm.weight", SEN_IMPORT_F32 },
  { "embeddings.LayerNorm.bias", "token_embd_norm.bias", SEN_IMPORT_F32 },
};

/* --- The vocabulary ------------------------------------------------------------------------------------------------------------ */

typedef struct {
  GPtrArray *texts;     /* by id; NULL where there is none */
  GArray    *types;     /* int32_t */
} Vocabulary;

static bool
set_token (Vocabulary *vocabulary, uint64_t id, const char *text, int32_t type)
{
  if (id >= MAX_TOKENS)
    return false;
  if (id >= vocabulary->texts->len)
    {
      g_ptr_array_set_size (vocabulary->texts, (gint) id + 1);
      g_array_set_size (vocabulary->types, (guint) id + 1);
    }
  g_free (vocabulary->texts->pdata[id]);
  vocabulary->texts->pdata[id] = g_strdup (text);
  g_array_index (vocabulary->types, int32_t, id) = type;
  return true;
}

static bool
fail (const SenImportJob *job, const char *what, GError **error)
{
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s has no sound vocabulary: %s", job->path, what);
  return false;
}

/* tokenizer.json of the tokenizers library. */
static bool
read_tokenizer (SenImportJob *job, const SenJson *root, Vocabulary *vocabulary, GError **error)
{
  const SenJson *model = sen_json_member (root, "model"), *vocab = model != NULL ? sen_json_member (model, "vocab") : NULL;
  const SenJson *added = sen_json_member (root, "added_tokens"), *normalizer = sen_json_member (root, "normalizer");
  const char *type = model != NULL ? sen_import_text (model, "type") : NULL;
  if (vocab == NULL || (type != NULL && strcmp (type, "WordPiece") != 0))
    return fail (job, "its tokenizer.json is none of WordPiece", error);
  for (size_t i = 0; i < sen_json_length (vocab); i++)
    {
      uint64_t id;
      if (!sen_json_u64 (sen_json_at (vocab, i), &id) || !set_token (vocabulary, id, sen_json_member_name (vocab, i), TYPE_NORMAL))
        return fail (job, "a token of tokenizer.json has no sound number", error);
    }
  for (size_t i = 0; added != NULL && i < sen_json_length (added); i++)
    {
      uint64_t id = sen_import_u64 (sen_json_at (added, i), "id", MAX_TOKENS);
      const char *text = sen_import_text (sen_json_at (added, i), "content");
      if (text == NULL || !set_token (vocabulary, id, text, TYPE_CONTROL))
        return fail (job, "an added token of tokenizer.json is not sound", error);
    }
  bool lowercase = sen_import_is_true (normalizer, "lowercase", true);
  sen_gguf_writer_set_bool (job->writer, "sensorium.tokenizer.lowercase", lowercase);
  sen_gguf_writer_set_bool (job->writer, "sensorium.tokenizer.strip_accents",
                            sen_import_is_true (normalizer, "strip_accents", lowercase));
  sen_gguf_writer_set_bool (job->writer, "sensorium.tokenizer.clean_text", sen_import_is_true (normalizer, "clean_text", true));
  sen_gguf_writer_set_bool (job->writer, "sensorium.tokenizer.chinese_chars",
                            sen_import_is_true (normalizer, "handle_chinese_chars", true));
  return true;
}

/* vocab.txt: a token a line; its place is its number. Marks are those in brackets that BERT has. */
static bool
read_lines (SenImportJob *job, Vocabulary *vocabulary, GError **error)
{
  static const char *const marks[] = { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]" };
  g_autofree char *path = g_build_filename (job->path, "vocab.txt", NULL);
  g_autoptr (SenMap) map = sen_map_open (path, error);
  if (map == NULL)
    return false;
  g_autofree char *text = g_strndup ((const char *) sen_map_data (map), sen_map_size (map));
  g_auto (GStrv) lines = g_strsplit (text, "\n", (gint) MAX_TOKENS);
  for (uint64_t i = 0; lines[i] != NULL; i++)
    {
      if (lines[i][0] == '\0' && lines[i + 1] == NULL)
        break;
      g_strchomp (lines[i]);
      if (!g_utf8_validate (lines[i], -1, NULL))
        return fail (job, "vocab.txt is no UTF-8", error);
      int32_t type = TYPE_NORMAL;
      for (size_t j = 0; j < G_N_ELEMENTS (marks); j++)
        if (strcmp (lines[i], marks[j]) == 0)
          type = TYPE_CONTROL;
      set_token (vocabulary, i, lines[i], type);
    }
  return true;
}

/* The piece as llama.cpp's files have it. */
static char *
stored_text (const char *text, int32_t type)
{
  if (text == NULL)
    return g_strdup ("");
  if (type == TYPE_CONTROL || (text[0] == '[' && text[1] != '\0' && g_str_has_suffix (text, "]")))
    return g_strdup (text);
  if (g_str_has_prefix (text, "##") && text[2] != '\0')
    return g_strdup (text + 2);
  return g_strconcat ("\xe2\x96\x81", text, NULL);
}

static void
write_special (SenImportJob *job, const Vocabulary *vocabulary, const char *text, const char *key)
{
  for (guint i = 0; i < vocabulary->texts->len; i++)
    if (g_strcmp0 (vocabulary->texts->pdata[i], text) == 0)
      {
        sen_gguf_writer_set_u32 (job->writer, key, i);
        return;
      }
}

static bool
write_vocabulary (SenImportJob *job, const Vocabulary *vocabulary, GError **error)
{
  guint n = vocabulary->texts->len;
  g_autofree SenGgufString *strings = g_new (SenGgufString, n);
  g_autoptr (GPtrArray) stored = g_ptr_array_new_with_free_func (g_free);
  if (n == 0)
    return fail (job, "it is empty", error);
  for (guint i = 0; i < n; i++)
    {
      int32_t *type = &g_array_index (vocabulary->types, int32_t, i);
      char *text = stored_text (vocabulary->texts->pdata[i], *type);
      if (strcmp (text, "[UNK]") == 0)
        *type = TYPE_UNKNOWN;
      g_ptr_array_add (stored, text);
      strings[i] = (SenGgufString) { text, strlen (text) };
    }
  sen_gguf_writer_set_string (job->writer, "tokenizer.ggml.model", "bert", -1);
  sen_gguf_writer_set_strings (job->writer, "tokenizer.ggml.tokens", strings, n);
  sen_gguf_writer_set_array (job->writer, "tokenizer.ggml.token_type", SEN_GGUF_INT32, vocabulary->types->data, n);
  write_special (job, vocabulary, "[CLS]", "tokenizer.ggml.bos_token_id");
  write_special (job, vocabulary, "[SEP]", "tokenizer.ggml.seperator_token_id");
  write_special (job, vocabulary, "[UNK]", "tokenizer.ggml.unknown_token_id");
  write_special (job, vocabulary, "[PAD]", "tokenizer.ggml.padding_token_id");
  write_special (job, vocabulary, "[MASK]", "tokenizer.ggml.mask_token_id");
  return true;
}

static bool
take_vocabulary (SenImportJob *job, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (SenJsonDocument) document = sen_import_read_json (job, "tokenizer.json", &local);
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return false;
    }
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) types = g_array_new (FALSE, TRUE, sizeof (int32_t));
  Vocabulary vocabulary = { texts, types };
  bool ok = document != NULL ? read_tokenizer (job, sen_json_root (document), &vocabulary, error)
                             : read_lines (job, &vocabulary, error);
  return ok && write_vocabulary (job, &vocabulary, error);
}

/* --- The model ------------------------------------------------------------------------------------------------------------------ */

static bool
take_pair (SenImportJob *job, const char *prefix, size_t row, uint32_t layer, GError **error)
{
  static const char *const parts[] = { ".weight", ".bias" };
  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_auto (GStrv) source = g_strsplit (layer_rows[row].source, "%u", 2), target = g_strsplit (layer_rows[row].target, "%u", 2);
      g_autofree char *name = g_strdup_printf ("%s%s%u%s%s", prefix, source[0], layer, source[1], parts[i]);
      g_autofree char *stored = g_strdup_printf ("%s%u%s%s", target[0], layer, target[1], parts[i]);
      const SenImportTensor *tensor = sen_import_need (job, name, error);
      if (tensor == NULL)
        return false;
      sen_import_write (job, tensor, stored, i == 0 ? layer_rows[row].kind : SEN_IMPORT_F32, NULL);
    }
  return true;
}

/* As sentence-transformers say it beside the model; the mean of all tokens when they say nothing. */
static bool
pools_first_token (const SenImportJob *job)
{
  g_autoptr (SenJsonDocument) pooling = sen_import_read_json (job, "1_Pooling/config.json", NULL);
  return pooling != NULL && sen_import_is_true (sen_json_root (pooling), "pooling_mode_cls_token", false);
}

bool
sen_import_bert (SenImportJob *job, GError **error)
{
  const SenJson *config = sen_json_root (job->config);
  g_autofree char *prefix = sen_import_prefix (job, rows[0].source);
  const char *act = sen_import_text (config, "hidden_act"), *positions = sen_import_text (config, "position_embedding_type");
  if (prefix == NULL)
    prefix = g_strdup ("");
  if ((act != NULL && strcmp (act, "gelu") != 0) || (positions != NULL && strcmp (positions, "absolute") != 0))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s is a BERT with the activation “%s” and %s positions; gelu and absolute "
                   "ones are supported", job->path, act != NULL ? act : "gelu", positions != NULL ? positions : "absolute");
      return false;
    }
  uint32_t n_layer = (uint32_t) MIN (sen_import_u64 (config, "num_hidden_layers", 0), MAX_LAYERS);
  SenGgufWriter *writer = job->writer;
  sen_gguf_writer_set_string (writer, "general.architecture", "bert", -1);
  sen_gguf_writer_set_u32 (writer, "bert.block_count", n_layer);
  sen_gguf_writer_set_u32 (writer, "bert.context_length",
                           (uint32_t) MIN (sen_import_u64 (config, "max_position_embeddings", 512), 1u << 20));
  sen_gguf_writer_set_u32 (writer, "bert.embedding_length", (uint32_t) MIN (sen_import_u64 (config, "hidden_size", 0), 1u << 20));
  sen_gguf_writer_set_u32 (writer, "bert.feed_forward_length",
                           (uint32_t) MIN (sen_import_u64 (config, "intermediate_size", 0), 1u << 20));
  sen_gguf_writer_set_u32 (writer, "bert.attention.head_count",
                           (uint32_t) MIN (sen_import_u64 (config, "num_attention_heads", 0), 1u << 12));
  sen_gguf_writer_set_f32 (writer, "bert.attention.layer_norm_epsilon", (float) sen_import_number (config, "layer_norm_eps", 1e-12));
  sen_gguf_writer_set_bool (writer, "bert.attention.causal", false);
  sen_gguf_writer_set_u32 (writer, "bert.pooling_type", pools_first_token (job) ? 2 : 1);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *name = g_strconcat (prefix, rows[i].source, NULL);
      const SenImportTensor *tensor = sen_import_need (job, name, error);
      if (tensor == NULL)
        return false;
      sen_import_write (job, tensor, rows[i].target, rows[i].kind, NULL);
    }
  for (uint32_t layer = 0; layer < n_layer; layer++)
    for (size_t row = 0; row < G_N_ELEMENTS (layer_rows); row++)
      if (!take_pair (job, prefix, row, layer, error))
        return false;
  return take_vocabulary (job, error);
}

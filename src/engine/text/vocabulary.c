/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * A vocabulary out of GGUF metadata into tables made for look-ups. */
#include <string.h>

#include "sen-error.h"
#include "tokenizer-private.h"
#include "unicode.h"

#define MAX_TOKENS (1u << 22)
#define MAX_POOL_BYTES (1u << 28)
/* Tokens without a text are called "[EMPTY_id]". */
#define EMPTY_TEXT_BYTES 16

/* Pre-tokenizers by the names files have for them. */
static const struct {
  SenPreTokenizer pre;
  const char     *names;   /* between spaces */
} pre_tokenizers[] = {
  { SEN_PRE_GPT2, " gpt-2 gpt2 phi-2 mpt olmo jais trillion granite-docling gigachat a.x-4.0 mellum modern-bert exaone4 jina-es"
                  " jina-de jina-v2-es jina-v2-de " },
  { SEN_PRE_SMOLLM, " smollm starcoder refact command-r codeshell exaone minerva-7b mellum2 " },
  { SEN_PRE_LLAMA3, " llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano " },
  { SEN_PRE_QWEN2, " qwen2 deepseek-r1-qwen kormo f2llmv2 megrez hunyuan solar-open stablelm2 " },
};

/* Texts of tokens that end a turn, whatever their type says. */
static const char *const end_texts[] = {
  "<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<|endoftext|>", "</s>", "<|eom_id|>", "<EOT>", "_<EOT>", "[EOT]",
  "[EOS]", "<|end_of_text|>", "<end_of_utterance>", "<eos>", "<|return|>", "<|call|>", "<turn|>",
  "<\uff5cend\u2581of\u2581sentence\uff5c>",
};

/* Marks of a repository's structure, behind which a completion has ended too. */
static const char *const structure_texts[] = {
  "<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<reponame>", "<|file_sep|>",
};

/* Marks of where a completion goes. */
static const char *const fill_texts[] = {
  "<|fim_prefix|>", "<fim-prefix>", "<fim_prefix>", "<|fim_suffix|>", "<fim-suffix>", "<fim_suffix>",
  "<|fim_middle|>", "<fim-middle>", "<fim_middle>",
};

/* --- Look-up by text ---------------------------------------------------------------------------------------------------------- */

static uint32_t
hash_text (const char *text, size_t length)
{
  uint64_t hash = 0xcbf29ce484222325ull;
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ (uint8_t) text[i]) * 0x100000001b3ull;
  return (uint32_t) (hash ^ hash >> 32);
}

SenToken
sen_vocab_find (const SenTokenizer *t, const char *text, size_t length)
{
  for (uint32_t i = hash_text (text, length);; i++)
    {
      SenToken id = t->by_text[i & t->by_text_mask];
      if (id == SEN_NO_TOKEN)
        return SEN_NO_TOKEN;
      if (t->tokens[id].length == length && memcmp (sen_vocab_text (t, id), text, length) == 0)
        return id;
    }
}

/* A power of two with at least half of it free. */
static uint32_t
table_size (size_t n)
{
  uint32_t size = 16;
  while (size < 2 * n)
    size *= 2;
  return size;
}

static void
index_texts (SenTokenizer *t)
{
  uint32_t size = table_size (t->n_tokens);
  t->by_text = g_new (SenToken, size);
  t->by_text_mask = size - 1;
  memset (t->by_text, 0xff, size * sizeof (SenToken));
  for (uint32_t id = 0; id < t->n_tokens; id++)
    {
      uint32_t i = hash_text (sen_vocab_text (t, (SenToken) id), t->tokens[id].length) & t->by_text_mask;
      while (t->by_text[i] != SEN_NO_TOKEN)
        {
          /* Of two tokens with one text the later counts, as in the reference's map. */
          SenToken other = t->by_text[i];
          if (t->tokens[other].length == t->tokens[id].length
              && memcmp (sen_vocab_text (t, other), sen_vocab_text (t, (SenToken) id), t->tokens[id].length) == 0)
            break;
          i = (i + 1) & t->by_text_mask;
        }
      t->by_text[i] = (SenToken) id;
    }
}

/* --- Loading -------------------------------------------------------------------------------------------------------------------- */

static bool
bad_vocabulary (SenGguf *gguf, const char *what, GError **error)
{
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s has no sound vocabulary: %s", sen_gguf_path (gguf), what);
  return false;
}

static bool
load_tokens (SenTokenizer *t, SenGguf *gguf, GError **error)
{
  size_t n = 0, n_scores = 0, n_types = 0;
  g_autofree SenGgufString *texts = sen_gguf_dup_string_array (gguf, "tokenizer.ggml.tokens", &n);
  if (texts == NULL || n == 0 || n > MAX_TOKENS)
    return bad_vocabulary (gguf, "tokenizer.ggml.tokens is missing, empty or too long", error);
  bool has_scores = sen_gguf_get_array (gguf, "tokenizer.ggml.scores", NULL, &n_scores);
  bool has_types = sen_gguf_get_array (gguf, "tokenizer.ggml.token_type", NULL, &n_types);
  if ((has_scores && n_scores < n) || (has_types && n_types < n))
    return bad_vocabulary (gguf, "there are fewer scores or types than tokens", error);

  size_t n_bytes = 0;
  for (size_t i = 0; i < n; i++)
    {
      n_bytes += (texts[i].length > 0 ? texts[i].length : EMPTY_TEXT_BYTES) + 1;
      if (n_bytes > MAX_POOL_BYTES)
        return bad_vocabulary (gguf, "its tokens are too long", error);
    }
  t->n_tokens = (uint32_t) n;
  t->tokens = g_new (SenVocabToken, n);
  t->pool = g_malloc (n_bytes);
  uint32_t offset = 0;
  for (size_t i = 0; i < n; i++)
    {
      int64_t type = SEN_TOKEN_NORMAL;
      float score = 0.0f;
      if (has_scores)
        sen_gguf_array_f32 (gguf, "tokenizer.ggml.scores", i, &score);
      if (has_types)
        sen_gguf_array_i64 (gguf, "tokenizer.ggml.token_type", i, &type);
      char empty[EMPTY_TEXT_BYTES + 1];
      SenGgufString text = texts[i];
      if (text.length == 0)
        text = (SenGgufString) { empty, (size_t) g_snprintf (empty, sizeof empty, "[EMPTY_%zu]", i) };
      t->tokens[i] = (SenVocabToken) {
        .offset = offset, .length = (uint32_t) text.length, .score = score,
        .type = type >= SEN_TOKEN_NORMAL && type <= SEN_TOKEN_BYTE ? (uint8_t) type : SEN_TOKEN_NORMAL,
      };
      memcpy (t->pool + offset, text.data, text.length);
      offset += (uint32_t) text.length;
      t->pool[offset++] = '\0';
    }
  index_texts (t);
  return true;
}

/* Ranks of merges "left right", by the ids of the two and of what they become. */
static bool
load_merges (SenTokenizer *t, SenGguf *gguf, GError **error)
{
  size_t n = 0;
  g_autofree SenGgufString *merges = sen_gguf_dup_string_array (gguf, "tokenizer.ggml.merges", &n);
  if (merges == NULL || n > MAX_TOKENS)
    return bad_vocabulary (gguf, "tokenizer.ggml.merges is missing or too long", error);

  uint32_t size = table_size (n);
  g_autoptr (GString) joined = g_string_new (NULL);
  t->merges = g_new (SenMerge, size);
  t->merge_mask = size - 1;
  for (uint32_t i = 0; i < size; i++)
    t->merges[i].key = SEN_NO_MERGE;
  for (size_t rank = 0; rank < n; rank++)
    {
      const char *text = merges[rank].data;
      size_t length = merges[rank].length;
      /* From the second byte on: the left part may be a space-like character but is never empty. */
      const char *space = length > 1 ? memchr (text + 1, ' ', length - 1) : NULL;
      if (space == NULL)
        continue;
      size_t n_left = (size_t) (space - text), n_right = length - n_left - 1;
      SenToken left = sen_vocab_find (t, text, n_left), right = sen_vocab_find (t, space + 1, n_right);
      g_string_truncate (joined, 0);
      g_string_append_len (joined, text, (gssize) n_left);
      g_string_append_len (joined, space + 1, (gssize) n_right);
      SenToken merged = sen_vocab_find (t, joined->str, joined->len);
      if (left == SEN_NO_TOKEN || right == SEN_NO_TOKEN || merged == SEN_NO_TOKEN)
        continue;

      uint64_t key = (uint64_t) (uint32_t) left << 32 | (uint32_t) right;
      uint32_t i = (uint32_t) (key * 0x9e3779b97f4a7c15ull >> 32) & t->merge_mask;
      while (t->merges[i].key != SEN_NO_MERGE && t->merges[i].key != key)
        i = (i + 1) & t->merge_mask;
      if (t->merges[i].key == SEN_NO_MERGE)
        t->merges[i] = (SenMerge) { .key = key, .rank = (int32_t) rank, .merged = merged };
    }
  return true;
}

/* GPT-2's printable characters for bytes: printable Latin-1 for itself, the rest from U+0100 on. */
static void
make_byte_chars (SenTokenizer *t)
{
  uint32_t next = 0x100;
  memset (t->char_bytes, 0xff, sizeof t->char_bytes);
  for (uint32_t byte = 0; byte < 256; byte++)
    {
      bool printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
      uint32_t code = printable ? byte : next++;
      t->byte_char_lengths[byte] = (uint8_t) sen_utf8_write (code, t->byte_chars[byte]);
      t->char_bytes[code] = (int16_t) byte;
    }
}

static void
find_byte_tokens (SenTokenizer *t)
{
  for (int byte = 0; byte < 256; byte++)
    {
      char text[8], raw = (char) byte;
      g_snprintf (text, sizeof text, "<0x%02X>", byte);
      t->bytes[byte] = sen_vocab_find (t, text, 6);
      if (t->bytes[byte] == SEN_NO_TOKEN)
        t->bytes[byte] = sen_vocab_find (t, &raw, 1);
    }
}

static SenToken
read_special (SenTokenizer *t, SenGguf *gguf, const char *key, SenToken fallback)
{
  /* An id beyond the vocabulary is no better than none: the usual one is taken. */
  uint32_t id;
  if (sen_gguf_get_u32 (gguf, key, &id) && id < t->n_tokens)
    return (SenToken) id;
  return fallback >= 0 && (uint32_t) fallback < t->n_tokens ? fallback : SEN_NO_TOKEN;
}

/* Some files call such marks plain text; as that they would be cut apart. */
static void
mark_control (SenTokenizer *t, const char *const *texts, size_t n, bool ends)
{
  for (size_t i = 0; i < n; i++)
    {
      SenToken id = sen_vocab_find (t, texts[i], strlen (texts[i]));
      if (id == SEN_NO_TOKEN)
        continue;
      t->tokens[id].type = SEN_TOKEN_CONTROL;
      if (ends)
        g_hash_table_add (t->ends, GINT_TO_POINTER (id));
    }
}

static void
find_ends (SenTokenizer *t, SenGguf *gguf)
{
  static const char *const keys[] = {
    "tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id",
  };
  t->ends = g_hash_table_new (NULL, NULL);
  if (t->eos != SEN_NO_TOKEN)
    g_hash_table_add (t->ends, GINT_TO_POINTER (t->eos));
  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      SenToken id = read_special (t, gguf, keys[i], SEN_NO_TOKEN);
      if (id != SEN_NO_TOKEN)
        g_hash_table_add (t->ends, GINT_TO_POINTER (id));
    }
  mark_control (t, end_texts, G_N_ELEMENTS (end_texts), true);
  mark_control (t, structure_texts, G_N_ELEMENTS (structure_texts), true);
  mark_control (t, fill_texts, G_N_ELEMENTS (fill_texts), false);
}

/* Which white space special tokens take along is not in the files; the reference knows it by the model's name. */
static bool
is_phi3 (SenGguf *gguf)
{
  g_autofree char *name = sen_gguf_dup_string (gguf, "general.name");
  g_autofree char *lower = g_ascii_strdown (name != NULL ? name : "", -1);
  return strstr (lower, "phi-3") != NULL || strstr (lower, "phi3") != NULL;
}

/* A name from the file, fit for a message. */
static char *
shown_name (const char *name)
{
  if (name == NULL)
    return g_strdup ("(none)");
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  return g_utf8_substring (valid, 0, MIN (g_utf8_strlen (valid, -1), 64));
}

static bool
choose_pre_tokenizer (SenTokenizer *t, SenGguf *gguf, GError **error)
{
  g_autofree char *name = sen_gguf_dup_string (gguf, "tokenizer.ggml.pre");
  g_autofree char *wanted = g_strdup_printf (" %s ", name != NULL ? name : "");
  g_autoptr (GString) supported = g_string_new (NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (pre_tokenizers); i++)
    {
      g_string_append (supported, pre_tokenizers[i].names + 1);
      if (name == NULL || *name == '\0' || strchr (name, ' ') != NULL || strstr (pre_tokenizers[i].names, wanted) == NULL)
        continue;
      t->pre = pre_tokenizers[i].pre;
      t->ignore_merges = t->pre == SEN_PRE_LLAMA3;
      t->add_bos = t->pre == SEN_PRE_LLAMA3;
      t->description = g_strdup_printf ("byte-level BPE, %s", name);
      return true;
    }
  g_strchomp (supported->str);
  g_autofree char *shown = shown_name (name);
  g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s: the pre-tokenizer “%s” is not supported; these are: %s",
               sen_gguf_path (gguf), shown, supported->str);
  return false;
}

static bool
choose_kind (SenTokenizer *t, SenGguf *gguf, const char *model, GError **error)
{
  static const struct {
    const char      *model;
    SenTokenizerKind kind;
  } kinds[] = { { "gpt2", SEN_TOKENIZE_BPE }, { "llama", SEN_TOKENIZE_SENTENCEPIECE }, { "bert", SEN_TOKENIZE_WORDPIECE } };
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_strcmp0 (model, kinds[i].model) == 0)
      {
        t->kind = kinds[i].kind;
        return true;
      }
  g_autofree char *shown = shown_name (model);
  g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED, "%s: the tokenizer “%s” is not supported; gpt2 (byte-level BPE), llama "
               "(SentencePiece) and bert (WordPiece) are", sen_gguf_path (gguf), shown);
  return false;
}

/* llama.cpp's files do not say what becomes of text first; it lowers, as BERT's uncased models do. */
static void
read_wordpiece (SenTokenizer *t, SenGguf *gguf)
{
  t->description = g_strdup ("WordPiece");
  t->add_bos = t->add_eos = true;
  t->clean_text = t->chinese_chars = t->lowercase = true;
  sen_gguf_get_bool (gguf, "sensorium.tokenizer.lowercase", &t->lowercase);
  t->strip_accents = t->lowercase;
  sen_gguf_get_bool (gguf, "sensorium.tokenizer.strip_accents", &t->strip_accents);
  sen_gguf_get_bool (gguf, "sensorium.tokenizer.clean_text", &t->clean_text);
  sen_gguf_get_bool (gguf, "sensorium.tokenizer.chinese_chars", &t->chinese_chars);
}

static void
read_specials (SenTokenizer *t, SenGguf *gguf)
{
  /* What is meant where a file says nothing, as in the reference. */
  static const SenToken bos[] = { 11, 1, 101 }, eos[] = { 11, 2, 102 }, unknown[] = { SEN_NO_TOKEN, 0, 100 };
  bool is_wordpiece = t->kind == SEN_TOKENIZE_WORDPIECE;
  t->bos = read_special (t, gguf, "tokenizer.ggml.bos_token_id", bos[t->kind]);
  t->eos = read_special (t, gguf, "tokenizer.ggml.eos_token_id", eos[t->kind]);
  t->unknown = read_special (t, gguf, "tokenizer.ggml.unknown_token_id", unknown[t->kind]);
  if (is_wordpiece)
    {
      t->bos = read_special (t, gguf, "tokenizer.ggml.cls_token_id", t->bos);
      t->eos = read_special (t, gguf, "tokenizer.ggml.seperator_token_id", t->eos);
    }
}

bool
sen_vocab_load (SenTokenizer *t, SenGguf *gguf, GError **error)
{
  g_autofree char *model = sen_gguf_dup_string (gguf, "tokenizer.ggml.model");
  if (!choose_kind (t, gguf, model, error) || !load_tokens (t, gguf, error))
    return false;

  switch (t->kind)
    {
    case SEN_TOKENIZE_BPE:
      make_byte_chars (t);
      if (!choose_pre_tokenizer (t, gguf, error) || !load_merges (t, gguf, error))
        return false;
      break;
    case SEN_TOKENIZE_SENTENCEPIECE:
      t->description = g_strdup ("SentencePiece");
      t->add_bos = t->add_space_prefix = true;
      find_byte_tokens (t);
      break;
    case SEN_TOKENIZE_WORDPIECE:
      read_wordpiece (t, gguf);
      break;
    }
  read_specials (t, gguf);
  sen_gguf_get_bool (gguf, "tokenizer.ggml.add_bos_token", &t->add_bos);
  sen_gguf_get_bool (gguf, "tokenizer.ggml.add_eos_token", &t->add_eos);
  sen_gguf_get_bool (gguf, "tokenizer.ggml.add_space_prefix", &t->add_space_prefix);
  find_ends (t, gguf);
  t->specials_take_spaces = is_phi3 (gguf);
  t->specials = sen_specials_new (t);
  return true;
}

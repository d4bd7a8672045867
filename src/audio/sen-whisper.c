/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-whisper-private.h"

#include <string.h>

#include "sen-error.h"

#define MAX_POSITIONS 65536
#define EPS 1e-5f

/* Languages by name, for people; the codes stand in the vocabulary. */
static const struct {
  const char *code, *name;
} languages[] = {
  { "en", "english" },   { "zh", "chinese" },    { "de", "german" },     { "es", "spanish" },    { "ru", "russian" },
  { "ko", "korean" },    { "fr", "french" },     { "ja", "japanese" },   { "pt", "portuguese" }, { "tr", "turkish" },
  { "pl", "polish" },    { "ca", "catalan" },    { "nl", "dutch" },      { "ar", "arabic" },     { "sv", "swedish" },
  { "it", "italian" },   { "id", "indonesian" }, { "hi", "hindi" },      { "fi", "finnish" },    { "vi", "vietnamese" },
  { "he", "hebrew" },    { "uk", "ukrainian" },  { "el", "greek" },      { "ms", "malay" },      { "cs", "czech" },
  { "ro", "romanian" },  { "da", "danish" },     { "hu", "hungarian" },  { "ta", "tamil" },      { "no", "norwegian" },
  { "th", "thai" },      { "ur", "urdu" },       { "hr", "croatian" },   { "bg", "bulgarian" },  { "lt", "lithuanian" },
  { "la", "latin" },     { "mi", "maori" },      { "ml", "malayalam" },  { "cy", "welsh" },      { "sk", "slovak" },
  { "te", "telugu" },    { "fa", "persian" },    { "lv", "latvian" },    { "bn", "bengali" },    { "sr", "serbian" },
  { "az", "azerbaijani" }, { "sl", "slovenian" }, { "kn", "kannada" },   { "et", "estonian" },   { "mk", "macedonian" },
  { "br", "breton" },    { "eu", "basque" },     { "is", "icelandic" },  { "hy", "armenian" },   { "ne", "nepali" },
  { "mn", "mongolian" }, { "bs", "bosnian" },    { "kk", "kazakh" },     { "sq", "albanian" },   { "sw", "swahili" },
  { "gl", "galician" },  { "mr", "marathi" },    { "pa", "punjabi" },    { "si", "sinhala" },    { "km", "khmer" },
  { "sn", "shona" },     { "yo", "yoruba" },     { "so", "somali" },     { "af", "afrikaans" },  { "oc", "occitan" },
  { "ka", "georgian" },  { "be", "belarusian" }, { "tg", "tajik" },      { "sd", "sindhi" },     { "gu", "gujarati" },
  { "am", "amharic" },   { "yi", "yiddish" },    { "lo", "lao" },        { "uz", "uzbek" },      { "fo", "faroese" },
  { "ht", "haitian creole" }, { "ps", "pashto" }, { "tk", "turkmen" },   { "nn", "nynorsk" },    { "mt", "maltese" },
  { "sa", "sanskrit" },  { "lb", "luxembourgish" }, { "my", "myanmar" }, { "bo", "tibetan" },    { "tl", "tagalog" },
  { "mg", "malagasy" },  { "as", "assamese" },   { "tt", "tatar" },      { "haw", "hawaiian" },  { "ln", "lingala" },
  { "ha", "hausa" },     { "ba", "bashkir" },    { "jw", "javanese" },   { "su", "sundanese" },  { "yue", "cantonese" },
};

static bool
fail (const SenWhisper *whisper, const char *what, GError **error)
{
  g_set_error (error, SEN_ERROR, SEN_ERROR_FORMAT, "%s is no Whisper model: %s", whisper->path, what);
  return false;
}

/* --- Numbers ------------------------------------------------------------------------------------------------------------------------ */

static bool
read_numbers (SenWhisper *whisper, SenGguf *gguf, GError **error)
{
  SenWhisperInfo *info = &whisper->info;
  const struct { const char *key; uint32_t *value, max; } keys[] = {
    { "whisper.mel_bins", &info->n_mel, SEN_WHISPER_MAX_MEL },
    { "whisper.embedding_length", &info->n_embd, SEN_WHISPER_MAX_EMBD },
    { "whisper.feed_forward_length", &info->n_ff, 8 * SEN_WHISPER_MAX_EMBD },
    { "whisper.encoder.block_count", &info->n_encoder_layer, SEN_WHISPER_MAX_LAYERS },
    { "whisper.decoder.block_count", &info->n_decoder_layer, SEN_WHISPER_MAX_LAYERS },
    { "whisper.encoder.attention.head_count", &info->n_encoder_head, SEN_WHISPER_MAX_HEADS },
    { "whisper.decoder.attention.head_count", &info->n_decoder_head, SEN_WHISPER_MAX_HEADS },
    { "whisper.context_length", &info->n_ctx, MAX_POSITIONS },
    { "whisper.encoder.context_length", &info->n_position, MAX_POSITIONS },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++)
    if (!sen_gguf_get_u32 (gguf, keys[i].key, keys[i].value) || *keys[i].value == 0 || *keys[i].value > keys[i].max)
      {
        g_autofree char *what = g_strdup_printf ("%s is missing or beyond what is sensible", keys[i].key);
        return fail (whisper, what, error);
      }
  if (info->n_embd % info->n_encoder_head != 0 || info->n_embd % info->n_decoder_head != 0)
    return fail (whisper, "its width is no whole number of heads", error);
  if (info->n_position != SEN_WHISPER_FRAMES / 2)
    return fail (whisper, "its windows are not 30 seconds long", error);
  info->n_vocab = sen_tokenizer_n_tokens (whisper->tokenizer);
  return true;
}

static int
compare_heads (gconstpointer a, gconstpointer b)
{
  const SenAlignmentHead *x = a, *y = b;
  return x->layer != y->layer ? (x->layer < y->layer ? -1 : 1) : x->head < y->head ? -1 : x->head > y->head;
}

/* Those the file names, or every head of the upper half of the decoder, as openai-whisper does without a list. */
static void
read_alignment_heads (SenWhisper *whisper, SenGguf *gguf)
{
  const SenWhisperInfo *info = &whisper->info;
  const char *key = "whisper.alignment_heads";
  g_autoptr (GArray) heads = g_array_new (FALSE, FALSE, sizeof (SenAlignmentHead));
  size_t n = 0;
  sen_gguf_get_array (gguf, key, NULL, &n);
  for (size_t i = 0; i + 1 < n && i < 2 * SEN_WHISPER_MAX_LAYERS * SEN_WHISPER_MAX_HEADS; i += 2)
    {
      int64_t layer, head;
      if (!sen_gguf_array_i64 (gguf, key, i, &layer) || !sen_gguf_array_i64 (gguf, key, i + 1, &head) || layer < 0 || head < 0
          || layer >= info->n_decoder_layer || head >= info->n_decoder_head)
        continue;
      SenAlignmentHead pair = { (uint32_t) layer, (uint32_t) head };
      g_array_append_val (heads, pair);
    }
  for (uint32_t layer = info->n_decoder_layer / 2; n == 0 && layer < info->n_decoder_layer; layer++)
    for (uint32_t head = 0; head < info->n_decoder_head; head++)
      {
        SenAlignmentHead pair = { layer, head };
        g_array_append_val (heads, pair);
      }
  g_array_sort (heads, compare_heads);
  whisper->n_alignment_heads = heads->len;
  whisper->alignment_heads = (SenAlignmentHead *) g_array_free (g_steal_pointer (&heads), FALSE);
}

/* --- Tokens ------------------------------------------------------------------------------------------------------------------------- */

static bool
find_tokens (SenWhisper *whisper, GError **error)
{
  SenWhisperInfo *info = &whisper->info;
  const struct { const char *text; SenToken *id; } tokens[] = {
    { "<|endoftext|>", &info->end },          { "<|startoftranscript|>", &info->start }, { "<|translate|>", &info->translate },
    { "<|transcribe|>", &info->transcribe },  { "<|startoflm|>", &info->start_of_lm },   { "<|startofprev|>", &info->previous },
    { "<|notimestamps|>", &info->no_timestamps },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tokens); i++)
    {
      *tokens[i].id = sen_tokenizer_find (whisper->tokenizer, tokens[i].text);
      if (*tokens[i].id == SEN_NO_TOKEN)
        {
          g_autofree char *what = g_strdup_printf ("its vocabulary has no %s", tokens[i].text);
          return fail (whisper, what, error);
        }
    }
  info->no_speech = sen_tokenizer_find (whisper->tokenizer, "<|nospeech|>");
  if (info->no_speech == SEN_NO_TOKEN)
    info->no_speech = sen_tokenizer_find (whisper->tokenizer, "<|nocaptions|>");
  info->first_time = info->no_timestamps + 1;
  uint32_t n_time = info->n_vocab - (uint32_t) info->first_time;
  if (info->no_speech == SEN_NO_TOKEN || info->start < info->end || info->translate <= info->start
      || (uint32_t) info->first_time >= info->n_vocab || n_time != SEN_WHISPER_FRAMES / 2 + 1)
    return fail (whisper, "its vocabulary is in another order", error);

  /* English-only vocabularies have the tokens of languages too, but a token less of text. */
  info->is_multilingual = info->n_vocab >= 51865;
  info->first_language = info->start + 1;
  info->n_language = info->is_multilingual ? (uint32_t) (info->translate - info->first_language) : 0;
  return true;
}

SenToken
sen_whisper_find_language (const SenWhisper *whisper, const char *language)
{
  const SenWhisperInfo *info = &whisper->info;
  g_autofree char *lower = g_ascii_strdown (language, -1);
  const char *code = lower;
  for (size_t i = 0; i < G_N_ELEMENTS (languages); i++)
    if (strcmp (languages[i].name, lower) == 0)
      code = languages[i].code;
  g_autofree char *text = g_strdup_printf ("<|%s|>", code);
  SenToken token = sen_tokenizer_find (whisper->tokenizer, text);
  bool is_language = token >= info->first_language && token < info->first_language + (SenToken) info->n_language;
  return is_language ? token : SEN_NO_TOKEN;
}

char *
sen_whisper_language_code (const SenWhisper *whisper, SenToken token)
{
  const char *text = sen_tokenizer_token_text (whisper->tokenizer, token);
  size_t length = text != NULL ? strlen (text) : 0;
  return length > 4 ? g_strndup (text + 2, length - 4) : g_strdup ("");
}

/* --- Weights ------------------------------------------------------------------------------------------------------------------------ */

static bool
bind_blocks (SenWhisper *whisper, const char *stack, SenBlock *blocks, uint32_t n_layer, bool is_decoder, GError **error)
{
  uint32_t n = whisper->info.n_embd, n_ff = whisper->info.n_ff;
  for (uint32_t layer = 0; layer < n_layer; layer++)
    {
      SenBlock *b = &blocks[layer];
      const struct { SenAffine *affine; const char *name; uint32_t n_out, n_in; bool only_decoder; } parts[] = {
        { &b->attn_norm, "attn_norm", n, 0, false },
        { &b->q, "attn_q", n, n, false },
        { &b->k, "attn_k", n, n, false },
        { &b->v, "attn_v", n, n, false },
        { &b->o, "attn_output", n, n, false },
        { &b->cross_norm, "cross_attn_norm", n, 0, true },
        { &b->cross_q, "cross_attn_q", n, n, true },
        { &b->cross_k, "cross_attn_k", n, n, true },
        { &b->cross_v, "cross_attn_v", n, n, true },
        { &b->cross_o, "cross_attn_output", n, n, true },
        { &b->ffn_norm, "ffn_norm", n, 0, false },
        { &b->up, "ffn_up", n_ff, n, false },
        { &b->down, "ffn_down", n, n_ff, false },
      };
      for (size_t i = 0; i < G_N_ELEMENTS (parts); i++)
        {
          g_autofree char *name = g_strdup_printf ("%s.blk.%u.%s", stack, layer, parts[i].name);
          if ((is_decoder || !parts[i].only_decoder)
              && !sen_affine_bind (parts[i].affine, whisper->weights, name, parts[i].n_out, parts[i].n_in, SEN_REQUIRED, error))
            return false;
        }
    }
  return true;
}

/* Tables of positions are added row by row, so they are f32. */
static bool
bind_positions (SenWhisper *whisper, const SenWeight **table, const char *name, uint32_t n_row, GError **error)
{
  if (!sen_weight_table_bind (whisper->weights, table, name, n_row, whisper->info.n_embd, SEN_REQUIRED, error))
    return false;
  return (*table)->type == SEN_TYPE_F32 || fail (whisper, "its positions are not f32", error);
}

static bool
bind_weights (SenWhisper *whisper, GError **error)
{
  const SenWhisperInfo *info = &whisper->info;
  SenWeightTable *weights = whisper->weights;
  SenWhisperEncoder *encoder = &whisper->encoder;
  *encoder = (SenWhisperEncoder) {
    .n_mel = info->n_mel, .n_embd = info->n_embd, .n_ff = info->n_ff, .n_layer = info->n_encoder_layer, .n_head = info->n_encoder_head,
    .n_position = info->n_position, .eps = EPS, .layers = g_new0 (SenBlock, info->n_encoder_layer),
  };
  whisper->decoder = g_new0 (SenBlock, info->n_decoder_layer);
  return sen_affine_bind (&encoder->conv1, weights, "enc.conv1", info->n_embd, SEN_WHISPER_N_TAPS * info->n_mel, SEN_REQUIRED, error)
         && sen_affine_bind (&encoder->conv2, weights, "enc.conv2", info->n_embd, SEN_WHISPER_N_TAPS * info->n_embd, SEN_REQUIRED, error)
         && bind_positions (whisper, &encoder->positions, "enc.position_embd.weight", info->n_position, error)
         && bind_blocks (whisper, "enc", encoder->layers, info->n_encoder_layer, false, error)
         && sen_affine_bind (&encoder->norm, weights, "enc.output_norm", info->n_embd, 0, SEN_REQUIRED, error)
         && sen_weight_table_bind (weights, &whisper->token_embd, "token_embd.weight", info->n_vocab, info->n_embd, SEN_REQUIRED, error)
         && bind_positions (whisper, &whisper->decoder_positions, "dec.position_embd.weight", info->n_ctx, error)
         && bind_blocks (whisper, "dec", whisper->decoder, info->n_decoder_layer, true, error)
         && sen_affine_bind (&whisper->decoder_norm, weights, "dec.output_norm", info->n_embd, 0, SEN_REQUIRED, error);
}

/* --- Opening ------------------------------------------------------------------------------------------------------------------------ */

SenWhisper *
sen_whisper_open (const char *path, GError **error)
{
  g_autoptr (SenGguf) gguf = sen_gguf_open (path, error);
  if (gguf == NULL)
    return NULL;
  g_autoptr (SenWhisper) whisper = g_new0 (SenWhisper, 1);
  g_atomic_ref_count_init (&whisper->ref_count);
  whisper->path = g_strdup (path);
  g_autofree char *architecture = sen_gguf_dup_string (gguf, "general.architecture");
  if (g_strcmp0 (architecture, "whisper") != 0)
    {
      fail (whisper, "it is of another kind", error);
      return NULL;
    }
  whisper->name = sen_gguf_dup_string (gguf, "general.name");
  if (whisper->name == NULL || !g_utf8_validate (whisper->name, -1, NULL))
    {
      g_free (whisper->name);
      whisper->name = g_path_get_basename (path);
    }
  whisper->info.name = whisper->name;
  whisper->weights = sen_weight_table_new (gguf, "Whisper");
  whisper->tokenizer = sen_tokenizer_new_from_gguf (gguf, error);
  if (whisper->tokenizer == NULL || !read_numbers (whisper, gguf, error) || !find_tokens (whisper, error)
      || !bind_weights (whisper, error))
    return NULL;
  read_alignment_heads (whisper, gguf);
  return g_steal_pointer (&whisper);
}

SenWhisper *
sen_whisper_ref (SenWhisper *whisper)
{
  g_atomic_ref_count_inc (&whisper->ref_count);
  return whisper;
}

void
sen_whisper_unref (SenWhisper *whisper)
{
  if (whisper == NULL || !g_atomic_ref_count_dec (&whisper->ref_count))
    return;
  g_clear_pointer (&whisper->tokenizer, sen_tokenizer_unref);
  g_clear_pointer (&whisper->weights, sen_weight_table_unref);
  sen_whisper_encoder_clear (&whisper->encoder);
  g_free (whisper->decoder);
  g_free (whisper->alignment_heads);
  g_free (whisper->name);
  g_free (whisper->path);
  g_free (whisper);
}

const SenWhisperInfo *
sen_whisper_info (const SenWhisper *whisper)
{
  return &whisper->info;
}

SenTokenizer *
sen_whisper_tokenizer (const SenWhisper *whisper)
{
  return whisper->tokenizer;
}

uint32_t
sen_whisper_n_alignment_heads (const SenWhisper *whisper)
{
  return whisper->n_alignment_heads;
}

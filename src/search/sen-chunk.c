/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-chunk.h"

#include <string.h>

#include "sen-language.h"
#include "sen-sentence-end.h"

/* A passage below this goes on under the next heading: a list of headings is one passage. */
#define MIN_TOKENS 48
/* What is said again of a paragraph that was cut. */
#define OVERLAP_TOKENS 40
/* A word may be one token however long it is; this bounds what a passage weighs. */
#define BYTES_PER_TOKEN 16
#define N_LEVELS 6
#define MAX_HEADING_BYTES 120
#define MAX_HEADINGS_BYTES 240
#define SAMPLE_BYTES 4000

struct SenChunker {
  SenTokenizer *tokenizer;
  GArray       *ids;                    /* Scratch */
  char         *headings[N_LEVELS];     /* those in force, by level */
  GQueue        ready;                  /* of SenPassage */
  GString      *sample;

  /* The passage that is open. */
  GString      *text;
  SenPassage    open;                   /* all but the text */
  uint32_t      n_body;                 /* tokens of it that are neither headings nor said again */
  GString      *last;                   /* the sentence added last, when it may be said again */
};

SenChunker *
sen_chunker_new (SenTokenizer *tokenizer)
{
  SenChunker *chunker = g_new0 (SenChunker, 1);
  chunker->tokenizer = tokenizer != NULL ? sen_tokenizer_ref (tokenizer) : NULL;
  chunker->ids = g_array_new (FALSE, FALSE, sizeof (SenToken));
  chunker->sample = g_string_new (NULL);
  chunker->text = g_string_new (NULL);
  chunker->last = g_string_new (NULL);
  g_queue_init (&chunker->ready);
  return chunker;
}

static void
forget_headings (SenChunker *chunker, uint32_t from)
{
  for (uint32_t i = from; i < N_LEVELS; i++)
    g_clear_pointer (&chunker->headings[i], g_free);
}

void
sen_chunker_free (SenChunker *chunker)
{
  if (chunker == NULL)
    return;
  g_clear_pointer (&chunker->tokenizer, sen_tokenizer_unref);
  g_array_unref (chunker->ids);
  forget_headings (chunker, 0);
  g_queue_clear_full (&chunker->ready, (GDestroyNotify) sen_passage_free);
  g_free (chunker->open.headings);
  g_string_free (chunker->sample, TRUE);
  g_string_free (chunker->text, TRUE);
  g_string_free (chunker->last, TRUE);
  g_free (chunker);
}

void
sen_passage_free (SenPassage *passage)
{
  if (passage == NULL)
    return;
  g_free (passage->text);
  g_free (passage->headings);
  g_free (passage);
}

/* --- Tokens ------------------------------------------------------------------------------------------------------------------------- */

static uint32_t
count (SenChunker *chunker, const char *text, size_t n_bytes)
{
  uint32_t by_weight = (uint32_t) ((n_bytes + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN);
  if (chunker->tokenizer == NULL)
    return (uint32_t) ((n_bytes + 3) / 4);
  g_array_set_size (chunker->ids, 0);
  sen_tokenizer_encode (chunker->tokenizer, text, (gssize) n_bytes, false, false, chunker->ids);
  return MAX (chunker->ids->len, by_weight);
}

/* --- Headings ------------------------------------------------------------------------------------------------------------------------ */

/* A cut between characters. */
static char *
dup_line (const char *text, size_t max_bytes)
{
  size_t n = MIN (strlen (text), max_bytes);
  while (n > 0 && ((uint8_t) text[n] & 0xc0) == 0x80)
    n--;
  return g_strdelimit (g_strndup (text, n), "\n\t", ' ');
}

/* The innermost are kept when all are too long. */
static char *
join_headings (const SenChunker *chunker)
{
  GString *path = g_string_new (NULL);
  for (int i = N_LEVELS - 1; i >= 0; i--)
    {
      const char *heading = chunker->headings[i];
      if (heading == NULL || path->len + strlen (heading) > MAX_HEADINGS_BYTES)
        continue;
      if (path->len > 0)
        g_string_prepend (path, SEN_HEADINGS_SEPARATOR);
      g_string_prepend (path, heading);
    }
  return g_string_free (path, FALSE);
}

/* --- The open passage ---------------------------------------------------------------------------------------------------------------- */

static void
finish (SenChunker *chunker)
{
  while (chunker->text->len > 0 && g_ascii_isspace (chunker->text->str[chunker->text->len - 1]))
    g_string_truncate (chunker->text, chunker->text->len - 1);
  if (chunker->text->len > 0)
    {
      SenPassage *passage = g_memdup2 (&chunker->open, sizeof chunker->open);
      passage->text = g_strndup (chunker->text->str, chunker->text->len);
      g_queue_push_tail (&chunker->ready, passage);
    }
  else
    g_free (chunker->open.headings);
  g_string_truncate (chunker->text, 0);
  chunker->open = (SenPassage) { 0 };
  chunker->n_body = 0;
}

static void
append (SenChunker *chunker, const SenDocumentBlock *block, const char *text, size_t n_bytes, uint32_t n_tokens, const char *separator)
{
  if (chunker->text->len == 0)
    chunker->open = (SenPassage) {
      .headings = join_headings (chunker), .page = block->page, .line = block->line, .start_ms = block->start_ms, .end_ms = block->end_ms,
    };
  else
    g_string_append (chunker->text, separator);
  g_string_append_len (chunker->text, text, (gssize) n_bytes);
  chunker->open.n_tokens += n_tokens;
  chunker->open.end_ms = MAX (chunker->open.end_ms, block->end_ms);
}

/* --- Where a paragraph may be cut ----------------------------------------------------------------------------------------------------- */

static const char *
line_end (const char *text, const char *end)
{
  const char *newline = memchr (text, '\n', (size_t) (end - text));
  return newline != NULL ? newline + 1 : end;
}

/* As much of @text as @max_tokens hold, to a space where there is one, and at least a character. */
static const char *
word_end (SenChunker *chunker, const char *text, const char *end, uint32_t max_tokens)
{
  size_t n = (size_t) (end - text);
  for (uint32_t n_tokens; n > 1 && (n_tokens = count (chunker, text, n)) > max_tokens;)
    {
      size_t fewer = MIN (n * max_tokens / n_tokens, n - 1), space = fewer;
      while (space > fewer / 2 && !g_ascii_isspace (text[space - 1]))
        space--;
      n = MAX (1, space > fewer / 2 ? space : fewer);
      while (n > 1 && ((uint8_t) text[n] & 0xc0) == 0x80)
        n--;
    }
  return text + MAX (n, (size_t) (g_utf8_next_char (text) - text));
}

/* --- Blocks -------------------------------------------------------------------------------------------------------------------------- */

/* Begins the next passage of a paragraph that was cut, where a piece of @n_tokens follows. */
static void
finish_inside (SenChunker *chunker, const SenDocumentBlock *block, uint32_t n_tokens)
{
  uint32_t n_last = count (chunker, chunker->last->str, chunker->last->len);
  finish (chunker);
  if (chunker->last->len > 0 && n_last + n_tokens <= SEN_PASSAGE_TOKENS)
    append (chunker, block, chunker->last->str, chunker->last->len, n_last, "");
}

static size_t
trimmed (const char *text, const char *end)
{
  while (end > text && g_ascii_isspace (end[-1]))
    end--;
  return (size_t) (end - text);
}

static void
add_piece (SenChunker *chunker, const SenDocumentBlock *block, const char *text, size_t n_bytes, uint32_t n_tokens, const char *separator)
{
  if (chunker->n_body > 0 && chunker->open.n_tokens + n_tokens > SEN_PASSAGE_TOKENS)
    finish_inside (chunker, block, n_tokens);
  /* Long headings before it, and nothing else. */
  if (chunker->open.n_tokens + n_tokens > SEN_PASSAGE_MAX_TOKENS)
    finish (chunker);
  append (chunker, block, text, n_bytes, n_tokens, separator);
  chunker->n_body += n_tokens;
  g_string_truncate (chunker->last, 0);
  if (block->kind == SEN_BLOCK_PARAGRAPH && n_tokens <= OVERLAP_TOKENS)
    g_string_append_len (chunker->last, text, (gssize) n_bytes);
}

/* Sentence by sentence, line by line for code; what is longer than a passage by lines, then by words. */
static void
add_long (SenChunker *chunker, const SenDocumentBlock *block, const char *text, const char *end, const char *separator)
{
  bool is_code = block->kind == SEN_BLOCK_CODE;
  SenDocumentBlock at = *block;
  g_string_truncate (chunker->last, 0);
  while (text < end)
    {
      const char *next = is_code ? line_end (text, end) : sen_sentence_end (text, end);
      uint32_t n_tokens = count (chunker, text, trimmed (text, next));
      if (n_tokens > SEN_PASSAGE_TOKENS && line_end (text, end) < next)
        {
          next = line_end (text, end);
          n_tokens = count (chunker, text, trimmed (text, next));
        }
      if (n_tokens > SEN_PASSAGE_TOKENS)
        {
          next = word_end (chunker, text, next, SEN_PASSAGE_TOKENS);
          n_tokens = count (chunker, text, trimmed (text, next));
        }
      size_t n_bytes = trimmed (text, next);
      if (n_bytes > 0)
        add_piece (chunker, &at, text, n_bytes, n_tokens, separator);
      separator = is_code || next[-1] == '\n' ? "\n" : " ";
      for (const char *p = text; at.line > 0 && p < next; p++)
        at.line += *p == '\n';
      text = next;
    }
  g_string_truncate (chunker->last, 0);
}

static void
add_text (SenChunker *chunker, const SenDocumentBlock *block)
{
  const char *text = block->text, *end = text + strlen (text);
  uint32_t n_tokens = count (chunker, text, (size_t) (end - text));
  const char *separator = block->continues ? "\n" : block->start_ms >= 0 ? " " : "\n\n";
  if (chunker->open.n_tokens + n_tokens > SEN_PASSAGE_TOKENS && chunker->n_body > 0
      && (n_tokens <= SEN_PASSAGE_TOKENS || chunker->n_body >= SEN_PASSAGE_TOKENS / 2))
    finish (chunker);
  if (chunker->open.n_tokens + n_tokens <= SEN_PASSAGE_TOKENS)
    {
      append (chunker, block, text, (size_t) (end - text), n_tokens, separator);
      chunker->n_body += n_tokens;
    }
  else
    add_long (chunker, block, text, end, separator);
}

/* It begins a passage, and is none alone. */
static void
add_heading (SenChunker *chunker, const SenDocumentBlock *block)
{
  uint32_t i = CLAMP (block->level, 1, N_LEVELS) - 1;
  size_t n_bytes = strlen (block->text);
  uint32_t n_tokens = block->kind == SEN_BLOCK_HEADING ? count (chunker, block->text, n_bytes) : 0;
  if (chunker->n_body >= MIN_TOKENS || chunker->open.n_tokens + n_tokens > SEN_PASSAGE_TOKENS)
    finish (chunker);
  forget_headings (chunker, i);
  if (n_tokens > SEN_PASSAGE_TOKENS)
    add_long (chunker, block, block->text, block->text + n_bytes, "\n\n");
  else if (n_tokens > 0)
    append (chunker, block, block->text, n_bytes, n_tokens, "\n\n");
  chunker->headings[i] = dup_line (block->text, MAX_HEADING_BYTES);
}

void
sen_chunker_add (SenChunker *chunker, const SenDocumentBlock *block)
{
  if (*block->text == '\0')
    return;
  if (chunker->text->len > 0 && chunker->open.page != block->page)
    finish (chunker);
  if (chunker->sample->len < SAMPLE_BYTES && block->kind == SEN_BLOCK_PARAGRAPH)
    g_string_append_printf (chunker->sample, "%s\n", block->text);
  if (block->kind == SEN_BLOCK_HEADING || block->kind == SEN_BLOCK_SECTION)
    add_heading (chunker, block);
  else
    add_text (chunker, block);
}

void
sen_chunker_end (SenChunker *chunker)
{
  finish (chunker);
}

SenPassage *
sen_chunker_take (SenChunker *chunker)
{
  return g_queue_pop_head (&chunker->ready);
}

const char *
sen_chunker_language (const SenChunker *chunker)
{
  return sen_language_guess (chunker->sample->str);
}

/* The outer headings go first when all is too long. */
char *
sen_passage_dup_for_encoder (const SenPassage *passage, SenTokenizer *tokenizer)
{
  g_autoptr (SenChunker) counter = sen_chunker_new (tokenizer);
  const char *headings = passage->headings;
  while (*headings != '\0' && passage->n_tokens + count (counter, headings, strlen (headings)) > SEN_ENCODER_TOKENS)
    {
      const char *separator = strstr (headings, SEN_HEADINGS_SEPARATOR);
      headings = separator != NULL ? separator + strlen (SEN_HEADINGS_SEPARATOR) : "";
    }
  return *headings != '\0' ? g_strconcat (headings, "\n", passage->text, NULL) : g_strdup (passage->text);
}

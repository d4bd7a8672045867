/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * When words were said: the attention of heads that follow the sound, normed over tokens, smoothed over time, averaged, and the
 * cheapest monotonic way through it (openai-whisper's timing.py, as CTranslate2 computes it). */
#include "sen-transcribe-private.h"

#include <math.h>
#include <string.h>

#define MEDIAN_WIDTH 7
#define POSITIONS_PER_SECOND 50   /* of the encoder */

void
sen_whisper_word_clear (SenWhisperWord *word)
{
  g_clear_pointer (&word->text, g_free);
}

/* --- The way -------------------------------------------------------------------------------------------------------------------------- */

void
sen_whisper_warp (const float *matrix, uint32_t n_row, uint32_t n_col, uint32_t *first_cols)
{
  enum { DIAGONAL, DOWN, ACROSS };
  gsize width = (gsize) n_col + 1;
  g_autofree float *cost = g_new (float, 2 * width);
  g_autofree uint8_t *from = g_new0 (uint8_t, ((gsize) n_row + 1) * width);
  float *above = cost, *here = cost + width;
  for (uint32_t j = 0; j <= n_col; j++)
    above[j] = j == 0 ? 0.0f : INFINITY;
  for (uint32_t i = 1; i <= n_row; i++)
    {
      here[0] = INFINITY;
      for (uint32_t j = 1; j <= n_col; j++)
        {
          float diagonal = above[j - 1], down = above[j], across = here[j - 1], least = across;
          uint8_t step = ACROSS;
          if (diagonal < down && diagonal < across)
            {
              least = diagonal;
              step = DIAGONAL;
            }
          else if (down < diagonal && down < across)
            {
              least = down;
              step = DOWN;
            }
          here[j] = least - matrix[(gsize) (i - 1) * n_col + j - 1];
          from[i * width + j] = step;
        }
      float *swap = above;
      above = here;
      here = swap;
    }
  /* Back from the corner; the last visit to a row is its first column. */
  for (uint32_t i = n_row, j = n_col; i > 0 || j > 0;)
    {
      uint8_t step = i == 0 ? ACROSS : j == 0 ? DOWN : from[i * width + j];
      if (i > 0)
        first_cols[i - 1] = j > 0 ? j - 1 : 0;
      i -= step != ACROSS;
      j -= step != DOWN;
    }
}

/* --- The matrix ----------------------------------------------------------------------------------------------------------------------- */

static void
norm_over_tokens (float *attention, uint32_t n, uint32_t stride, uint32_t n_col)
{
  for (uint32_t j = 0; j < n_col; j++)
    {
      double mean = 0.0, square = 0.0;
      for (uint32_t t = 0; t < n; t++)
        mean += attention[(gsize) t * stride + j];
      mean /= n;
      for (uint32_t t = 0; t < n; t++)
        square += (attention[(gsize) t * stride + j] - mean) * (attention[(gsize) t * stride + j] - mean);
      double scale = square > 0.0 ? 1.0 / sqrt (square / n) : 0.0;
      for (uint32_t t = 0; t < n; t++)
        attention[(gsize) t * stride + j] = (float) ((attention[(gsize) t * stride + j] - mean) * scale);
    }
}

/* The sound's share of a row that also looked at what lies behind its end. */
static void
renormalize (float *row, uint32_t n_col)
{
  float sum = 0.0f;
  for (uint32_t j = 0; j < n_col; j++)
    sum += row[j];
  for (uint32_t j = 0; j < n_col && sum > 0.0f; j++)
    row[j] /= sum;
}

/* Adds the running median of @row to @sum, the row being mirrored at its ends. */
static void
add_median (const float *row, uint32_t n_col, float *sum)
{
  int rank = MEDIAN_WIDTH / 2, n = (int) n_col;
  for (int j = 0; j < n; j++)
    {
      float window[MEDIAN_WIDTH];
      if (n <= rank)
        {
          sum[j] += row[j];
          continue;
        }
      for (int k = -rank; k <= rank; k++)
        {
          int at = ABS (j + k);
          if (at >= n)
            at = n - (at - n) - 2;
          float value = row[at];
          int place = k + rank;
          for (; place > 0 && window[place - 1] > value; place--)
            window[place] = window[place - 1];
          window[place] = value;
        }
      sum[j] += window[rank];
    }
}

/* --- Words ---------------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  const SenToken *tokens;       /* all that is read */
  uint32_t        first_text, n_text;
  SenToken        end;
  float          *probabilities;   /* [n_text] */
} Probabilities;

/* The probability of a text's token among all words, as it was when the one before it had been read. */
static void
take_probability (uint32_t position, const float *logits, gpointer user_data)
{
  Probabilities *p = user_data;
  if (position + 1 < p->first_text || position + 1 >= p->first_text + p->n_text)
    return;
  float highest = -INFINITY, sum = 0.0f;
  for (SenToken i = 0; i < p->end; i++)
    highest = MAX (highest, logits[i]);
  for (SenToken i = 0; i < p->end; i++)
    sum += expf (logits[i] - highest);
  p->probabilities[position + 1 - p->first_text] = expf (logits[p->tokens[position + 1]] - highest) / sum;
}

static GArray *
words_new (void)
{
  GArray *words = g_array_new (FALSE, TRUE, sizeof (SenWhisperWord));
  g_array_set_clear_func (words, (GDestroyNotify) sen_whisper_word_clear);
  return words;
}

static GArray *
make_words (const SenWhisper *whisper, const SenToken *text, uint32_t n_text, const float *probabilities, const uint32_t *times,
            bool by_characters)
{
  GArray *words = words_new ();
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) firsts = sen_whisper_split_words (whisper, text, n_text + 1, by_characters, texts);
  /* The last is the end of the text. */
  for (guint i = 0; i + 1 < texts->len; i++)
    {
      uint32_t first = g_array_index (firsts, uint32_t, i), end = g_array_index (firsts, uint32_t, i + 1);
      SenWhisperWord word = {
        .text = g_strdup (texts->pdata[i]), .n_tokens = end - first,
        .start = (double) times[first] / POSITIONS_PER_SECOND, .end = (double) times[end] / POSITIONS_PER_SECOND,
      };
      for (uint32_t t = first; t < end; t++)
        word.probability += probabilities[t] / (float) word.n_tokens;
      g_array_append_val (words, word);
    }
  return words;
}

GArray *
sen_whisper_time_words (SenWhisperSession *session, const SenToken *start_sequence, uint32_t n_start, const SenToken *tokens,
                        uint32_t n, uint32_t n_frames, bool by_characters, SenCancel *cancel, GError **error)
{
  const SenWhisper *whisper = sen_whisper_session_model (session);
  const SenWhisperInfo *info = sen_whisper_info (whisper);
  uint32_t n_head = sen_whisper_n_alignment_heads (whisper), n_col = n_frames / 2, n_all = n_start + n + 2;
  if (n == 0 || n_col == 0 || n_all > info->n_ctx)
    return words_new ();

  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (SenToken));
  g_array_append_vals (all, start_sequence, n_start);
  g_array_append_val (all, info->no_timestamps);
  g_array_append_vals (all, tokens, n);
  g_array_append_val (all, info->end);
  g_autofree float *attention = g_new (float, (gsize) n_head * n_all * info->n_position);
  g_autofree float *probabilities = g_new0 (float, n + 1);
  Probabilities wanted = {
    .tokens = (const SenToken *) all->data, .first_text = n_start + 1, .n_text = n, .end = info->end, .probabilities = probabilities,
  };
  if (!sen_whisper_session_align (session, wanted.tokens, n_all, attention, take_probability, &wanted, cancel, error))
    return NULL;

  /* Rows from <|notimestamps|>, which comes before the first word, to the last word. */
  g_autofree float *matrix = g_new0 (float, (gsize) (n + 1) * n_col);
  g_autofree uint32_t *times = g_new (uint32_t, n + 1);
  for (uint32_t h = 0; h < n_head; h++)
    {
      float *head = attention + (gsize) h * n_all * info->n_position;
      for (uint32_t t = 0; t < n_all; t++)
        renormalize (head + (gsize) t * info->n_position, n_col);
      norm_over_tokens (head, n_all, info->n_position, n_col);
      for (uint32_t t = 0; t <= n; t++)
        add_median (head + (gsize) (n_start + t) * info->n_position, n_col, matrix + (gsize) t * n_col);
    }
  for (gsize i = 0; i < (gsize) (n + 1) * n_col; i++)
    matrix[i] /= (float) n_head;
  sen_whisper_warp (matrix, n + 1, n_col, times);
  return make_words (whisper, (const SenToken *) all->data + n_start + 1, n, probabilities, times, by_characters);
}

/* --- Punctuation ---------------------------------------------------------------------------------------------------------------------- */

/* Python's `in`: a piece of the row, nothing being one too. */
static bool
is_among (const char *text, const char *row)
{
  return strstr (row, text) != NULL;
}

static void
move_into (SenWhisperWord *to, SenWhisperWord *from, bool before)
{
  char *joined = before ? g_strconcat (from->text, to->text, NULL) : g_strconcat (to->text, from->text, NULL);
  g_free (to->text);
  to->text = joined;
  to->n_tokens += from->n_tokens;
  from->n_tokens = 0;
  g_free (from->text);
  from->text = g_strdup ("");
}

void
sen_whisper_merge_punctuation (GArray *words)
{
  for (guint i = words->len, following = words->len; i-- > 0; )
    {
      if (following == words->len)
        {
          following = i;
          continue;
        }
      SenWhisperWord *word = &g_array_index (words, SenWhisperWord, i);
      g_autofree char *bare = g_strstrip (g_strdup (word->text));
      if (*word->text == ' ' && is_among (bare, "\"'“¿([{-"))
        move_into (&g_array_index (words, SenWhisperWord, following), word, true);
      else
        following = i;
    }
  for (guint i = 1, previous = 0; i < words->len; i++)
    {
      SenWhisperWord *word = &g_array_index (words, SenWhisperWord, previous), *next = &g_array_index (words, SenWhisperWord, i);
      if (!g_str_has_suffix (word->text, " ") && is_among (next->text, "\"'.。,，!！?？:：”)]}、"))
        move_into (word, next, false);
      else
        previous = i;
    }
}

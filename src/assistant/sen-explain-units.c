/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-explain-units.h"

#include <string.h>

#define FIELDS 8u     /* a side of a picture */
#define MOMENTS 32u   /* of a recording */

bool
sen_explain_grain_find (const char *name, SenExplainGrain *grain)
{
  static const char *const names[] = { "auto", "words", "sentences", "sources" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i], name))
      {
        *grain = (SenExplainGrain) i;
        return true;
      }
  return false;
}

static bool
is_words (const SenPiece *piece)
{
  return piece->kind == SEN_PIECE_TEXT || piece->kind == SEN_PIECE_WORDS;
}

/* Whether a word begins with @next, after @last. A token without text is part of a character; spaces alone belong to what they follow. */
static bool
begins_word (const SenPiece *last, const SenPiece *next)
{
  size_t n = strlen (last->text);
  if (next->text[strspn (next->text, " \t\r\n")] == '\0')
    return false;
  return g_ascii_isspace (next->text[0]) || (n > 0 && g_ascii_isspace (last->text[n - 1]));
}

static bool
ends_sentence (const SenPiece *piece)
{
  size_t n = strlen (piece->text);
  bool is_line = strchr (piece->text, '\n') != NULL;
  while (n > 0 && (g_ascii_isspace (piece->text[n - 1]) || strchr ("\"')]", piece->text[n - 1]) != NULL))
    n--;
  return is_line || (n > 0 && strchr (".!?", piece->text[n - 1]) != NULL)
         || g_str_has_suffix (piece->text, "\u3002") || g_str_has_suffix (piece->text, "\u2026");
}

/* Words that stand for one attachment are no part of the next one's. */
static bool
is_other_media (const SenPiece *last, const SenPiece *next)
{
  return next->kind == SEN_PIECE_WORDS && last->media != next->media;
}

/* A unit of words ends before @next. */
static bool
begins_unit (const SenPiece *last, const SenPiece *next, SenExplainGrain grain)
{
  if (last->kind != next->kind || last->message != next->message || is_other_media (last, next))
    return true;
  if (grain == SEN_GRAIN_SOURCES || !begins_word (last, next))
    return false;
  return grain == SEN_GRAIN_WORDS || ends_sentence (last);
}

/* Which field of its grid the @place-th embedding is in; fields are numbered as they come first in reading order. */
static uint32_t
field_of (const SenExplanationSpan *span, uint32_t place)
{
  if (span->kind != SEN_ATTACHMENT_PICTURE)
    return place / ((span->n + MOMENTS - 1) / MOMENTS);
  uint32_t n_row = (span->n_row + FIELDS - 1) / FIELDS, n_column = (span->n_column + FIELDS - 1) / FIELDS;
  return place / span->n_column / n_row * FIELDS + place % span->n_column / n_column;
}

typedef struct {
  const SenExplanationInfo *info;
  int32_t                  *unit_of;
  uint32_t                  n;
} Units;

/* The embeddings of @span, which begin at @first: its fields in the order in which they come. */
static void
add_fields (Units *units, const SenExplanationSpan *span, SenExplainGrain grain)
{
  int32_t numbers[FIELDS * FIELDS];
  memset (numbers, 0xff, sizeof numbers);
  for (uint32_t i = 0; i < span->n; i++)
    {
      uint32_t field = grain == SEN_GRAIN_SOURCES ? 0 : field_of (span, i);
      if (numbers[field] < 0)
        numbers[field] = (int32_t) units->n++;
      units->unit_of[span->first + i] = numbers[field];
    }
}

/* By sources the grids of one picture, its marks between them, and the words beside it are one. */
static bool
continues_media (const Units *units, uint32_t span)
{
  const SenExplanationSpan *spans = units->info->spans;
  return span > 0 && spans[span].media == spans[span - 1].media;
}

static void
join_media (Units *units, uint32_t span)
{
  const SenExplanationSpan *spans = units->info->spans;
  for (uint32_t i = 0; i < spans[span].n; i++)
    units->unit_of[spans[span].first + i] = units->unit_of[spans[span - 1].first];
}

/* By sources the words behind a picture go with it: the unit of its embeddings, or -1. */
static int32_t
unit_of_media (const Units *units, uint32_t end)
{
  const SenExplanationInfo *info = units->info;
  const SenPiece *words = &info->pieces[end];
  for (uint32_t i = end; words->kind == SEN_PIECE_WORDS && words->media >= 0 && i > 0; i--)
    if (info->pieces[i - 1].span >= 0 && info->spans[info->pieces[i - 1].span].media == (uint32_t) words->media)
      return units->unit_of[i - 1];
  return -1;
}

static void
number (Units *units, uint32_t end, SenExplainGrain grain)
{
  const SenExplanationInfo *info = units->info;
  units->n = 0;
  for (uint32_t i = 0; i < info->n_pieces; i++)
    {
      const SenPiece *piece = &info->pieces[i];
      if (i >= end)
        units->unit_of[i] = -1;
      else if (piece->span >= 0)
        {
          const SenExplanationSpan *span = &info->spans[piece->span];
          if (i == span->first && grain == SEN_GRAIN_SOURCES && continues_media (units, (uint32_t) piece->span))
            join_media (units, (uint32_t) piece->span);
          else if (i == span->first)
            add_fields (units, span, grain);
        }
      else if (!is_words (piece))
        units->unit_of[i] = -1;
      else if (i == 0 || units->unit_of[i - 1] < 0 || begins_unit (piece - 1, piece, grain))
        {
          int32_t with = grain == SEN_GRAIN_SOURCES ? unit_of_media (units, i) : -1;
          units->unit_of[i] = with >= 0 ? with : (int32_t) units->n++;
        }
      else
        units->unit_of[i] = units->unit_of[i - 1];
    }
}

/* Puts neighbours of one message together, so many that of @n_words units of words no more than @n_most remain. */
static void
join_words (Units *units, uint32_t end, uint32_t n_words, uint32_t n_most)
{
  uint32_t n_each = (n_words + n_most - 1) / MAX (n_most, 1), n_in = 0;
  int32_t last_old = -1, number = -1, n_new = 0;
  g_autofree int32_t *renamed = g_new (int32_t, MAX (units->n, 1));
  memset (renamed, 0xff, units->n * sizeof *renamed);
  for (uint32_t i = 0; i < end; i++)
    {
      int32_t old = units->unit_of[i];
      const SenPiece *piece = &units->info->pieces[i];
      if (old < 0 || old == last_old)
        {
          units->unit_of[i] = old < 0 ? -1 : number;
          continue;
        }
      if (!is_words (piece))
        {
          if (renamed[old] < 0)
            renamed[old] = n_new++;
          units->unit_of[i] = renamed[old];
          last_old = -1;
          continue;
        }
      bool goes_on = last_old >= 0 && n_in < n_each && piece[-1].kind == piece->kind && piece[-1].message == piece->message
                     && !is_other_media (piece - 1, piece);
      n_in = goes_on ? n_in + 1 : 1;
      number = goes_on ? number : n_new++;
      last_old = old;
      units->unit_of[i] = number;
    }
  units->n = (uint32_t) n_new;
}

uint32_t
sen_explain_units (const SenExplanationInfo *info, uint32_t end, SenExplainGrain grain, int32_t *unit_of)
{
  Units units = { .info = info, .unit_of = unit_of };
  end = MIN (end, info->n_pieces);
  number (&units, end, grain == SEN_GRAIN_AUTO ? SEN_GRAIN_WORDS : grain);
  if (grain != SEN_GRAIN_AUTO || units.n <= SEN_GRAIN_MANY)
    return units.n;
  uint32_t n_words = 0;
  int32_t last = -1;
  for (uint32_t i = 0; i < end; i++)
    if (is_words (&info->pieces[i]) && unit_of[i] >= 0 && unit_of[i] != last)
      {
        last = unit_of[i];
        n_words++;
      }
  uint32_t n_media = units.n - n_words;
  join_words (&units, end, n_words, n_media < SEN_GRAIN_MANY / 2 ? SEN_GRAIN_MANY - n_media : SEN_GRAIN_MANY / 2);
  return units.n;
}

/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-find-results-private.h"

#define TEXTS_BLOCK_BYTES 16384

const char *
sen_find_why_name (SenFindWhyKind kind)
{
  static const char *const names[SEN_FIND_N_WHYS] = {
    [SEN_FIND_BY_WORDS] = "words", [SEN_FIND_BY_SOME_WORDS] = "some-words", [SEN_FIND_BY_NAME] = "name",
    [SEN_FIND_BY_MEANING] = "meaning", [SEN_FIND_BY_LOOK] = "look", [SEN_FIND_BY_SOUND] = "sound", [SEN_FIND_BY_TAGS] = "tags",
    [SEN_FIND_BY_BYTES] = "same", [SEN_FIND_BY_FILTER] = "filter",
  };
  return names[kind];
}

SenFindResults *
sen_find_results_new (void)
{
  SenFindResults *self = g_new0 (SenFindResults, 1);
  self->n_refs = 1;
  self->results = g_array_new (FALSE, TRUE, sizeof (SenFindResult));
  self->texts = g_string_chunk_new (TEXTS_BLOCK_BYTES);
  self->blocks = g_ptr_array_new_with_free_func (g_free);
  self->info.is_whole = true;
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    self->info.roles[role] = (SenFindRole) { SEN_FIND_ROLE_NOT_ASKED, "", "" };
  return self;
}

SenFindResults *
sen_find_results_ref (SenFindResults *self)
{
  g_atomic_int_inc (&self->n_refs);
  return self;
}

void
sen_find_results_unref (SenFindResults *self)
{
  if (self == NULL || !g_atomic_int_dec_and_test (&self->n_refs))
    return;
  g_array_unref (self->results);
  g_string_chunk_free (self->texts);
  g_ptr_array_unref (self->blocks);
  g_clear_error ((GError **) &self->info.error);
  g_free (self);
}

const SenFindResultsInfo *
sen_find_results_info (const SenFindResults *self)
{
  return &self->info;
}

const SenFindResult *
sen_find_results_get (const SenFindResults *self, uint32_t i)
{
  g_return_val_if_fail (i < self->info.n, NULL);
  return &self->info.results[i];
}

void
sen_find_results_set_error (SenFindResults *self, GError *error)
{
  if (self->info.error == NULL)
    self->info.error = error;
  else
    g_error_free (error);
}

const char *
sen_find_results_keep (SenFindResults *self, const char *text)
{
  return text == NULL || *text == '\0' ? "" : g_string_chunk_insert (self->texts, text);
}

gpointer
sen_find_results_keep_block (SenFindResults *self, gconstpointer block, size_t n_bytes)
{
  gpointer kept = n_bytes > 0 ? g_memdup2 (block, n_bytes) : NULL;
  if (kept != NULL)
    g_ptr_array_add (self->blocks, kept);
  return kept;
}

gpointer
sen_find_results_keep_array (SenFindResults *self, const GArray *array)
{
  return sen_find_results_keep_block (self, array->data, (size_t) array->len * g_array_get_element_size ((GArray *) array));
}

void
sen_find_results_finish (SenFindResults *self)
{
  self->info.results = (const SenFindResult *) self->results->data;
  self->info.n = self->results->len;
}

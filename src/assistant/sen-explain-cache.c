/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-explain-cache.h"

#include <string.h>

typedef struct {
  char           *key;
  SenExplanation *explanation;
  size_t          n_bytes;
} Entry;

struct SenExplainCache {
  GQueue entries;   /* Entry, the most lately used first: a few dozens */
  size_t n_bytes, n_most_bytes;
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;
  g_free (entry->key);
  sen_explanation_unref (entry->explanation);
  g_free (entry);
}

SenExplainCache *
sen_explain_cache_new (size_t n_most_bytes)
{
  SenExplainCache *self = g_new0 (SenExplainCache, 1);
  g_queue_init (&self->entries);
  self->n_most_bytes = n_most_bytes;
  return self;
}

void
sen_explain_cache_clear (SenExplainCache *self)
{
  g_queue_clear_full (&self->entries, entry_free);
  self->n_bytes = 0;
}

void
sen_explain_cache_free (SenExplainCache *self)
{
  if (self == NULL)
    return;
  sen_explain_cache_clear (self);
  g_free (self);
}

/* --- What was asked ------------------------------------------------------------------------------------------------------------------- */

/* With its length, so that no two texts run into each other. */
static void
add_text (GChecksum *sum, const char *text)
{
  guint64 n = text != NULL ? strlen (text) : G_MAXUINT64;
  g_checksum_update (sum, (const guchar *) &n, sizeof n);
  if (text != NULL)
    g_checksum_update (sum, (const guchar *) text, (gssize) n);
}

static void
add_numbers (GChecksum *sum, const gint64 *numbers, gsize n)
{
  g_checksum_update (sum, (const guchar *) numbers, (gssize) (n * sizeof *numbers));
}

static void
add_question (GChecksum *sum, const SenExplainParams *params)
{
  const gint64 numbers[] = {
    params->method, params->message, params->query, params->is_maximum, params->without_sink, params->n_candidates, params->with_detail,
    params->with_lens, params->grain, params->with_shares, params->with_shares ? params->share_token : 0, params->n_layers,
  };
  add_numbers (sum, numbers, G_N_ELEMENTS (numbers));
  g_checksum_update (sum, (const guchar *) params->head_mask, sizeof params->head_mask);
  if (params->n_layers > 0)
    g_checksum_update (sum, (const guchar *) params->layers, (gssize) (params->n_layers * sizeof *params->layers));
}

char *
sen_explain_cache_key (const SenEngineChat *chat, const SenExplainParams *params, const char *reader)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  const gint64 counts[] = { (gint64) chat->n_messages, (gint64) chat->n_media, chat->may_leave_out };
  add_text (sum, reader);
  add_numbers (sum, counts, G_N_ELEMENTS (counts));
  for (size_t i = 0; i < chat->n_messages; i++)
    {
      add_text (sum, chat->messages[i].role);
      add_text (sum, chat->messages[i].content);
    }
  for (size_t i = 0; i < chat->n_media; i++)
    {
      const SenPromptMedia *media = &chat->media[i];
      const gint64 numbers[] = { (gint64) media->message, media->kind, (gint64) media->size_bytes, media->mtime_ns };
      add_numbers (sum, numbers, G_N_ELEMENTS (numbers));
      add_text (sum, media->path);
      add_text (sum, media->words);
    }
  add_question (sum, params);
  return g_strdup (g_checksum_get_string (sum));
}

/* --- What is known -------------------------------------------------------------------------------------------------------------------- */

static GList *
find (SenExplainCache *self, const char *key)
{
  GList *link = self->entries.head;
  while (link != NULL && !g_str_equal (((Entry *) link->data)->key, key))
    link = link->next;
  return link;
}

static void
forget (SenExplainCache *self, GList *link)
{
  Entry *entry = link->data;
  self->n_bytes -= entry->n_bytes;
  g_queue_delete_link (&self->entries, link);
  entry_free (entry);
}

SenExplanation *
sen_explain_cache_find (SenExplainCache *self, const char *key)
{
  GList *link = find (self, key);
  if (link == NULL)
    return NULL;
  g_queue_unlink (&self->entries, link);
  g_queue_push_head_link (&self->entries, link);
  return sen_explanation_ref (((Entry *) link->data)->explanation);
}

void
sen_explain_cache_add (SenExplainCache *self, const char *key, SenExplanation *explanation)
{
  GList *link = find (self, key);
  size_t n_bytes = sen_explanation_n_bytes (explanation);
  if (n_bytes > self->n_most_bytes)
    return;
  Entry *entry = g_new (Entry, 1);
  *entry = (Entry) { .key = g_strdup (key), .explanation = sen_explanation_ref (explanation), .n_bytes = n_bytes };
  if (link != NULL)
    forget (self, link);
  g_queue_push_head (&self->entries, entry);
  self->n_bytes += n_bytes;
  while (self->n_bytes > self->n_most_bytes)
    forget (self, self->entries.tail);
}

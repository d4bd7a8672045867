/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-media-cache.h"

typedef struct {
  char     *name;
  SenMedia *media;
} Kept;

struct SenMediaCache {
  GQueue *kept;       /* Kept, last used first: a handful, as each is large */
  size_t  n_bytes, max_bytes;
};

SenMediaCache *
sen_media_cache_new (size_t max_bytes)
{
  SenMediaCache *cache = g_new0 (SenMediaCache, 1);
  cache->kept = g_queue_new ();
  cache->max_bytes = max_bytes;
  return cache;
}

static void
drop (SenMediaCache *cache, GList *link)
{
  Kept *kept = link->data;
  cache->n_bytes -= sen_media_bytes (kept->media);
  g_queue_delete_link (cache->kept, link);
  g_free (kept->name);
  sen_media_unref (kept->media);
  g_free (kept);
}

void
sen_media_cache_clear (SenMediaCache *cache)
{
  while (cache->kept->head != NULL)
    drop (cache, cache->kept->head);
}

void
sen_media_cache_free (SenMediaCache *cache)
{
  if (cache == NULL)
    return;
  sen_media_cache_clear (cache);
  g_queue_free (cache->kept);
  g_free (cache);
}

static GList *
find_link (const SenMediaCache *cache, const char *name)
{
  GList *link = cache->kept->head;
  while (link != NULL && !g_str_equal (((const Kept *) link->data)->name, name))
    link = link->next;
  return link;
}

SenMedia *
sen_media_cache_find (SenMediaCache *cache, const char *name)
{
  GList *link = find_link (cache, name);
  if (link == NULL)
    return NULL;
  g_queue_unlink (cache->kept, link);
  g_queue_push_head_link (cache->kept, link);
  return sen_media_ref (((const Kept *) link->data)->media);
}

void
sen_media_cache_add (SenMediaCache *cache, const char *name, SenMedia *media)
{
  Kept *kept = g_new (Kept, 1);
  *kept = (Kept) { g_strdup (name), sen_media_ref (media) };
  GList *old = find_link (cache, name);
  if (old != NULL)
    drop (cache, old);
  g_queue_push_head (cache->kept, kept);
  cache->n_bytes += sen_media_bytes (media);
  while (cache->n_bytes > cache->max_bytes && cache->kept->length > 1)
    drop (cache, cache->kept->tail);
}

size_t
sen_media_cache_bytes (const SenMediaCache *cache)
{
  return cache->n_bytes;
}

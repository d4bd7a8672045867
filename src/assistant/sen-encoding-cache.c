/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-encoding-cache.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sen-file.h"

#define MAX_KEY_BYTES 65536
/* A full folder is emptied by a tenth, so that not every result is paid for with a look at all. */
#define KEPT_SHARE 0.9

/* A file: head, key, values, and the SHA-256 of all before. In this machine's order of bytes: it is read where it was written. */
typedef struct {
  char     magic[8];
  uint32_t n_key, n_value;
} Head;

#define MAGIC "SenEnc1\n"
#define CHECKSUM_BYTES 32

typedef struct {
  char  *key;
  float *values;
  size_t n;
} Entry;

struct SenEncodingCache {
  char      *folder;          /* or NULL */
  size_t     memory_bytes;
  uint64_t   disk_bytes;
  uint32_t   n_files_max;

  GMutex      lock;
  GHashTable *entries;        /* key -> link of order */
  GQueue     *order;          /* Entry, used last first */
  size_t      used_bytes;     /* of entries */
  bool        is_counted;     /* the two below are known */
  uint64_t    used_disk_bytes;
  uint64_t    n_files;
};

SenEncodingCache *
sen_encoding_cache_new (const SenEncodingCacheParams *params)
{
  SenEncodingCache *cache = g_new0 (SenEncodingCache, 1);
  cache->folder = g_strdup (params->folder);
  cache->memory_bytes = params->memory_bytes;
  cache->disk_bytes = params->disk_bytes;
  cache->n_files_max = params->n_files_max;
  g_mutex_init (&cache->lock);
  cache->entries = g_hash_table_new (g_str_hash, g_str_equal);
  cache->order = g_queue_new ();
  return cache;
}

SenEncodingCache *
sen_encoding_cache_new_default (void)
{
  g_autofree char *folder = g_build_filename (g_get_user_cache_dir (), "sensorium", "encodings", NULL);
  return sen_encoding_cache_new (&(SenEncodingCacheParams) {
    .folder = folder, .memory_bytes = (size_t) 64 << 20, .disk_bytes = (uint64_t) 256 << 20, .n_files_max = 20000,
  });
}

static void
free_entry (gpointer data)
{
  Entry *entry = data;
  g_free (entry->key);
  g_free (entry->values);
  g_free (entry);
}

void
sen_encoding_cache_free (SenEncodingCache *cache)
{
  if (cache == NULL)
    return;
  g_hash_table_unref (cache->entries);
  g_queue_free_full (cache->order, free_entry);
  g_mutex_clear (&cache->lock);
  g_free (cache->folder);
  g_free (cache);
}

/* --- Memory ------------------------------------------------------------------------------------------------------------------------- */

static size_t
entry_bytes (const Entry *entry)
{
  return sizeof *entry + strlen (entry->key) + entry->n * sizeof (float);
}

static void
forget (SenEncodingCache *cache, GList *link)
{
  Entry *entry = link->data;
  cache->used_bytes -= entry_bytes (entry);
  g_hash_table_remove (cache->entries, entry->key);
  g_queue_delete_link (cache->order, link);
  free_entry (entry);
}

static void
remember (SenEncodingCache *cache, const char *key, const float *values, size_t n)
{
  GList *known = g_hash_table_lookup (cache->entries, key);
  if (known != NULL)
    forget (cache, known);
  Entry *entry = g_new (Entry, 1);
  *entry = (Entry) { g_strdup (key), g_memdup2 (values, n * sizeof (float)), n };
  g_queue_push_head (cache->order, entry);
  g_hash_table_insert (cache->entries, entry->key, cache->order->head);
  cache->used_bytes += entry_bytes (entry);
  while (cache->used_bytes > cache->memory_bytes && cache->order->tail != NULL)
    forget (cache, cache->order->tail);
}

static bool
recall (SenEncodingCache *cache, const char *key, float *values, size_t n)
{
  GList *link = g_hash_table_lookup (cache->entries, key);
  const Entry *entry = link != NULL ? link->data : NULL;
  if (entry == NULL || entry->n != n)
    return false;
  memcpy (values, entry->values, n * sizeof (float));
  g_queue_unlink (cache->order, link);
  g_queue_push_head_link (cache->order, link);
  return true;
}

/* --- Disk --------------------------------------------------------------------------------------------------------------------------- */

static char *
path_of (const SenEncodingCache *cache, const char *key)
{
  g_autofree char *name = g_compute_checksum_for_string (G_CHECKSUM_SHA256, key, -1);
  return g_build_filename (cache->folder, name, NULL);
}

static void
compute_checksum (const uint8_t *bytes, size_t n, uint8_t digest[CHECKSUM_BYTES])
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize length = CHECKSUM_BYTES;
  g_checksum_update (checksum, bytes, (gssize) n);
  g_checksum_get_digest (checksum, digest, &length);
}

static size_t
file_bytes (size_t n_key, size_t n_value)
{
  return sizeof (Head) + n_key + n_value * sizeof (float) + CHECKSUM_BYTES;
}

static bool
read_whole (int fd, uint8_t *bytes, size_t n)
{
  size_t done = 0;
  while (done < n)
    {
      ssize_t got = read (fd, bytes + done, n - done);
      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        return false;
      done += (size_t) got;
    }
  return true;
}

static bool
are_finite (const float *values, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (!isfinite (values[i]))
      return false;
  return true;
}

/* Whether @bytes are what was written under @key; the values are copied out. */
static bool
parse_file (const uint8_t *bytes, const char *key, float *values, size_t n)
{
  size_t n_key = strlen (key), n_summed = file_bytes (n_key, n) - CHECKSUM_BYTES;
  uint8_t digest[CHECKSUM_BYTES];
  Head head;
  memcpy (&head, bytes, sizeof head);
  if (memcmp (head.magic, MAGIC, sizeof head.magic) != 0 || head.n_key != n_key || head.n_value != n
      || memcmp (bytes + sizeof head, key, n_key) != 0)
    return false;
  compute_checksum (bytes, n_summed, digest);
  if (memcmp (bytes + n_summed, digest, CHECKSUM_BYTES) != 0)
    return false;
  memcpy (values, bytes + sizeof head + n_key, n * sizeof (float));
  return are_finite (values, n);
}

static bool
read_file (const SenEncodingCache *cache, const char *key, float *values, size_t n)
{
  g_autofree char *path = path_of (cache, key);
  uint64_t size;
  int fd = sen_file_open (path, &size, NULL);
  if (fd < 0)
    return false;
  bool ok = size == file_bytes (strlen (key), n);
  g_autofree uint8_t *bytes = ok ? g_malloc (size) : NULL;
  ok = ok && read_whole (fd, bytes, size) && parse_file (bytes, key, values, n);
  /* Used just now. */
  if (ok)
    futimens (fd, NULL);
  close (fd);
  return ok;
}

typedef struct {
  char           *path;
  uint64_t        size;
  struct timespec used;
} KeptFile;

static void
clear_kept_file (gpointer data)
{
  g_free (((KeptFile *) data)->path);
}

static int
compare_used (gconstpointer a, gconstpointer b)
{
  const KeptFile *x = a, *y = b;
  if (x->used.tv_sec != y->used.tv_sec)
    return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
  return (x->used.tv_nsec > y->used.tv_nsec) - (x->used.tv_nsec < y->used.tv_nsec);
}

/* Everything in the folder counts, what a killed program left half written too. */
static GArray *
list_files (SenEncodingCache *cache)
{
  GArray *files = g_array_new (FALSE, FALSE, sizeof (KeptFile));
  g_array_set_clear_func (files, clear_kept_file);
  g_autoptr (GDir) dir = g_dir_open (cache->folder, 0, NULL);
  const char *name;
  cache->used_disk_bytes = 0;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      KeptFile file = { .path = g_build_filename (cache->folder, name, NULL) };
      struct stat status;
      if (lstat (file.path, &status) != 0 || S_ISDIR (status.st_mode))
        {
          g_free (file.path);
          continue;
        }
      file.size = (uint64_t) status.st_size;
      file.used = status.st_mtim;
      cache->used_disk_bytes += file.size;
      g_array_append_val (files, file);
    }
  cache->n_files = files->len;
  cache->is_counted = true;
  return files;
}

static void
make_room (SenEncodingCache *cache)
{
  if (cache->is_counted && cache->used_disk_bytes <= cache->disk_bytes && cache->n_files <= cache->n_files_max)
    return;
  g_autoptr (GArray) files = list_files (cache);
  if (cache->used_disk_bytes <= cache->disk_bytes && cache->n_files <= cache->n_files_max)
    return;
  g_array_sort (files, compare_used);
  for (guint i = 0; i < files->len; i++)
    {
      const KeptFile *file = &g_array_index (files, KeptFile, i);
      if ((double) cache->used_disk_bytes <= KEPT_SHARE * (double) cache->disk_bytes
          && (double) cache->n_files <= KEPT_SHARE * cache->n_files_max)
        return;
      if (g_unlink (file->path) != 0)
        continue;
      cache->used_disk_bytes -= file->size;
      cache->n_files--;
    }
}

static void
write_file (SenEncodingCache *cache, const char *key, const float *values, size_t n)
{
  size_t n_key = strlen (key), n_bytes = file_bytes (n_key, n);
  Head head = { .n_key = (uint32_t) n_key, .n_value = (uint32_t) n };
  g_autofree uint8_t *bytes = g_malloc (n_bytes);
  g_autofree char *path = path_of (cache, key);
  memcpy (head.magic, MAGIC, sizeof head.magic);
  memcpy (bytes, &head, sizeof head);
  memcpy (bytes + sizeof head, key, n_key);
  memcpy (bytes + sizeof head + n_key, values, n * sizeof (float));
  compute_checksum (bytes, n_bytes - CHECKSUM_BYTES, bytes + n_bytes - CHECKSUM_BYTES);
  if (g_mkdir_with_parents (cache->folder, 0700) != 0
      || !g_file_set_contents_full (path, (const char *) bytes, (gssize) n_bytes, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL))
    return;
  cache->used_disk_bytes += n_bytes;
  cache->n_files++;
  make_room (cache);
}

/* --- Both --------------------------------------------------------------------------------------------------------------------------- */

static bool
fits (const char *key, size_t n)
{
  return n > 0 && n <= SEN_ENCODING_MAX_VALUES && strlen (key) <= MAX_KEY_BYTES;
}

bool
sen_encoding_cache_lookup (SenEncodingCache *cache, const char *key, float *values, size_t n)
{
  if (!fits (key, n))
    return false;
  g_mutex_lock (&cache->lock);
  bool found = recall (cache, key, values, n);
  if (!found && cache->folder != NULL && read_file (cache, key, values, n))
    {
      remember (cache, key, values, n);
      found = true;
    }
  g_mutex_unlock (&cache->lock);
  return found;
}

void
sen_encoding_cache_store (SenEncodingCache *cache, const char *key, const float *values, size_t n)
{
  if (!fits (key, n) || !are_finite (values, n))
    return;
  g_mutex_lock (&cache->lock);
  remember (cache, key, values, n);
  if (cache->folder != NULL)
    write_file (cache, key, values, n);
  g_mutex_unlock (&cache->lock);
}

/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-crawl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sen-error.h"
#include "sen-file.h"
#include "sen-ignore.h"
#include "sen-index-reason.h"

/* Folders within folders; deeper ones are taken for unreadable. */
#define MAX_DEPTH 200
/* Times are kept in nanoseconds; a file system may say any. */
#define MAX_SECONDS ((int64_t) 9000000000)

typedef struct {
  const SenCrawlParams *params;
  SenCrawlCounts       *counts;
  SenCancel            *cancel;
  int64_t               root;
  const SenIgnore      *ignore;      /* the user's; NULL: none */
  size_t                n_root;      /* bytes of the root's path, a slash included */
  dev_t                 device;      /* of the root */
  GByteArray           *seen;        /* a bit for each file of the store */
  GPtrArray            *unreadable;  /* paths of folders, with a slash at the end: what is stored below stays */
} Crawl;

/* A list of what is left out, and the folder it is of. */
typedef struct Level {
  const struct Level *above;
  SenIgnore          *ignore;        /* NULL: the folder has none */
  size_t              n_folder;      /* bytes of its path, the slash included */
} Level;

static void
mark_seen (Crawl *crawl, int64_t file)
{
  guint byte = (guint) (file / 8), old = crawl->seen->len;
  if (byte >= old)
    {
      g_byte_array_set_size (crawl->seen, MAX (byte + 1, 2 * old));
      memset (crawl->seen->data + old, 0, crawl->seen->len - old);
    }
  crawl->seen->data[byte] |= (uint8_t) (1u << (file % 8));
}

static bool
is_seen (const Crawl *crawl, int64_t file)
{
  return (guint64) file / 8 < crawl->seen->len && (crawl->seen->data[file / 8] >> (file % 8) & 1) != 0;
}

/* The user's list decides, or else the nearest that says anything. All is, once it was cancelled. */
static bool
is_left_out (const Crawl *crawl, const Level *level, const char *path, bool is_folder)
{
  SenIgnoreVerdict verdict = SEN_IGNORE_UNKNOWN;
  if (crawl->ignore != NULL)
    verdict = sen_ignore_match (crawl->ignore, path + crawl->n_root, is_folder, crawl->cancel);
  for (; level != NULL && verdict == SEN_IGNORE_UNKNOWN; level = level->above)
    if (level->ignore != NULL)
      verdict = sen_ignore_match (level->ignore, path + level->n_folder, is_folder, crawl->cancel);
  return verdict == SEN_IGNORE_LEFT_OUT || sen_cancel_requested (crawl->cancel);
}

/* --- Files ---------------------------------------------------------------------------------------------------------------------------- */

SenFileStamp
sen_crawl_stamp (const struct stat *status)
{
  return (SenFileStamp) {
    .size_bytes = (uint64_t) status->st_size,
    .mtime_ns = CLAMP ((int64_t) status->st_mtim.tv_sec, -MAX_SECONDS, MAX_SECONDS) * 1000000000 + status->st_mtim.tv_nsec,
    .device = status->st_dev,
    .inode = status->st_ino,
  };
}

bool
sen_crawl_is_same (const SenFileStamp *a, const SenFileStamp *b)
{
  return a->size_bytes == b->size_bytes && a->mtime_ns == b->mtime_ns && a->inode == b->inode;
}

static bool
find_hash (Crawl *crawl, const char *path, const SenFileStamp *stamp, uint8_t hash[SEN_STORE_HASH_BYTES], GError **why, GError **error)
{
  bool is_known;
  if (!sen_store_find_hash (crawl->params->store, stamp, hash, &is_known, error))
    return false;
  if (is_known)
    return true;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize length = SEN_STORE_HASH_BYTES;
  if (sen_file_hash (path, checksum, crawl->cancel, why))
    {
      g_checksum_get_digest (checksum, hash, &length);
      crawl->counts->n_hashed_bytes += stamp->size_bytes;
    }
  return true;
}

static bool
take_file (Crawl *crawl, const char *path, const struct stat *status, GError **error)
{
  const SenCrawlParams *params = crawl->params;
  SenStoredFile stored;
  uint8_t hash[SEN_STORE_HASH_BYTES];
  g_autoptr (GError) why = NULL;
  /* Taken before the file is read: if it changes meanwhile, the next crawl sees that. */
  SenFileFacts facts = { .path = path, .stamp = sen_crawl_stamp (status), .format = "" };
  if (!sen_store_find_file (params->store, path, &stored, error))
    return false;
  bool is_known = stored.file != 0, is_same = is_known && sen_crawl_is_same (&stored.stamp, &facts.stamp);
  if (!is_same || stored.is_unreadable || params->looks_anew)
    {
      int64_t old = stored.content;
      facts.kind = params->kind (path, &facts.format, params->data);
      if (*facts.format != '\0' && facts.stamp.size_bytes > 0 && (params->max_bytes == 0 || facts.stamp.size_bytes <= params->max_bytes))
        {
          if (!find_hash (crawl, path, &facts.stamp, hash, &why, error))
            return false;
          if (sen_cancel_requested (crawl->cancel))
            return true;
          facts.hash = why == NULL ? hash : NULL;
          facts.error = why != NULL ? why->message : NULL;
          crawl->counts->n_unreadable += why != NULL;
        }
      if (!sen_store_put_file (params->store, crawl->root, &facts, &stored, NULL, error))
        return false;
      crawl->counts->n_new += !is_known;
      crawl->counts->n_changed += is_known && (!is_same || stored.content != old);
    }
  mark_seen (crawl, stored.file);
  crawl->counts->n_seen++;
  if (params->progress != NULL)
    params->progress (crawl->counts, path, params->data);
  return true;
}

/* --- Folders -------------------------------------------------------------------------------------------------------------------------- */

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The names in a folder, in order; NULL with errno when it can't be read. */
static GPtrArray *
list_folder (int fd)
{
  DIR *dir = fdopendir (fd);
  if (dir == NULL)
    {
      close (fd);
      return NULL;
    }
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  errno = 0;
  for (const struct dirent *entry; (entry = readdir (dir)) != NULL;)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      g_ptr_array_add (names, g_strdup (entry->d_name));
  int code = errno;
  if (code != 0)
    g_clear_pointer (&names, g_ptr_array_unref);
  closedir (dir);
  errno = code;
  if (names != NULL)
    g_ptr_array_sort (names, compare_names);
  return names;
}

static SenIgnore *
read_ignore (const char *folder)
{
  g_autofree char *path = g_strconcat (folder, ".gitignore", NULL), *text = g_malloc (SEN_IGNORE_MAX_BYTES);
  uint64_t size;
  int fd = sen_file_open (path, &size, NULL);
  ssize_t n = fd >= 0 ? read (fd, text, SEN_IGNORE_MAX_BYTES) : 0;
  if (fd >= 0)
    close (fd);
  return n > 0 ? sen_ignore_new (text, (size_t) n) : NULL;
}

static void
note_unreadable (Crawl *crawl, const char *folder, int code)
{
  crawl->counts->n_unreadable++;
  g_ptr_array_add (crawl->unreadable, g_strdup (folder));
  if (crawl->params->refused != NULL)
    crawl->params->refused (folder, code, crawl->params->data);
}

/* @folder ends with a slash. */
static bool
take_folder (Crawl *crawl, const char *folder, const Level *above, int depth, GError **error)
{
  if (crawl->params->folder != NULL)
    crawl->params->folder (folder, crawl->params->data);
  errno = 0;
  int fd = depth < MAX_DEPTH ? open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (depth > 0 ? O_NOFOLLOW : 0)) : -1;
  int code = depth < MAX_DEPTH ? errno : ELOOP;
  /* What was there a moment ago and no longer is, is gone. */
  bool is_gone = fd < 0 && depth > 0 && (code == ENOENT || code == ENOTDIR);
  g_autoptr (GPtrArray) names = fd >= 0 ? list_folder (fd) : NULL;
  if (names == NULL)
    {
      if (!is_gone)
        note_unreadable (crawl, folder, fd >= 0 ? errno : code);
      return true;
    }

  g_autoptr (SenIgnore) ignore = read_ignore (folder);
  const Level level = { above, ignore, strlen (folder) };
  bool ok = true, is_noted = false;
  for (guint i = 0; i < names->len && ok && !sen_cancel_requested (crawl->cancel); i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *path = g_strconcat (folder, name, NULL);
      struct stat status;
      if (*name == '.' && !crawl->params->takes_hidden)
        continue;
      if (lstat (path, &status) != 0)
        {
          /* Where names may be read, but nothing else: once for all of them. */
          if (errno != ENOENT && !is_noted)
            {
              note_unreadable (crawl, folder, errno);
              is_noted = true;
            }
          continue;
        }
      bool is_folder = S_ISDIR (status.st_mode);
      if ((!is_folder && !S_ISREG (status.st_mode)) || is_left_out (crawl, &level, path, is_folder))
        continue;
      if (!is_folder)
        ok = take_file (crawl, path, &status, error);
      else if (!crawl->params->is_shallow && (status.st_dev == crawl->device || crawl->params->takes_mounts))
        {
          g_autofree char *below = g_strconcat (path, "/", NULL);
          ok = take_folder (crawl, below, &level, depth + 1, error);
        }
    }
  return ok;
}

/* The folder @folder that lies below the root and is wanted alone: under the rules of those above it, which a walk from the root would have
 * met. What is left out, or is no folder any more, is as if it were empty. */
static bool
take_below (Crawl *crawl, const char *folder, const Level *above, int depth, GError **error)
{
  const char *below = crawl->params->below;
  size_t n = strlen (folder);
  if (strlen (below) <= n)
    return take_folder (crawl, folder, above, depth, error);
  g_autoptr (SenIgnore) ignore = read_ignore (folder);
  const Level level = { above, ignore, n };
  size_t n_name = strcspn (below + n, "/");
  g_autofree char *path = g_strndup (below, n + n_name), *next = g_strconcat (path, "/", NULL);
  struct stat status;
  if (lstat (path, &status) != 0)
    {
      if (errno != ENOENT && errno != ENOTDIR)
        note_unreadable (crawl, next, errno);
      return true;
    }
  if ((below[n] == '.' && !crawl->params->takes_hidden) || !S_ISDIR (status.st_mode)
      || (status.st_dev != crawl->device && !crawl->params->takes_mounts) || is_left_out (crawl, &level, path, true))
    return true;
  return take_below (crawl, next, &level, depth + 1, error);
}

/* --- What is gone --------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  const Crawl *crawl;
  GArray      *gone;            /* int64_t */
  bool         is_of_device;    /* one of them lay on the device the root is on now */
} Gone;

static bool
note_gone (const char *path, const SenStoredFile *stored, gpointer data)
{
  Gone *gone = data;
  const Crawl *crawl = gone->crawl;
  const char *below = crawl->params->below;
  gone->is_of_device |= stored->stamp.device == crawl->device;
  if (is_seen (crawl, stored->file))
    return true;
  if (crawl->params->is_shallow && strchr (path + (below != NULL ? strlen (below) : crawl->n_root), '/') != NULL)
    return true;
  for (guint i = 0; i < crawl->unreadable->len; i++)
    if (g_str_has_prefix (path, g_ptr_array_index (crawl->unreadable, i)))
      return true;
  g_array_append_val (gone->gone, stored->file);
  return true;
}

/* As the folder is that a disk was mounted at. */
static bool
is_empty (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  return dir == NULL || g_dir_read_name (dir) == NULL;
}

static bool
remove_gone (Crawl *crawl, GError **error)
{
  SenStore *store = crawl->params->store;
  g_autoptr (GArray) files = g_array_new (FALSE, FALSE, sizeof (int64_t));
  Gone gone = { crawl, files, false };
  if (!sen_store_each_file (store, crawl->root, crawl->params->below, note_gone, &gone, error))
    return false;
  if (files->len > 0 && !gone.is_of_device && (crawl->params->below != NULL ? is_empty (crawl->params->root) : crawl->counts->n_seen == 0))
    return sen_index_fail (error, SEN_INDEX_REASON_FOLDER_EMPTY, "name", crawl->params->root, NULL);
  crawl->counts->n_removed = files->len;
  return files->len == 0 || sen_store_remove_files (store, (const int64_t *) files->data, files->len, error);
}

bool
sen_crawl (const SenCrawlParams *params, SenCrawlCounts *counts, SenCancel *cancel, GError **error)
{
  struct stat status;
  size_t n_root = strlen (params->root);
  g_return_val_if_fail (*params->root == '/', false);
  g_return_val_if_fail (params->below == NULL || g_str_has_prefix (params->below, params->root), false);
  *counts = (SenCrawlCounts) { 0 };
  int code = stat (params->root, &status) != 0 ? errno : S_ISDIR (status.st_mode) ? 0 : ENOTDIR;
  if (code != 0)
    return sen_index_fail (error, SEN_INDEX_REASON_FOLDER_ABSENT, "name", params->root, "detail", g_strerror (code), NULL);

  g_autoptr (GByteArray) seen = g_byte_array_new ();
  g_autoptr (GPtrArray) unreadable = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (SenIgnore) ignore = params->ignore != NULL ? sen_ignore_new (params->ignore, strlen (params->ignore)) : NULL;
  g_autofree char *folder = g_strconcat (params->root, params->root[n_root - 1] == '/' ? "" : "/", NULL);
  Crawl crawl = { .params = params, .counts = counts, .cancel = cancel, .ignore = ignore, .n_root = strlen (folder),
                  .device = status.st_dev, .seen = seen, .unreadable = unreadable };
  if (!sen_store_add_root (params->store, params->root, &crawl.root, error)
      || !(params->below != NULL ? take_below : take_folder) (&crawl, folder, NULL, 0, error))
    return false;
  if (sen_cancel_requested (cancel))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_CANCELLED, "looking through %s was stopped", params->root);
      return false;
    }
  return remove_gone (&crawl, error);
}

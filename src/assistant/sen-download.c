/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-download-private.h"

#include "sen-error.h"
#include "sen-file.h"
#include "sen-model-files-private.h"
#include "sen-model-store-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define REPORT_US (100 * 1000)
#define RATE_WINDOW_US (500 * 1000)
#define RATE_KEEP 0.7               /* weight of the past in the rate */
#define SPARE_BYTES (1024u * 1024)  /* for stamps, logs and the file system itself */

const char *
sen_fetch_stage_name (SenFetchStage stage)
{
  static const char *const names[] = { "checking", "connecting", "downloading", "unpacking", "verifying", "done" };
  return stage <= SEN_FETCH_DONE ? names[stage] : NULL;
}

static void
job_unref (SenFetchJob *job)
{
  if (!g_atomic_ref_count_dec (&job->n_refs))
    return;
  sen_model_store_unref (job->store);
  g_clear_object (&job->cancellable);
  g_main_context_unref (job->context);
  g_mutex_clear (&job->lock);
  g_free (job->dir);
  g_free (job);
}

static gboolean
on_report (gpointer user_data)
{
  SenFetchJob *job = user_data;
  g_mutex_lock (&job->lock);
  SenFetchProgress progress = job->progress;
  job->is_report_pending = false;
  g_mutex_unlock (&job->lock);
  job->report (&progress, job->report_data);
  return G_SOURCE_REMOVE;
}

/* Call with the lock held. However much happens, the caller's main loop sees one report at a time. */
static void
schedule_report (SenFetchJob *job, bool now)
{
  gint64 time_us = g_get_monotonic_time ();
  if (job->report == NULL || job->is_report_pending || (!now && time_us - job->last_report_us < REPORT_US))
    return;
  job->last_report_us = time_us;
  job->is_report_pending = true;
  g_atomic_ref_count_inc (&job->n_refs);
  g_autoptr (GSource) source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_report, job, (GDestroyNotify) job_unref);
  g_source_attach (source, job->context);
}

void
sen_fetch_stage (SenFetchJob *job, SenFetchStage stage)
{
  g_mutex_lock (&job->lock);
  bool changed = job->progress.stage != stage;
  job->progress.stage = stage;
  if (changed && stage == SEN_FETCH_DOWNLOADING)
    {
      job->rate_since_us = g_get_monotonic_time ();
      job->rate_bytes = 0;
    }
  schedule_report (job, changed);
  g_mutex_unlock (&job->lock);
}

void
sen_fetch_source (SenFetchJob *job, const char *source, unsigned n_parts)
{
  g_mutex_lock (&job->lock);
  g_strlcpy (job->progress.source, source, sizeof job->progress.source);
  job->progress.n_parts = n_parts;
  g_mutex_unlock (&job->lock);
}

void
sen_fetch_part (SenFetchJob *job, unsigned part)
{
  g_mutex_lock (&job->lock);
  job->progress.part = part;
  g_mutex_unlock (&job->lock);
}

void
sen_fetch_done_bytes (SenFetchJob *job, uint64_t done_bytes)
{
  g_mutex_lock (&job->lock);
  SenFetchProgress *progress = &job->progress;
  progress->done_bytes = MIN (done_bytes, progress->total_bytes);
  progress->eta_seconds = progress->bytes_per_second > 0
                            ? (double) (progress->total_bytes - progress->done_bytes) / progress->bytes_per_second
                            : -1;
  schedule_report (job, false);
  g_mutex_unlock (&job->lock);
}

void
sen_fetch_arrived (SenFetchJob *job, uint64_t n_bytes)
{
  g_mutex_lock (&job->lock);
  gint64 elapsed_us = g_get_monotonic_time () - job->rate_since_us;
  job->rate_bytes += n_bytes;
  if (elapsed_us >= RATE_WINDOW_US)
    {
      double rate = (double) job->rate_bytes * 1e6 / (double) elapsed_us;
      double *mean = &job->progress.bytes_per_second;
      *mean = *mean > 0 ? RATE_KEEP * *mean + (1 - RATE_KEEP) * rate : rate;
      job->rate_since_us += elapsed_us;
      job->rate_bytes = 0;
    }
  g_mutex_unlock (&job->lock);
}

bool
sen_fetch_check_cancelled (SenFetchJob *job, GError **error)
{
  if (!g_cancellable_is_cancelled (job->cancellable))
    return true;
  g_set_error (error, SEN_ERROR, SEN_ERROR_CANCELLED,
               "Fetching %s was stopped; what has arrived is kept for the next time.", job->entry->name);
  return false;
}

bool
sen_fetch_check_disk (SenFetchJob *job, uint64_t n_bytes, GError **error)
{
  struct statvfs info;
  uint64_t wanted = n_bytes + SPARE_BYTES;
  uint64_t have = sen_model_store_fake_free_disk_bytes (job->store);
  if (have == 0)
    {
      if (statvfs (job->dir, &info) != 0)
        return true;  /* then writing will tell */
      have = (uint64_t) info.f_bavail * info.f_frsize;
    }
  if (have >= wanted)
    return true;
  g_autofree char *wanted_text = g_format_size (wanted);
  g_autofree char *have_text = g_format_size (have);
  g_set_error (error, SEN_ERROR, SEN_ERROR_DISK_FULL,
               "Fetching %s needs %s of free disk in %s, which has %s; free some space or choose another folder.",
               job->entry->name, wanted_text, job->dir, have_text);
  return false;
}

static char *
source_name (const SenCatalogueSource *source, size_t file_index)
{
  if (source->kind == SEN_SOURCE_PACKAGE)
    return g_strdup ("pypi");
  g_autoptr (GUri) uri = g_uri_parse (source->files[file_index].url, G_URI_FLAGS_ENCODED, NULL);
  return g_strdup (uri != NULL ? g_uri_get_host (uri) : "");
}

static bool
fetch_from (SenFetchJob *job, const SenCatalogueSource *source, size_t file_index, SenPartial *partial, uint64_t base,
            GError **error)
{
  if (source->kind == SEN_SOURCE_HUB)
    {
      sen_fetch_part (job, (unsigned) file_index + 1);
      return sen_download_http (job, source->files[file_index].url, partial, base, error);
    }
  return sen_download_package (job, source, file_index, partial, base, error);
}

/* One source, and a second time from the start when an earlier fetch may have left the wrong beginning. */
static bool
try_source (SenFetchJob *job, const SenCatalogueSource *source, size_t file_index, SenPartial *partial, uint64_t base,
            GError **error)
{
  g_autofree char *name = source_name (source, file_index);
  unsigned n_parts = (unsigned) job->entry->n_files;
  if (source->kind == SEN_SOURCE_PACKAGE)
    {
      n_parts = 0;
      for (size_t f = 0; f < job->entry->n_files; f++)
        n_parts += (unsigned) source->files[f].n_parts;
    }
  sen_fetch_source (job, name, n_parts);
  bool was_resumed = partial->is_resumed;
  if (!fetch_from (job, source, file_index, partial, base, error))
    return false;
  sen_fetch_stage (job, SEN_FETCH_VERIFYING);
  g_autoptr (GError) local = NULL;
  if (sen_partial_check (partial, &local))
    return true;
  if (was_resumed && partial->size_bytes == 0)
    return fetch_from (job, source, file_index, partial, base, error) && sen_partial_check (partial, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return false;
}

/* Trouble of this machine or wish of the user: another source would not help. */
static bool
ends_the_fetch (const GError *error)
{
  return g_error_matches (error, SEN_ERROR, SEN_ERROR_CANCELLED)
         || g_error_matches (error, SEN_ERROR, SEN_ERROR_DISK_FULL) || g_error_matches (error, SEN_ERROR, SEN_ERROR_IO);
}

static bool
fetch_partial (SenFetchJob *job, size_t file_index, SenPartial *partial, uint64_t base, size_t *first_source,
               GError **error)
{
  const SenCatalogueEntry *entry = job->entry;
  g_autoptr (GString) reasons = g_string_new (NULL);
  int code = SEN_ERROR_NETWORK;
  bool any_network = false;

  /* A source that failed for one file is not asked again for the next. */
  for (size_t i = *first_source; i < entry->n_sources; i++)
    {
      g_autoptr (GError) local = NULL;
      if (try_source (job, &entry->sources[i], file_index, partial, base, &local))
        {
          *first_source = i;
          return true;
        }
      if (ends_the_fetch (local) || entry->n_sources == 1)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return false;
        }
      code = local->code;
      any_network = any_network || g_error_matches (local, SEN_ERROR, SEN_ERROR_NETWORK);
      g_autofree char *reason = g_strdup (local->message);
      if (g_str_has_suffix (reason, "."))
        reason[strlen (reason) - 1] = '\0';
      g_string_append_printf (reasons, "%s%s", reasons->len > 0 ? "; " : "", reason);
    }
  g_set_error (error, SEN_ERROR, any_network ? SEN_ERROR_NETWORK : code, "No source of %s worked (%s).", entry->name,
               reasons->str);
  return false;
}

static bool
rename_into_place (const char *from, const char *to, GError **error)
{
  if (g_rename (from, to) == 0)
    return true;
  sen_set_errno_error (error, errno, "Renaming the finished download to", to);
  return false;
}

static bool
fetch_file (SenFetchJob *job, size_t index, uint64_t base, size_t *first_source, GError **error)
{
  const SenCatalogueEntry *entry = job->entry;
  const SenCatalogueFile *file = &entry->files[index];
  g_autofree char *growing = sen_model_partial_file_path (job->dir, entry, index);
  g_autofree char *stage = sen_model_partial_path (job->dir, entry);
  g_autofree char *complete = entry->is_folder ? g_build_filename (stage, file->name, NULL)
                                               : sen_model_path (job->dir, entry);
  SenPartial partial;

  /* A file of a folder that an earlier fetch had finished. */
  if (entry->is_folder && sen_file_size (complete) >= 0)
    {
      if (sen_stamp_matches (complete, file)
          || sen_model_file_verify (complete, file, NULL, NULL, job->cancellable, NULL))
        {
          sen_fetch_done_bytes (job, base + file->size_bytes);
          return true;
        }
      if (!sen_fetch_check_cancelled (job, error))
        return false;
      g_unlink (complete);
    }
  if (!sen_partial_open (&partial, growing, file, error))
    return false;
  bool ok = fetch_partial (job, index, &partial, base, first_source, error);
  if (ok && fdatasync (partial.fd) != 0)
    {
      sen_set_errno_error (error, errno, "Writing", growing);
      ok = false;
    }
  if (ok)
    sen_file_forget_pages (partial.fd);
  sen_partial_close (&partial);
  if (!ok || !rename_into_place (growing, complete, error))
    return false;
  sen_stamp_write (complete, file);
  sen_fetch_done_bytes (job, base + file->size_bytes);
  return true;
}

/* Makes the folder in which a model of several files is collected. One that lies damaged under the final name becomes
 * it, so that what is right in it need not be fetched again. */
static bool
prepare_stage (SenFetchJob *job, GError **error)
{
  if (!job->entry->is_folder)
    return true;
  g_autofree char *model = sen_model_path (job->dir, job->entry);
  g_autofree char *stage = sen_model_partial_path (job->dir, job->entry);
  if (g_file_test (model, G_FILE_TEST_IS_DIR))
    {
      if (g_file_test (stage, G_FILE_TEST_EXISTS))
        sen_remove_tree (stage);
      if (!rename_into_place (model, stage, error))
        return false;
    }
  return sen_make_dir (stage, error);
}

/* What is still to be written; an estimate, as nothing of what lies there has been checked yet. */
static uint64_t
missing_bytes (const SenFetchJob *job)
{
  uint64_t missing = 0;
  g_autofree char *stage = sen_model_partial_path (job->dir, job->entry);
  for (size_t i = 0; i < job->entry->n_files; i++)
    {
      const SenCatalogueFile *file = &job->entry->files[i];
      g_autofree char *growing = sen_model_partial_file_path (job->dir, job->entry, i);
      g_autofree char *complete = g_build_filename (stage, file->name, NULL);
      int64_t there = job->entry->is_folder ? MAX (sen_file_size (complete), sen_file_size (growing))
                                            : sen_file_size (growing);
      if (there < 0 || (uint64_t) there < file->size_bytes)
        missing += file->size_bytes - (uint64_t) MAX (there, 0);
    }
  return missing;
}

static bool
fetch_locked (SenFetchJob *job, GError **error)
{
  const SenCatalogueEntry *entry = job->entry;
  uint64_t base = 0;
  size_t first_source = 0;

  if (!prepare_stage (job, error) || !sen_fetch_check_disk (job, missing_bytes (job), error))
    return false;
  for (size_t i = 0; i < entry->n_files; i++)
    {
      if (!fetch_file (job, i, base, &first_source, error))
        return false;
      base += entry->files[i].size_bytes;
    }
  if (entry->is_folder)
    {
      g_autofree char *model = sen_model_path (job->dir, entry);
      g_autofree char *stage = sen_model_partial_path (job->dir, entry);
      if (!rename_into_place (stage, model, error))
        return false;
    }
  g_autofree char *wheels = sen_model_wheels_path (job->dir, entry);
  sen_remove_tree (wheels);
  return true;
}

static void
on_verified (uint64_t n_bytes, gpointer user_data)
{
  SenFetchJob *job = user_data;
  uint64_t done = job->progress.done_bytes + n_bytes;  /* only this thread writes it */
  sen_fetch_done_bytes (job, done);
}

/* True when the model lies whole in @dir; a file with a wrong content is an error. */
static bool
is_there (SenFetchJob *job, const char *dir, GError **error)
{
  for (size_t i = 0; i < job->entry->n_files; i++)
    {
      g_autofree char *path = sen_model_file_path (dir, job->entry, i);
      const SenCatalogueFile *file = &job->entry->files[i];
      int64_t size = sen_file_size (path);
      if (size < 0 || (uint64_t) size != file->size_bytes)
        return false;
    }
  sen_fetch_stage (job, SEN_FETCH_CHECKING);
  for (size_t i = 0; i < job->entry->n_files; i++)
    {
      g_autofree char *path = sen_model_file_path (dir, job->entry, i);
      if (!sen_stamp_matches (path, &job->entry->files[i])
          && !sen_model_file_verify (path, &job->entry->files[i], on_verified, job, job->cancellable, error))
        return false;
    }
  return true;
}

static char *
run (SenFetchJob *job, GError **error)
{
  const SenCatalogueEntry *entry = job->entry;
  g_autoptr (GError) local = NULL;

  if (job->anywhere)
    {
      g_autoptr (SenModelStatus) status = sen_model_store_status (job->store, entry->name, error);
      if (status == NULL)
        return NULL;
      if (status->state == SEN_MODEL_PRESENT)
        {
          g_autofree char *dir = g_path_get_dirname (status->path);
          if (is_there (job, dir, &local))
            return g_steal_pointer (&status->path);
          /* Damaged where we may write, it is fetched again; elsewhere it would go on hiding a good one. */
          if (!g_error_matches (local, SEN_ERROR, SEN_ERROR_CHECKSUM) || strcmp (dir, job->dir) != 0)
            {
              g_propagate_error (error, g_steal_pointer (&local));
              return NULL;
            }
          g_clear_error (&local);
        }
    }
  if (!sen_model_store_terms_accepted (job->store, entry))
    {
      g_set_error (error, SEN_ERROR, SEN_ERROR_INVALID,
                   "%s comes under the %s (%s), which must be accepted before it is fetched.", entry->title,
                   entry->licence_name, entry->terms_url);
      return NULL;
    }
  if (!sen_make_dir (job->dir, error))
    return NULL;
  g_autofree char *lock_name = g_strdup_printf (".%s.lock", entry->name);
  g_autofree char *lock_path = g_build_filename (job->dir, lock_name, NULL);
  g_autofree char *busy = g_strdup_printf ("Another process is fetching %s into %s; wait for it or stop it.",
                                           entry->name, job->dir);
  int lock = sen_lock_take (lock_path, false, busy, error);
  if (lock < 0)
    return NULL;
  /* Only under the lock is it certain that nobody else has just finished it. */
  bool ok = is_there (job, job->dir, &local);
  if (!ok && (local == NULL || g_error_matches (local, SEN_ERROR, SEN_ERROR_CHECKSUM)))
    {
      sen_fetch_done_bytes (job, 0);
      ok = fetch_locked (job, error);
    }
  else if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  sen_lock_release (lock, lock_path);
  return ok ? sen_model_path (job->dir, entry) : NULL;
}

static void
run_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  SenFetchJob *job = task_data;
  g_autoptr (GError) error = NULL;
  char *path = run (job, &error);
  if (path == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  sen_fetch_done_bytes (job, job->entry->size_bytes);
  sen_fetch_stage (job, SEN_FETCH_DONE);
  g_task_return_pointer (task, path, g_free);
}

void
sen_fetch_async (SenModelStore *store, const SenCatalogueEntry *entry, const SenFetchOptions *options,
                 GCancellable *cancellable, SenFetchProgressFunc progress, gpointer progress_data,
                 GAsyncReadyCallback callback, gpointer user_data)
{
  const char *target = options != NULL ? options->target_dir : NULL;
  SenFetchJob *job = g_new0 (SenFetchJob, 1);
  g_atomic_ref_count_init (&job->n_refs);
  g_mutex_init (&job->lock);
  job->store = sen_model_store_ref (store);
  job->entry = entry;
  job->anywhere = target == NULL;
  job->dir = target != NULL ? g_canonicalize_filename (target, NULL) : sen_model_store_dup_target_dir (store);
  job->retry_wait_ms = options != NULL && options->retry_wait_ms > 0 ? options->retry_wait_ms : 1000;
  job->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;
  job->context = g_main_context_ref_thread_default ();
  job->report = progress;
  job->report_data = progress_data;
  job->progress.total_bytes = entry->size_bytes;
  job->progress.eta_seconds = -1;

  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, sen_fetch_async);
  g_task_set_check_cancellable (task, FALSE);  /* our own error says that what arrived is kept */
  g_task_set_task_data (task, job, (GDestroyNotify) job_unref);
  g_task_run_in_thread (task, run_in_thread);
}

char *
sen_fetch_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

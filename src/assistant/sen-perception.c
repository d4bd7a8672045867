/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-perception.h"

#include <math.h>

#include "sen-clock.h"
#include "sen-error.h"
#include "sen-history-private.h"

/* How often it is looked whether a waiting question was cancelled. */
#define POLL_MS 40

struct _SenPerception {
  GObject      parent_instance;
  SenSenses   *senses;
  SenHistory  *history;       /* weak */
  GThreadPool *pool;          /* one thread */
  GHashTable  *looks;         /* SenAttachment -> Look, while it is in work */
  GHashTable  *peaks;         /* SHA-256 -> SenPeaks: of what was shown; 4 KiB each */
  GHashTable  *words;         /* SHA-256 -> GArray of SenSaidWord */
  GPtrArray   *timings;       /* Timing, those that are not done; borrowed */
  SenPlay     *play;          /* weak: what was begun last */
};

/* What all that the thread does begins with. */
typedef struct Work Work;
struct Work {
  void (*run) (Work *work, SenSenses *senses);
};

/* One attachment on its way. The thread sees path, name, job and result only. */
typedef struct {
  Work           work;
  SenPerception *perception;   /* NULL once nobody waits any more */
  SenAttachment *attachment;
  gulong         handler;      /* while its content is being copied */
  char          *path, *name;
  SenJob        *job;
  gint           kind, seconds; /* atomic: what is known of it while it is in work */
  SenImpression  result;
} Look;

G_DEFINE_FINAL_TYPE (SenPerception, sen_perception, G_TYPE_OBJECT)

/* --- One attachment ----------------------------------------------------------------------------------------------------------------- */

static void
free_look (gpointer data)
{
  Look *look = data;
  if (look->handler != 0)
    g_signal_handler_disconnect (look->attachment, look->handler);
  g_object_unref (look->attachment);
  g_clear_object (&look->job);
  sen_impression_clear (&look->result);
  g_free (look->path);
  g_free (look->name);
  g_free (look);
}

static void
report (SenAttachmentKind kind, double done, double total, gpointer data)
{
  Look *look = data;
  g_atomic_int_set (&look->kind, kind);
  if (kind == SEN_ATTACHMENT_SOUND && total > 0.0)
    g_atomic_int_set (&look->seconds, (gint) MIN (lrint (total), G_MAXINT));
  sen_job_report_stage (look->job, kind == SEN_ATTACHMENT_SOUND ? SEN_STAGE_LISTEN : SEN_STAGE_LOOK,
                        total > 0.0 ? CLAMP (done / total, 0.0, 1.0) : -1.0);
}

static void
run_rest (Work *work, SenSenses *senses)
{
  sen_senses_rest (senses);
}

static Work rest = { run_rest };

static void
run_work (gpointer work, gpointer senses)
{
  ((Work *) work)->run (work, senses);
}

static void
run_look (Work *work, SenSenses *senses)
{
  Look *look = (Look *) work;
  GError *error = NULL;
  SenCancel *cancel = sen_job_cancellation (look->job);
  if (sen_cancel_requested (cancel))
    g_set_error_literal (&error, SEN_ERROR, SEN_ERROR_CANCELLED, "cancelled");
  else
    sen_senses_understand (senses, look->path, look->name, report, look, cancel, &look->result, &error);
  sen_job_report_finished (look->job, error);
}

static void
on_look_changed (SenJob *job, Look *look)
{
  if (look->perception == NULL || *sen_job_stage (job) == '\0')
    return;
  SenAttachmentFacts facts = { .seconds = g_atomic_int_get (&look->seconds) };
  if (sen_attachment_kind (look->attachment) == SEN_ATTACHMENT_UNKNOWN)
    facts.kind = (SenAttachmentKind) g_atomic_int_get (&look->kind);
  if (sen_attachment_facts (look->attachment)->seconds <= 0.0)
    sen_attachment_set_facts (look->attachment, &facts);
  sen_attachment_set_stage (look->attachment, sen_job_stage (job), sen_job_fraction (job));
}

static void
on_look_finished (SenJob *job, Look *look)
{
  const GError *error = sen_job_error (job);
  const SenAttachmentFacts facts = {
    look->result.kind, look->result.mime, look->result.width, look->result.height, look->result.seconds, look->result.words,
    look->result.words_by,
  };
  if (look->perception != NULL)
    g_hash_table_steal (look->perception->looks, look->attachment);
  if (error == NULL)
    sen_attachment_understood (look->attachment, &facts);
  else if (g_error_matches (error, SEN_ERROR, SEN_ERROR_CANCELLED) || sen_attachment_state (look->attachment) == SEN_ATTACHMENT_READY)
    sen_attachment_set_stage (look->attachment, NULL, -1.0);   /* what was known of it stays */
  else
    sen_attachment_failed (look->attachment, &facts, error->message);
  g_signal_handlers_disconnect_by_data (job, look);
  free_look (look);
}

static void put_timings_off (SenPerception *self);

static void
begin_look (Look *look)
{
  look->work.run = run_look;
  look->path = sen_attachment_path (look->attachment);
  look->name = g_strdup (sen_attachment_name (look->attachment));
  look->job = sen_job_new ();
  g_signal_connect (look->job, "changed", G_CALLBACK (on_look_changed), look);
  g_signal_connect (look->job, "finished", G_CALLBACK (on_look_finished), look);
  g_thread_pool_push (look->perception->pool, look, NULL);
  put_timings_off (look->perception);
}

/* --- What is known already ------------------------------------------------------------------------------------------------------------ */

/* An attachment, and another with the same content and with words, or itself. */
typedef struct {
  SenPerception    *perception;
  SenAttachment    *attachment, *known;
  SenAttachmentKind kind;       /* for the thread, as are the words */
  char             *words, *words_by;
} Check;

static void
free_check (gpointer data)
{
  Check *check = data;
  g_object_unref (check->perception);
  g_object_unref (check->attachment);
  g_object_unref (check->known);
  g_free (check->words);
  g_free (check->words_by);
  g_free (check);
}

static void
run_check (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Check *check = data;
  g_task_return_boolean (task, sen_senses_can_improve (check->perception->senses, check->kind, check->words, check->words_by));
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer data)
{
  SenPerception *self = SEN_PERCEPTION (source);
  const Check *check = g_task_get_task_data (G_TASK (result));
  Look *look = g_hash_table_lookup (self->looks, check->attachment);
  if (look == NULL || look->job != NULL)
    return;
  if (g_task_propagate_boolean (G_TASK (result), NULL))
    {
      begin_look (look);
      return;
    }
  g_hash_table_remove (self->looks, check->attachment);
  if (check->known != check->attachment)
    sen_attachment_understood (check->attachment, sen_attachment_facts (check->known));
}

/* The models at hand are files: not for the main thread. */
static void
check_known (SenPerception *self, SenAttachment *attachment, SenAttachment *known)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, on_checked, NULL);
  Check *check = g_new (Check, 1);
  const SenAttachmentFacts *facts = sen_attachment_facts (known);
  *check = (Check) {
    g_object_ref (self), g_object_ref (attachment), g_object_ref (known), facts->kind, g_strdup (facts->words), g_strdup (facts->words_by),
  };
  g_task_set_task_data (task, check, free_check);
  g_task_run_in_thread (task, run_check);
}

static void
on_known (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SenPerception) self = g_object_ref (SEN_PERCEPTION (g_task_get_task_data (G_TASK (result))));
  g_autoptr (SenAttachment) attachment = data;
  g_autoptr (SenAttachment) known = g_task_propagate_pointer (G_TASK (result), NULL);
  Look *look = g_hash_table_lookup (self->looks, attachment);
  if (look == NULL || look->job != NULL)
    return;
  if (known == NULL)
    begin_look (look);
  else
    check_known (self, attachment, known);
}

/* Its content is there: perhaps that has been understood before. */
static void
find_known (SenPerception *self, Look *look)
{
  SenHistoryStore *store = self->history != NULL ? sen_history_store (self->history) : NULL;
  if (store == NULL)
    {
      begin_look (look);
      return;
    }
  g_autoptr (GTask) task = g_task_new (self->history, NULL, on_known, g_object_ref (look->attachment));
  g_task_set_task_data (task, g_object_ref (self), g_object_unref);
  sen_history_store_read (store, sen_attachment_read_known, g_strdup (sen_attachment_sha256 (look->attachment)), g_free, g_object_unref,
                          task);
}

static void
on_arrived (SenAttachment *attachment, Look *look)
{
  if (sen_attachment_state (attachment) == SEN_ATTACHMENT_COPYING)
    return;
  g_signal_handler_disconnect (attachment, look->handler);
  look->handler = 0;
  if (sen_attachment_state (attachment) == SEN_ATTACHMENT_NEW)
    find_known (look->perception, look);
  else
    g_hash_table_remove (look->perception->looks, attachment);
}

static Look *
add_look (SenPerception *self, SenAttachment *attachment)
{
  Look *look = g_new0 (Look, 1);
  look->perception = self;
  look->attachment = g_object_ref (attachment);
  g_hash_table_insert (self->looks, attachment, look);
  return look;
}

static void
look_at (SenPerception *self, SenAttachment *attachment)
{
  g_autofree char *path = sen_attachment_path (attachment);
  SenAttachmentState state = sen_attachment_state (attachment);
  if (g_hash_table_contains (self->looks, attachment) || (path == NULL && state != SEN_ATTACHMENT_COPYING))
    return;
  Look *look = add_look (self, attachment);
  if (state == SEN_ATTACHMENT_COPYING)
    look->handler = g_signal_connect (attachment, "changed", G_CALLBACK (on_arrived), look);
  else if (state == SEN_ATTACHMENT_FAILED)
    begin_look (look);
  else
    find_known (self, look);
}

void
sen_perception_look (SenPerception *self, SenAttachment *attachment)
{
  SenAttachmentState state = sen_attachment_state (attachment);
  if (state == SEN_ATTACHMENT_NEW || state == SEN_ATTACHMENT_COPYING)
    look_at (self, attachment);
}

void
sen_perception_renew (SenPerception *self, SenAttachment *attachment)
{
  if (sen_attachment_state (attachment) != SEN_ATTACHMENT_READY || g_hash_table_contains (self->looks, attachment))
    return;
  add_look (self, attachment);
  check_known (self, attachment, attachment);
}

void
sen_perception_rest (SenPerception *self)
{
  g_thread_pool_push (self->pool, &rest, NULL);
}

void
sen_perception_forget (SenPerception *self, SenAttachment *attachment)
{
  Look *look = g_hash_table_lookup (self->looks, attachment);
  if (look != NULL && look->job != NULL)
    sen_job_cancel (look->job);   /* and its end takes it away */
  else if (look != NULL)
    g_hash_table_remove (self->looks, attachment);
}

/* --- Several ------------------------------------------------------------------------------------------------------------------------ */

typedef struct {
  SenPerception *perception;
  GPtrArray     *attachments;
  SenJob        *job;
} Settling;

static bool
is_in_work (SenPerception *self, SenAttachment *attachment)
{
  return g_hash_table_contains (self->looks, attachment) || sen_attachment_state (attachment) == SEN_ATTACHMENT_COPYING;
}

static void
free_settling (gpointer data)
{
  Settling *settling = data;
  g_object_unref (settling->perception);
  g_object_unref (settling->job);
  g_ptr_array_unref (settling->attachments);
  g_free (settling);
}

static gboolean
check_settled (gpointer data)
{
  Settling *settling = data;
  guint n_open = 0;
  bool is_cancelled = sen_cancel_requested (sen_job_cancellation (settling->job));
  for (guint i = 0; i < settling->attachments->len; i++)
    {
      SenAttachment *attachment = g_ptr_array_index (settling->attachments, i);
      /* What was given up a moment ago, when an earlier question was, is begun once more. */
      if (is_cancelled)
        sen_perception_forget (settling->perception, attachment);
      else
        sen_perception_look (settling->perception, attachment);
      n_open += is_in_work (settling->perception, attachment);
    }
  if (!is_cancelled && n_open > 0)
    {
      sen_job_report_stage (settling->job, "Perceiving", 1.0 - (double) n_open / settling->attachments->len);
      return G_SOURCE_CONTINUE;
    }
  sen_job_report_finished (settling->job, is_cancelled ? g_error_new_literal (SEN_ERROR, SEN_ERROR_CANCELLED, "cancelled") : NULL);
  return G_SOURCE_REMOVE;
}

SenJob *
sen_perception_settle (SenPerception *self, GPtrArray *attachments, bool retry)
{
  Settling *settling = g_new0 (Settling, 1);
  settling->perception = g_object_ref (self);
  settling->job = sen_job_new ();
  settling->attachments = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < attachments->len; i++)
    {
      SenAttachment *attachment = g_ptr_array_index (attachments, i);
      SenAttachmentState state = sen_attachment_state (attachment);
      g_ptr_array_add (settling->attachments, g_object_ref (attachment));
      if (state == SEN_ATTACHMENT_NEW || (state == SEN_ATTACHMENT_FAILED && retry))
        look_at (self, attachment);
    }
  SenJob *job = g_object_ref (settling->job);
  g_timeout_add_full (G_PRIORITY_DEFAULT, POLL_MS, check_settled, settling, free_settling);
  return job;
}

/* --- How far it is ------------------------------------------------------------------------------------------------------------------ */

static bool
is_settled (SenAttachment *attachment)
{
  SenAttachmentState state = sen_attachment_state (attachment);
  return state == SEN_ATTACHMENT_READY || (state == SEN_ATTACHMENT_FAILED && sen_attachment_stage (attachment) == NULL);
}

bool
sen_perception_progress (GPtrArray *attachments, SenPerceptionProgress *progress)
{
  guint found = attachments->len;
  for (guint i = 0; i < attachments->len; i++)
    {
      /* The one that is being worked on, or else the first that waits. */
      SenAttachment *attachment = g_ptr_array_index (attachments, i);
      if (!is_settled (attachment) && (found == attachments->len || sen_attachment_stage (attachment) != NULL))
        {
          found = i;
          if (sen_attachment_stage (attachment) != NULL)
            break;
        }
    }
  if (found == attachments->len)
    return false;
  SenAttachment *current = g_ptr_array_index (attachments, found);
  const SenAttachmentFacts *facts = sen_attachment_facts (current);
  const char *stage = sen_attachment_stage (current);
  *progress = (SenPerceptionProgress) {
    .kind = facts->kind,
    .is_listening = stage != NULL ? g_str_equal (stage, SEN_STAGE_LISTEN) : facts->kind == SEN_ATTACHMENT_SOUND,
    .total = facts->seconds,
    .done = MAX (sen_attachment_fraction (current), 0.0) * facts->seconds,
  };
  for (guint i = 0; i < attachments->len; i++)
    if (sen_attachment_kind (g_ptr_array_index (attachments, i)) == facts->kind)
      {
        progress->n++;
        progress->number += i <= found;
      }
  return true;
}

char *
sen_perception_describe (GPtrArray *attachments)
{
  SenPerceptionProgress progress;
  static const char *const names[] = { "file", "picture", "recording", "video" };
  if (!sen_perception_progress (attachments, &progress))
    return NULL;
  guint n_seconds = (guint) lrint (progress.total);
  if (progress.is_listening && n_seconds > 0)
    {
      g_autofree char *done = sen_clock_format ((guint) progress.done), *total = sen_clock_format (n_seconds);
      return g_strdup_printf ("Listening %s of %s", done, total);
    }
  if (progress.is_listening)
    return g_strdup ("Listening");
  return g_strdup_printf ("Looking at %s %u of %u", names[progress.kind], progress.number, progress.n);
}

/* --- Pictures and waveforms to show ------------------------------------------------------------------------------------------------- */

typedef struct {
  SenSenses        *senses;     /* the task keeps the perception that owns it */
  char             *path, *sha256;
  SenAttachmentKind kind;
  int               longest_side;   /* of a picture; 0: it is a waveform */
  SenCancel         cancel;
} Showing;

static void
free_showing (gpointer data)
{
  Showing *showing = data;
  g_free (showing->path);
  g_free (showing->sha256);
  g_free (showing);
}

static void
on_showing_cancelled (GCancellable *cancellable, Showing *showing)
{
  g_atomic_int_set (&showing->cancel.requested, 1);
}

static void
run_showing (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Showing *showing = data;
  GError *error = NULL;
  gulong handler = cancellable != NULL ? g_cancellable_connect (cancellable, G_CALLBACK (on_showing_cancelled), showing, NULL) : 0;
  bool is_picture = showing->longest_side != 0;
  gpointer shown = is_picture ? (gpointer) sen_senses_picture (showing->senses, showing->path, showing->kind, showing->longest_side,
                                                               &showing->cancel, &error)
                              : (gpointer) sen_senses_peaks (showing->senses, showing->path, SEN_PERCEPTION_N_PEAKS, &showing->cancel,
                                                             &error);
  if (handler != 0)
    g_cancellable_disconnect (cancellable, handler);
  if (shown != NULL)
    g_task_return_pointer (task, shown, is_picture ? (GDestroyNotify) sen_image_unref : (GDestroyNotify) sen_peaks_free);
  else
    g_task_return_error (task, error);
}

static void
show (SenPerception *self, SenAttachment *attachment, int longest_side, GCancellable *cancellable, GAsyncReadyCallback callback,
      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Showing *showing = g_new0 (Showing, 1);
  *showing = (Showing) {
    .senses = self->senses, .path = sen_attachment_path (attachment), .sha256 = g_strdup (sen_attachment_sha256 (attachment)),
    .kind = sen_attachment_kind (attachment), .longest_side = longest_side,
  };
  g_task_set_task_data (task, showing, free_showing);
  if (showing->path == NULL)
    g_task_return_new_error (task, SEN_ERROR, SEN_ERROR_NOT_FOUND, "there is nothing to show");
  else
    g_task_run_in_thread (task, run_showing);
}

void
sen_perception_picture_async (SenPerception *self, SenAttachment *attachment, int longest_side, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  show (self, attachment, longest_side, cancellable, callback, user_data);
}

SenImage *
sen_perception_picture_finish (SenPerception *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
sen_perception_peaks_async (SenPerception *self, SenAttachment *attachment, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  show (self, attachment, 0, cancellable, callback, user_data);
}

const SenPeaks *
sen_perception_peaks_finish (SenPerception *self, GAsyncResult *result, GError **error)
{
  const Showing *showing = g_task_get_task_data (G_TASK (result));
  g_autoptr (SenPeaks) peaks = g_task_propagate_pointer (G_TASK (result), error);
  if (peaks == NULL)
    return NULL;
  if (!g_hash_table_contains (self->peaks, showing->sha256))
    g_hash_table_insert (self->peaks, g_strdup (showing->sha256), g_steal_pointer (&peaks));
  return g_hash_table_lookup (self->peaks, showing->sha256);
}

const SenPeaks *
sen_perception_known_peaks (SenPerception *self, SenAttachment *attachment)
{
  const char *sha256 = sen_attachment_sha256 (attachment);
  return sha256 != NULL ? g_hash_table_lookup (self->peaks, sha256) : NULL;
}

/* --- When words are said ------------------------------------------------------------------------------------------------------------ */

/* A recording that is heard once more. The thread sees path, job and words only. */
typedef struct {
  Work    work;
  GTask  *task;        /* keeps the perception; its data is the SHA-256 */
  char   *path;
  gulong  handler;     /* of its cancellable, or 0 */
  SenJob *job;
  GArray *words;
} Timing;

static void
run_timing (Work *work, SenSenses *senses)
{
  Timing *timing = (Timing *) work;
  GError *error = NULL;
  timing->words = sen_senses_time_words (senses, timing->path, sen_job_cancellation (timing->job), &error);
  sen_job_report_finished (timing->job, error);
}

static void begin_timing (Timing *timing);

static void
on_timing_finished (SenJob *job, Timing *timing)
{
  g_autoptr (SenPerception) self = g_object_ref (g_task_get_source_object (timing->task));
  GCancellable *cancellable = g_task_get_cancellable (timing->task);
  const GError *error = sen_job_error (job);
  g_signal_handlers_disconnect_by_data (job, timing);
  g_clear_object (&timing->job);
  if (g_error_matches (error, SEN_ERROR, SEN_ERROR_CANCELLED) && !g_cancellable_is_cancelled (cancellable))
    {
      begin_timing (timing);   /* it was put off */
      return;
    }
  g_ptr_array_remove (self->timings, timing);
  if (timing->handler != 0)
    g_cancellable_disconnect (cancellable, timing->handler);
  if (timing->words != NULL)
    g_task_return_pointer (timing->task, timing->words, (GDestroyNotify) g_array_unref);
  else
    g_task_return_error (timing->task, g_error_copy (error));
  g_object_unref (timing->task);
  g_free (timing->path);
  g_free (timing);
}

static void
begin_timing (Timing *timing)
{
  SenPerception *self = g_task_get_source_object (timing->task);
  timing->work.run = run_timing;
  timing->job = sen_job_new ();
  g_signal_connect (timing->job, "finished", G_CALLBACK (on_timing_finished), timing);
  g_thread_pool_push (self->pool, timing, NULL);
}

static void
on_timing_cancelled (GCancellable *cancellable, Timing *timing)
{
  if (timing->job != NULL)
    sen_job_cancel (timing->job);
}

/* What is attached now is understood first; they are heard from their beginning behind it. */
static void
put_timings_off (SenPerception *self)
{
  for (guint i = 0; i < self->timings->len; i++)
    on_timing_cancelled (NULL, g_ptr_array_index (self->timings, i));
}

void
sen_perception_words_async (SenPerception *self, SenAttachment *attachment, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autofree char *path = sen_attachment_path (attachment);
  g_task_set_task_data (task, g_strdup (sen_attachment_sha256 (attachment)), g_free);
  if (path == NULL)
    g_task_return_new_error (task, SEN_ERROR, SEN_ERROR_NOT_FOUND, "there is nothing to hear");
  else if (sen_attachment_facts (attachment)->seconds > SEN_PERCEPTION_TIMED_SECONDS)
    g_task_return_new_error (task, SEN_ERROR, SEN_ERROR_LIMIT, "the recording is too long to be heard once more");
  if (path == NULL || sen_attachment_facts (attachment)->seconds > SEN_PERCEPTION_TIMED_SECONDS)
    return;
  Timing *timing = g_new0 (Timing, 1);
  timing->task = g_object_ref (task);
  timing->path = g_steal_pointer (&path);
  g_ptr_array_add (self->timings, timing);
  begin_timing (timing);
  if (cancellable != NULL)
    timing->handler = g_cancellable_connect (cancellable, G_CALLBACK (on_timing_cancelled), timing, NULL);
}

const GArray *
sen_perception_words_finish (SenPerception *self, GAsyncResult *result, GError **error)
{
  const char *sha256 = g_task_get_task_data (G_TASK (result));
  g_autoptr (GArray) words = g_task_propagate_pointer (G_TASK (result), error);
  if (words == NULL)
    return NULL;
  if (!g_hash_table_contains (self->words, sha256))
    g_hash_table_insert (self->words, g_strdup (sha256), g_steal_pointer (&words));
  return g_hash_table_lookup (self->words, sha256);
}

const GArray *
sen_perception_known_words (SenPerception *self, SenAttachment *attachment)
{
  const char *sha256 = sen_attachment_sha256 (attachment);
  return sha256 != NULL ? g_hash_table_lookup (self->words, sha256) : NULL;
}

/* --- Sound to hear -------------------------------------------------------------------------------------------------------------------- */

SenPlay *
sen_perception_play (SenPerception *self, SenAttachment *attachment, double start)
{
  g_autofree char *path = sen_attachment_path (attachment);
  if (self->play != NULL)
    sen_play_stop (self->play);
  SenPlay *play = sen_play_new (self->senses, G_OBJECT (self), path != NULL ? path : "", start);
  g_set_weak_pointer (&self->play, play);
  return play;
}

/* --- The object --------------------------------------------------------------------------------------------------------------------- */

SenPerception *
sen_perception_new (SenSenses *senses, SenHistory *history)
{
  SenPerception *self = g_object_new (SEN_TYPE_PERCEPTION, NULL);
  self->senses = senses;
  self->pool = g_thread_pool_new (run_work, senses, 1, FALSE, NULL);
  g_set_weak_pointer (&self->history, history);
  return self;
}

static void
sen_perception_dispose (GObject *object)
{
  SenPerception *self = SEN_PERCEPTION (object);
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, self->looks);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Look *look = value;
      look->perception = NULL;
      g_hash_table_iter_steal (&iter);
      if (look->job != NULL)
        sen_job_cancel (look->job);   /* ends in the main context, if that still runs */
      else
        free_look (look);
    }
  g_clear_weak_pointer (&self->history);
  g_clear_weak_pointer (&self->play);
  if (self->pool != NULL)
    g_thread_pool_free (g_steal_pointer (&self->pool), FALSE, TRUE);
  g_clear_pointer (&self->senses, sen_senses_free);
  G_OBJECT_CLASS (sen_perception_parent_class)->dispose (object);
}

static void
sen_perception_finalize (GObject *object)
{
  g_hash_table_unref (SEN_PERCEPTION (object)->looks);
  g_hash_table_unref (SEN_PERCEPTION (object)->peaks);
  g_hash_table_unref (SEN_PERCEPTION (object)->words);
  g_ptr_array_unref (SEN_PERCEPTION (object)->timings);
  G_OBJECT_CLASS (sen_perception_parent_class)->finalize (object);
}

static void
sen_perception_class_init (SenPerceptionClass *class)
{
  G_OBJECT_CLASS (class)->dispose = sen_perception_dispose;
  G_OBJECT_CLASS (class)->finalize = sen_perception_finalize;
}

static void
sen_perception_init (SenPerception *self)
{
  self->looks = g_hash_table_new_full (NULL, NULL, NULL, free_look);
  self->peaks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) sen_peaks_free);
  self->timings = g_ptr_array_new ();
  self->words = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
}

/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The thread that indexes, what others say to it, and what they are told. */
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sen-crawl.h"
#include "sen-error.h"
#include "sen-file-kinds.h"
#include "sen-index-reason.h"
#include "sen-indexer-private.h"

/* Progress is told no more often. */
#define TELL_MS 100
/* How long a rate looks back: SEN_RATE_POINTS of these. */
#define RATE_POINT_US (2 * G_USEC_PER_SEC)
/* The power is looked at again, an index that can't be written is tried again, folders are looked through whose changes can't be watched,
 * and those whose can. */
#define POWER_MS 10000
#define AGAIN_MS 30000
#define UNWATCHED_MS (10 * 60 * 1000)
#define WATCHED_MS (6 * 60 * 60 * 1000)
/* While it waits no longer than this, models stay open. */
#define REST_MS 5000
/* Contents without a file stay a day, so that what comes back has not to be read again; so many rows are deleted in one go. */
#define TIDY_AGE_S (24 * 60 * 60)
#define TIDY_ROWS 2000
/* Of the thread and all it starts: the least. */
#define GENTLE_NICE 19

typedef enum { ORDER_ADD, ORDER_REMOVE, ORDER_RESCAN, ORDER_RETRY, ORDER_USE } OrderKind;

typedef struct {
  OrderKind kind;
  char     *path;        /* or the name of a device */
  uint32_t  n_threads;   /* of ORDER_USE */
} Order;

static void
free_order (gpointer data)
{
  Order *order = data;
  g_free (order->path);
  g_free (order);
}

char *
sen_index_default_path (void)
{
  return g_build_filename (g_get_user_data_dir (), "sensorium", "index.db", NULL);
}

void
sen_index_progress_clear (SenIndexProgress *progress)
{
  g_free (progress->path);
  g_free (progress->sentence);
  g_strfreev (progress->notes);
  *progress = (SenIndexProgress) { 0 };
}

/* --- Being told ----------------------------------------------------------------------------------------------------------------------- */

static gboolean
tell (gpointer data)
{
  SenIndexer *self = data;
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->told, g_source_unref);
  g_mutex_unlock (&self->lock);
  self->changed (self->data);
  return G_SOURCE_REMOVE;
}

/* Under the lock. */
static void
has_changed (SenIndexer *self)
{
  g_cond_broadcast (&self->cond);
  if (self->changed == NULL || self->told != NULL)
    return;
  self->told = g_timeout_source_new (TELL_MS);
  g_source_set_callback (self->told, tell, self, NULL);
  g_source_attach (self->told, self->context);
}

/* Under the lock. */
static void
set_stage (SenIndexer *self, SenIndexerStage stage, const char *sentence)
{
  if (self->progress.stage == stage && g_strcmp0 (self->progress.sentence, sentence) == 0)
    return;
  self->progress.stage = stage;
  g_free (self->progress.sentence);
  self->progress.sentence = g_strdup (sentence);
  has_changed (self);
}

/* Under the lock: what was done before is no measure of what comes. */
static void
forget_rate (SenIndexer *self)
{
  self->n_rate = 0;
  self->progress.rate = 0.0;
  self->progress.eta_s = -1.0;
}

void
sen_indexer_begin_stage (SenIndexer *self, SenIndexerStage stage, uint64_t n_total)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  self->working_stage = stage;
  self->progress.n_done = 0;
  self->progress.n_total = n_total;
  g_clear_pointer (&self->progress.path, g_free);
  forget_rate (self);
  set_stage (self, stage, NULL);
  has_changed (self);
}

/* Under the lock. */
static void
measure_rate (SenIndexer *self)
{
  SenIndexProgress *progress = &self->progress;
  gint64 now = g_get_monotonic_time ();
  uint32_t last = (self->n_rate + SEN_RATE_POINTS - 1) % SEN_RATE_POINTS;
  if (self->n_rate == 0 || now - self->rate_times[last] >= RATE_POINT_US)
    {
      self->rate_times[self->n_rate % SEN_RATE_POINTS] = now;
      self->rate_counts[self->n_rate % SEN_RATE_POINTS] = progress->n_done;
      self->n_rate++;
    }
  uint32_t first = self->n_rate > SEN_RATE_POINTS ? self->n_rate % SEN_RATE_POINTS : 0;
  double seconds = (double) (now - self->rate_times[first]) / G_USEC_PER_SEC;
  if (seconds < 0.5)
    return;
  progress->rate = (double) (progress->n_done - self->rate_counts[first]) / seconds;
  progress->eta_s = progress->rate > 0.0 && progress->n_total > 0
                    ? (double) (progress->n_total - MIN (progress->n_done, progress->n_total)) / progress->rate : -1.0;
}

void
sen_indexer_advance (SenIndexer *self, uint64_t n, const char *path)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  self->progress.n_done += n;
  measure_rate (self);
  g_free (self->progress.path);
  self->progress.path = g_strdup (path);
  has_changed (self);
}

void
sen_indexer_note (SenIndexer *self, const char *what, const char *sentence)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  if (sentence != NULL)
    g_hash_table_insert (self->notes, g_strdup (what), g_strdup (sentence));
  else
    g_hash_table_remove (self->notes, what);
  g_autoptr (GStrvBuilder) list = g_strv_builder_new ();
  g_autoptr (GList) keys = g_list_sort (g_hash_table_get_keys (self->notes), (GCompareFunc) strcmp);
  for (const GList *key = keys; key != NULL; key = key->next)
    g_strv_builder_add (list, g_hash_table_lookup (self->notes, key->data));
  g_strfreev (self->progress.notes);
  self->progress.notes = g_strv_builder_end (list);
  has_changed (self);
}

void
sen_indexer_get_progress (SenIndexer *self, SenIndexProgress *progress)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  *progress = self->progress;
  progress->path = g_strdup (self->progress.path);
  progress->sentence = g_strdup (self->progress.sentence);
  progress->notes = g_strdupv (self->progress.notes);
}

static bool
is_at_rest (SenIndexerStage stage)
{
  return stage == SEN_INDEXER_UP_TO_DATE || stage == SEN_INDEXER_FAILED || stage == SEN_INDEXER_ELSEWHERE;
}

bool
sen_indexer_wait (SenIndexer *self, uint32_t timeout_ms)
{
  gint64 end = g_get_monotonic_time () + (gint64) timeout_ms * 1000;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  while (!is_at_rest (self->progress.stage) || (self->progress.stage == SEN_INDEXER_UP_TO_DATE && self->orders->len > 0))
    if (!g_cond_wait_until (&self->cond, &self->lock, end))
      return false;
  return true;
}

/* --- Orders --------------------------------------------------------------------------------------------------------------------------- */

static void
wake (SenIndexer *self)
{
  const uint64_t one = 1;
  /* A counter that is full wakes as well. */
  if (write (self->wake_fd, &one, sizeof one) < 0)
    return;
}

static void
give_order (SenIndexer *self, OrderKind kind, const char *path, uint32_t n_threads)
{
  g_mutex_lock (&self->lock);
  Order *order = g_new (Order, 1);
  *order = (Order) { kind, g_strdup (path), n_threads };
  g_ptr_array_add (self->orders, order);
  g_atomic_int_set (&self->yield.requested, 1);
  g_atomic_int_set (&self->hush.requested, 1);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  wake (self);
}

void
sen_indexer_add_root (SenIndexer *self, const char *path)
{
  g_return_if_fail (*path == '/');
  give_order (self, ORDER_ADD, path, 0);
}

void
sen_indexer_remove_root (SenIndexer *self, const char *path)
{
  give_order (self, ORDER_REMOVE, path, 0);
}

void
sen_indexer_rescan (SenIndexer *self)
{
  give_order (self, ORDER_RESCAN, NULL, 0);
}

void
sen_indexer_retry (SenIndexer *self)
{
  give_order (self, ORDER_RETRY, NULL, 0);
}

void
sen_indexer_use (SenIndexer *self, const char *device, uint32_t n_threads)
{
  give_order (self, ORDER_USE, device, n_threads);
}

void
sen_indexer_set_paused (SenIndexer *self, bool is_paused)
{
  g_mutex_lock (&self->lock);
  self->is_paused = is_paused;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  wake (self);
}

void
sen_indexer_set_only_on_mains (SenIndexer *self, bool only_on_mains)
{
  g_mutex_lock (&self->lock);
  self->only_on_mains = only_on_mains;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  wake (self);
}

/* Now and then, and not under the lock: the kernel may ask the battery itself. */
static void
look_at_power (SenIndexer *self)
{
  gint64 now = g_get_monotonic_time ();
  g_mutex_lock (&self->lock);
  bool is_due = self->only_on_mains && (self->power_time == 0 || now - self->power_time >= POWER_MS * 1000);
  if (is_due)
    self->power_time = now;
  g_mutex_unlock (&self->lock);
  if (!is_due)
    return;
  bool is_mains = sen_power_is_mains (NULL);
  g_mutex_lock (&self->lock);
  self->is_mains = is_mains;
  g_mutex_unlock (&self->lock);
}

/* Under the lock. */
static bool
is_held_up (SenIndexer *self)
{
  return self->is_paused || (self->only_on_mains && !self->is_mains);
}

bool
sen_indexer_is_held_up (SenIndexer *self)
{
  look_at_power (self);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  return is_held_up (self);
}

/* Until nothing holds it up, or it is to end. */
static void
wait_held_up (SenIndexer *self)
{
  while (sen_indexer_is_held_up (self) && !sen_cancel_requested (&self->stop))
    {
      g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
      if (!is_held_up (self) || sen_cancel_requested (&self->stop))
        continue;
      set_stage (self, self->is_paused ? SEN_INDEXER_PAUSED : SEN_INDEXER_ON_BATTERY, NULL);
      g_cond_wait_until (&self->cond, &self->lock, g_get_monotonic_time () + POWER_MS * 1000);
    }
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  forget_rate (self);
  set_stage (self, self->working_stage, NULL);
}

bool
sen_indexer_may_go_on (SenIndexer *self)
{
  if (!sen_indexer_is_held_up (self) || sen_cancel_requested (&self->stop))
    return !sen_cancel_requested (&self->stop);
  /* The store is the thread's. What its workers are at ends behind the next page. */
  bool is_own = g_thread_self () == self->own, is_held = is_own && sen_index_hold (self, true);
  if (is_own)
    {
      self->was_held_up = true;
      g_atomic_int_set (&self->yield.requested, 1);
    }
  wait_held_up (self);
  if (is_held)
    sen_index_hold (self, false);
  return !sen_cancel_requested (&self->stop);
}

bool
sen_indexer_has_orders (SenIndexer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  return self->orders->len > 0;
}

bool
sen_indexer_has_news (SenIndexer *self)
{
  return sen_indexer_has_orders (self) || (self->watch != NULL && sen_watch_is_due (self->watch));
}

/* --- Folders -------------------------------------------------------------------------------------------------------------------------- */

typedef struct {
  int64_t root;
  char   *path;
} Root;

static void
clear_root (gpointer data)
{
  g_free (((Root *) data)->path);
}

static void
note_root (int64_t root, const char *path, gpointer data)
{
  const Root entry = { root, g_strdup (path) };
  g_array_append_val ((GArray *) data, entry);
}

/* (transfer full) */
static GArray *
list_roots (SenIndexer *self, GError **error)
{
  g_autoptr (GArray) roots = g_array_new (FALSE, FALSE, sizeof (Root));
  g_array_set_clear_func (roots, clear_root);
  return sen_store_each_root (self->store, note_root, roots, error) ? g_steal_pointer (&roots) : NULL;
}

/* Whether @path is @folder or lies in it. */
static bool
is_within (const char *path, const char *folder)
{
  size_t n = strlen (folder);
  while (n > 0 && folder[n - 1] == '/')
    n--;
  return strncmp (path, folder, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

/* The index itself is never opened: see sen_file_kind(). */
static SenFileKind
find_kind (const char *path, const char **format, gpointer data)
{
  SenIndexer *self = data;
  g_autofree char *name = g_path_get_basename (path), *own = g_path_get_basename (self->path);
  if (!g_str_has_prefix (name, own))
    return sen_file_kind (path, format, NULL);
  *format = "";
  return SEN_FILE_OTHER;
}

static void
report_file (const SenCrawlCounts *counts, const char *path, gpointer data)
{
  SenIndexer *self = data;
  /* What holds the work up holds it up here; when it is to end, the crawl sees that itself. */
  sen_indexer_may_go_on (self);
  sen_indexer_advance (self, 1, path);
}

static void
report_folder (const char *path, gpointer data)
{
  SenIndexer *self = data;
  if (self->watch != NULL)
    sen_watch_add (self->watch, path);
}

static void
report_refused (const char *path, int code, gpointer data)
{
  SenIndexer *self = data;
  g_hash_table_insert (self->refused, g_strdup (path), GINT_TO_POINTER (code));
}

/* What is looked at anew tells itself whether it can be: @folder, and what lies in it unless @is_alone. */
static void
forget_refused (SenIndexer *self, const char *folder, bool is_alone)
{
  GHashTableIter iter;
  gpointer path;
  g_hash_table_iter_init (&iter, self->refused);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    if (is_within (path, folder) && (!is_alone || is_within (folder, path)))
      g_hash_table_iter_remove (&iter);
}

/* Of all folders in @root that can't be read, of which a look at a part of it has seen but some; the first by its path is named. What lies
 * in them stays as the index has it. */
static void
note_refused (SenIndexer *self, const Root *root)
{
  const char *first = NULL;
  int why = 0;
  guint n = 0;
  GHashTableIter iter;
  gpointer path, code;
  g_hash_table_iter_init (&iter, self->refused);
  while (g_hash_table_iter_next (&iter, &path, &code))
    if (is_within (path, root->path))
      {
        n++;
        if (first == NULL || strcmp (path, first) < 0)
          {
            first = path;
            why = GPOINTER_TO_INT (code);
          }
      }
  g_autofree char *what = g_strconcat ("refused ", root->path, NULL), *count = g_strdup_printf ("%u", n);
  g_autofree char *name = first != NULL ? g_filename_display_name (first) : NULL;
  g_autofree char *sentence = n == 0
    ? NULL : sen_index_say (n == 1 ? SEN_INDEX_REASON_REFUSED : SEN_INDEX_REASON_MANY_REFUSED, "count", count, "name", name,
                            "detail", g_strerror (why), NULL);
  sen_indexer_note (self, what, sentence);
}

/* Whether another program, which perhaps knew or could read less, was the last to go through @root; as sen_store_get_program(). */
static bool
find_other (SenIndexer *self, int64_t root, bool *is_other, GError **error)
{
  g_autofree char *last = NULL;
  *is_other = false;
  if (self->program == NULL)
    return true;
  bool ok = sen_store_get_program (self->store, root, &last, error);
  *is_other = ok && g_strcmp0 (last, self->program) != 0;
  return ok;
}

/* Looks through @root, or what of it lies @below. A folder that is not there is a note. */
static bool
crawl (SenIndexer *self, const Root *root, const char *below, bool is_shallow, GError **error)
{
  SenCrawlCounts counts;
  bool is_other = false;
  g_autoptr (GError) why = NULL;
  if (below == NULL && !find_other (self, root->root, &is_other, error))
    return false;
  const SenCrawlParams params = {
    .store = self->store, .root = root->path, .ignore = self->ignore, .takes_hidden = self->takes_hidden,
    .takes_mounts = self->takes_mounts, .max_bytes = self->max_bytes, .kind = find_kind, .progress = report_file,
    .folder = report_folder, .refused = report_refused, .data = self, .looks_anew = is_other, .below = below,
    .is_shallow = is_shallow,
  };
  forget_refused (self, below != NULL ? below : root->path, is_shallow);
  bool ok = sen_crawl (&params, &counts, &self->stop, &why);
  bool is_absent = g_error_matches (why, SEN_ERROR, SEN_ERROR_NOT_FOUND);
  self->lacks_root |= is_absent;
  sen_indexer_note (self, root->path, is_absent ? why->message : NULL);
  note_refused (self, root);
  if (ok && is_other)
    return sen_store_set_program (self->store, root->root, self->program, error);
  if (ok || g_error_matches (why, SEN_ERROR, SEN_ERROR_NOT_FOUND) || g_error_matches (why, SEN_ERROR, SEN_ERROR_CANCELLED))
    return true;
  g_propagate_error (error, g_steal_pointer (&why));
  return false;
}

static bool
crawl_all (SenIndexer *self, GError **error)
{
  g_autoptr (GArray) roots = list_roots (self, error);
  if (roots == NULL)
    return false;
  sen_indexer_begin_stage (self, SEN_INDEXER_LOOKING, 0);
  self->lacks_root = false;
  if (self->watch != NULL)
    sen_watch_begin (self->watch);
  for (guint i = 0; i < roots->len && !sen_cancel_requested (&self->stop); i++)
    if (!crawl (self, &g_array_index (roots, Root, i), NULL, false, error))
      return false;
  return true;
}

static bool
crawl_changes (SenIndexer *self, const GPtrArray *changes, GError **error)
{
  g_autoptr (GArray) roots = list_roots (self, error);
  if (roots == NULL)
    return false;
  sen_indexer_begin_stage (self, SEN_INDEXER_LOOKING, 0);
  for (guint i = 0; i < changes->len; i++)
    for (guint j = 0; j < roots->len && !sen_cancel_requested (&self->stop); j++)
      {
        const SenWatchChange *change = g_ptr_array_index (changes, i);
        const Root *root = &g_array_index (roots, Root, j);
        g_autofree char *folder = g_strconcat (root->path, g_str_has_suffix (root->path, "/") ? "" : "/", NULL);
        if (g_str_has_prefix (change->path, folder)
            && !crawl (self, root, change->path, !change->is_deep, error))
          return false;
      }
  return true;
}

/* Workers are started anew, before there is something to do. */
static void
change_device (SenIndexer *self, const Order *order)
{
  sen_index_stop_workers (self);
  g_clear_pointer (&self->encoders, sen_find_encoders_free);
  g_clear_pointer (&self->reader.tokenizer, sen_tokenizer_unref);
  g_free (self->device);
  self->device = g_strdup (order->path);
  self->params.device = self->device;
  self->params.n_threads = order->n_threads;
  self->encoders = sen_find_encoders_new (&self->params);
}

/* *@is_wanted: what is there is to be looked through. */
static bool
obey (SenIndexer *self, const Order *order, bool *is_wanted, GError **error)
{
  g_autoptr (GArray) roots = list_roots (self, error);
  if (roots == NULL)
    return false;
  *is_wanted |= order->kind != ORDER_REMOVE;
  if (order->kind == ORDER_RETRY)
    return sen_store_retry_failed (self->store, error);
  if (order->kind == ORDER_USE)
    change_device (self, order);
  if (order->kind == ORDER_RESCAN || order->kind == ORDER_USE)
    return true;
  bool is_covered = false;
  int64_t added;
  for (guint i = 0; i < roots->len; i++)
    is_covered |= is_within (order->path, g_array_index (roots, Root, i).path);
  /* It takes those in that lie in it, before they go. */
  if (order->kind == ORDER_ADD && !is_covered && !sen_store_add_root (self->store, order->path, &added, error))
    return false;
  for (guint i = 0; i < roots->len; i++)
    {
      const Root *root = &g_array_index (roots, Root, i);
      bool is_same = is_within (order->path, root->path) && is_within (root->path, order->path);
      if (order->kind == ORDER_ADD ? !is_same && is_within (root->path, order->path) : is_same)
        {
          g_autofree char *folder = g_strconcat (root->path, g_str_has_suffix (root->path, "/") ? "" : "/", NULL);
          g_autoptr (GError) why = NULL;
          /* At the end there is no time for its files; it is no root any more all the same. */
          if (!sen_store_remove_root (self->store, root->root, &why) && !g_error_matches (why, SEN_ERROR, SEN_ERROR_CANCELLED))
            {
              g_propagate_error (error, g_steal_pointer (&why));
              return false;
            }
          forget_refused (self, root->path, false);
          note_refused (self, root);
          sen_indexer_note (self, root->path, NULL);
          if (self->watch != NULL)
            sen_watch_remove (self->watch, folder);
        }
    }
  return true;
}

static bool
obey_all (SenIndexer *self, bool *is_wanted, bool *has_obeyed, GError **error)
{
  for (;;)
    {
      g_mutex_lock (&self->lock);
      Order *order = self->orders->len > 0 ? g_ptr_array_index (self->orders, 0) : NULL;
      g_mutex_unlock (&self->lock);
      if (order == NULL)
        return true;
      if (!obey (self, order, is_wanted, error))
        return false;
      *has_obeyed = true;
      /* Only now: who waits sees that there is something to do until then. */
      g_mutex_lock (&self->lock);
      set_stage (self, self->working_stage = SEN_INDEXER_LOOKING, NULL);
      g_ptr_array_remove_index (self->orders, 0);
      g_mutex_unlock (&self->lock);
    }
}

/* --- The thread ----------------------------------------------------------------------------------------------------------------------- */

/* What it starts from now on, threads and helpers, is as gentle. SCHED_IDLE would get nothing at all beside a machine full of work. */
static void
become_gentle (void)
{
  const struct sched_param none = { 0 };
  if (setpriority (PRIO_PROCESS, 0, GENTLE_NICE) != 0 || sched_setscheduler (0, SCHED_BATCH, &none) != 0)
    g_debug ("the priority stays as it is: %s", g_strerror (errno));
}

/* Until an order, a change, the end, or @timeout_ms. */
static void
sleep_until_news (SenIndexer *self, int timeout_ms)
{
  uint64_t count;
  struct pollfd entries[2] = {
    { .fd = self->wake_fd, .events = POLLIN },
    { .fd = self->watch != NULL ? sen_watch_fd (self->watch) : -1, .events = POLLIN },
  };
  poll (entries, G_N_ELEMENTS (entries), timeout_ms);
  /* Nothing to read: it was something else. */
  if (read (self->wake_fd, &count, sizeof count) < 0)
    return;
}

/* Takes all orders, unless there is an index, or one of them is a folder for one: then NULL. (transfer full) */
static GPtrArray *
take_needless_orders (SenIndexer *self)
{
  bool is_wanted = g_file_test (self->path, G_FILE_TEST_EXISTS);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  for (guint i = 0; i < self->orders->len && !is_wanted; i++)
    is_wanted = ((const Order *) g_ptr_array_index (self->orders, i))->kind == ORDER_ADD;
  if (is_wanted)
    return NULL;
  GPtrArray *orders = self->orders;
  self->orders = g_ptr_array_new_with_free_func (free_order);
  return orders;
}

/* Until there is an index, or a folder for one. Of orders only the device means something before. */
static void
wait_for_folder (SenIndexer *self)
{
  while (!sen_cancel_requested (&self->stop))
    {
      g_autoptr (GPtrArray) orders = take_needless_orders (self);
      if (orders == NULL)
        return;
      for (guint i = 0; i < orders->len; i++)
        {
          const Order *order = g_ptr_array_index (orders, i);
          if (order->kind == ORDER_USE)
            change_device (self, order);
        }
      g_mutex_lock (&self->lock);
      set_stage (self, SEN_INDEXER_UP_TO_DATE, NULL);
      g_cond_broadcast (&self->cond);
      g_mutex_unlock (&self->lock);
      sleep_until_news (self, -1);
    }
}

static bool
open_store (SenIndexer *self)
{
  g_autoptr (GError) error = NULL;
  const SenStoreParams params = { .path = self->path, .is_writer = true, .cancel = &self->stop };
  wait_for_folder (self);
  while (!sen_cancel_requested (&self->stop))
    {
      g_clear_error (&error);
      self->store = sen_store_open (&params, &error);
      if (self->store != NULL)
        return true;
      bool is_elsewhere = sen_store_is_locked (self->path);
      g_mutex_lock (&self->lock);
      set_stage (self, is_elsewhere ? SEN_INDEXER_ELSEWHERE : SEN_INDEXER_FAILED, error->message);
      g_mutex_unlock (&self->lock);
      sleep_until_news (self, AGAIN_MS);
    }
  return false;
}

/* Files, and what failed, as they are now. */
static bool
count_files (SenIndexer *self, GError **error)
{
  SenStoreCounts counts;
  if (!sen_store_count (self->store, &counts, error))
    return false;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  self->progress.n_files = counts.n_files;
  self->progress.n_failed = counts.n_failed;
  has_changed (self);
  return true;
}

static bool
tidy (SenIndexer *self, GError **error)
{
  for (bool is_done = false; !is_done && !sen_indexer_has_news (self) && !sen_cancel_requested (&self->stop);)
    if (!sen_store_tidy (self->store, TIDY_AGE_S, TIDY_ROWS, &is_done, error))
      return false;
  return true;
}

/* What failed with another program is read again. */
static bool
retry_of_other (SenIndexer *self, GError **error)
{
  bool is_other;
  return find_other (self, 0, &is_other, error)
         && (!is_other || (sen_store_retry_failed (self->store, error) && sen_store_set_program (self->store, 0, self->program, error)));
}

/* One round: what was ordered, what changed, what is left. *@all: all folders are to be looked through, which this does. */
static bool
go_round (SenIndexer *self, bool *all, int *wait_ms, GError **error)
{
  bool is_lost = false, has_obeyed = false;
  g_autoptr (GPtrArray) changes = NULL;
  if (!obey_all (self, all, &has_obeyed, error) || (self->workers == NULL && !sen_index_start_workers (self, error)))
    return false;
  if (self->watch != NULL)
    changes = sen_watch_take (self->watch, &is_lost, wait_ms);
  bool is_whole = *all || is_lost;
  if (is_whole)
    {
      /* Models may have come, gone, or be others. */
      sen_find_encoders_rest (self->encoders);
      sen_index_rest_workers (self);
      if (!sen_index_open_models (self, error) || !retry_of_other (self, error) || !crawl_all (self, error))
        return false;
      *all = false;
      self->crawl_time = g_get_monotonic_time ();
    }
  else if (changes != NULL && !crawl_changes (self, changes, error))
    return false;
  if (self->watch != NULL)
    sen_indexer_note (self, "watch", sen_watch_sentence (self->watch));
  if (!is_whole && changes == NULL && !has_obeyed && self->is_finished)
    return true;
  self->is_finished = self->is_at_rest = false;
  if (!count_files (self, error) || !sen_index_work (self, error) || !count_files (self, error) || !tidy (self, error))
    return false;
  self->is_finished = !sen_indexer_has_news (self) && !sen_cancel_requested (&self->stop);
  return true;
}

/* How long until all folders are looked through again: sooner where one is not there, or changes may be missed. */
static int
rescan_wait_ms (SenIndexer *self)
{
  gint64 every = self->watch != NULL && sen_watch_sentence (self->watch) == NULL && !self->lacks_root ? WATCHED_MS : UNWATCHED_MS;
  gint64 passed = (g_get_monotonic_time () - self->crawl_time) / 1000;
  return (int) CLAMP (every - passed, 0, every);
}

static gpointer
run (gpointer data)
{
  SenIndexer *self = data;
  bool all = true;
  self->own = g_thread_self ();
  if (self->is_gentle)
    become_gentle ();
  if (self->watches)
    self->watch = sen_watch_new ();
  if (!open_store (self))
    return NULL;
  while (!sen_cancel_requested (&self->stop))
    {
      g_autoptr (GError) error = NULL;
      int wait_ms = -1;
      bool ok = sen_indexer_may_go_on (self) && go_round (self, &all, &wait_ms, &error);
      if (sen_cancel_requested (&self->stop) || (ok && sen_indexer_has_news (self)))
        continue;
      g_mutex_lock (&self->lock);
      if (ok && self->orders->len == 0 && self->is_finished)
        set_stage (self, SEN_INDEXER_UP_TO_DATE, NULL);
      else if (!ok)
        set_stage (self, SEN_INDEXER_FAILED, error->message);
      g_mutex_unlock (&self->lock);
      if (ok && (wait_ms < 0 || wait_ms > REST_MS) && self->workers != NULL && !self->is_at_rest)
        {
          /* What they need for the next piece of work is opened then. */
          sen_find_encoders_rest (self->encoders);
          sen_index_rest_workers (self);
          malloc_trim (0);
          self->is_at_rest = true;
        }
      sleep_until_news (self, !ok ? AGAIN_MS : wait_ms >= 0 ? wait_ms : self->watches ? rescan_wait_ms (self) : -1);
      all |= !ok || (self->watches && rescan_wait_ms (self) == 0);
    }
  /* What was ordered and not begun stands in the database, for the next time. */
  bool has_obeyed;
  g_autoptr (GError) unwritten = NULL;
  if (!obey_all (self, &all, &has_obeyed, &unwritten))
    g_debug ("orders are lost: %s", unwritten->message);
  sen_index_stop_workers (self);
  return NULL;
}

SenIndexer *
sen_indexer_new (const SenIndexerParams *params)
{
  SenIndexer *self = g_new0 (SenIndexer, 1);
  self->path = g_strdup (params->path);
  self->debug = *params->encoders.debug;
  self->models = sen_model_store_ref (params->encoders.store);
  self->device = g_strdup (params->encoders.device);
  self->params = params->encoders;
  self->params.debug = &self->debug;
  self->params.store = self->models;
  self->params.device = self->device;
  self->encoders = sen_find_encoders_new (&self->params);
  self->ignore = g_strdup (params->ignore);
  self->program = g_strdup (params->program);
  self->takes_hidden = params->takes_hidden;
  self->takes_mounts = params->takes_mounts;
  self->max_bytes = params->max_bytes;
  self->watches = params->watches;
  self->is_quick = params->is_quick;
  self->is_gentle = params->is_gentle;
  self->only_on_mains = params->only_on_mains;
  self->is_mains = true;
  self->languages = params->languages != NULL ? g_strdupv ((char **) params->languages)
                                              : sen_decode_text_languages (g_get_language_names ());
  self->context = g_main_context_ref_thread_default ();
  self->changed = params->changed;
  self->data = params->data;
  self->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->orders = g_ptr_array_new_with_free_func (free_order);
  self->notes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->refused = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->begun = g_array_new (FALSE, FALSE, sizeof (int64_t));
  self->progress.eta_s = -1.0;
  self->progress.notes = g_new0 (char *, 1);
  self->thread = g_thread_new ("sen-index", run, self);
  return self;
}

void
sen_indexer_free (SenIndexer *self)
{
  if (self == NULL)
    return;
  g_mutex_lock (&self->lock);
  g_atomic_int_set (&self->stop.requested, 1);
  g_atomic_int_set (&self->yield.requested, 1);
  g_atomic_int_set (&self->hush.requested, 1);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  wake (self);
  g_thread_join (self->thread);
  if (self->told != NULL)
    {
      g_source_destroy (self->told);
      g_source_unref (self->told);
    }
  sen_store_close (self->store);
  sen_watch_free (self->watch);
  sen_find_encoders_free (self->encoders);
  g_clear_pointer (&self->reader.tokenizer, sen_tokenizer_unref);
  sen_model_store_unref (self->models);
  g_free (self->device);
  sen_index_progress_clear (&self->progress);
  g_ptr_array_unref (self->orders);
  g_hash_table_unref (self->notes);
  g_hash_table_unref (self->refused);
  g_array_unref (self->begun);
  for (int role = 0; role < SEN_N_SPACE_ROLES; role++)
    g_free (self->identities[role]);
  g_main_context_unref (self->context);
  g_strfreev (self->languages);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  close (self->wake_fd);
  g_free (self->ignore);
  g_free (self->program);
  g_free (self->path);
  g_free (self);
}

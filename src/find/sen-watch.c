/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
#include "sen-watch.h"

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "sen-index-reason.h"

#define MASK                                                                                                                              \
  (IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW        \
   | IN_EXCL_UNLINK)

/* So many names of files that were written are told apart in a folder. */
#define MAX_NAMES 8
/* What is written again so soon after it was told is restless: it is told after RESTLESS_S, then after twice as long, and so on. */
#define SOON_S 60
#define RESTLESS_S 4
#define MAX_RESTLESS_S (15 * 60)

/* What is known of a folder that changed. */
typedef struct {
  gint64      first, last;      /* when, µs */
  bool        is_deep, gained;
  GHashTable *names;            /* of the files that were written, when nothing else changed, and no more than MAX_NAMES; or NULL */
} Trouble;

/* What was told of a folder last. */
typedef struct {
  GHashTable *names;
  gint64      time;             /* µs */
  guint       n;                /* how often it was the same, soon after */
} Restless;

struct SenWatch {
  int         fd;
  GHashTable *paths;       /* watch descriptor -> path */
  GHashTable *numbers;     /* path -> watch descriptor; the path is the other table's */
  GHashTable *troubles;    /* path -> Trouble */
  GHashTable *restless;    /* path -> Restless */
  bool        is_lost;
  char       *sentence;
};

static void
free_trouble (gpointer data)
{
  Trouble *trouble = data;
  g_clear_pointer (&trouble->names, g_hash_table_unref);
  g_free (trouble);
}

static void
free_restless (gpointer data)
{
  Restless *restless = data;
  g_hash_table_unref (restless->names);
  g_free (restless);
}

SenWatch *
sen_watch_new (void)
{
  SenWatch *self = g_new0 (SenWatch, 1);
  self->fd = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
  if (self->fd < 0)
    self->sentence = sen_index_say (SEN_INDEX_REASON_UNWATCHED, "detail", g_strerror (errno), NULL);
  self->paths = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->numbers = g_hash_table_new (g_str_hash, g_str_equal);
  self->troubles = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_trouble);
  self->restless = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_restless);
  return self;
}

void
sen_watch_free (SenWatch *self)
{
  if (self == NULL)
    return;
  if (self->fd >= 0)
    close (self->fd);
  g_hash_table_unref (self->restless);
  g_hash_table_unref (self->troubles);
  g_hash_table_unref (self->numbers);
  g_hash_table_unref (self->paths);
  g_free (self->sentence);
  g_free (self);
}

void
sen_watch_begin (SenWatch *self)
{
  if (self->fd >= 0)
    g_clear_pointer (&self->sentence, g_free);
}

static void
forget (SenWatch *self, int number)
{
  const char *path = g_hash_table_lookup (self->paths, GINT_TO_POINTER (number));
  if (path == NULL)
    return;
  if (GPOINTER_TO_INT (g_hash_table_lookup (self->numbers, path)) == number)
    g_hash_table_remove (self->numbers, path);
  g_hash_table_remove (self->paths, GINT_TO_POINTER (number));
}

void
sen_watch_add (SenWatch *self, const char *path)
{
  int number = self->fd >= 0 ? inotify_add_watch (self->fd, path, MASK) : -1;
  if (number < 0)
    {
      /* A folder that is gone, or not for us, is the crawl's to tell of. */
      if (self->fd >= 0 && (errno == ENOSPC || errno == ENOMEM) && self->sentence == NULL)
        self->sentence = sen_index_say (SEN_INDEX_REASON_MANY_FOLDERS, NULL);
      return;
    }
  forget (self, number);
  char *copy = g_strdup (path);
  g_hash_table_insert (self->paths, GINT_TO_POINTER (number), copy);
  g_hash_table_replace (self->numbers, copy, GINT_TO_POINTER (number));
}

void
sen_watch_remove (SenWatch *self, const char *path)
{
  GHashTableIter iter;
  gpointer number, watched;
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (int));
  g_hash_table_iter_init (&iter, self->paths);
  while (g_hash_table_iter_next (&iter, &number, &watched))
    if (g_str_has_prefix (watched, path))
      {
        int n = GPOINTER_TO_INT (number);
        g_array_append_val (numbers, n);
      }
  for (guint i = 0; i < numbers->len; i++)
    {
      inotify_rm_watch (self->fd, g_array_index (numbers, int, i));
      forget (self, g_array_index (numbers, int, i));
    }
}

int
sen_watch_fd (const SenWatch *self)
{
  return self->fd;
}

const char *
sen_watch_sentence (const SenWatch *self)
{
  return self->sentence;
}

/* What goes and was not written before is more than a file that is written, as is what is no file (NULL). */
static void
note_name (Trouble *trouble, const char *name, bool goes)
{
  if (trouble->names == NULL)
    return;
  bool is_told = name != NULL && (goes ? g_hash_table_remove (trouble->names, name)
                                       : (g_hash_table_add (trouble->names, g_strdup (name)), true));
  if (!is_told || g_hash_table_size (trouble->names) > MAX_NAMES)
    g_clear_pointer (&trouble->names, g_hash_table_unref);
}

/* Takes over @path. */
static Trouble *
note (SenWatch *self, char *path, bool is_deep, bool gained)
{
  gint64 now = g_get_monotonic_time ();
  Trouble *trouble = g_hash_table_lookup (self->troubles, path);
  if (trouble == NULL)
    {
      trouble = g_new0 (Trouble, 1);
      trouble->first = now;
      trouble->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_hash_table_insert (self->troubles, path, trouble);
    }
  else
    g_free (path);
  trouble->last = now;
  trouble->is_deep |= is_deep;
  trouble->gained |= gained;
  return trouble;
}

static void
take_event (SenWatch *self, const struct inotify_event *event)
{
  if (event->mask & IN_Q_OVERFLOW)
    {
      self->is_lost = true;
      return;
    }
  const char *folder = g_hash_table_lookup (self->paths, GINT_TO_POINTER (event->wd));
  if (folder == NULL)
    return;
  if (event->mask & IN_IGNORED)
    {
      forget (self, event->wd);
      return;
    }
  bool gained = (event->mask & (IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE)) != 0, is_folder = (event->mask & IN_ISDIR) != 0;
  bool has_name = event->len > 0 && *event->name != '\0';
  if (event->mask & IN_DELETE_SELF)
    note_name (note (self, g_strdup (folder), true, false), NULL, true);
  else if (!has_name)
    return;   /* its own permissions or times, which happens with each file in it */
  else if (is_folder)
    {
      g_autofree char *below = g_strconcat (folder, event->name, "/", NULL);
      if (event->mask & (IN_MOVED_FROM | IN_DELETE))
        sen_watch_remove (self, below);
      note_name (note (self, g_steal_pointer (&below), true, gained), NULL, true);
    }
  else
    {
      /* What it leaves out counts for all below it. */
      Trouble *trouble = note (self, g_strdup (folder), strcmp (event->name, ".gitignore") == 0, gained);
      note_name (trouble, event->name, (event->mask & (IN_MOVED_FROM | IN_DELETE)) != 0);
    }
}

static void
take_events (SenWatch *self)
{
  _Alignas (struct inotify_event) char buffer[65536];
  ssize_t n;
  while (self->fd >= 0 && (n = read (self->fd, buffer, sizeof buffer)) > 0)
    for (const char *at = buffer; at < buffer + n;)
      {
        const struct inotify_event *event = (const struct inotify_event *) at;
        take_event (self, event);
        at += sizeof *event + event->len;
      }
}

/* --- What is due ---------------------------------------------------------------------------------------------------------------------- */

static gint64
delay_of (const Restless *restless)
{
  guint seconds = restless->n > 0 ? RESTLESS_S << MIN (restless->n - 1, 10) : 0;
  return MIN (seconds, MAX_RESTLESS_S) * (gint64) G_USEC_PER_SEC;
}

/* What was told of the folder last, when that is all that changed in it since. */
static Restless *
find_restless (const SenWatch *self, const char *path, const Trouble *trouble)
{
  Restless *restless = trouble->names != NULL && !trouble->is_deep ? g_hash_table_lookup (self->restless, path) : NULL;
  GHashTableIter iter;
  gpointer name;
  if (restless == NULL)
    return NULL;
  g_hash_table_iter_init (&iter, trouble->names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (!g_hash_table_contains (restless->names, name))
      return NULL;
  return trouble->first < restless->time + MAX (delay_of (restless), SOON_S * (gint64) G_USEC_PER_SEC) ? restless : NULL;
}

static gint64
due_time (const SenWatch *self, const char *path, const Trouble *trouble)
{
  const Restless *restless = find_restless (self, path, trouble);
  gint64 due = MIN (trouble->last + SEN_WATCH_QUIET_MS * 1000, trouble->first + SEN_WATCH_PATIENCE_MS * 1000);
  return restless != NULL ? MAX (due, restless->time + delay_of (restless)) : due;
}

static void
join_names (GHashTable *names, GHashTable *others)
{
  GHashTableIter iter;
  gpointer name;
  g_hash_table_iter_init (&iter, others);
  while (g_hash_table_size (names) < MAX_NAMES && g_hash_table_iter_next (&iter, &name, NULL))
    g_hash_table_add (names, g_strdup (name));
}

/* @trouble is told: how long the same will have to wait. */
static void
note_restless (SenWatch *self, const char *path, Trouble *trouble, gint64 now)
{
  Restless *restless = find_restless (self, path, trouble);
  if (restless != NULL)
    {
      restless->n++;
      restless->time = now;
    }
  else if (trouble->names != NULL && !trouble->is_deep)
    {
      const Restless *last = g_hash_table_lookup (self->restless, path);
      restless = g_new0 (Restless, 1);
      restless->names = g_steal_pointer (&trouble->names);
      restless->time = now;
      restless->n = 1;
      /* Files that are written in turn are as restless. */
      if (last != NULL && now - last->time < SOON_S * (gint64) G_USEC_PER_SEC)
        join_names (restless->names, last->names);
      g_hash_table_replace (self->restless, g_strdup (path), restless);
    }
}

static void
forget_restless (SenWatch *self, gint64 now)
{
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, self->restless);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (now - ((const Restless *) value)->time > 2 * MAX_RESTLESS_S * (gint64) G_USEC_PER_SEC)
      g_hash_table_iter_remove (&iter);
}

bool
sen_watch_is_due (SenWatch *self)
{
  take_events (self);
  gint64 now = g_get_monotonic_time ();
  GHashTableIter iter;
  gpointer path, value;
  g_hash_table_iter_init (&iter, self->troubles);
  while (g_hash_table_iter_next (&iter, &path, &value))
    if (due_time (self, path, value) <= now)
      return true;
  return self->is_lost;
}

static void
free_change (gpointer data)
{
  SenWatchChange *change = data;
  g_free (change->path);
  g_free (change);
}

GPtrArray *
sen_watch_take (SenWatch *self, bool *is_lost, int *wait_ms)
{
  take_events (self);
  *is_lost = self->is_lost;
  self->is_lost = false;
  *wait_ms = -1;

  gint64 now = g_get_monotonic_time ();
  g_autoptr (GPtrArray) changes = g_ptr_array_new_with_free_func (free_change);
  guint n_gained = 0;
  GHashTableIter iter;
  gpointer path, value;
  g_hash_table_iter_init (&iter, self->troubles);
  while (g_hash_table_iter_next (&iter, &path, &value))
    {
      Trouble *trouble = value;
      gint64 due = due_time (self, path, trouble);
      if (due > now)
        {
          int wait = (int) ((due - now) / 1000) + 1;
          *wait_ms = *wait_ms < 0 ? wait : MIN (*wait_ms, wait);
          continue;
        }
      SenWatchChange *change = g_new (SenWatchChange, 1);
      *change = (SenWatchChange) { g_strdup (path), trouble->is_deep };
      g_ptr_array_insert (changes, trouble->gained ? (gint) n_gained++ : -1, change);
      note_restless (self, path, trouble, now);
      g_hash_table_iter_remove (&iter);
    }
  forget_restless (self, now);
  return changes->len > 0 ? g_steal_pointer (&changes) : NULL;
}

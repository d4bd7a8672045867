/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * What the kernel can't tell: more changes than its queue holds, more folders than it watches. And what changes all the time. */
#include "sen-watch.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <unistd.h>

/* What makes the queue overflow is not tried where it is longer than this. */
#define MOST_EVENTS 100000

typedef struct {
  char *folder;     /* a slash at its end */
} Place;

static void
set_up (Place *place, gconstpointer data)
{
  g_autofree char *folder = g_dir_make_tmp ("sensorium-watch-XXXXXX", NULL);
  place->folder = g_strconcat (folder, "/", NULL);
}

static void
tear_down (Place *place, gconstpointer data)
{
  const char *const remove[] = { "rm", "-rf", "--", place->folder, NULL };
  g_assert_true (g_spawn_sync (NULL, (char **) remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  g_free (place->folder);
}

static void
touch (const char *folder, const char *name)
{
  g_autofree char *path = g_strconcat (folder, name, NULL);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
}

/* Until changes are due, or all is lost. (transfer full) */
static GPtrArray *
take (SenWatch *watch, bool *is_lost)
{
  for (;;)
    {
      int wait_ms;
      g_autoptr (GPtrArray) changes = sen_watch_take (watch, is_lost, &wait_ms);
      if (changes != NULL || *is_lost)
        return g_steal_pointer (&changes);
      g_usleep (10000);
    }
}

static void
test_overflow (Place *place, gconstpointer data)
{
  g_autofree char *text = NULL;
  g_autoptr (SenWatch) watch = sen_watch_new ();
  bool is_lost;
  if (!g_file_get_contents ("/proc/sys/fs/inotify/max_queued_events", &text, NULL, NULL) || g_ascii_strtoull (text, NULL, 10) > MOST_EVENTS)
    {
      g_test_skip ("the queue of inotify is too long, or not known");
      return;
    }
  sen_watch_add (watch, place->folder);
  guint64 n = g_ascii_strtoull (text, NULL, 10);
  g_autofree char *a = g_strconcat (place->folder, "a", NULL), *b = g_strconcat (place->folder, "b", NULL);
  touch (place->folder, "a");
  /* Each is two events: it left one name, and came under another. */
  for (guint64 i = 0; i < n / 2 + 8; i++)
    g_assert_cmpint (g_rename (i % 2 == 0 ? a : b, i % 2 == 0 ? b : a), ==, 0);
  g_assert_true (sen_watch_is_due (watch));
  g_autoptr (GPtrArray) changes = take (watch, &is_lost);
  g_assert_true (is_lost);

  /* It is told once, and what comes then is told again. */
  g_autoptr (GPtrArray) rest = take (watch, &is_lost);
  g_assert_false (is_lost);
  touch (place->folder, "c");
  g_autoptr (GPtrArray) more = take (watch, &is_lost);
  g_assert_false (is_lost);
  g_assert_nonnull (more);
  g_assert_cmpstr (((const SenWatchChange *) g_ptr_array_index (more, 0))->path, ==, place->folder);
  g_assert_null (sen_watch_sentence (watch));
}

static bool
write_to (const char *path, const char *text)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  bool ok = fd >= 0 && write (fd, text, strlen (text)) == (ssize_t) strlen (text);
  if (fd >= 0)
    close (fd);
  return ok;
}

/* A user of its own, who may have two watches. */
static void
test_limit (Place *place, gconstpointer data)
{
  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
      g_test_trap_assert_passed ();
      return;
    }
  g_autofree char *map = g_strdup_printf ("0 %u 1\n", (unsigned) geteuid ());
  if (unshare (CLONE_NEWUSER) != 0 || !write_to ("/proc/self/uid_map", map) || !write_to ("/proc/sys/user/max_inotify_watches", "2\n"))
    {
      g_test_skip ("this system lets nobody make a namespace of users");
      return;
    }
  g_autoptr (SenWatch) watch = sen_watch_new ();
  static const char *const names[] = { "a/", "b/", "c/" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_strconcat (place->folder, names[i], NULL);
      g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
      sen_watch_add (watch, path);
      g_assert_true ((sen_watch_sentence (watch) != NULL) == (i == 2));
    }
  g_test_message ("%s", sen_watch_sentence (watch));
  /* The others are watched all the same. */
  bool is_lost;
  g_autofree char *a = g_strconcat (place->folder, "a/", NULL), *c = g_strconcat (place->folder, "c/", NULL);
  touch (c, "unseen");
  touch (a, "seen");
  g_autoptr (GPtrArray) changes = take (watch, &is_lost);
  g_assert_cmpuint (changes->len, ==, 1);
  g_assert_cmpstr (((const SenWatchChange *) g_ptr_array_index (changes, 0))->path, ==, a);
  /* When one has gone there is room. */
  sen_watch_remove (watch, a);
  sen_watch_begin (watch);
  sen_watch_add (watch, c);
  g_assert_null (sen_watch_sentence (watch));
}

/* What is written again and again waits longer, also under a name that is none of its own; what is new beside it doesn't. */
static void
test_restless (Place *place, gconstpointer data)
{
  g_autoptr (SenWatch) watch = sen_watch_new ();
  g_autofree char *draft = g_strconcat (place->folder, "draft", NULL), *state = g_strconcat (place->folder, "state", NULL);
  bool is_lost;
  int wait_ms;
  sen_watch_add (watch, place->folder);
  touch (place->folder, "state");
  g_autoptr (GPtrArray) first = take (watch, &is_lost);
  gint64 start = g_get_monotonic_time ();
  touch (place->folder, "draft");
  g_assert_cmpint (g_rename (draft, state), ==, 0);
  g_autoptr (GPtrArray) second = take (watch, &is_lost);
  g_assert_cmpuint (first->len, ==, 1);
  g_assert_cmpuint (second->len, ==, 1);
  g_assert_cmpint (g_get_monotonic_time () - start, >, 3 * G_USEC_PER_SEC);
  /* In turn with another. */
  touch (place->folder, "log");
  g_autoptr (GPtrArray) third = take (watch, &is_lost);
  start = g_get_monotonic_time ();
  touch (place->folder, "state");
  g_autoptr (GPtrArray) fourth = take (watch, &is_lost);
  g_assert_cmpint (g_get_monotonic_time () - start, >, 3 * G_USEC_PER_SEC);
  touch (place->folder, "state");
  touch (place->folder, "new");
  g_autoptr (GPtrArray) none = sen_watch_take (watch, &is_lost, &wait_ms);
  g_assert_cmpint (wait_ms, <=, SEN_WATCH_QUIET_MS + 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/watch/overflow", Place, NULL, set_up, test_overflow, tear_down);
  g_test_add ("/watch/restless", Place, NULL, set_up, test_restless, tear_down);
  g_test_add ("/watch/limit", Place, NULL, set_up, test_limit, tear_down);
  return g_test_run ();
}

/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Conversations are kept: trees, titles, search, two processes, and everything that can go wrong with a disk or a file. */
#include <string.h>
#include <sys/resource.h>

#include <glib/gstdio.h>
#include <sqlite3.h>

#include "fixture.h"
#include "history-fixture.h"
#include "sen-error.h"
#include "sen-history-private.h"

static bool
has_problem (gpointer data)
{
  return sen_history_problem (data) != NULL;
}

static bool
has_no_problem (gpointer data)
{
  return sen_history_problem (data) == NULL;
}

static void
exchange (SenConversation *conversation, const char *question, const char *answer)
{
  sen_conversation_append (conversation, SEN_SPEAKER_USER, question);
  SenMessage *message = sen_conversation_append (conversation, SEN_SPEAKER_ASSISTANT, "");
  sen_message_append (message, answer);
  const SenMessageFigures figures = { .model = "SmolLM2", .device = "CPU", .n_tokens = 7, .seconds = 1.5, .tokens_per_second = 5.0 };
  sen_message_finish (message, SEN_MESSAGE_DONE, &figures);
}

static void
test_tree (Place *place, gconstpointer data)
{
  {
    g_autoptr (SenHistory) history = open_history (place->path);
    g_assert_no_error (sen_history_problem (history));
    g_autoptr (SenConversation) chat = sen_history_begin (history);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (history)), ==, 0);
    exchange (chat, "# Why is the sky\nblue?", "Rayleigh.");
    exchange (chat, "And red?", "Sunset.");
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (history)), ==, 1);
    g_assert_cmpstr (sen_conversation_title (chat), ==, "Why is the sky");

    g_autoptr (SenMessage) answer = g_list_model_get_item (G_LIST_MODEL (chat), 3);
    SenMessage *again = sen_conversation_branch (chat, answer, "");
    sen_message_append (again, "Dusk.");
    sen_message_finish (again, SEN_MESSAGE_STOPPED, NULL);
    g_autoptr (SenMessage) question = g_list_model_get_item (G_LIST_MODEL (chat), 0);
    sen_conversation_branch (chat, question, "Why is grass green?");
    expect_path (chat, "Why is grass green?");
    guint n;
    g_assert_cmpuint (sen_conversation_sibling (chat, question, &n), ==, 0);
    g_assert_cmpuint (n, ==, 2);
    sen_conversation_select_sibling (chat, question, 0);
    expect_path (chat, "# Why is the sky\nblue?|Rayleigh.|And red?|Dusk.");
    sen_conversation_select_sibling (chat, again, 0);
    expect_path (chat, "# Why is the sky\nblue?|Rayleigh.|And red?|Sunset.");
    sen_conversation_set_draft (chat, "half a thou");
    sen_conversation_set_system (chat, "Be brief.");
    g_assert_true (sen_history_flush (history));
  }
  g_autoptr (SenHistory) history = open_history (place->path);
  SenConversation *chat = nth (history, 0);
  expect_path (chat, "# Why is the sky\nblue?|Rayleigh.|And red?|Sunset.");
  g_assert_cmpstr (sen_conversation_draft (chat), ==, "half a thou");
  g_assert_cmpstr (sen_conversation_system (chat), ==, "Be brief.");
  g_autoptr (SenMessage) answer = g_list_model_get_item (G_LIST_MODEL (chat), 3);
  g_assert_cmpstr (sen_message_figures (answer)->model, ==, "SmolLM2");
  g_assert_cmpuint (sen_message_figures (answer)->n_tokens, ==, 7);

  /* Away, and back. */
  g_autoptr (SenMessage) question = g_list_model_get_item (G_LIST_MODEL (chat), 2);
  sen_conversation_remove (chat, question);
  expect_path (chat, "# Why is the sky\nblue?|Rayleigh.");
  sen_conversation_restore (chat, question);
  expect_path (chat, "# Why is the sky\nblue?|Rayleigh.|And red?|Sunset.");
  sen_conversation_set_title (chat, "  Colours ");
  g_assert_cmpstr (sen_conversation_title (chat), ==, "Colours");
  sen_conversation_set_title (chat, "");
  g_assert_cmpstr (sen_conversation_title (chat), ==, "Why is the sky");
  sen_history_remove (history, chat);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (history)), ==, 0);
  sen_history_restore (history, chat);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (history)), ==, 1);
}

static void
on_search (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  *(GPtrArray **) data = sen_history_search_finish (SEN_HISTORY (source), result, &error);
  g_assert_no_error (error);
}

static bool
is_set (gpointer data)
{
  return *(gpointer *) data != NULL;
}

static guint
count_matches (SenHistory *history, const char *query, char **snippet)
{
  g_autoptr (GPtrArray) matches = NULL;
  sen_history_search_async (history, query, NULL, on_search, &matches);
  wait_for (is_set, &matches);
  if (snippet != NULL && matches->len > 0)
    *snippet = g_strdup (((SenHistoryMatch *) g_ptr_array_index (matches, 0))->snippet);
  return matches->len;
}

static void
test_search (Place *place, gconstpointer data)
{
  g_autoptr (SenHistory) history = open_history (place->path);
  static const char *const texts[][2] = {
    { "Where do llamas live?", "In the Andes of Perú and Bolivia." },
    { "Schreib ein Gedicht über Äpfel", "Rote Äpfel, grüne Bäume …" },
    { "東京の天気は?", "今日は晴れです。" },
    { "مرحبا بالعالم", "e\xcc\x81" "clair 🙂" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (SenConversation) chat = sen_history_begin (history);
      exchange (chat, texts[i][0], texts[i][1]);
    }
  g_autofree char *snippet = NULL;
  g_assert_cmpuint (count_matches (history, "andes peru", &snippet), ==, 1);
  g_assert_nonnull (strchr (snippet, SEN_MATCH_START));
  g_assert_cmpuint (count_matches (history, "boliv", NULL), ==, 1);
  g_assert_cmpuint (count_matches (history, "apfel", NULL), ==, 1);
  g_assert_cmpuint (count_matches (history, "LLAMAS", NULL), ==, 1);
  g_assert_cmpuint (count_matches (history, "天気", NULL), ==, 1);
  g_assert_cmpuint (count_matches (history, "بالعالم", NULL), ==, 1);
  g_assert_cmpuint (count_matches (history, "eclair", NULL), ==, 1);
  g_assert_cmpuint (count_matches (history, "nothing of the kind", NULL), ==, 0);
  /* Nothing that people type is a mistake. */
  static const char *const odd[] = {
    "", " ", "\"", "\"\"", "a\"b", "AND", "NOT", "NEAR(", "text:", "*", "-", "(", ")", "^", "'", "a OR", "%", "_", "\\", "\001\002",
    "\xff\xfe", "col : x", "{a b}", "+", "a + b", "; DROP TABLE messages",
  };
  for (size_t i = 0; i < G_N_ELEMENTS (odd); i++)
    count_matches (history, odd[i], NULL);
  g_assert_no_error (sen_history_problem (history));

  SenConversation *chat = nth (history, 3);
  sen_history_remove (history, chat);
  g_assert_cmpuint (count_matches (history, "andes", NULL), ==, 0);
}

/* The clock goes back an hour, which no test can do to the machine: the same as dates from the future in the file. */
static void
test_clock (Place *place, gconstpointer data)
{
  {
    g_autoptr (SenHistory) history = open_history (place->path);
    g_autoptr (SenConversation) chat = sen_history_begin (history);
    exchange (chat, "From the future", "Yes.");
  }
  sqlite3 *db = NULL;
  g_assert_cmpint (sqlite3_open (place->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "UPDATE conversations SET updated = updated + 3600000000", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  g_autoptr (SenHistory) history = open_history (place->path);
  g_autoptr (SenConversation) chat = sen_history_begin (history);
  exchange (chat, "Later", "Still.");
  g_assert_true (nth (history, 0) == chat);
  exchange (nth (history, 1), "Latest", "Yes.");
  g_assert_cmpstr (sen_conversation_title (nth (history, 0)), ==, "From the future");
  expect_path (nth (history, 0), "From the future|Yes.|Latest|Yes.");
}

static void
test_newer (Place *place, gconstpointer data)
{
  {
    g_autoptr (SenHistory) history = open_history (place->path);
    g_autoptr (SenConversation) chat = sen_history_begin (history);
    exchange (chat, "Old", "Text");
  }
  sqlite3 *db = NULL;
  g_assert_cmpint (sqlite3_open (place->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "PRAGMA journal_mode = DELETE; PRAGMA user_version = 99", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  g_autofree char *before = NULL, *after = NULL;
  gsize n_before, n_after;
  g_assert_true (g_file_get_contents (place->path, &before, &n_before, NULL));
  {
    g_autoptr (SenHistory) history = open_history (place->path);
    wait_for (has_problem, history);
    g_assert_error (sen_history_problem (history), SEN_ERROR, SEN_ERROR_UNSUPPORTED);
    g_test_message ("%s", sen_history_problem (history)->message);
    g_autoptr (SenConversation) chat = sen_history_begin (history);
    exchange (chat, "Goes on", "in memory");
    expect_path (chat, "Goes on|in memory");
    g_assert_cmpuint (count_matches (history, "goes", NULL), ==, 1);
    g_assert_false (sen_history_flush (history));
  }
  g_assert_true (g_file_get_contents (place->path, &after, &n_after, NULL));
  g_assert_cmpmem (before, n_before, after, n_after);
}

static void
test_damaged (Place *place, gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (place->path);
  g_mkdir_with_parents (folder, 0700);
  g_assert_true (g_file_set_contents (place->path, "This is no database at all, but it is somebody's text. ............"
                                      "................................................................", -1, NULL));
  g_autoptr (SenHistory) history = open_history (place->path);
  wait_for (has_problem, history);
  g_assert_error (sen_history_problem (history), SEN_ERROR, SEN_ERROR_FORMAT);
  g_test_message ("%s", sen_history_problem (history)->message);
  g_autoptr (SenConversation) chat = sen_history_begin (history);
  exchange (chat, "New", "begun");
  g_assert_true (sen_history_flush (history));
  guint n_aside = 0;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir))
    n_aside += strstr (name, ".damaged-") != NULL;
  g_assert_cmpuint (n_aside, ==, 1);
}

/* A folder that cannot be made stands for one that cannot be written: root, as which tests may run, writes anywhere else. */
static void
test_read_only (Place *place, gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (place->path);
  g_assert_true (g_file_set_contents (folder, "in the way", -1, NULL));
  {
    g_autoptr (SenHistory) history = open_history (place->path);
    wait_for (has_problem, history);
    g_assert_error (sen_history_problem (history), SEN_ERROR, SEN_ERROR_IO);
    g_test_message ("%s", sen_history_problem (history)->message);
    g_autoptr (SenConversation) chat = sen_history_begin (history);
    exchange (chat, "Kept", "for later");
    g_assert_false (sen_history_flush (history));
    /* Once the way is free, it is written after all. */
    g_assert_cmpint (g_unlink (folder), ==, 0);
    wait_for (has_no_problem, history);
    g_assert_true (sen_history_flush (history));
  }
  g_autoptr (SenHistory) history = open_history (place->path);
  expect_path (nth (history, 0), "Kept|for later");
}

static void
test_large (Place *place, gconstpointer data)
{
  g_autofree char *paste = g_strnfill (10 << 20, 'x');
  {
    g_autoptr (SenHistory) history = open_history (place->path);
    g_autoptr (SenConversation) chat = sen_history_begin (history);
    gint64 start = g_get_monotonic_time ();
    exchange (chat, paste, "That is long.");
    g_test_message ("10 MB: %.1f ms on the main thread", (g_get_monotonic_time () - start) / 1000.0);
    g_assert_cmpuint (g_utf8_strlen (sen_conversation_title (chat), -1), <=, 61);
  }
  g_autoptr (SenHistory) history = open_history (place->path);
  g_autoptr (SenMessage) question = g_list_model_get_item (G_LIST_MODEL (nth (history, 0)), 0);
  g_assert_cmpuint (sen_message_length (question), ==, 10 << 20);
}

/* Answers made from files, and conversations that ask them. */
static void
test_files (Place *place, gconstpointer data)
{
  g_autofree char *large = g_strnfill (SEN_MESSAGE_MAX_SOURCES + 1, 'a');
  {
    g_autoptr (SenHistory) history = open_history (place->path);
    g_autoptr (SenConversation) chat = sen_history_begin (history), other = sen_history_begin (history);
    g_assert_false (sen_conversation_asks_files (chat));
    /* Before it is saved, and after. */
    sen_conversation_set_files (chat, true, "/home/me/Manuals \xff");
    exchange (chat, "What is the limit?", "5 MiB [1].");
    exchange (other, "Hello", "Hello");
    sen_conversation_set_files (other, true, "no path");
    g_assert_null (sen_conversation_folder (other));
    g_autoptr (SenMessage) answer = g_list_model_get_item (G_LIST_MODEL (chat), 1);
    sen_message_set_sources (answer, "{\"sources\":[]}");
    sen_message_set_sources (answer, large);
    sen_message_set_asked (answer, "What the model reads");
    g_assert_true (sen_history_flush (history));
  }
  g_autoptr (SenHistory) history = open_history (place->path);
  SenConversation *other = nth (history, 0), *chat = nth (history, 1);
  g_assert_true (sen_conversation_asks_files (chat) && sen_conversation_asks_files (other));
  g_assert_cmpstr (sen_conversation_folder (chat), ==, "/home/me/Manuals \xff");
  g_assert_null (sen_conversation_folder (other));
  g_autoptr (SenMessage) question = g_list_model_get_item (G_LIST_MODEL (chat), 0);
  g_autoptr (SenMessage) answer = g_list_model_get_item (G_LIST_MODEL (chat), 1);
  g_assert_null (sen_message_sources (question));
  g_assert_cmpstr (sen_message_sources (answer), ==, "{\"sources\":[]}");
  g_assert_null (sen_message_asked (answer));
}

/* A file of version 1 becomes one of today, and a copy of what it was stays. */
static void
test_migration (Place *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_path_get_dirname (place->path), *backup = g_strconcat (place->path, ".version-1", NULL);
  g_mkdir_with_parents (folder, 0700);
  sqlite3 *db = NULL;
  g_assert_cmpint (sqlite3_open (place->path, &db), ==, SQLITE_OK);
  g_assert_true (sen_history_migrate (db, place->path, 1, &error));
  g_assert_cmpint (sqlite3_exec (db, "INSERT INTO conversations (id, title, created, updated) VALUES (5, 'Old times', 1, 1);"
                                 "INSERT INTO messages (id, conversation, parent, speaker, state, created, text)"
                                 " VALUES (6, 5, 0, 0, 0, 1, 'long ago')", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  g_autoptr (SenHistory) history = open_history (place->path);
  g_assert_no_error (sen_history_problem (history));
  expect_path (nth (history, 0), "long ago");
  g_assert_cmpuint (count_matches (history, "ago", NULL), ==, 1);
  g_assert_true (g_file_test (backup, G_FILE_TEST_EXISTS));
}

static bool
has_two (gpointer data)
{
  return g_list_model_get_n_items (data) == 2;
}

/* The window and the terminal chat are open at the same time. */
static void
test_two_processes (Place *place, gconstpointer data)
{
  g_autoptr (SenHistory) window = open_history (place->path);
  g_autoptr (SenHistory) terminal = open_history (place->path);
  g_autoptr (SenConversation) a = sen_history_begin (window), b = sen_history_begin (terminal);
  for (int i = 0; i < 20; i++)
    {
      exchange (a, "window", "a");
      exchange (b, "terminal", "b");
    }
  g_assert_true (sen_history_flush (window));
  g_assert_true (sen_history_flush (terminal));
  wait_for (has_two, window);
  wait_for (has_two, terminal);
  SenConversation *other = sen_history_find (window, sen_conversation_id (b));
  g_assert_nonnull (other);
  sen_conversation_load (other);
  wait_for (conversation_is_loaded, other);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (other)), ==, 40);
}

static void
on_backup (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (sen_history_backup_finish (SEN_HISTORY (source), result, &error));
  g_assert_no_error (error);
  *(gpointer *) data = source;
}

static void
test_backup (Place *place, gconstpointer data)
{
  g_autofree char *copy = g_build_filename (place->folder, "copy.db", NULL);
  gpointer done = NULL;
  g_autoptr (SenHistory) history = open_history (place->path);
  g_autoptr (SenConversation) chat = sen_history_begin (history);
  exchange (chat, "Keep", "this");
  sen_history_backup_async (history, copy, on_backup, &done);
  wait_for (is_set, &done);
  g_autoptr (SenHistory) other = open_history (copy);
  expect_path (nth (other, 0), "Keep|this");
}

/* --- Full disks and kills: a child process does the writing --------------------------------------------------------------------------- */

static GSubprocess *
spawn (const char *what, const char *path, GError **error)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  return g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, error, self, what, path, NULL);
}

/* Says each half word after it was handed over, and when: the parent knows what must be there. */
static int
child_stream (const char *path)
{
  g_autoptr (SenHistory) history = open_history (path);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (history));
  g_autoptr (SenConversation) chat = n > 0 ? g_object_ref (nth (history, 0)) : sen_history_begin (history);
  sen_conversation_append (chat, SEN_SPEAKER_USER, "Count.");
  SenMessage *answer = sen_conversation_append (chat, SEN_SPEAKER_ASSISTANT, "");
  for (guint i = 0;; i++)
    {
      sen_message_append (answer, "0123456789");
      g_print ("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GSIZE_FORMAT "\n", g_get_monotonic_time (), sen_message_id (answer),
               sen_message_length (answer));
      if (i % 50 == 49)
        {
          /* Editing: another branch, another title. */
          sen_message_finish (answer, SEN_MESSAGE_DONE, NULL);
          sen_conversation_set_title (chat, "Counting");
          answer = sen_conversation_branch (chat, answer, "");
        }
      for (int j = 0; j < 4; j++)
        {
          g_main_context_iteration (NULL, FALSE);
          g_usleep (2500);
        }
    }
  return 0;
}

static int
child_fill (const char *path)
{
  const struct rlimit limit = { 400000, 400000 };
  signal (SIGXFSZ, SIG_IGN);
  setrlimit (RLIMIT_FSIZE, &limit);
  g_autoptr (SenHistory) history = open_history (path);
  g_autoptr (SenConversation) chat = sen_history_begin (history);
  exchange (chat, "Small", "fits");
  bool fits = sen_history_flush (history);
  g_autofree char *large = g_strnfill (1 << 20, 'y');
  exchange (chat, large, "does not fit");
  bool does_not = sen_history_flush (history);
  wait_for (has_problem, history);
  g_print ("%d %d %u %s\n", fits, does_not, g_list_model_get_n_items (G_LIST_MODEL (chat)), sen_history_problem (history)->message);
  return g_error_matches (sen_history_problem (history), SEN_ERROR, SEN_ERROR_DISK_FULL) ? 0 : 1;
}

/* A user who may only read: what is there is shown, what is new stays in memory, and that is said. */
static int
child_read_only (const char *path)
{
  if (geteuid () == 0 && (setgid (65534) != 0 || setuid (65534) != 0))
    return 2;
  g_autoptr (SenHistory) history = open_history (path);
  wait_for (has_problem, history);
  g_print ("%s\n", sen_history_problem (history)->message);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (history)), ==, 1);
  expect_path (nth (history, 0), "Small|fits");
  g_autoptr (SenConversation) chat = sen_history_begin (history);
  exchange (chat, "New", "in memory");
  g_assert_false (sen_history_flush (history));
  expect_path (nth (history, 0), "New|in memory");
  return 0;
}

static void
test_read_only_user (Place *place, gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (place->path), *output = NULL;
  g_autoptr (GError) error = NULL;
  {
    g_autoptr (SenHistory) history = open_history (place->path);
    g_autoptr (SenConversation) chat = sen_history_begin (history);
    exchange (chat, "Small", "fits");
    g_assert_true (sen_history_flush (history));
  }
  g_assert_cmpint (chmod (place->folder, 0755), ==, 0);
  g_assert_cmpint (chmod (place->path, 0444), ==, 0);
  g_assert_cmpint (chmod (folder, 0555), ==, 0);
  g_autoptr (GSubprocess) child = spawn ("--read-only", place->path, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (child, NULL, NULL, &output, NULL, &error));
  g_test_message ("%s", output);
  g_assert_cmpint (chmod (folder, 0755), ==, 0);
  g_assert_true (g_subprocess_get_successful (child));
  g_assert_nonnull (strstr (output, "may be written"));
}

static void
test_disk_full (Place *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *output = NULL;
  g_autoptr (GSubprocess) child = spawn ("--fill", place->path, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (child, NULL, NULL, &output, NULL, &error));
  g_test_message ("%s", output);
  g_assert_true (g_str_has_prefix (output, "1 0 4 "));
  g_assert_true (g_subprocess_get_successful (child));
  g_autoptr (SenHistory) history = open_history (place->path);
  g_assert_no_error (sen_history_problem (history));
  expect_path (nth (history, 0), "Small|fits");
}

/* How much of each answer is in the file, as anybody sees it who looks: lengths by ids. NULL: there is no such file yet. (transfer full) */
static GHashTable *
read_lengths (const char *path)
{
  sqlite3 *db = NULL;
  sqlite3_stmt *q = NULL;
  GHashTable *lengths = NULL;
  if (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK
      && sqlite3_prepare_v2 (db, "SELECT id, length (text) FROM messages", -1, &q, NULL) == SQLITE_OK)
    {
      lengths = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
      while (sqlite3_step (q) == SQLITE_ROW)
        g_hash_table_insert (lengths, g_memdup2 (&(gint64) { sqlite3_column_int64 (q, 0) }, sizeof (gint64)),
                             GSIZE_TO_POINTER ((gsize) sqlite3_column_int64 (q, 1)));
    }
  sqlite3_finalize (q);
  sqlite3_close (db);
  return lengths;
}

static gsize
sum_lengths (GHashTable *lengths)
{
  GHashTableIter iter;
  gpointer length;
  gsize sum = 0;
  if (lengths == NULL)
    return 0;
  g_hash_table_iter_init (&iter, lengths);
  while (g_hash_table_iter_next (&iter, NULL, &length))
    sum += GPOINTER_TO_SIZE (length);
  return sum;
}

/* Until the file has grown beyond @sum: what is handed over is written without anybody asking for it. (transfer full) */
static GHashTable *
wait_for_more (const char *path, gsize sum)
{
  for (int i = 0; i < 12000; i++)
    {
      g_autoptr (GHashTable) lengths = read_lengths (path);
      if (sum_lengths (lengths) > sum)
        return g_steal_pointer (&lengths);
      g_usleep (10000);
    }
  g_error ("nothing of what was handed over is written");
}

/* What was in the file before the kill is in it. How far that was behind what was handed over is told, never judged. */
static void
check_after_kill (const char *path, const char *output, GHashTable *before, gint64 killed_at)
{
  sqlite3 *db = NULL;
  sqlite3_stmt *q = NULL;
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (db, "PRAGMA integrity_check", -1, &q, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_step (q), ==, SQLITE_ROW);
  g_assert_cmpstr ((const char *) sqlite3_column_text (q, 0), ==, "ok");
  sqlite3_finalize (q);
  sqlite3_close (db);
  g_autoptr (GHashTable) after = read_lengths (path);
  GHashTableIter iter;
  gpointer id, length;
  for (g_hash_table_iter_init (&iter, before); g_hash_table_iter_next (&iter, &id, &length);)
    {
      g_assert_true (g_hash_table_contains (after, id));
      g_assert_cmpuint (GPOINTER_TO_SIZE (g_hash_table_lookup (after, id)), >=, GPOINTER_TO_SIZE (length));
    }
  g_auto (GStrv) lines = g_strsplit (output, "\n", -1);
  gint64 written_at = 0;
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", 3);
      gint64 message = g_strv_length (words) == 3 ? g_ascii_strtoll (words[1], NULL, 10) : 0;
      if (message != 0 && GPOINTER_TO_SIZE (g_hash_table_lookup (after, &message)) >= g_ascii_strtoull (words[2], NULL, 10))
        written_at = g_ascii_strtoll (words[0], NULL, 10);
    }
  if (written_at > 0)
    g_test_message ("killed %.0f ms after what is written was handed over", (double) (killed_at - written_at) / 1000.0);
}

static void
test_kills (Place *place, gconstpointer data)
{
  for (int i = 0; i < 20; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *output = NULL;
      /* Every fourth time it dies while it makes the file anew or of an old version. */
      bool is_young = i % 4 == 3;
      if (is_young)
        {
          g_unlink (place->path);
          sqlite3 *db = NULL;
          g_assert_cmpint (sqlite3_open (place->path, &db), ==, SQLITE_OK);
          g_assert_true (sen_history_migrate (db, place->path, 1, &error));
          sqlite3_close (db);
        }
      g_autoptr (GHashTable) before = read_lengths (place->path);
      g_autoptr (GSubprocess) child = spawn ("--stream", place->path, &error);
      g_assert_no_error (error);
      if (!is_young)
        {
          g_autoptr (GHashTable) at_first = g_steal_pointer (&before);
          before = wait_for_more (place->path, sum_lengths (at_first));
        }
      g_usleep ((gulong) g_test_rand_int_range (2000, is_young ? 60000 : 1500000));
      g_autoptr (GHashTable) seen = read_lengths (place->path);
      gint64 killed_at = g_get_monotonic_time ();
      g_subprocess_force_exit (child);
      g_assert_true (g_subprocess_communicate_utf8 (child, NULL, NULL, &output, NULL, &error));
      check_after_kill (place->path, output, seen != NULL ? seen : before, killed_at);
      g_autoptr (SenHistory) history = open_history (place->path);
      g_assert_no_error (sen_history_problem (history));
    }
}

int
main (int argc, char **argv)
{
  if (argc == 3 && g_str_equal (argv[1], "--stream"))
    return child_stream (argv[2]);
  if (argc == 3 && g_str_equal (argv[1], "--fill"))
    return child_fill (argv[2]);
  if (argc == 3 && g_str_equal (argv[1], "--read-only"))
    return child_read_only (argv[2]);
  g_test_init (&argc, &argv, NULL);
#define T(name, function) g_test_add ("/history/" name, Place, NULL, place_set_up, function, place_tear_down)
  T ("tree", test_tree);
  T ("search", test_search);
  T ("clock", test_clock);
  T ("newer", test_newer);
  T ("damaged", test_damaged);
  T ("read-only", test_read_only);
  T ("read-only-user", test_read_only_user);
  T ("large", test_large);
  T ("files", test_files);
  T ("migration", test_migration);
  T ("two-processes", test_two_processes);
  T ("backup", test_backup);
  T ("disk-full", test_disk_full);
  T ("kills", test_kills);
  return g_test_run ();
}

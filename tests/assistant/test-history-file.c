/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Conversations leave as Markdown and JSON, come back from JSON and from copies of the database, and no file can hurt. */
#include <string.h>

#include <glib/gstdio.h>
#include <sqlite3.h>

#include "fixture.h"
#include "history-fixture.h"
#include "sen-error.h"
#include "sen-history-file.h"
#include "sen-history-private.h"

static SenHistory *
open_in (Place *place, const char *name)
{
  g_autofree char *path = g_build_filename (place->folder, name, NULL);
  SenHistory *history = open_history (path);
  g_assert_no_error (sen_history_problem (history));
  return history;
}

static void
exchange (SenConversation *conversation, const char *question, const char *answer, SenMessageState state)
{
  const SenMessageFigures figures = { .model = "SmolLM2", .device = "CPU", .n_tokens = 7, .seconds = 1.5, .tokens_per_second = 5.0 };
  sen_conversation_append (conversation, SEN_SPEAKER_USER, question);
  SenMessage *message = sen_conversation_append (conversation, SEN_SPEAKER_ASSISTANT, "");
  sen_message_append (message, answer);
  sen_message_finish (message, state, &figures);
}

/* A question asked twice, the first time answered twice; the older branch is shown. */
static SenConversation *
make_tree (SenHistory *history)
{
  SenConversation *chat = sen_history_begin (history);
  exchange (chat, "Why?", "Because \"\\\b\xc2\x80\" 🙂 e\xcc\x81 مرحبا", SEN_MESSAGE_DONE);
  g_autoptr (SenMessage) question = g_list_model_get_item (G_LIST_MODEL (chat), 0);
  g_autoptr (SenMessage) answer = g_list_model_get_item (G_LIST_MODEL (chat), 1);
  SenMessage *again = sen_conversation_branch (chat, answer, "");
  sen_message_append (again, "Therefore.");
  sen_message_finish (again, SEN_MESSAGE_STOPPED, NULL);
  sen_conversation_branch (chat, question, "How?");
  sen_conversation_select_sibling (chat, question, 0);
  SenMessage *removed = sen_conversation_append (chat, SEN_SPEAKER_USER, "Away with this.");
  sen_conversation_remove (chat, removed);
  sen_conversation_set_system (chat, "Be brief.");
  sen_conversation_set_files (chat, true, "/home/me/Docs \xff");
  sen_message_set_sources (again, "{\"version\":1,\"sources\":[{\"name\":\"a.pdf\"}]}");
  return chat;
}

typedef struct {
  GPtrArray *added;
  guint      n_known;
  GError    *error;
  bool       is_done;
} Import;

static void
on_import (GObject *source, GAsyncResult *result, gpointer data)
{
  Import *import = data;
  import->added = sen_history_import_finish (SEN_HISTORY (source), result, &import->n_known, &import->error);
  import->is_done = true;
}

static Import
import_file (SenHistory *history, Place *place, const char *name)
{
  Import import = { 0 };
  g_autofree char *path = g_build_filename (place->folder, name, NULL);
  sen_history_import_async (history, path, on_import, &import);
  while (!import.is_done)
    g_main_context_iteration (NULL, TRUE);
  return import;
}

static void
write_file (Place *place, const char *name, const char *text, gssize length)
{
  g_autofree char *path = g_build_filename (place->folder, name, NULL);
  g_assert_true (g_file_set_contents (path, text, length, NULL));
}

static void
test_json (Place *place, gconstpointer data)
{
  g_autofree char *first = NULL;
  {
    g_autoptr (SenHistory) history = open_in (place, "one.db");
    g_autoptr (SenConversation) chat = make_tree (history);
    g_autoptr (GPtrArray) all = g_ptr_array_new ();
    g_ptr_array_add (all, chat);
    first = sen_conversations_to_json (all);
    g_assert_null (strstr (first, "Away with this"));
    write_file (place, "export.json", first, -1);
  }
  {
    g_autoptr (SenHistory) history = open_in (place, "two.db");
    Import import = import_file (history, place, "export.json");
    g_assert_no_error (import.error);
    g_assert_cmpuint (import.added->len, ==, 1);
    g_ptr_array_unref (import.added);
    expect_path (nth (history, 0), "Why?|Therefore.");
    g_assert_true (sen_history_flush (history));
  }
  /* From the disk it is the same, to the byte. */
  g_autoptr (SenHistory) history = open_in (place, "two.db");
  SenConversation *chat = nth (history, 0);
  expect_path (chat, "Why?|Therefore.");
  g_assert_cmpstr (sen_conversation_title (chat), ==, "Why?");
  g_assert_cmpstr (sen_conversation_system (chat), ==, "Be brief.");
  g_autoptr (SenMessage) answer = g_list_model_get_item (G_LIST_MODEL (chat), 1);
  g_assert_cmpint (sen_message_state (answer), ==, SEN_MESSAGE_STOPPED);
  g_assert_true (sen_conversation_asks_files (chat));
  g_assert_cmpstr (sen_conversation_folder (chat), ==, "/home/me/Docs \xff");
  g_assert_cmpstr (sen_message_sources (answer), ==, "{\"version\":1,\"sources\":[{\"name\":\"a.pdf\"}]}");
  guint n;
  g_assert_cmpuint (sen_conversation_sibling (chat, answer, &n), ==, 1);
  g_assert_cmpuint (n, ==, 2);
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  g_ptr_array_add (all, chat);
  g_autofree char *second = sen_conversations_to_json (all);
  g_assert_cmpstr (first, ==, second);
}

/* A model may write any character; in JSON none below a blank stands as it is. */
static void
test_json_control (Place *place, gconstpointer data)
{
  char text[] = "0123456789abcdef0123456789abcdef";
  for (int i = 1; i < 0x20; i++)
    text[i] = (char) i;
  g_autofree char *json = NULL;
  {
    g_autoptr (SenHistory) history = open_in (place, "one.db");
    g_autoptr (SenConversation) chat = sen_history_begin (history);
    exchange (chat, "Write", text, SEN_MESSAGE_DONE);
    g_autoptr (GPtrArray) all = g_ptr_array_new ();
    g_ptr_array_add (all, chat);
    json = sen_conversations_to_json (all);
    write_file (place, "export.json", json, -1);
  }
  for (const char *at = json; *at != '\0'; at++)
    g_assert_true ((guchar) *at >= 0x20 || *at == '\n');
  g_autoptr (SenHistory) history = open_in (place, "two.db");
  Import import = import_file (history, place, "export.json");
  g_assert_no_error (import.error);
  g_ptr_array_unref (import.added);
  g_autoptr (SenMessage) answer = g_list_model_get_item (G_LIST_MODEL (nth (history, 0)), 1);
  g_assert_cmpstr (sen_message_text (answer), ==, text);
}

static void
test_markdown (Place *place, gconstpointer data)
{
  g_autoptr (SenHistory) history = sen_history_new (NULL);
  g_autoptr (SenConversation) chat = sen_history_begin (history);
  exchange (chat, "Write C.", "Here:\n\n```c\nint main (void)\n  ``\n", SEN_MESSAGE_STOPPED);
  exchange (chat, "Thanks.", "~~~~\n```\n~~~~", SEN_MESSAGE_DONE);
  sen_conversation_set_system (chat, "Be brief.\nBe kind.");
  g_autoptr (GPtrArray) one = g_ptr_array_new ();
  g_ptr_array_add (one, chat);
  g_autofree char *markdown = sen_conversations_to_markdown (one);
  g_assert_cmpstr (markdown, ==,
                   "# Write C.\n\n> Be brief.\n> Be kind.\n\n## You\n\nWrite C.\n\n## Assistant (SmolLM2)\n\n"
                   "Here:\n\n```c\nint main (void)\n  ``\n```\n\n*(stopped here)*\n\n"
                   "## You\n\nThanks.\n\n## Assistant (SmolLM2)\n\n~~~~\n```\n~~~~\n");
  g_autoptr (SenMessage) answer = g_list_model_get_item (G_LIST_MODEL (chat), 3);
  sen_message_set_sources (answer, "{\"sources\":[{\"name\":\"a*b.pdf\",\"page\":3},7,{\"name\":\"talk\\n.ogg\",\"start_ms\":3725000}]}");
  g_autofree char *cited = sen_conversations_to_markdown (one);
  g_assert_true (g_str_has_suffix (cited, "~~~~\n\n- \\[1\\] a\\*b.pdf, page 3\n- \\[3\\] talk .ogg, at 1:02:05\n"));
  sen_conversation_set_title (chat, "../../etc: pass/wd\n* ?.");
  g_autofree char *name = sen_conversation_file_name (chat);
  g_assert_cmpstr (name, ==, "etc pass wd");
}

static void
on_backup (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  sen_history_backup_finish (SEN_HISTORY (source), result, &error);
  g_assert_no_error (error);
  *(bool *) data = true;
}

static void
test_restore (Place *place, gconstpointer data)
{
  g_autofree char *copy = g_build_filename (place->folder, "copy.db", NULL);
  g_autoptr (SenHistory) history = open_in (place, "one.db");
  g_autoptr (SenConversation) chat = make_tree (history), other = sen_history_begin (history);
  exchange (other, "Second", "one", SEN_MESSAGE_DONE);
  bool is_done = false;
  sen_history_backup_async (history, copy, on_backup, &is_done);
  while (!is_done)
    g_main_context_iteration (NULL, TRUE);

  Import import = import_file (history, place, "copy.db");
  g_assert_no_error (import.error);
  g_assert_cmpuint (import.added->len, ==, 0);
  g_assert_cmpuint (import.n_known, ==, 2);
  g_ptr_array_unref (import.added);

  /* What was thrown away comes back, where it stood by its date. */
  sen_history_remove (history, chat);
  import = import_file (history, place, "copy.db");
  g_assert_no_error (import.error);
  g_assert_cmpuint (import.added->len, ==, 1);
  g_assert_cmpuint (import.n_known, ==, 1);
  g_ptr_array_unref (import.added);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (history)), ==, 2);
  expect_path (nth (history, 1), "Why?|Therefore.");

  /* Into an empty history, from an older format. */
  g_autofree char *old_path = g_build_filename (place->folder, "old.db", NULL);
  g_autoptr (GError) error = NULL;
  sqlite3 *db = NULL;
  g_assert_cmpint (sqlite3_open (old_path, &db), ==, SQLITE_OK);
  g_assert_true (sen_history_migrate (db, old_path, 1, &error));
  g_assert_cmpint (sqlite3_exec (db, "INSERT INTO conversations (id, title, created, updated) VALUES (5, 'Old times', 1, 1);"
                                 "INSERT INTO messages (id, conversation, parent, speaker, state, created, text)"
                                 " VALUES (6, 5, 0, 0, 0, 1, 'long ago'), (7, 5, 9, 1, 0, 1, 'no parent')", NULL, NULL, NULL),
                   ==, SQLITE_OK);
  sqlite3_close (db);
  import = import_file (history, place, "old.db");
  g_assert_no_error (import.error);
  g_assert_cmpuint (import.added->len, ==, 1);
  g_ptr_array_unref (import.added);
  g_assert_cmpstr (sen_conversation_title (nth (history, 2)), ==, "Old times");
}

/* A bad file is one sentence, and adds nothing. */
static void
test_hostile (Place *place, gconstpointer data)
{
#define HEAD "{\"format\":\"sensorium-conversations\",\"version\":1,\"conversations\":["
  static const struct {
    const char *text;
    int         code;
  } files[] = {
    { "", SEN_ERROR_FORMAT },
    { "nonsense", SEN_ERROR_FORMAT },
    { "\xff\xfe{}", SEN_ERROR_FORMAT },
    { "{}", SEN_ERROR_FORMAT },
    { "[]", SEN_ERROR_FORMAT },
    { "{\"format\":7,\"version\":1,\"conversations\":[]}", SEN_ERROR_FORMAT },
    { "{\"format\":\"sensorium-conversations\",\"version\":2,\"conversations\":[]}", SEN_ERROR_UNSUPPORTED },
    { "{\"format\":\"sensorium-conversations\",\"version\":1}", SEN_ERROR_FORMAT },
    { HEAD "7]}", SEN_ERROR_FORMAT },
    { HEAD "{}]}", SEN_ERROR_FORMAT },
    { HEAD "{\"messages\":[{}]}]}", SEN_ERROR_FORMAT },
    { HEAD "{\"messages\":[{\"id\":1,\"role\":\"user\"}]}]}", SEN_ERROR_FORMAT },
    { HEAD "{\"messages\":[{\"id\":1,\"role\":\"system\",\"text\":\"x\"}]}]}", SEN_ERROR_FORMAT },
    { HEAD "{\"messages\":[{\"id\":2,\"role\":\"user\",\"text\":\"x\"}]}]}", SEN_ERROR_FORMAT },
    { HEAD "{\"messages\":[{\"id\":1,\"parent\":1,\"role\":\"user\",\"text\":\"x\"}]}]}", SEN_ERROR_FORMAT },
    { HEAD "{\"messages\":[{\"id\":1,\"parent\":-1,\"role\":\"user\",\"text\":\"x\"}]}]}", SEN_ERROR_FORMAT },
    { HEAD "{\"messages\":[{\"id\":1,\"next\":99999999999,\"role\":\"user\",\"text\":\"x\"}]}]}", SEN_ERROR_FORMAT },
    { HEAD "{\"first\":2,\"messages\":[{\"id\":1,\"role\":\"user\",\"text\":\"x\"}]}]}", SEN_ERROR_FORMAT },
    { HEAD "{\"messages\":[{\"id\":1,\"role\":\"user\",\"text\":\"fine\"}]},{\"messages\":0}]}", SEN_ERROR_FORMAT },
    { "SQLite format 3\0 but not really", SEN_ERROR_FORMAT },
  };
  g_autoptr (SenHistory) history = open_in (place, "one.db");
  for (size_t i = 0; i < G_N_ELEMENTS (files); i++)
    {
      write_file (place, "bad", files[i].text, g_str_has_prefix (files[i].text, "SQLite") ? 31 : -1);
      Import import = import_file (history, place, "bad");
      if (!g_error_matches (import.error, SEN_ERROR, files[i].code))
        g_error ("file %zu: %s", i, import.error != NULL ? import.error->message : "no error");
      g_assert_null (import.added);
      g_clear_error (&import.error);
    }
  g_autofree char *deep = g_strnfill (1 << 20, '['), *wide = g_strnfill (3 << 20, ',');
  const char *const large[] = { deep, wide };
  for (size_t i = 0; i < G_N_ELEMENTS (large); i++)
    {
      write_file (place, "bad", large[i], -1);
      Import import = import_file (history, place, "bad");
      g_assert_error (import.error, SEN_ERROR, SEN_ERROR_LIMIT);
      g_clear_error (&import.error);
    }
  Import import = import_file (history, place, "nothing of the kind");
  g_assert_error (import.error, SEN_ERROR, SEN_ERROR_NOT_FOUND);
  g_clear_error (&import.error);
  import = import_file (history, place, ".");
  g_assert_error (import.error, SEN_ERROR, SEN_ERROR_IO);
  g_clear_error (&import.error);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (history)), ==, 0);

  /* Odd, but fair: surrogates that stand alone, dates of nonsense, a title of many lines. */
  write_file (place, "odd", HEAD "{\"title\":\"a\\nb\\u0001\",\"updated\":\"9999-99-99\",\"messages\":[{\"id\":1,\"role\":\"user\","
              "\"text\":\"\\ud800 \\u0007\",\"tokens\":-5,\"seconds\":1e300,\"state\":\"odd\",\"created\":12}]}]}", -1);
  import = import_file (history, place, "odd");
  g_assert_no_error (import.error);
  g_ptr_array_unref (import.added);
  g_assert_cmpstr (sen_conversation_title (nth (history, 0)), ==, "a b");
  g_assert_true (sen_history_flush (history));
}

/* Databases that are not ours, newer, or programs that never end. */
static void
test_hostile_databases (Place *place, gconstpointer data)
{
  static const struct {
    const char *sql;
    int         code;
  } files[] = {
    { "CREATE TABLE conversations (id)", SEN_ERROR_FORMAT },
    { "PRAGMA user_version = 99; CREATE TABLE conversations (id); CREATE TABLE messages (id)", SEN_ERROR_UNSUPPORTED },
    { "PRAGMA user_version = 2; CREATE TABLE conversations (id); CREATE TABLE messages (id)", SEN_ERROR_IO },
    { "PRAGMA user_version = 2; CREATE TABLE messages (id); CREATE VIEW conversations AS WITH RECURSIVE n (id) AS (SELECT 1 UNION"
      " ALL SELECT id + 1 FROM n) SELECT id, '' title, 0 title_is_own, 0 created, 0 updated, 0 first_message, '' draft, '' system,"
      " NULL removed FROM n", SEN_ERROR_FORMAT },
  };
  g_autoptr (SenHistory) history = open_in (place, "one.db");
  for (size_t i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (place->folder, "bad.db", NULL);
      sqlite3 *db = NULL;
      g_unlink (path);
      g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
      g_assert_cmpint (sqlite3_exec (db, files[i].sql, NULL, NULL, NULL), ==, SQLITE_OK);
      sqlite3_close (db);
      Import import = import_file (history, place, "bad.db");
      if (!g_error_matches (import.error, SEN_ERROR, files[i].code))
        g_error ("database %zu: %s", i, import.error != NULL ? import.error->message : "no error");
      g_clear_error (&import.error);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define T(name, function) g_test_add ("/history-file/" name, Place, NULL, place_set_up, function, place_tear_down)
  T ("json", test_json);
  T ("json-control", test_json_control);
  T ("markdown", test_markdown);
  T ("restore", test_restore);
  T ("hostile", test_hostile);
  T ("hostile-databases", test_hostile_databases);
  return g_test_run ();
}

/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * Attachments: their content on the disk, their place in drafts and messages, exports and backups, kills. */
#include <string.h>
#include <sys/stat.h>
#include <utime.h>

#include <glib/gstdio.h>

#include "fixture.h"
#include "history-fixture.h"
#include "sen-history-file.h"
#include "sen-history-private.h"

/* The beginning of a PNG is enough to be taken for one. */
static const guint8 png[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R' };

static bool
is_here (gpointer data)
{
  return sen_attachment_state (data) != SEN_ATTACHMENT_COPYING;
}

static bool
is_set (gpointer data)
{
  return *(gpointer *) data != NULL;
}

static GFile *
write_file (const char *folder, const char *name, const void *data, gsize size)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_assert_true (g_file_set_contents (path, data, (gssize) size, NULL));
  return g_file_new_for_path (path);
}

static SenAttachment *
add (SenAttachmentFiles *files, const char *folder, const char *name, const void *data, gsize size)
{
  g_autoptr (GFile) file = write_file (folder, name, data, size);
  SenAttachment *attachment = sen_attachment_files_add (files, file);
  wait_for (is_here, attachment);
  g_file_delete (file, NULL, NULL);
  return attachment;
}

static SenAttachment *
draft_at (SenConversation *conversation, guint n)
{
  g_autoptr (SenAttachment) attachment = g_list_model_get_item (sen_conversation_draft_attachments (conversation), n);
  g_assert_nonnull (attachment);
  return attachment;   /* the draft keeps it */
}

/* "name:state words" of each. */
static char *
read_attachments (SenMessage *message)
{
  GString *text = g_string_new (NULL);
  GPtrArray *attachments = sen_message_attachments (message);
  for (guint i = 0; attachments != NULL && i < attachments->len; i++)
    {
      SenAttachment *attachment = g_ptr_array_index (attachments, i);
      const char *words = sen_attachment_facts (attachment)->words;
      g_string_append_printf (text, "%s%s:%s %s", i > 0 ? "|" : "", sen_attachment_name (attachment),
                              sen_attachment_state_name (sen_attachment_state (attachment)), words != NULL ? words : "-");
    }
  return g_string_free (text, FALSE);
}

static void
expect_attachments (SenConversation *conversation, guint n, const char *expected)
{
  g_autoptr (SenMessage) message = g_list_model_get_item (G_LIST_MODEL (conversation), n);
  g_autofree char *text = read_attachments (message);
  g_assert_cmpstr (text, ==, expected);
}

static void
expect_content (SenAttachment *attachment, const void *data, gsize size)
{
  g_autofree char *path = sen_attachment_path (attachment), *content = NULL;
  gsize length;
  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  g_assert_cmpmem (content, length, data, size);
}

/* --- Content ------------------------------------------------------------------------------------------------------------------------ */

static void
test_content (Place *place, gconstpointer data)
{
  g_autofree char *store = g_build_filename (place->folder, "attachments", NULL);
  g_autoptr (SenAttachmentFiles) files = sen_attachment_files_new (store);
  g_autoptr (SenAttachment) first = add (files, place->folder, "one\npicture.png", png, sizeof png);
  g_assert_cmpint (sen_attachment_state (first), ==, SEN_ATTACHMENT_NEW);
  g_assert_cmpint (sen_attachment_kind (first), ==, SEN_ATTACHMENT_PICTURE);
  g_assert_cmpstr (sen_attachment_facts (first)->mime, ==, "image/png");
  g_assert_cmpstr (sen_attachment_name (first), ==, "one picture.png");
  g_assert_cmpuint (sen_attachment_size (first), ==, sizeof png);
  expect_content (first, png, sizeof png);   /* the original is gone */

  /* The same content, whatever it is called, is there once; its ending says nothing. */
  g_autoptr (SenAttachment) second = add (files, place->folder, "two.wav", png, sizeof png);
  g_autofree char *a = sen_attachment_path (first), *b = sen_attachment_path (second);
  g_assert_cmpstr (a, ==, b);
  g_assert_cmpint (sen_attachment_kind (second), ==, SEN_ATTACHMENT_PICTURE);

  g_autoptr (GBytes) bytes = g_bytes_new_static ("not a picture", 13);
  g_autoptr (SenAttachment) pasted = sen_attachment_files_add_bytes (files, bytes, "Pasted");
  wait_for (is_here, pasted);
  expect_content (pasted, "not a picture", 13);
  g_assert_cmpint (sen_attachment_kind (pasted), ==, SEN_ATTACHMENT_UNKNOWN);
}

static void
expect_failure (SenAttachmentFiles *files, const char *path, const char *part)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (SenAttachment) attachment = sen_attachment_files_add (files, file);
  wait_for (is_here, attachment);
  g_assert_cmpint (sen_attachment_state (attachment), ==, SEN_ATTACHMENT_FAILED);
  g_test_message ("%s", sen_attachment_error (attachment));
  g_assert_nonnull (strstr (sen_attachment_error (attachment), part));
  g_autofree char *none = sen_attachment_path (attachment);
  g_assert_null (none);
}

static void
test_bad_files (Place *place, gconstpointer data)
{
  g_autofree char *store = g_build_filename (place->folder, "attachments", NULL);
  g_autofree char *pipe = g_build_filename (place->folder, "pipe", NULL), *large = g_build_filename (place->folder, "large", NULL);
  g_autofree char *missing = g_build_filename (place->folder, "missing.png", NULL), *picture = NULL;
  g_autoptr (SenAttachmentFiles) files = sen_attachment_files_new (store);
  g_autoptr (GFile) empty = write_file (place->folder, "empty.png", "", 0);
  g_autoptr (GFile) small = write_file (place->folder, "small.png", png, sizeof png);
  picture = g_file_get_path (small);
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  FILE *hole = fopen (large, "w");
  g_assert_cmpint (ftruncate (fileno (hole), (off_t) SEN_ATTACHMENT_MAX_BYTES + 1), ==, 0);
  fclose (hole);
  expect_failure (files, g_file_peek_path (empty), "“empty.png” is empty");
  expect_failure (files, missing, "there is no file “missing.png”");
  expect_failure (files, place->folder, "is a folder");
  expect_failure (files, pipe, "no regular file");
  expect_failure (files, large, "larger than");
  sen_attachment_files_set_free_bytes (files, 1000);
  expect_failure (files, picture, "are free on the disk");
  /* Nothing half-done lies about. */
  g_autoptr (GDir) dir = g_dir_open (store, 0, NULL);
  g_assert_null (g_dir_read_name (dir));
}

static void
test_temporary (Place *place, gconstpointer data)
{
  SenHistory *history = sen_history_new (NULL);
  g_autoptr (SenAttachment) attachment = add (sen_history_files (history), place->folder, "a.png", png, sizeof png);
  g_autofree char *path = sen_attachment_path (attachment);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_clear_object (&attachment);
  g_object_unref (history);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* --- Drafts and messages ------------------------------------------------------------------------------------------------------------ */

static void
understand (SenAttachment *attachment, const char *words)
{
  const SenAttachmentFacts facts = { .kind = SEN_ATTACHMENT_PICTURE, .width = 40, .height = 30, .words = words, .words_by = "test" };
  sen_attachment_understood (attachment, &facts);
}

static void
test_conversation (Place *place, gconstpointer data)
{
  {
    g_autoptr (SenHistory) history = open_history (place->path);
    g_autoptr (SenConversation) chat = sen_history_begin (history);
    g_autoptr (SenAttachment) a = add (sen_history_files (history), place->folder, "a.png", png, sizeof png);
    g_autoptr (SenAttachment) b = add (sen_history_files (history), place->folder, "b.png", png, 12);
    sen_conversation_attach (chat, a);
    sen_conversation_attach (chat, b);
    sen_conversation_move_attachment (chat, b, 0);
    understand (a, "A sign: “Platform 7”.");
    SenMessage *question = sen_conversation_ask (chat, "");
    g_assert_cmpstr (sen_conversation_title (chat), ==, "b.png");
    expect_attachments (chat, 0, "b.png:new -|a.png:ready A sign: “Platform 7”.");
    g_assert_cmpuint (g_list_model_get_n_items (sen_conversation_draft_attachments (chat)), ==, 0);
    sen_attachment_failed (b, NULL, "“b.png” is cut off");
    /* Edited, it keeps them. */
    sen_conversation_branch (chat, question, "What is on the sign?");
    g_autoptr (SenAttachment) c = add (sen_history_files (history), place->folder, "c.png", png, 14);
    g_autoptr (SenAttachment) d = add (sen_history_files (history), place->folder, "d.png", png, 13);
    g_autoptr (SenAttachment) gone = add (sen_history_files (history), place->folder, "gone.png", png, 11);
    sen_conversation_attach (chat, gone);
    sen_conversation_attach (chat, c);
    sen_conversation_attach (chat, d);
    sen_conversation_move_attachment (chat, d, 1);
    sen_conversation_unattach (chat, gone);
    g_assert_true (sen_history_flush (history));
  }
  g_autoptr (SenHistory) history = open_history (place->path);
  SenConversation *chat = nth (history, 0);
  expect_attachments (chat, 0, "b.png:failed -|a.png:ready A sign: “Platform 7”.");
  g_autoptr (SenMessage) question = g_list_model_get_item (G_LIST_MODEL (chat), 0);
  g_assert_cmpstr (sen_message_text (question), ==, "What is on the sign?");
  SenAttachment *a = g_ptr_array_index (sen_message_attachments (question), 1);
  g_assert_cmpint (sen_attachment_facts (a)->width, ==, 40);
  g_assert_cmpstr (sen_attachment_facts (a)->words_by, ==, "test");
  expect_content (a, png, sizeof png);
  g_assert_cmpuint (g_list_model_get_n_items (sen_conversation_draft_attachments (chat)), ==, 2);
  g_assert_cmpstr (sen_attachment_name (draft_at (chat, 0)), ==, "d.png");
  g_assert_cmpstr (sen_attachment_name (draft_at (chat, 1)), ==, "c.png");
  expect_content (draft_at (chat, 1), png, 14);
}

/* A question that is sent before the copy is whole. */
static void
test_sent_while_copying (Place *place, gconstpointer data)
{
  {
    g_autoptr (SenHistory) history = open_history (place->path);
    g_autoptr (SenConversation) chat = sen_history_begin (history);
    g_autofree char *large = g_malloc0 (8 << 20);
    g_autoptr (GFile) file = write_file (place->folder, "large.bin", large, 8 << 20);
    g_autoptr (SenAttachment) attachment = sen_attachment_files_add (sen_history_files (history), file);
    sen_conversation_attach (chat, attachment);
    sen_conversation_ask (chat, "Look");
    wait_for (is_here, attachment);
    g_assert_true (sen_history_flush (history));
  }
  g_autoptr (SenHistory) history = open_history (place->path);
  expect_attachments (nth (history, 0), 0, "large.bin:new -");
}

/* --- Files that nothing refers to ----------------------------------------------------------------------------------------------------- */

static void
make_old (const char *path)
{
  const struct utimbuf old = { 1000000, 1000000 };
  g_assert_cmpint (utime (path, &old), ==, 0);
}

static void
test_collection (Place *place, gconstpointer data)
{
  g_autofree char *kept_path = NULL, *removed_path = NULL, *stray_path = NULL, *young_path = NULL;
  gint64 removed;
  {
    g_autoptr (SenHistory) history = open_history (place->path);
    SenAttachmentFiles *files = sen_history_files (history);
    g_autoptr (SenConversation) keep = sen_history_begin (history), lose = sen_history_begin (history);
    g_autoptr (SenAttachment) a = add (files, place->folder, "a", "a", 1), b = add (files, place->folder, "b", "b", 1);
    g_autoptr (SenAttachment) c = add (files, place->folder, "c", "c", 1), d = add (files, place->folder, "d", "d", 1);
    sen_conversation_attach (keep, a);
    sen_conversation_ask (keep, "Keep");
    sen_conversation_attach (lose, b);
    sen_conversation_ask (lose, "Lose");
    sen_history_remove (history, lose);
    removed = sen_conversation_id (lose);
    kept_path = sen_attachment_path (a);
    removed_path = sen_attachment_path (b);
    stray_path = sen_attachment_path (c);
    young_path = sen_attachment_path (d);
    g_assert_true (sen_history_flush (history));
  }
  make_old (kept_path);
  make_old (removed_path);
  make_old (stray_path);
  {
    /* Thrown away, it can still come back. */
    g_autoptr (SenHistory) history = open_history (place->path);
    g_assert_true (g_file_test (removed_path, G_FILE_TEST_EXISTS));
    g_assert_false (g_file_test (stray_path, G_FILE_TEST_EXISTS));
  }
  sqlite3 *db;
  g_autofree char *sql = g_strdup_printf ("UPDATE conversations SET removed = 1 WHERE id = %" G_GINT64_FORMAT, removed);
  g_assert_cmpint (sqlite3_open (place->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  g_autoptr (SenHistory) history = open_history (place->path);
  g_assert_true (g_file_test (kept_path, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (young_path, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (removed_path, G_FILE_TEST_EXISTS));
}

/* --- Carrying away and bringing back -------------------------------------------------------------------------------------------------- */

static void
on_exported (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (sen_history_export_finish (SEN_HISTORY (source), result, &error));
  g_assert_no_error (error);
  *(gpointer *) data = source;
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
on_imported (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) added = sen_history_import_finish (SEN_HISTORY (source), result, NULL, &error);
  *(char **) data = g_strdup (added != NULL ? "" : error->message);
}

static char *
import (SenHistory *history, const char *path)
{
  char *problem = NULL;
  sen_history_import_async (history, path, on_imported, &problem);
  wait_for (is_set, &problem);
  return problem;
}

/* What comes back into a history with nothing in it, from a file with its content beside it. */
static void
expect_back (Place *place, const char *name, const char *from)
{
  g_autofree char *path = g_build_filename (place->folder, name, "conversations.db", NULL);
  g_autoptr (SenHistory) history = open_history (path);
  g_autofree char *problem = import (history, from);
  g_assert_cmpstr (problem, ==, "");
  SenConversation *chat = nth (history, 0);
  expect_attachments (chat, 0, "a.png:ready A sign.|b.png:failed -");
  g_autoptr (SenMessage) question = g_list_model_get_item (G_LIST_MODEL (chat), 0);
  SenAttachment *a = g_ptr_array_index (sen_message_attachments (question), 0);
  g_assert_cmpint (sen_attachment_kind (a), ==, SEN_ATTACHMENT_PICTURE);
  g_assert_cmpint (sen_attachment_facts (a)->height, ==, 30);
  g_assert_cmpstr (sen_attachment_direct_by (a), ==, "sight-smollm2 + words");
  g_assert_true (sen_attachment_is_direct_with_words (a));
  g_assert_null (sen_attachment_direct_by (g_ptr_array_index (sen_message_attachments (question), 1)));
  expect_content (a, png, sizeof png);
}

static void
test_carry (Place *place, gconstpointer data)
{
  g_autofree char *json = g_build_filename (place->folder, "out.json", NULL), *markdown = g_build_filename (place->folder, "out.md", NULL);
  g_autofree char *copy = g_build_filename (place->folder, "copy.db", NULL), *text = NULL, *sha256 = NULL;
  {
    g_autoptr (SenHistory) history = open_history (place->path);
    g_autoptr (SenConversation) chat = sen_history_begin (history);
    g_autoptr (SenAttachment) a = add (sen_history_files (history), place->folder, "a.png", png, sizeof png);
    g_autoptr (SenAttachment) b = add (sen_history_files (history), place->folder, "b.png", "", 0);
    sen_conversation_attach (chat, a);
    sen_conversation_attach (chat, b);
    understand (a, "A sign.");
    sen_attachment_set_direct (a, "sight-smollm2", true);
    sha256 = g_strdup (sen_attachment_sha256 (a));
    sen_conversation_ask (chat, "What is it?");
    g_autoptr (GPtrArray) one = g_ptr_array_new ();
    g_ptr_array_add (one, chat);
    gpointer done = NULL;
    sen_history_export_async (history, one, json, SEN_EXPORT_JSON, on_exported, &done);
    wait_for (is_set, &done);
    done = NULL;
    sen_history_export_async (history, one, markdown, SEN_EXPORT_MARKDOWN, on_exported, &done);
    wait_for (is_set, &done);
    done = NULL;
    sen_history_backup_async (history, copy, on_backup, &done);
    wait_for (is_set, &done);
  }
  g_assert_true (g_file_get_contents (markdown, &text, NULL, NULL));
  g_autofree char *expected
    = g_strdup_printf ("# What is it?\n\n## You\n\n![a.png](out.files/%s.png)\n\n> A sign.\n\n*b.png*\n\n> “b.png” is empty\n\n"
                       "What is it?\n", sha256);
  g_assert_cmpstr (text, ==, expected);
  expect_back (place, "from-json", json);
  expect_back (place, "from-copy", copy);
}

/* Content that is not what it should be, names that lead elsewhere, numbers that are none. */
static void
test_hostile (Place *place, gconstpointer data)
{
  g_autoptr (SenHistory) history = open_history (place->path);
  g_autofree char *path = g_build_filename (place->folder, "bad.json", NULL), *beside = g_build_filename (place->folder, "bad.files", NULL);
  g_autofree char *sha256 = g_strnfill (64, 'a');
  g_autofree char *json = g_strdup_printf (
    "{\"format\":\"sensorium-conversations\",\"version\":1,\"conversations\":[{\"messages\":[{\"id\":1,\"role\":\"user\",\"text\":\"x\","
    "\"attachments\":["
    "{\"name\":\"../../etc/passwd\",\"sha256\":\"../../../../../../../../../../../../../../../../../../etc/passwd\"},"
    "{\"name\":\"b.png\",\"sha256\":\"%s\",\"kind\":\"picture\",\"bytes\":-5,\"width\":1e300,\"height\":-1,\"seconds\":1e400,"
    "\"state\":\"ready\"},"
    "{\"sha256\":7,\"kind\":[],\"words\":{},\"state\":3,\"error\":null}]}]}]}", sha256);
  g_mkdir (beside, 0700);
  g_autoptr (GFile) wrong = write_file (beside, sha256, "wrong", 5), list = write_file (place->folder, "bad.json", json, strlen (json));
  g_autofree char *problem = import (history, path);
  g_assert_cmpstr (problem, ==, "");
  SenConversation *chat = nth (history, 0);
  expect_attachments (chat, 0, "../../etc/passwd:new -|b.png:new -|:new -");
  g_autoptr (SenMessage) question = g_list_model_get_item (G_LIST_MODEL (chat), 0);
  GPtrArray *attachments = sen_message_attachments (question);
  for (guint i = 0; i < attachments->len; i++)
    {
      SenAttachment *attachment = g_ptr_array_index (attachments, i);
      g_autofree char *content = sen_attachment_path (attachment);
      g_assert_true (content == NULL || !g_file_test (content, G_FILE_TEST_EXISTS));
      g_assert_cmpfloat (sen_attachment_facts (attachment)->seconds, <, 1e10);
    }
  const char *const refused[] = { "\"attachments\":7", "\"attachments\":[7]" };
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autofree char *bad = g_strdup_printf ("{\"format\":\"sensorium-conversations\",\"version\":1,\"conversations\":[{\"messages\":["
                                              "{\"id\":1,\"role\":\"user\",\"text\":\"x\",%s}]}]}", refused[i]);
      g_autoptr (GFile) file = write_file (place->folder, "bad.json", bad, strlen (bad));
      g_autofree char *sentence = import (history, path);
      g_assert_cmpstr (sentence, !=, "");
    }
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (history)), ==, 1);
}

/* --- Kills ---------------------------------------------------------------------------------------------------------------------------- */

/* Attaches and asks until it is killed. */
static int
child_attach (const char *path)
{
  g_autoptr (SenHistory) history = open_history (path);
  g_autoptr (SenConversation) chat = sen_history_begin (history);
  for (guint i = 0;; i++)
    {
      gsize n = 1 + (gsize) g_random_int_range (0, 300000);
      guint8 *data = g_malloc (n);
      for (gsize j = 0; j < n; j++)
        data[j] = (guint8) (g_random_int () & 0xff);
      g_autoptr (GBytes) bytes = g_bytes_new_take (data, n);
      g_autoptr (SenAttachment) attachment = sen_attachment_files_add_bytes (sen_history_files (history), bytes, "noise");
      sen_conversation_attach (chat, attachment);
      wait_for (is_here, attachment);
      if (i % 3 == 0)
        sen_conversation_ask (chat, "Listen");
      understand (attachment, "noise");
      g_print (".");
    }
  return 0;
}

static void
check_after_kill (const char *path)
{
  sqlite3 *db;
  sqlite3_stmt *q;
  g_autoptr (SenAttachmentFiles) files = NULL;
  g_autofree char *folder = sen_history_files_folder (path);
  files = sen_attachment_files_new (folder);
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (db, "SELECT sha256, bytes FROM attachments", -1, &q, NULL), ==, SQLITE_OK);
  while (sqlite3_step (q) == SQLITE_ROW)
    {
      const char *sha256 = (const char *) sqlite3_column_text (q, 0);
      g_autofree char *content_path = sen_attachment_files_find (files, sha256), *content = NULL;
      gsize length;
      g_assert_true (g_file_get_contents (content_path, &content, &length, NULL));
      g_assert_cmpuint (length, ==, (gsize) sqlite3_column_int64 (q, 1));
      g_autofree char *real = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guint8 *) content, length);
      g_assert_cmpstr (real, ==, sha256);
    }
  sqlite3_finalize (q);
  sqlite3_close (db);
}

static void
test_kills (Place *place, gconstpointer data)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  for (int i = 0; i < 8; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GSubprocess) child = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, self, "--attach", place->path, NULL);
      g_assert_no_error (error);
      char c;
      /* After a few, and then somewhere in the middle. */
      for (int j = 0; j < 3; j++)
        g_assert_cmpint (g_input_stream_read (g_subprocess_get_stdout_pipe (child), &c, 1, NULL, NULL), ==, 1);
      g_usleep ((gulong) g_random_int_range (1000, 60000));
      g_subprocess_force_exit (child);
      g_subprocess_wait (child, NULL, NULL);
      check_after_kill (place->path);
    }
}

int
main (int argc, char **argv)
{
  if (argc == 3 && g_str_equal (argv[1], "--attach"))
    return child_attach (argv[2]);
  g_test_init (&argc, &argv, NULL);
#define T(name, function) g_test_add ("/attachment/" name, Place, NULL, place_set_up, function, place_tear_down)
  T ("content", test_content);
  T ("bad-files", test_bad_files);
  T ("temporary", test_temporary);
  T ("conversation", test_conversation);
  T ("sent-while-copying", test_sent_while_copying);
  T ("collection", test_collection);
  T ("carry", test_carry);
  T ("hostile", test_hostile);
  T ("kills", test_kills);
#undef T
  return g_test_run ();
}

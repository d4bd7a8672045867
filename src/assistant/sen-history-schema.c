/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The tables, as the steps that made them. Steps are never changed, only added: docs/history.md. */
#include "sen-history-private.h"

static const char *const steps[SEN_HISTORY_VERSION] = {
  /* 1: conversations are trees of messages; the path that is shown begins with first_message and goes on
   * with each message's last_child, or its latest where that is 0. Dates are microseconds since 1970. */
  "CREATE TABLE conversations ("
  "  id INTEGER PRIMARY KEY, title TEXT NOT NULL DEFAULT '', title_is_own INTEGER NOT NULL DEFAULT 0,"
  "  created INTEGER NOT NULL, updated INTEGER NOT NULL,"
  "  first_message INTEGER NOT NULL DEFAULT 0,"
  "  draft TEXT NOT NULL DEFAULT '', system TEXT, removed INTEGER);"
  "CREATE TABLE messages ("
  "  id INTEGER PRIMARY KEY, conversation INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,"
  "  parent INTEGER NOT NULL, speaker INTEGER NOT NULL, state INTEGER NOT NULL, created INTEGER NOT NULL,"
  "  text TEXT NOT NULL, model TEXT, device TEXT, n_tokens INTEGER NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0,"
  "  tokens_per_second REAL NOT NULL DEFAULT 0, removed INTEGER NOT NULL DEFAULT 0, last_child INTEGER NOT NULL DEFAULT 0);"
  "CREATE INDEX messages_by_conversation ON messages (conversation, id);",
  /* 2: search. Text that is still being written (state 1) is not in it: each half second would index all of it again. */
  "CREATE VIRTUAL TABLE found_texts USING fts5 (text, content='messages', content_rowid='id',"
  "  tokenize='unicode61 remove_diacritics 2');"
  "CREATE TRIGGER messages_inserted AFTER INSERT ON messages WHEN new.state <> 1 BEGIN"
  "  INSERT INTO found_texts (rowid, text) VALUES (new.id, new.text); END;"
  "CREATE TRIGGER messages_leave AFTER UPDATE OF text, state ON messages WHEN old.state <> 1 BEGIN"
  "  INSERT INTO found_texts (found_texts, rowid, text) VALUES ('delete', old.id, old.text); END;"
  "CREATE TRIGGER messages_return AFTER UPDATE OF text, state ON messages WHEN new.state <> 1 BEGIN"
  "  INSERT INTO found_texts (rowid, text) VALUES (new.id, new.text); END;"
  "CREATE TRIGGER messages_deleted AFTER DELETE ON messages WHEN old.state <> 1 BEGIN"
  "  INSERT INTO found_texts (found_texts, rowid, text) VALUES ('delete', old.id, old.text); END;"
  "INSERT INTO found_texts (rowid, text) SELECT id, text FROM messages WHERE state <> 1;",
  /* 3: attachments. message 0: of the draft. The content is a file named by sha256, which is NULL when it could not be read. */
  "CREATE TABLE attachments ("
  "  id INTEGER PRIMARY KEY, conversation INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,"
  "  message INTEGER NOT NULL, position INTEGER NOT NULL, kind INTEGER NOT NULL, state INTEGER NOT NULL, sha256 TEXT,"
  "  name TEXT NOT NULL, mime TEXT, bytes INTEGER NOT NULL DEFAULT 0, width INTEGER NOT NULL DEFAULT 0,"
  "  height INTEGER NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0, words TEXT, words_by TEXT, error TEXT);"
  "CREATE INDEX attachments_by_conversation ON attachments (conversation, message, position);"
  "CREATE INDEX attachments_by_content ON attachments (sha256);"
  "CREATE INDEX attachments_by_message ON attachments (message);"
  "CREATE TRIGGER messages_attachments_deleted AFTER DELETE ON messages BEGIN"
  "  DELETE FROM attachments WHERE message = old.id; END;",
  /* 4: what took an attachment directly, NULL when a model knows it by its words alone. */
  "ALTER TABLE attachments ADD COLUMN direct_by TEXT;",
  /* 5: answers made from files. Whether a conversation asks them and, as an address, in which folder; what an answer was made from, JSON
   * that is find's (sen-grounding-json.h). */
  "ALTER TABLE conversations ADD COLUMN asks_files INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE conversations ADD COLUMN folder TEXT;"
  "ALTER TABLE messages ADD COLUMN sources TEXT;",
};

bool
sen_history_migrate (sqlite3 *db, const char *path, int version, GError **error)
{
  const SenDatabaseSchema schema = { "the conversations", steps, version, .keeps_old = true };
  return sen_database_migrate (db, path, &schema, error);
}

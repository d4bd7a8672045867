/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT
 *
 * The tables, as the steps that made them. Steps are never changed, only added. The words are those of sen-index-store.h. */
#include "sen-store-private.h"

static const char *const steps[] = {
  /* 1. Paths are blobs, because they need not be UTF-8; name and folder are what of a path is searched, folded. Numbers of states, kinds,
   * sources and roles are those of the enums. Dates: made in microseconds, mtime in nanoseconds, orphaned in seconds since 1970. Ids that
   * maps of vectors refer to are never used twice. */
  "CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
  "INSERT INTO facts VALUES ('identity', randomblob (16)), ('gone_from', 0);"

  "CREATE TABLE roots (id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE);"

  "CREATE TABLE contents ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT, hash BLOB, format TEXT NOT NULL, language TEXT, made INTEGER NOT NULL DEFAULT 0,"
  "  orphaned INTEGER, UNIQUE (hash, format));"
  "CREATE INDEX contents_orphaned ON contents (orphaned) WHERE orphaned IS NOT NULL;"

  "CREATE TABLE files ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT, root INTEGER NOT NULL REFERENCES roots (id), path BLOB NOT NULL UNIQUE,"
  "  content INTEGER NOT NULL REFERENCES contents (id), kind INTEGER NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL,"
  "  device INTEGER NOT NULL, inode INTEGER NOT NULL, error TEXT, name TEXT NOT NULL, folder TEXT NOT NULL);"
  "CREATE INDEX files_by_root ON files (root);"
  "CREATE INDEX files_by_content ON files (content);"
  "CREATE INDEX files_by_inode ON files (inode, device);"
  "CREATE VIRTUAL TABLE names USING fts5 (name, folder, content='files', content_rowid='id', tokenize='trigram');"
  "CREATE TRIGGER files_inserted AFTER INSERT ON files BEGIN"
  "  INSERT INTO names (rowid, name, folder) VALUES (new.id, new.name, new.folder); END;"
  "CREATE TRIGGER files_deleted AFTER DELETE ON files BEGIN"
  "  INSERT INTO names (names, rowid, name, folder) VALUES ('delete', old.id, old.name, old.folder); END;"

  "CREATE TABLE passes ("
  "  pass INTEGER NOT NULL, content INTEGER NOT NULL REFERENCES contents (id) ON DELETE CASCADE, state INTEGER NOT NULL,"
  "  tries INTEGER NOT NULL DEFAULT 0, error TEXT, PRIMARY KEY (content, pass)) WITHOUT ROWID;"
  "CREATE INDEX passes_by_state ON passes (pass, state, content);"

  "CREATE TABLE chunks ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT, content INTEGER NOT NULL REFERENCES contents (id) ON DELETE CASCADE, pass INTEGER NOT NULL,"
  "  source INTEGER NOT NULL, page INTEGER NOT NULL, line INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,"
  "  text TEXT NOT NULL, headings TEXT NOT NULL);"
  "CREATE INDEX chunks_by_content ON chunks (content, pass);"
  "CREATE VIRTUAL TABLE words USING fts5 (text, headings, content='chunks', content_rowid='id',"
  "  tokenize='unicode61 remove_diacritics 2');"
  "CREATE TRIGGER chunks_inserted AFTER INSERT ON chunks WHEN new.text <> '' BEGIN"
  "  INSERT INTO words (rowid, text, headings) VALUES (new.id, new.text, new.headings); END;"
  "CREATE TRIGGER chunks_deleted AFTER DELETE ON chunks WHEN old.text <> '' BEGIN"
  "  INSERT INTO words (words, rowid, text, headings) VALUES ('delete', old.id, old.text, old.headings); END;"

  "CREATE TABLE spaces ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT, role INTEGER NOT NULL, identity TEXT NOT NULL, n_embd INTEGER NOT NULL,"
  "  whole INTEGER NOT NULL DEFAULT 0, given_up INTEGER NOT NULL DEFAULT 0, n INTEGER NOT NULL DEFAULT 0, UNIQUE (role, identity));"
  /* f16 [n_embd], or NULL: none can be made. An id tells what came after what, so that maps can catch up. */
  "CREATE TABLE vectors ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT, space INTEGER NOT NULL REFERENCES spaces (id),"
  "  chunk INTEGER NOT NULL REFERENCES chunks (id) ON DELETE CASCADE, half BLOB);"
  "CREATE UNIQUE INDEX vectors_by_chunk ON vectors (chunk, space);"
  /* What maps have to forget. */
  "CREATE TABLE gone (id INTEGER PRIMARY KEY AUTOINCREMENT, vector INTEGER NOT NULL);"
  "CREATE TRIGGER vectors_inserted AFTER INSERT ON vectors WHEN new.half IS NOT NULL BEGIN"
  "  UPDATE spaces SET n = n + 1 WHERE id = new.space; END;"
  "CREATE TRIGGER vectors_deleted AFTER DELETE ON vectors WHEN old.half IS NOT NULL BEGIN"
  "  UPDATE spaces SET n = n - 1 WHERE id = old.space; INSERT INTO gone (vector) VALUES (old.id); END;",

  /* 2. What has been found by a pass that takes long and is not at its end. */
  "CREATE TABLE parts ("
  "  content INTEGER NOT NULL REFERENCES contents (id) ON DELETE CASCADE, pass INTEGER NOT NULL, number INTEGER NOT NULL,"
  "  place TEXT NOT NULL, page INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, text TEXT NOT NULL,"
  "  PRIMARY KEY (content, pass, number)) WITHOUT ROWID;",

  /* 3. A root that was taken out, whose files are still to go. And vectors that are no longer made go: those of tags, and of the shortest
   * texts that were read off pictures (see MEANS in sen-store-spaces.c). */
  "ALTER TABLE roots ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;"
  "DELETE FROM vectors WHERE space IN (SELECT id FROM spaces WHERE role = 0) AND chunk IN"
  "  (SELECT id FROM chunks WHERE source = 3 AND line = 1 OR source = 1 AND length (text) < 12);",

  /* 4. How often a pass was given up because the program ended while it was done, and when it is tried again, in seconds since 1970. */
  "ALTER TABLE passes ADD COLUMN given_up INTEGER NOT NULL DEFAULT 0; ALTER TABLE passes ADD COLUMN again INTEGER;"
  "UPDATE passes SET given_up = 1, again = 0, error = error || '; it is tried again another day'"
  "  WHERE state = 2 AND error = 'the program ended each time it was read';",
};

const SenDatabaseSchema sen_store_schema = { "the index", steps, G_N_ELEMENTS (steps) };

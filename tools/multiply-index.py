#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Makes a large index of a small one, with its long and short documents: for timing.

  multiply-index.py DB OUT N

OUT has each content of DB N times, each time with a name, a hash, passages and vectors of its own; the vectors differ a little."""

import os
import shutil
import sqlite3
import sys

import numpy as np


def add_copy(database, copy, random):
    def rows(query):
        return database.execute(query).fetchall()

    step = rows("SELECT max(m) FROM (SELECT max(id) m FROM contents UNION SELECT max(id) FROM chunks UNION SELECT max(id) FROM files"
                " UNION SELECT max(id) FROM vectors)")[0][0]
    for content, in rows("SELECT id FROM first_contents"):
        database.execute("INSERT INTO contents (id, hash, format, language, made) SELECT id + ?, randomblob(32), format, language, made"
                         " FROM contents WHERE id = ?", (step, content))
        database.execute("INSERT INTO passes (pass, content, state, tries) SELECT pass, content + ?, state, tries FROM passes WHERE content = ?",
                         (step, content))
        database.execute("INSERT INTO files (id, root, path, content, kind, size, mtime, device, inode, name, folder) SELECT id + ?, root,"
                         " CAST(path || ? AS BLOB), content + ?, kind, size, mtime, device, inode + ?, name, folder FROM files WHERE content = ?",
                         (step, f".{copy}", step, step, content))
        database.execute("INSERT INTO chunks (id, content, pass, source, page, line, start, end, text, headings) SELECT id + ?, content + ?, pass,"
                         " source, page, line, start, end, text, headings FROM chunks WHERE content = ?", (step, step, content))
        for identity, space, chunk, half in rows("SELECT v.id, v.space, v.chunk, v.half FROM vectors v JOIN chunks c ON c.id = v.chunk"
                                                 f" WHERE c.content = {content} AND v.half IS NOT NULL"):
            vector = np.frombuffer(half, dtype=np.float16).astype(np.float32)
            vector += 0.01 * random.standard_normal(len(vector)).astype(np.float32)
            vector /= np.linalg.norm(vector)
            database.execute("INSERT INTO vectors (id, space, chunk, half) VALUES (?, ?, ?, ?)",
                             (identity + step, space, chunk + step, vector.astype(np.float16).tobytes()))


def main():
    source, out, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
    shutil.copy(source, out)
    for name in os.listdir(os.path.dirname(os.path.abspath(out))):
        if name.startswith(os.path.basename(out) + "."):
            os.remove(os.path.join(os.path.dirname(os.path.abspath(out)), name))
    database, random = sqlite3.connect(out), np.random.default_rng(1)
    database.execute("CREATE TEMP TABLE first_contents AS SELECT id FROM contents")
    for copy in range(1, n):
        add_copy(database, copy, random)
    database.commit()
    print(database.execute("SELECT count(*) FROM chunks").fetchone()[0], "passages")


if __name__ == "__main__":
    main()

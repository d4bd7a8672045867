#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Indexes folders twice, once undisturbed and once with kill -9 at random times, and compares what is in the two indexes.

  index-kills.py CLI FOLDER… [--kills 20] [--threads 2] [--seed 1] [--quick] [--work DIR] [--keep]

The times are drawn uniformly from the time that the undisturbed run took. Files, the state of every pass, passages and vectors (bytes)
have to be equal, SQLite's own checks and those of the index of words have to pass, and both have to be without anything left to do. Prints
one line a kill and a verdict; fails when there is a difference. SENSORIUM_MODELS, or the
tests' SENSORIUM_TEST_MODELS, says where the models are."""

import argparse
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time


def index(args, database, seconds=None):
    """Runs to the end, or for so many seconds; whether it came to its end."""
    command = [args.cli, "index", "--db", database, "--threads", str(args.threads), "--device", "cpu", *args.folders]
    if args.quick:
        command.append("--quick")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return False
    if process.returncode != 0:
        sys.exit(f"indexing failed: {said.decode(errors='replace').strip().splitlines()[-1:]}")
    return True


def contents(database, quick):
    """All that an index says, whatever its numbers are."""
    with sqlite3.connect(database) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        db.execute("INSERT INTO words (words) VALUES ('integrity-check')")
        db.execute("INSERT INTO names (names) VALUES ('integrity-check')")
        db.rollback()
        files = db.execute("SELECT f.path, f.kind, f.size, f.mtime, f.error, c.hash, c.format, c.language, c.made FROM files f"
                           " JOIN contents c ON c.id = f.content ORDER BY f.path").fetchall()
        passes = db.execute("SELECT DISTINCT c.hash, c.format, p.pass, p.state, p.error FROM passes p JOIN contents c ON c.id = p.content"
                            " ORDER BY 1, 2, 3").fetchall()
        chunks = db.execute("SELECT c.hash, c.format, k.pass, k.source, k.page, k.line, k.start, k.end, k.text, k.headings,"
                            " s.role, s.identity, v.half FROM chunks k JOIN contents c ON c.id = k.content"
                            " LEFT JOIN vectors v ON v.chunk = k.id LEFT JOIN spaces s ON s.id = v.space"
                            " ORDER BY c.hash, c.format, k.pass, k.id, s.role").fetchall()
        left = db.execute("SELECT count (*) FROM passes WHERE state = 0 AND pass <= ?", (0 if quick else 1,)).fetchone()[0]
        bare = db.execute("SELECT count (*) FROM chunks k WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE v.chunk = k.id)").fetchone()[0]
    return {"files": files, "passes": passes, "passages and vectors": chunks}, left, bare


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cli")
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--work")
    parser.add_argument("--keep", action="store_true")
    args = parser.parse_args()
    if "SENSORIUM_MODELS" not in os.environ and "SENSORIUM_TEST_MODELS" in os.environ:
        os.environ["SENSORIUM_MODELS"] = os.environ["SENSORIUM_TEST_MODELS"]
    work = args.work or tempfile.mkdtemp(prefix="index-kills-")
    os.makedirs(work, exist_ok=True)
    calm, killed = os.path.join(work, "calm.db"), os.path.join(work, "killed.db")

    start = time.monotonic()
    index(args, calm)
    whole = time.monotonic() - start
    print(f"# undisturbed: {whole:.1f} s", flush=True)
    rng = random.Random(args.seed)
    times = sorted(rng.uniform(0.0, whole) for _ in range(args.kills))
    n_kills = 0
    for before, after in zip([0.0] + times, times):
        if index(args, killed, after - before):
            print(f"# {after - before:.2f} s: it had come to its end", flush=True)
            break
        n_kills += 1
        print(f"# killed after {after - before:.2f} s", flush=True)
    index(args, killed)

    (one, left_one, bare_one), (other, left_other, bare_other) = contents(calm, args.quick), contents(killed, args.quick)
    failures = [what for what in one if one[what] != other[what]]
    print(f"# {n_kills} kills; {len(one['files'])} files, {len(one['passages and vectors'])} passages; left to do {left_one} and"
          f" {left_other}, without vectors {bare_one} and {bare_other}")
    leftovers = sorted(name for name in os.listdir(work) if name.startswith("killed.db"))
    known = {"killed.db", "killed.db-wal", "killed.db-shm", "killed.db.lock"}
    strange = [name for name in leftovers if name not in known and not name.startswith("killed.db.space-")]
    n_spaces = sum(name.startswith("killed.db.space-") for name in leftovers)
    if strange or n_spaces > 3:
        failures.append(f"files left behind: {leftovers}")
    if left_one or left_other or bare_one != bare_other:
        failures.append("what is left to do")
    for what in failures:
        for a, b in zip(one.get(what, []), other.get(what, [])):
            if a != b:
                print(f"# {what}: {str(a)[:300]}\n#   and {str(b)[:300]}")
                break
    if not args.keep:
        shutil.rmtree(work)
    if failures:
        sys.exit("not equal: " + ", ".join(failures))
    print("equal: files, passes, passages and vectors")


if __name__ == "__main__":
    main()

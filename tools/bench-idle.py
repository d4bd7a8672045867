#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""What Sensorium holds in memory while it has nothing to do, with many files indexed.

  bench-idle.py make SOURCE FOLDER [--files 100000]   writes small Markdown files, a hundred a folder, of what the HTML and text below SOURCE says
  bench-idle.py vectors DATABASE IDENTITY             gives each passage in it a vector, at random: of MiniLM's it would be hours
  bench-idle.py idle COMMAND… [--seconds 20]          starts it, and tells its memory every so often, and of the helpers it started

DATABASE is made by `sensorium-cli index --db DATABASE FOLDER` with an empty SENSORIUM_MODELS; IDENTITY stands in the `status` of any index
that was made with the model ("all-minilm-l6-v2 …, version 1"). The window: under Xvfb, GSK_RENDERER=cairo, with the database as
sensorium/index.db in XDG_DATA_HOME. Numbers are MB; RssAnon is what counts, RssFile can be dropped at any time."""

import argparse
import html
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time


def paragraphs(source):
    for folder, _, files in sorted(os.walk(source)):
        for name in sorted(files):
            if not name.endswith((".html", ".txt", ".md")):
                continue
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                text = file.read()
            if name.endswith(".html"):
                text = html.unescape(re.sub(r"<[^>]*>", " ", re.sub(r"(?is)<(script|style).*?</\1>", " ", text)))
            for part in re.split(r"\n\s*\n", text):
                part = " ".join(part.split())
                if len(part) >= 120:
                    yield part[:500]


def make(args):
    pool, rng = list(paragraphs(args.source)), random.Random(1)
    for i in range(args.files):
        folder = os.path.join(args.folder, f"{i // 10000:02}", f"{i // 100:05}")
        if i % 100 == 0:
            os.makedirs(folder, exist_ok=True)
        first = rng.choice(pool)
        title = " ".join(re.findall(r"\w+", first)[:4])
        with open(os.path.join(folder, f"{i:06} {title[:40]}.md"), "w", encoding="utf-8") as file:
            file.write(f"# {title} {i}\n\n{first}\n\n{rng.choice(pool)}\n")
    print(f"{args.files} files of {len(pool)} paragraphs")


def vectors(args):
    rng = random.Random(1)
    with sqlite3.connect(args.database) as db:
        db.execute("INSERT OR IGNORE INTO spaces (role, identity, n_embd, whole) VALUES (0, ?, 384, 1)", (args.identity,))
        space, = db.execute("SELECT id FROM spaces WHERE identity = ?", (args.identity,)).fetchone()
        chunks = [row for row, in db.execute("SELECT id FROM chunks WHERE text <> ''")]
        for chunk in chunks:
            # f16 of either sign around 0.05: of unit length, as far as it matters here.
            half = b"".join((rng.randint(0x2800, 0x2BFF) | rng.getrandbits(1) << 15).to_bytes(2, "little") for _ in range(384))
            db.execute("INSERT OR IGNORE INTO vectors (space, chunk, half) VALUES (?, ?, ?)", (space, chunk, half))
    print(f"{len(chunks)} vectors")


def memory(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        fields = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    return {name: int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon", "RssFile")}, fields["Name"]


def children(pid):
    found = []
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as file:
                if int(file.read().rsplit(")", 1)[1].split()[1]) == pid:
                    found += [int(name), *children(int(name))]
        except (OSError, ValueError, IndexError):
            continue
    return found


def idle(args):
    process = subprocess.Popen(args.command)
    start = time.monotonic()
    try:
        while process.poll() is None and time.monotonic() - start < args.seconds:
            time.sleep(min(10.0, args.seconds))
            for pid in [process.pid, *children(process.pid)]:
                try:
                    sizes, name = memory(pid)
                except (OSError, KeyError):
                    continue
                print(f"{time.monotonic() - start:5.0f} s  {name:16}" + "".join(f"  {what} {size:.1f}" for what, size in sizes.items()),
                      flush=True)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    sub = commands.add_parser("make")
    sub.add_argument("source")
    sub.add_argument("folder")
    sub.add_argument("--files", type=int, default=100000)
    sub.set_defaults(func=make)
    sub = commands.add_parser("vectors")
    sub.add_argument("database")
    sub.add_argument("identity")
    sub.set_defaults(func=vectors)
    sub = commands.add_parser("idle")
    sub.add_argument("--seconds", type=float, default=60.0)
    sub.add_argument("command", nargs=argparse.REMAINDER)
    sub.set_defaults(func=idle)
    args = parser.parse_args()
    args.func(args)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Answers from files: are the sources right, and is it said when there are none?

  bench-answers.py CLI DB MODEL [--part test] [--n N] [--json FILE]

DB is an index of the documents that tools/search-questions.py fetches; MODEL as of `sensorium-cli ask -m`. Of questions.json every so many-th
question is asked until there are N, of unanswerable.json likewise. Told are, with Wilson's intervals of 95 %:

  found         answers of which a sentence is supported by a source
  right source  of these, those whose first used source is the question's document; and has the passage (half of its runs of four words)
  not found     unanswerable questions to which nothing was found, or no sentence has a source

What an answer says is not judged here."""

import argparse
import json
import math
import os
import re
import subprocess
import sys
import time

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "data", "search")


def load(name, part):
    with open(os.path.join(DATA, name), encoding="utf-8") as file:
        return [q for q in json.load(file)["questions"] if q["part"] == part]


def spread(items, n):
    return [items[i * len(items) // n] for i in range(min(n, len(items)))]


def runs(text):
    found = re.findall(r"\w+", text.lower())
    return {tuple(found[i:i + 4]) for i in range(len(found) - 3)}


def share(n, total):
    if total == 0:
        return "0 of 0"
    p, z = n / total, 1.96
    middle, half = p + z * z / 2 / total, z * math.sqrt(p * (1 - p) / total + z * z / 4 / total / total)
    return f"{n} of {total}, {100 * p:.1f} % [{100 * (middle - half) / (1 + z * z / total):.1f}, {100 * (middle + half) / (1 + z * z / total):.1f}]"


def ask(arguments, question):
    start = time.monotonic()
    done = subprocess.run([arguments.cli, "ask", "-m", arguments.model, "--db", arguments.db, "--json", question], capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{question}: {done.stderr}")
    return json.loads(done.stdout) | {"question": question, "seconds": time.monotonic() - start}


def judge(answer, question):
    used = [s for s in answer["sources"] if s["used"]]
    passage = runs(question["passage"])
    answer["file"] = bool(used) and used[0]["path"].endswith(question["path"])
    answer["offered"] = any(s["path"].endswith(question["path"]) for s in answer["sources"])
    answer["passage"] = any(len(passage & runs(s["text"])) * 2 >= len(passage) for s in used)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cli")
    parser.add_argument("db")
    parser.add_argument("model")
    parser.add_argument("--part", default="test", choices=["dev", "test"])
    parser.add_argument("--n", type=int, default=40)
    parser.add_argument("--json")
    arguments = parser.parse_args()
    answers, denials = [], []
    for question in spread(load("questions.json", arguments.part), arguments.n):
        answers.append(ask(arguments, question["question"]))
        judge(answers[-1], question)
    for question in spread(load("unanswerable.json", arguments.part), arguments.n):
        denials.append(ask(arguments, question["question"]) | {"kind": question["kind"]})
    found = [a for a in answers if a["found"]]
    print("found:", share(len(found), len(answers)))
    print("right document among the sources:", share(sum(a["offered"] for a in answers), len(answers)))
    print("right source, document:", share(sum(a["file"] for a in found), len(found)))
    print("right source, passage:", share(sum(a["passage"] for a in found), len(found)))
    for kind in ("near", "far"):
        of_kind = [a for a in denials if a["kind"] == kind]
        print(f"not found, {kind}:", share(sum(not a["found"] for a in of_kind), len(of_kind)))
    seconds = sorted(a["search_seconds"] for a in answers + denials)
    print(f"search with encoding, models opened: median {1000 * seconds[len(seconds) // 2]:.0f} ms")
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump({"answers": answers, "unanswerable": denials}, file, indent=1, ensure_ascii=False)


if __name__ == "__main__":
    main()

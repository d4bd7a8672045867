#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""What to look for when a question leans on what was said before it?

  bench-rewrite.py BUILD DB MODEL.gguf… [--part test] [--verbose] [--json FILE]

DB is an index of the documents that tools/search-questions.py fetches. The last questions of tests/data/search/conversations.json are
looked for as they are (bare), with the words of the question before where they lean on it (before: sen_grounding_query()), also of those
that this one leans on (earlier: sen_grounding_query_of(), which is used), and as each MODEL writes them again, else as that
(tests/find/rewrite-questions.c). Told is recall@5, by document, with Wilson's intervals of 95 %, for each kind of conversation, and what
it costs."""

import argparse
import json
import math
import os
import subprocess
import sys

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "data", "search")
KINDS = ["leaning", "three", "switch"]


def share(k, n):
    if n == 0:
        return "-"
    z, p = 1.96, k / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return f"{k}/{n} {k / n:.3f} ({(middle - half) / (1 + z * z / n):.3f} to {(middle + half) / (1 + z * z / n):.3f})"


class Lines:
    """A program that answers each line with one of JSON."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def rank(index, query, path):
    answer = index.ask(f"0\t10\t{query}")
    if answer["error"]:
        sys.exit(f"{query}: {answer['error']}")
    return next((i for i, result in enumerate(answer["results"]) if result["path"].endswith("/" + path)), 99)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("db")
    parser.add_argument("models", nargs="+")
    parser.add_argument("--part", default="test", choices=["dev", "test"])
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--json")
    arguments = parser.parse_args()
    with open(os.path.join(DATA, "conversations.json"), encoding="utf-8") as file:
        conversations = [c for c in json.load(file)["conversations"] if c["part"] == arguments.part]
    programs = os.path.join(arguments.build, "tests", "find")
    index = Lines(os.path.join(programs, "ask-index"), arguments.db)
    rows = []
    for model in arguments.models:
        name = os.path.basename(model).removesuffix(".gguf")
        asker = Lines(os.path.join(programs, "rewrite-questions"), model)
        for i, conversation in enumerate(conversations):
            said = [text for turn in conversation["turns"] for text in (turn["user"], turn["assistant"])]
            answer = asker.ask("\t".join(said + [conversation["question"]]))
            if model == arguments.models[0]:
                rows.append({"kind": conversation["kind"], "leans": answer["leans"],
                             "bare": rank(index, answer["bare"], conversation["path"]),
                             "before": rank(index, answer["before"], conversation["path"]),
                             "earlier": rank(index, answer["earlier"], conversation["path"])})
            rows[i][name] = rank(index, answer["rewritten"], conversation["path"])
            rows[i]["of " + name] = answer
            if arguments.verbose:
                how = "taken" if answer["taken"] else "left" if answer["leans"] else "-"
                print(f"{rows[i]['bare']:3}{rows[i]['before']:3}{rows[i]['earlier']:3}{rows[i][name]:3} {how}: "
                      f"{answer['earlier']} | {answer['said']}")
    names = [os.path.basename(model).removesuffix(".gguf") for model in arguments.models]
    of_kind = {kind: [r for r in rows if r["kind"] == kind] for kind in KINDS}
    print(f"part {arguments.part}, recall@5; leaning is seen in "
          + ", ".join(f"{sum(r['leans'] for r in of_kind[kind])} of {len(of_kind[kind])} {kind}" for kind in KINDS))
    for way in ["bare", "before", "earlier", *names]:
        told = [f"{kind} {share(sum(r[way] < 5 for r in of_kind[kind]), len(of_kind[kind]))}" for kind in KINDS]
        print(f"{way:28} all {share(sum(r[way] < 5 for r in rows), len(rows))}; " + "; ".join(told))
    for name in names:
        asked = [r["of " + name] for r in rows if r["leans"]]
        costs = sorted(a["ms"] for a in asked[1:])
        print(f"{name}: taken {sum(a['taken'] for a in asked)} of {len(asked)}, {costs[len(costs) // 2]} ms (median), read "
              f"{sorted(a['read'] for a in asked[1:])[len(costs) // 2]} tokens, first {asked[0]['ms']} ms for {asked[0]['read']}")
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=1, ensure_ascii=False)


if __name__ == "__main__":
    main()

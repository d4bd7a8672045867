#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Answers from files: have they the fact, are the sources right, and is it said when there are none?

  bench-answers.py BUILD DB MODEL LOG [--part test] [--n N] [--unanswerable N] [--alone] [--again] [--sources]

DB is an index of the documents that tools/search-questions.py fetches; MODEL as of `sensorium-cli ask -m`. Of questions.json every so
many-th question is asked until there are N, of unanswerable.json likewise. Each answer goes to LOG, a line of JSON, and what stands there is not
asked again, so that a run may be stopped and gone on with. --again checks the logged answers anew, without the model. --sources looks for
sources only, and tells how long that takes.
Told are, with Wilson's intervals of 95 %:

  offered       questions that have a passage with their fact among the sources
  fact          answers that have it (tools/answer_facts.py); with --alone also of the same model without files
  quotation     what the first source says is shown beside an answer without sources
  sourced       answers of which a sentence is supported by a source; of these, those whose first
    right       such sentence has it from the question's document, at its passage (half of its runs of four words) or with the fact
    tells       such source has the fact, in whichever document
  not found     unanswerable questions to which nothing was found, or no sentence has a source"""

import argparse
import json
import math
import os
import re
import subprocess
import sys

from answer_facts import has_fact

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "data", "search")


def load(name, part):
    with open(os.path.join(DATA, name), encoding="utf-8") as file:
        return [q for q in json.load(file)["questions"] if q["part"] == part]


def spread(items, n):
    n = min(n, len(items))
    return [items[i * len(items) // n] for i in range(n)]


def runs(text):
    found = re.findall(r"\w+", text.lower())
    return {tuple(found[i:i + 4]) for i in range(len(found) - 3)}


def share(n, total):
    if total == 0:
        return "0 of 0"
    p, z = n / total, 1.96
    middle, half = p + z * z / 2 / total, z * math.sqrt(p * (1 - p) / total + z * z / 4 / total / total)
    whole = (1 + z * z / total) / 100
    return f"{n} of {total}, {100 * p:.1f} % [{(middle - half) / whole:.1f}, {(middle + half) / whole:.1f}]"


class Asker:
    """The tool that keeps the models open, started when it is first needed, and what it said before."""

    def __init__(self, arguments):
        self.arguments, self.tool, self.known = arguments, None, {}
        if os.path.exists(arguments.log):
            with open(arguments.log, encoding="utf-8") as file:
                for line in file:
                    entry = json.loads(line)
                    self.known[entry["how"], entry["question"]] = entry

    def talk(self, line):
        if self.tool is None:
            tool = os.path.join(self.arguments.build, "tests", "find", "ask-answers")
            self.tool = subprocess.Popen([tool, self.arguments.db, self.arguments.model], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         text=True)
        self.tool.stdin.write(line + "\n")
        self.tool.stdin.flush()
        said = self.tool.stdout.readline()
        if not said:
            sys.exit("ask-answers ended")
        return json.loads(said)

    def ask(self, how, question):
        entry = self.known.get((how, question))
        if entry is None:
            entry = self.talk(f"{how}\t{question}") | {"how": how, "question": question}
            with open(self.arguments.log, "a", encoding="utf-8") as file:
                file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        elif self.arguments.again and how == "files":
            text = entry["text"].replace("\\", "\\\\").replace("\n", "\\n").replace("\t", " ")
            entry = entry | self.talk(f"check\t{question}\t{text}")
        return entry


def is_right(source, question):
    passage = runs(question["passage"])
    return source["path"].endswith(question["path"]) and (len(passage & runs(source["text"])) * 2 >= len(passage)
                                                          or has_fact(question["fact"], source["text"]))


def without_citations(text):
    return re.sub(r"\[\d+\]", "", text)


def tell(asker, questions, unanswerable, alone):
    n = {"offered": 0, "fact": 0, "sourced": 0, "document": 0, "right": 0, "tells": 0, "quote": 0, "alone": 0}
    for question in questions:
        answer = asker.ask("files", question["question"])
        used = [answer["sources"][s["source"] - 1] for s in answer["sentences"] if s["source"] > 0]
        n["offered"] += any(has_fact(question["fact"], s["text"]) for s in answer["sources"])
        n["fact"] += has_fact(question["fact"], without_citations(answer["text"]))
        n["quote"] += has_fact(question["fact"], answer.get("quote", ""))
        n["sourced"] += answer["found"]
        n["document"] += bool(used) and used[0]["path"].endswith(question["path"])
        n["right"] += bool(used) and is_right(used[0], question)
        n["tells"] += bool(used) and has_fact(question["fact"], used[0]["text"])
        n["alone"] += alone and has_fact(question["fact"], asker.ask("alone", question["question"])["text"])
    print("offered:", share(n["offered"], len(questions)))
    print("fact:", share(n["fact"], len(questions)))
    print("fact, in the quotation:", share(n["quote"], len(questions)))
    if alone:
        print("fact, without files:", share(n["alone"], len(questions)))
    print("sourced:", share(n["sourced"], len(questions)))
    print("  right document:", share(n["document"], n["sourced"]))
    print("  right:", share(n["right"], n["sourced"]))
    print("  tells the fact:", share(n["tells"], n["sourced"]))
    denied = [(q["kind"], not asker.ask("files", q["question"])["found"]) for q in unanswerable]
    print("not found:", share(sum(d for _, d in denied), len(denied)))
    for kind in ("near", "far"):
        of_kind = [d for k, d in denied if k == kind]
        print(f"  {kind}:", share(sum(of_kind), len(of_kind)))


def tell_sources(asker, questions, unanswerable):
    """Sources alone, and what is quoted of the first."""
    found = [(q, asker.ask("sources", q["question"])) for q in questions]
    denied = [(q["kind"], asker.ask("sources", q["question"])) for q in unanswerable]
    print("offered:", share(sum(any(has_fact(q["fact"], s["text"]) for s in a["sources"]) for q, a in found), len(found)))
    print("  by the first:", share(sum(any(has_fact(q["fact"], s["text"]) for s in a["sources"][:1]) for q, a in found), len(found)))
    print("quotation:", share(sum(has_fact(q["fact"], a["quote"]) for q, a in found), len(found)))
    print("right passage among the sources:", share(sum(any(is_right(s, q) for s in a["sources"]) for q, a in found), len(found)))
    print("nothing found, answerable:", share(sum(not a["sources"] for _, a in found), len(found)))
    for kind in ("near", "far"):
        of_kind = [a for k, a in denied if k == kind]
        print(f"nothing found, {kind}:", share(sum(not a["sources"] for a in of_kind), len(of_kind)))
    # The first one opens the models.
    times = sorted(a["search_ms"] for _, a in (found + denied)[1:])
    print(f"search with encoding: median {times[len(times) // 2]:.0f} ms, worst {times[-1]:.0f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("build", "db", "model", "log"):
        parser.add_argument(name)
    parser.add_argument("--part", default="test", choices=["dev", "test"])
    parser.add_argument("--n", type=int, default=40)
    parser.add_argument("--unanswerable", type=int, default=40)
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--sources", action="store_true")
    arguments = parser.parse_args()
    questions = spread(load("questions.json", arguments.part), arguments.n)
    unanswerable = spread(load("unanswerable.json", arguments.part), arguments.unanswerable)
    if arguments.sources:
        tell_sources(Asker(arguments), questions, unanswerable)
    else:
        tell(Asker(arguments), questions, unanswerable, arguments.alone)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Questions about documents of Debian's packages: are they fair, and are they answered?

  search-questions.py check                 no question shares a run of three words with its passage, its fact stands there, and other things
  search-questions.py fetch FOLDER          the documents, out of their packages (apt-get download), which are not installed
  search-questions.py ask BUILD DB FOLDER [--part test] [--json FILE]    parts: test, dev, more, all
                                            recall of the index DB of FOLDER: all ways together, BM25 alone, meaning alone; what is cut off
  search-questions.py good BUILD DB FOLDER PICTURES_DB PICTURES
                                            what the cut-off costs 100 good queries: questions of the index DB of FOLDER, titles of the
                                            index PICTURES_DB of PICTURES/renamed/test (tools/search-pictures.py)

The questions are tests/data/search/questions.json (part more, for choosing as part dev is: more-dev.json beside it), the nonsense
nonsense.json, the good queries good.json. An answer is right when its file is the question's; it is at the passage when the chunk it points
at has half of the passage's runs of four words. Intervals are Wilson's, 95 %."""

import argparse
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile

from answer_facts import has_fact

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "data", "search")
WAYS = {"all ways": 0, "BM25 alone": 1, "meaning alone": 4}    # bits of SenEvidence
LIMIT = 20
N_GOOD_QUESTIONS, N_GOOD_PICTURES = 70, 30


def load(name):
    with open(os.path.join(DATA, name), encoding="utf-8") as file:
        return json.load(file)


def words(text):
    return re.findall(r"\w+", text.lower())


def runs(text, n):
    found = words(text)
    return {tuple(found[i:i + n]) for i in range(len(found) - n + 1)}


# --- check ------------------------------------------------------------------------------------------------------------------------------


def check():
    data = load("questions.json")
    documents = {(d["package"], d["path"]) for d in data["documents"]}
    problems = []
    for q in data["questions"]:
        shared = runs(q["question"], 3) & runs(q["passage"], 3)
        if shared:
            problems.append(f"“{q['question']}” shares {shared}")
        if (q["package"], q["path"]) not in documents:
            problems.append(f"“{q['question']}” is about a document that is not listed")
        if not has_fact(q["fact"], q["passage"]) or has_fact(q["fact"], q["question"]):
            problems.append(f"“{q['question']}”: its fact does not stand in its passage, or in the question")
    more = load("more-dev.json")["questions"]
    for q in more:
        shared = runs(q["question"], 3) & runs(q["passage"], 3)
        if shared or (q["package"], q["path"]) not in documents:
            problems.append(f"“{q['question']}” shares {shared}, or is about a document that is not listed")
        if any(runs(q["passage"], 12) & runs(other["passage"], 12) for other in data["questions"]):
            problems.append(f"“{q['question']}” is about a passage of another question")
    texts = [q["question"] for q in data["questions"] + more]
    test = [q for q in data["questions"] if q["part"] == "test"]
    asked = {(q["package"], q["path"]) for q in test}
    if len(set(texts)) != len(texts):
        problems.append("a question stands there twice")
    if len(test) < 200 or len(asked) < 100:
        problems.append(f"{len(test)} questions about {len(asked)} documents are too few")
    nonsense = [q for q in load("nonsense.json")["queries"] if q["part"] == "test"]
    if len(nonsense) != 100:
        problems.append(f"{len(nonsense)} nonsense queries, not 100")
    good = load("good.json")["queries"]
    with open(os.path.join(DATA, "..", "..", "..", "data", "models", "split.json"), encoding="utf-8") as file:
        pictures = json.load(file)["test_pictures"]
    expected = [test[i * len(test) // N_GOOD_QUESTIONS]["question"] for i in range(N_GOOD_QUESTIONS)]
    shown = [pictures[i * len(pictures) // N_GOOD_PICTURES] for i in range(N_GOOD_PICTURES)]
    if [q["query"] for q in good if q["kind"] == "question"] != expected or [q["picture"] for q in good if q["kind"] == "picture"] != shown:
        problems.append("the good queries are not those that their rule gives")
    print("\n".join(problems) if problems else f"{len(test)} questions of part test about {len(asked)} of {len(documents)} documents: fair")
    return 1 if problems else 0


# --- fetch ------------------------------------------------------------------------------------------------------------------------------


def fetch(folder):
    data = load("questions.json")
    for package, version in data["packages"].items():
        wanted = [d["path"] for d in data["documents"] if d["package"] == package]
        if all(os.path.exists(os.path.join(folder, package, path)) for path in wanted):
            continue
        with tempfile.TemporaryDirectory() as scratch:
            named = subprocess.run(["apt-get", "download", f"{package}={version}"], cwd=scratch, capture_output=True, check=False)
            if named.returncode != 0:    # a later point release: nearly all is as it was
                print(f"{package} {version} is not there any more; taking the present one", file=sys.stderr)
                subprocess.run(["apt-get", "download", package], cwd=scratch, check=True, stdout=subprocess.DEVNULL)
            archive, = os.listdir(scratch)
            subprocess.run(["dpkg-deb", "-x", archive, "root"], cwd=scratch, check=True)
            for path in wanted:
                target = os.path.join(folder, package, path)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copy(os.path.join(scratch, "root", path), target)
    print(f"{len(data['documents'])} documents in {folder}")
    return 0


# --- ask --------------------------------------------------------------------------------------------------------------------------------


class Index:
    """tests/find/ask-index, a request a line."""

    def __init__(self, build, db):
        program = os.path.join(build, "tests", "find", "ask-index")
        self.process = subprocess.Popen([program, db], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def ask(self, query, by=0, limit=LIMIT):
        self.process.stdin.write(f"{by}\t{limit}\t{query}\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if answer["error"]:
            sys.exit(answer["error"])
        return answer


def wilson(k, n):
    z, p = 1.96, k / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def share(k, n):
    low, high = wilson(k, n)
    return f"{k / n:6.3f} ({low:.3f} to {high:.3f})"


def rank_of(results, path):
    return next((i for i, r in enumerate(results) if r["path"] == path), None)


def is_at(result, passage):
    wanted = runs(passage, 4)
    return len(wanted & runs(result["passage"], 4)) >= len(wanted) / 2


def ask(arguments):
    index = Index(arguments.build, arguments.db)
    folder = os.path.realpath(arguments.folder)
    questions = load("more-dev.json")["questions"]
    if arguments.part != "more":
        questions = [q for q in load("questions.json")["questions"] if arguments.part in (q["part"], "all")]
    nonsense = [q for q in load("nonsense.json")["queries"] if arguments.part in (q["part"], "all")]
    n, report = len(questions), {}
    print(f"{n} questions, {len(nonsense)} nonsense queries; recall@k with the whole list, whatever is cut off")
    index.ask("warm")
    for way, by in WAYS.items():
        at = {1: 0, 5: 0, 10: 0}
        n_passage, n_kept, n_shown, milliseconds = 0, 0, [], []
        for q in questions:
            answer = index.ask(q["question"], by)
            path = os.path.join(folder, q["package"], q["path"])
            rank = rank_of(answer["results"], path)
            for k in at:
                at[k] += rank is not None and rank < k
            n_passage += rank is not None and rank < 5 and is_at(answer["results"][rank], q["passage"])
            n_kept += rank is not None and rank < 10 and rank < answer["shown"]
            n_shown.append(answer["shown"])
            milliseconds.append(answer["elapsed_ms"])
            if arguments.verbose and (rank is None or rank >= 5):
                print(f"  missed by {way}: {q['question']} ({rank})")
        milliseconds.sort()
        n_shown.sort()
        print(f"{way:14} recall@1 {share(at[1], n)}  @5 {share(at[5], n)}  @10 {share(at[10], n)}  at the passage @5 {share(n_passage, n)}"
              f"  @10 with the cut-off {share(n_kept, n)}, median shown {n_shown[n // 2]}, {milliseconds[n // 2]:.0f} ms")
        report[way] = {"n": n, **{f"recall@{k}": v / n for k, v in at.items()}, "at the passage@5": n_passage / n, "kept@10": n_kept / n}
    few = {}
    for q in nonsense:
        shown = index.ask(q["query"])["shown"]
        few.setdefault(q["kind"], []).append(shown <= 3)
        if arguments.verbose and shown > 3:
            print(f"  nonsense shown {shown}: {q['query']}")
    everything = [value for values in few.values() for value in values]
    if everything:
        print(f"nonsense with at most 3 results: {sum(everything)} of {len(everything)}  "
              + ", ".join(f"{kind} {sum(values)}/{len(values)}" for kind, values in few.items()))
    report["nonsense"] = {kind: sum(values) / len(values) for kind, values in few.items()}
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)
    return 0


def good(arguments):
    """Of 100 good queries: how many have their file among the first ten, and among the first ten that are shown."""
    documents, pictures = Index(arguments.build, arguments.db), Index(arguments.build, arguments.pictures_db)
    folder, drawn = os.path.realpath(arguments.folder), os.path.realpath(arguments.pictures)
    with open(os.path.join(drawn, "pictures.json"), encoding="utf-8") as file:
        renamed = {picture["path"].partition("/")[2]: picture["renamed"] for picture in json.load(file) if picture["part"] == "test"}
    found = {"question": [0, 0, 0], "picture": [0, 0, 0]}
    for q in load("good.json")["queries"]:
        if q["kind"] == "question":
            answer, path = documents.ask(q["query"]), os.path.join(folder, q["package"], q["path"])
        else:
            name = os.path.splitext(q["picture"])[0] if q["picture"].endswith((".png", ".svg")) else q["picture"]
            answer, path = pictures.ask(q["query"]), os.path.join(drawn, renamed[name + ".png"])
        rank = rank_of(answer["results"], path)
        counts = found[q["kind"]]
        counts[0] += 1
        counts[1] += rank is not None and rank < 10
        counts[2] += rank is not None and rank < min(10, answer["shown"])
        if arguments.verbose and rank is not None and answer["shown"] <= rank < 10:
            print(f"  cut off: {q['query']} ({rank})")
    found["all"] = [sum(counts[i] for counts in found.values()) for i in range(3)]
    for kind, (n, whole, cut) in found.items():
        print(f"{kind:9} {n:4}: recall@10 {share(whole, n)}, with the cut-off {share(cut, n)}: {100 * (1 - cut / whole):.1f} % less")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check")
    commands.add_parser("fetch").add_argument("folder")
    asking = commands.add_parser("ask")
    for name in ("build", "db", "folder"):
        asking.add_argument(name)
    asking.add_argument("--part", default="test", choices=["test", "dev", "more", "all"])
    asking.add_argument("--json")
    asking.add_argument("--verbose", action="store_true")
    costs = commands.add_parser("good")
    for name in ("build", "db", "folder", "pictures_db", "pictures"):
        costs.add_argument(name)
    costs.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    if arguments.command == "check":
        return check()
    if arguments.command == "good":
        return good(arguments)
    return fetch(arguments.folder) if arguments.command == "fetch" else ask(arguments)


if __name__ == "__main__":
    sys.exit(main())

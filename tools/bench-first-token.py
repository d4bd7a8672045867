#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""How long until an answer from files begins, beside the same prompt pasted by hand?

  bench-first-token.py CLI DB MODEL [--n 5]

DB is an index of the documents that tools/search-questions.py fetches. Of questions.json, part test, every so many-th question is asked
until there are N, in turns `ask --db` and `ask` with the prompt that the first one made of it, each a whole command: from its start to
the first byte of the answer, models opened and all. Told are both medians and the median of the quotients."""

import argparse
import json
import os
import statistics
import subprocess
import time

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "data", "search")


def first_byte(command, text):
    start = time.monotonic()
    process = subprocess.Popen([*command, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    process.stdin.write(text.encode())
    process.stdin.close()
    assert process.stdout.read(1), "there was no answer"
    seconds = time.monotonic() - start
    process.stdout.read()
    process.wait()
    return seconds


def paste(answer, question):
    """About what a person would paste: the passages with their names, and the question."""
    blocks = [f"[{s['number']}] \"{os.path.basename(s['path'])}\"\n```\n{s['text']}\n```\n" for s in answer["sources"]]
    task = "Answer this question from the excerpts, in one or two sentences, and end with the number of the excerpt that says so."
    return "\n".join(["Here are excerpts from my files.\n", *blocks, f"{task}\n\nQuestion: {question}"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cli")
    parser.add_argument("db")
    parser.add_argument("model")
    parser.add_argument("--n", type=int, default=5)
    arguments = parser.parse_args()
    with open(os.path.join(DATA, "questions.json"), encoding="utf-8") as file:
        questions = [q["question"] for q in json.load(file)["questions"] if q["part"] == "test"]
    ask = [arguments.cli, "ask", "-m", arguments.model, "-d", "cpu", "-n", "1", "--temp", "0"]
    ours, pasted = [], []
    for i in range(arguments.n):
        question = questions[i * len(questions) // arguments.n]
        done = subprocess.run([*ask, "--db", arguments.db, "--json", question], capture_output=True, check=True)
        answer = json.loads(done.stdout)
        if not answer["sources"]:
            continue
        prompt = paste(answer, question)
        ours.append(first_byte([*ask, "--db", arguments.db], question))
        pasted.append(first_byte(ask, prompt))
        print(f"{answer['prompt_tokens']:5} tokens, {ours[-1]:.2f} s from files (search {answer['search_seconds']:.2f} s), "
              f"{pasted[-1]:.2f} s pasted: {ours[-1] / pasted[-1]:.2f}", flush=True)
    quotients = [a / b for a, b in zip(ours, pasted)]
    print(f"medians of {len(ours)}: {statistics.median(ours):.2f} s from files, {statistics.median(pasted):.2f} s pasted; quotient "
          f"{statistics.median(quotients):.2f} ({min(quotients):.2f} to {max(quotients):.2f})")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Times the search of an index of N vectors, and faiss's IndexFlatIP on the same vectors, interleaved, one query at a time.

  bench-vectors.py BUILD FOLDER [--n 100000] [--embd 384] [--threads 2] [--runs 21] [--models FOLDER] [--device vulkan:0]

Vectors are random around 1,000 centres, with unit length, queries as well. FOLDER (a few gigabytes for a million) is filled the first
time and used again. Prints medians and worst times in milliseconds, and how many of faiss's ten nearest contents ours has. With --models (a folder
with all-minilm-l6-v2) then whole queries as the window asks them, each encoded: words, names and meaning, 20 places with snippets. With
--device that multiplies, and a second process beside it searches by vectors with the CPU. Needs numpy and faiss-cpu."""

import argparse
import json
import os
import re
import sqlite3
import statistics
import subprocess
import tempfile
import time

import faiss
import numpy as np

REST = 0.05    # seconds: OpenMP's threads go on spinning after a run


def make_vectors(path, n, n_embd):
    random = np.random.default_rng(1)
    centres = random.standard_normal((1000, n_embd)).astype(np.float32)
    with open(path + ".part", "wb") as file:
        for first in range(0, n, 50000):
            count = min(50000, n - first)
            rows = centres[random.integers(0, 1000, count)] + 1.2 * random.standard_normal((count, n_embd)).astype(np.float32)
            file.write((rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32).tobytes())
    os.rename(path + ".part", path)
    return centres


def resident(pid):
    status = open(f"/proc/{pid}/status").read()
    return {name: int(re.search(name + r":\s+(\d+)", status).group(1)) / 1024 for name in ("RssAnon", "RssFile")}


def find_identity(build, models):
    """What an index calls the space of texts with these models."""
    with tempfile.TemporaryDirectory() as scratch:
        os.mkdir(scratch + "/files")
        with open(scratch + "/files/a.txt", "w", encoding="ascii") as file:
            file.write("A text.")
        environment = {**os.environ, "SENSORIUM_MODELS": models}
        subprocess.run([os.path.join(build, "src", "cli", "sensorium-cli"), "index", "--db", scratch + "/a.db", scratch + "/files"],
                       env=environment, check=True, capture_output=True)
        with sqlite3.connect(scratch + "/a.db") as database:
            return database.execute("SELECT identity FROM spaces WHERE role = 0").fetchone()[0]


def word(rank):
    """As bench-vectors.c makes them."""
    letters, rank = "", rank + 26
    while rank > 0:
        letters, rank = letters + chr(ord("a") + rank % 26), rank // 26
    return letters


def ask_whole(build, models, index, runs):
    """Queries from the text to the places, through tests/find/ask-index: the times of all and of encoding."""
    with sqlite3.connect(index) as database:
        database.execute("UPDATE spaces SET identity = ? WHERE role = 0", (find_identity(build, models),))
    database.close()
    ours = subprocess.Popen([os.path.join(build, "tests", "find", "ask-index"), index], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            text=True, env={**os.environ, "SENSORIUM_MODELS": models})
    answers = []
    for i in range(runs + 2):
        ours.stdin.write(f"0\t20\tthe {word(300 + i)} {word(2000 + 7 * i)}\n")
        ours.stdin.flush()
        answers.append(json.loads(ours.stdout.readline()))
        time.sleep(REST)
    # The first opens models and map.
    for name in ("elapsed_ms", "encode_ms"):
        values = [answer[name] for answer in answers[2:]]
        print(f"whole query, {name:11} median {statistics.median(values):8.1f} ms   worst {max(values):8.1f} ms")
    print("of the process that finds, with the model: RssAnon {RssAnon:.0f} MB, RssFile {RssFile:.0f} MB".format(**resident(ours.pid)))
    ours.stdin.close()
    ours.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("folder")
    parser.add_argument("--n", type=int, default=100000)
    parser.add_argument("--embd", type=int, default=384)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=21)
    parser.add_argument("--models")
    parser.add_argument("--device")
    arguments = parser.parse_args()
    n, n_embd = arguments.n, arguments.embd

    os.makedirs(arguments.folder, exist_ok=True)
    vectors = os.path.join(arguments.folder, f"{n}x{n_embd}.f32")
    if not os.path.exists(vectors):
        make_vectors(vectors, n, n_embd)
    rows = np.fromfile(vectors, np.float32).reshape(-1, n_embd)
    random = np.random.default_rng(2)
    noise = random.standard_normal((arguments.runs, n_embd)).astype(np.float32)
    queries = rows[random.integers(0, len(rows), arguments.runs)] + 0.05 * noise
    queries = (queries / np.linalg.norm(queries, axis=1, keepdims=True)).astype(np.float32)

    index = os.path.join(arguments.folder, f"{n}x{n_embd}.db")
    bench = os.path.join(arguments.build, "tests", "search", "bench-vectors")
    command = [bench, index, vectors, str(n_embd), str(arguments.threads)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    ours = subprocess.Popen(command + ([arguments.device] if arguments.device else []), **pipes)
    print(f"{n} vectors of {n_embd}; seconds for chunks, vectors, settling:", ours.stdout.readline().strip(), flush=True)

    def ask(kind, count, query, process=ours):
        process.stdin.write(f"{kind} {count} {' '.join(f'{value:.9g}' for value in query)}\n")
        process.stdin.flush()
        values = process.stdout.readline().split()
        return float(values[0]), [int(value) for value in values[1:]]

    print(f"first search, which makes the map or maps it: {ask('meaning', 10, queries[0])[0]:.0f} ms", flush=True)
    cpu = subprocess.Popen(command, **pipes) if arguments.device else None
    if cpu:
        cpu.stdout.readline()
        ask("meaning", 10, queries[0], cpu)
        # Each search but the first brings 64 MiB up.
        for _ in range(1 + n * n_embd // (64 << 20)):
            print(f"with what is brought up: {ask('meaning', 10, queries[0])[0]:.0f} ms", flush=True)
    faiss.omp_set_num_threads(arguments.threads)
    flat = faiss.IndexFlatIP(n_embd)
    flat.add(rows)
    flat.search(queries[:1], 10)
    times = {name: [] for name in ("meaning, 10", "faiss flat, 10", "meaning, 100", "words, 100", "names, 100", "all")}
    n_same = 0
    for query in queries:
        milliseconds, nearest = ask("meaning", 10, query)
        times["meaning, 10"].append(milliseconds)
        if cpu:
            milliseconds, others = ask("meaning", 10, query, cpu)
            times.setdefault("the same, CPU", []).append(milliseconds)
            assert others == nearest
        for kind in ("meaning", "words", "names"):
            times[kind + ", 100"].append(ask(kind, 100, query)[0])
        times["all"].append(ask("all", 20, query)[0])
        begin = time.perf_counter()
        _, expected = flat.search(query[None], 100)
        times["faiss flat, 10"].append(1000 * (time.perf_counter() - begin))
        # Ten chunks are a content, which ours says once.
        best = list(dict.fromkeys(int(i) // 10 for i in expected[0]))[:10]
        n_same += len(set(best) & {i // 10 for i in nearest})
        time.sleep(REST)
    for name, values in times.items():
        print(f"{name:16} median {statistics.median(values):8.1f} ms   worst {max(values):8.1f} ms")
    print(f"ours / faiss: {statistics.median(times['meaning, 10']) / statistics.median(times['faiss flat, 10']):.2f}")
    print(f"of faiss's ten nearest contents: {n_same / (10 * len(queries)):.3f}")
    print("of our process: RssAnon {RssAnon:.0f} MB, RssFile {RssFile:.0f} MB".format(**resident(ours.pid)))
    for process in filter(None, (ours, cpu)):
        process.stdin.close()
        process.wait()
    if arguments.models:
        ask_whole(arguments.build, arguments.models, index, arguments.runs)


if __name__ == "__main__":
    main()

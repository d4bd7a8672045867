#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Does the heat of a match lie on the thing that was looked for? The pointing game of tools/bench-pointing.py, with its pictures: stamps of
concepts that no training saw on backgrounds of their own. Looked for is the stamp's noun, and for comparison that of another stamp.

    tools/bench-match-heat.py BUILD DB FOLDER [--n 60]

DB: an index with pictures in it, made with the models that are used. FOLDER receives stamps and pictures, as there. Needs numpy, pillow and
cairosvg. 95 % bootstrap intervals over pictures."""

import argparse
import importlib.util
import json
import os
import subprocess
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def load_pointing():
    spec = importlib.util.spec_from_file_location("bench_pointing", os.path.join(HERE, "bench-pointing.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("build", "db", "folder"):
        parser.add_argument(name)
    parser.add_argument("--n", type=int, default=60)
    arguments = parser.parse_args()
    pointing = load_pointing()
    os.makedirs(arguments.folder, exist_ok=True)
    for package in ("tuxpaint-stamps-default", "wordnet-base", "unicode-cldr-core"):
        if not os.path.isdir(os.path.join(arguments.folder, package)):
            pointing.pictures.unpack_debian(arguments.folder, package)
    made = pointing.make_pictures(arguments.folder)
    program = subprocess.Popen([os.path.join(arguments.build, "tests", "find", "match-heat"), arguments.db], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True, env={
                                   **os.environ, "SENSORIUM_DECODE_HELPER": os.path.realpath(os.path.join(
                                       arguments.build, "src", "decode-helper", "sensorium-decode"))})
    rng = np.random.default_rng(pointing.SEED)
    chosen = [made[i] for i in sorted(rng.permutation(len(made))[:arguments.n])]
    nouns = sorted({noun for _, noun, _ in made})

    def ask(path, words):
        program.stdin.write(f"{path}\t{words}\n")
        program.stdin.flush()
        line = program.stdout.readline()
        if not line:
            sys.exit(f"{path}: match-heat gave nothing")
        answer = json.loads(line)
        return np.array(answer["heat"]).reshape(answer["side"], -1), answer["cosine"]

    areas, centres, right, wrong, is_nearer = [], [], [], [], []
    for path, noun, mask in chosen:
        others = [other for other in nouns if other != noun]
        heat, cosine = ask(path, noun)
        other_heat, other_cosine = ask(path, others[rng.integers(len(others))])
        areas.append(mask.mean())
        centres.append(float(mask[mask.shape[0] // 2, mask.shape[1] // 2]))
        right.append(pointing.score(heat, mask))
        wrong.append(pointing.score(other_heat, mask))
        is_nearer.append(cosine > other_cosine)
        print(f"{len(areas)} of {len(chosen)}: {noun}", file=sys.stderr, flush=True)
    program.stdin.close()
    program.wait()
    print("| heat | warmest place on the thing | heat on the thing | pictures |\n|---|---|---|---|")
    pointing.row("by chance (the thing's share of the picture)", [(area, area) for area in areas])
    pointing.row("the middle of the picture", list(zip(centres, areas)))
    pointing.row("what was looked for", right)
    pointing.row("another word", wrong)
    print(f"nearer to its own noun than to the other: {pointing.interval(is_nearer)}")


if __name__ == "__main__":
    main()

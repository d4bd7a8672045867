#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Times sentence embeddings of all-MiniLM-L6-v2 against ONNX Runtime, interleaved, one text at a time.

  bench-bert.py BUILD MODEL_FOLDER [--threads 2] [--runs 21] [--types f16,f32,q8_0]

Prints medians and best times in milliseconds for texts of several lengths, and the smallest cosine with ONNX Runtime's embedding. Ours cuts the text into
tokens in that time; ONNX Runtime gets them. Its graph is exported from transformers. Needs torch, transformers, onnx and onnxruntime."""

import argparse
import os
import statistics
import subprocess
import tempfile
import time

import numpy as np
import onnxruntime
import torch
import transformers

REST = 0.1    # seconds: ONNX Runtime's threads go on spinning after a run, at the cost of whoever comes next
SENTENCE = "Never was a text as long as this one, which goes on and on about nothing at all. "
REPEATS = (1, 6, 30)


class Mean(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, ids):
        mean = self.model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state.mean(1)
        return mean / mean.norm(dim=1, keepdim=True)


class Ours:
    def __init__(self, build, model, kind, threads):
        folder = tempfile.mkdtemp()
        for name in os.listdir(model):
            if not name.startswith("."):
                os.symlink(os.path.abspath(os.path.join(model, name)), os.path.join(folder, name))
        self.process = subprocess.Popen([os.path.join(build, "tests", "model", "bench-bert"), folder, kind, str(threads)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        values = [float(value) for value in self.process.stdout.readline().split()]
        return values[0], np.array(values[1:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=21)
    parser.add_argument("--types", default="f16,f32,q8_0")
    args = parser.parse_args()

    tokenizer = transformers.AutoTokenizer.from_pretrained(args.model)
    model = Mean(transformers.AutoModel.from_pretrained(args.model).eval())
    path = tempfile.mktemp(suffix=".onnx")
    torch.onnx.export(model, (torch.ones((1, 9), dtype=torch.long),), path, input_names=["ids"], output_names=["mean"],
                      dynamic_axes={"ids": {1: "n"}}, opset_version=14)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = args.threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    ours = {kind: Ours(args.build, args.model, kind, args.threads) for kind in args.types.split(",")}
    for repeat in REPEATS:
        text = SENTENCE * repeat
        ids = np.array([tokenizer(text, truncation=True, max_length=512)["input_ids"]], dtype=np.int64)
        times = {name: [] for name in ["ONNX Runtime", *ours]}
        cosines = {}
        for i in range(args.runs + 2):
            start = time.perf_counter()
            expected = session.run(["mean"], {"ids": ids})[0][0]
            theirs = (time.perf_counter() - start) * 1000
            time.sleep(REST)
            for kind, peer in ours.items():
                ms, got = peer.run(text)
                cosines[kind] = float(got @ expected / np.linalg.norm(got) / np.linalg.norm(expected))
                if i >= 2:
                    times[kind].append(ms)
            if i >= 2:
                times["ONNX Runtime"].append(theirs)
        base = statistics.median(times["ONNX Runtime"])
        best = min(times["ONNX Runtime"])
        print(f"{ids.shape[1]} tokens: ONNX Runtime f32, {args.threads} threads: {base:.2f} ms, at best {best:.2f}")
        for kind in ours:
            ms = statistics.median(times[kind])
            print(f"  {kind}: {ms:.2f} ms, {base / ms:.2f} times ONNX Runtime; at best {min(times[kind]):.2f} ms, "
                  f"{best / min(times[kind]):.2f} times; cosine {cosines[kind]:.7f}")


main()

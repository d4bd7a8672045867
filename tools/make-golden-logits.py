#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Writes what llama.cpp says about models and texts: the numbers that tests/model/test-tiny-parity.c and test-real-parity.c compare with.

The reference is llama.cpp on the file dequantized to f32 (llama-quantize --allow-requantize … F32), with an f32 KV cache and
without flash attention. Beside it, for models with real weights, stands what llama.cpp's own default path says (the file as
it is, f16 KV cache, default flash attention): its error against the reference is the yardstick for our default path.

  make-golden-logits.py --peer BIN tiny OUT.json [NAME...]       every model of make-tiny-models.py, or only those of NAME
  make-golden-logits.py --peer BIN real MODEL.gguf OUT.json      the texts of tests/data/texts

BIN is the folder with libllama.so and llama-quantize of llama.cpp as in llama-cpp-python 0.3.36 (see llama_peer.py). Needs
python3-numpy, and room for the f32 file in the temporary folder."""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile

import numpy

from llama_peer import Peer, rounded, write_golden

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MAX_TOKENS = 850
TINY_TOKENS = 160
TINY_CONTEXT = 256
TEXTS = ["mixed.txt", "code.txt", "languages.txt"]


def make_tiny(peer, out, wanted, folder):
    maker = os.path.join(ROOT, "tools", "make-tiny-models.py")
    subprocess.run([sys.executable, maker, folder], check=True)
    names = subprocess.run([sys.executable, maker, "--list"], check=True, capture_output=True, text=True).stdout.split()
    cases = []
    for name in wanted or names:
        path, f32_path = os.path.join(folder, name + ".gguf"), os.path.join(folder, "f32.gguf")
        peer.dequantize(path, f32_path)
        model = peer.open(f32_path)
        rng = random.Random(name)
        tokens = [1] + [rng.randrange(3, 323) for _ in range(TINY_TOKENS - 1)]
        next_logprobs, top = peer.score(model, tokens, TINY_CONTEXT, True)
        peer.close(model)
        cases.append({"name": name, "tokens": tokens, "next_logprobs": rounded(next_logprobs), "top": top})
        print(f"{name}: logprobs {min(next_logprobs):.2f} to {max(next_logprobs):.2f}, best {top[0][1]:.2f}", file=sys.stderr)
    write_golden(out, {"reference": "llama.cpp of llama-cpp-python 0.3.36, f32", "n_ctx": TINY_CONTEXT, "cases": cases})


def summary(reference, default):
    difference = numpy.abs(numpy.array(reference) - numpy.array(default))
    return {"perplexity": round(float(numpy.exp(-numpy.mean(reference))), 4),
            "llama_cpp_default": {"perplexity": round(float(numpy.exp(-numpy.mean(default))), 4),
                                  "mean": round(float(difference.mean()), 6),
                                  "p99": round(float(numpy.percentile(difference, 99)), 6),
                                  "max": round(float(difference.max()), 6)}}


def make_real(peer, path, out, folder):
    f32_path = os.path.join(folder, "f32.gguf")
    peer.dequantize(path, f32_path)
    reference_model, default_model = peer.open(f32_path), peer.open(path)
    cases, all_reference, all_default = [], [], []
    for text_name in TEXTS:
        with open(os.path.join(ROOT, "tests", "data", "texts", text_name), encoding="utf-8") as file:
            tokens = peer.tokenize(default_model, file.read())[:MAX_TOKENS]
        n_ctx = len(tokens) + -len(tokens) % 256
        reference, top = peer.score(reference_model, tokens, n_ctx, True)
        default, _ = peer.score(default_model, tokens, n_ctx, False)
        all_reference += reference
        all_default += default
        cases.append({"name": text_name, "tokens": tokens, "next_logprobs": rounded(reference), "top": top,
                      "default_next_logprobs": rounded(default)})
        print(text_name, len(tokens), summary(reference, default), file=sys.stderr)
    write_golden(out, {"reference": "llama.cpp of llama-cpp-python 0.3.36, f32", "model": os.path.basename(path),
                **summary(all_reference, all_default), "cases": cases})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", required=True, metavar="BIN")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("kind", choices=["tiny", "real"])
    parser.add_argument("paths", nargs="+")
    options = parser.parse_args()
    peer = Peer(options.peer, options.threads)
    with tempfile.TemporaryDirectory() as folder:
        if options.kind == "tiny":
            make_tiny(peer, options.paths[0], options.paths[1:], folder)
        else:
            make_real(peer, options.paths[0], options.paths[1], folder)


main()

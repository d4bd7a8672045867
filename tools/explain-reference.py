#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""A forward pass of llama and Gemma 3 models in NumPy, f32 throughout, from the GGUF file: an independent word on attention rows.
Only GELU has its argument and result rounded to halves, as llama.cpp's table has it and our exact devices.

  explain-reference.py check MODEL.gguf                 its log-probabilities against the golden of llama.cpp in tests/data/model
  explain-reference.py write MODEL.gguf OUT.json        rows of a few positions, all layers and heads, for tests/explain/test-rows.c

Beside OUT.json stands OUT.u16: for each case and each of its positions, weights · 65535 rounded, little-endian
[n_layer][n_head][position + 1]. Needs numpy and gguf."""

import argparse
import json
import os
import sys

import gguf
import numpy

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Stretches of the texts' tokens, and the positions in them whose rows are kept. Gemma's window is 512: its last case is longer.
CASES = [("mixed.txt", 0, 48, [20, 47]), ("code.txt", 0, 40, [39]), ("languages.txt", 0, 56, [30, 55]), ("mixed.txt", 300, 40, [0, 39]),
         ("languages.txt", 200, 32, [31])]
LONG_CASES = {"llama": [("mixed.txt", 0, 200, [199])], "gemma3": [("mixed.txt", 0, 600, [511, 599])]}


def halves(x):
    return x.astype(numpy.float16).astype(numpy.float32)


class Model:
    def __init__(self, path):
        self.reader = gguf.GGUFReader(path)
        self.tensors = {t.name: t for t in self.reader.tensors}
        self.arch = bytes(self.reader.fields["general.architecture"].parts[-1]).decode()
        if self.arch not in LONG_CASES:
            sys.exit(f"{path}: {self.arch} is not known here")
        self.gemma = self.arch == "gemma3"
        self.n_layer = int(self.key("block_count"))
        self.n_embd = int(self.key("embedding_length"))
        self.n_head = int(self.key("attention.head_count"))
        self.n_kv_head = int(self.key("attention.head_count_kv", self.n_head))
        self.head_dim = int(self.key("attention.key_length", self.n_embd // self.n_head))
        self.eps = float(self.key("attention.layer_norm_rms_epsilon"))
        self.base = float(self.key("rope.freq_base", 10000.0))
        self.window = int(self.key("attention.sliding_window", 0)) if self.gemma else 0

    def key(self, name, default=None):
        field = self.reader.fields.get(f"{self.arch}.{name}")
        if field is None:
            if default is None:
                sys.exit(f"the file has no {self.arch}.{name}")
            return default
        return field.parts[field.data[0]][0]

    def weight(self, name):
        tensor = self.tensors[name]
        return gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32)

    def norm(self, x, name):
        return x / numpy.sqrt(numpy.mean(x * x, axis=-1, keepdims=True) + numpy.float32(self.eps)) * self.weight(name)

    def rotate(self, x, base):
        """x [n][head][head_dim]; llama's files have pairs side by side, Gemma's half a head apart."""
        half = self.head_dim // 2
        angles = numpy.arange(x.shape[0])[:, None] * base ** (-numpy.arange(half) / half)
        cos, sin = (f(angles).astype(numpy.float32)[:, None, :] for f in (numpy.cos, numpy.sin))
        a, b = (x[..., :half], x[..., half:]) if self.gemma else (x[..., 0::2], x[..., 1::2])
        y = numpy.empty_like(x)
        first, second = a * cos - b * sin, a * sin + b * cos
        if self.gemma:
            y[..., :half], y[..., half:] = first, second
        else:
            y[..., 0::2], y[..., 1::2] = first, second
        return y

    def attention(self, x, layer, rows, positions):
        blk, n = f"blk.{layer}.", x.shape[0]
        local = self.gemma and self.window > 0 and layer % 6 < 5
        heads = lambda name, n_head: (x @ self.weight(blk + name).T).reshape(n, n_head, self.head_dim)
        q, k, v = heads("attn_q.weight", self.n_head), heads("attn_k.weight", self.n_kv_head), heads("attn_v.weight", self.n_kv_head)
        if self.gemma:
            q, k = self.norm(q, blk + "attn_q_norm.weight"), self.norm(k, blk + "attn_k_norm.weight")
        base = 10000.0 if local else self.base
        q, k = self.rotate(q, base), self.rotate(k, base)
        out = numpy.empty_like(q)
        i, j = numpy.arange(n)[:, None], numpy.arange(n)[None, :]
        hidden = (j > i) | (j <= i - self.window) if local else j > i
        for head in range(self.n_head):
            of = head // (self.n_head // self.n_kv_head)
            scores = q[:, head] @ k[:, of].T / numpy.float32(numpy.sqrt(self.head_dim))
            scores[hidden] = -numpy.inf
            weights = numpy.exp(scores - scores.max(axis=1, keepdims=True))
            weights /= weights.sum(axis=1, keepdims=True)
            for position in positions:
                rows[position][layer, head] = weights[position, :position + 1]
            out[:, head] = weights @ v[:, of]
        return out.reshape(n, -1) @ self.weight(blk + "attn_output.weight").T

    def feed_forward(self, x, layer):
        blk = f"blk.{layer}."
        gate, up = x @ self.weight(blk + "ffn_gate.weight").T, x @ self.weight(blk + "ffn_up.weight").T
        if self.gemma:
            gate = halves(gate)
            gate = 0.5 * gate * (1 + numpy.tanh(numpy.float32(numpy.sqrt(2 / numpy.pi)) * (gate + numpy.float32(0.044715) * gate ** 3)))
            gate = halves(gate)
        else:
            gate = gate / (1 + numpy.exp(-gate))
        return (gate * up) @ self.weight(blk + "ffn_down.weight").T

    def forward(self, tokens, positions=()):
        """The stream behind the last norm, and the attention rows [n_layer][n_head][position + 1] of @positions."""
        rows = {p: numpy.zeros((self.n_layer, self.n_head, p + 1), numpy.float32) for p in positions}
        table = self.weight("token_embd.weight")
        x = table[tokens]
        if self.gemma:
            x = x * numpy.float32(numpy.sqrt(self.n_embd))
        for layer in range(self.n_layer):
            blk = f"blk.{layer}."
            h = self.attention(self.norm(x, blk + "attn_norm.weight"), layer, rows, positions)
            x = x + (self.norm(h, blk + "post_attention_norm.weight") if self.gemma else h)
            h = self.feed_forward(self.norm(x, blk + "ffn_norm.weight"), layer)
            x = x + (self.norm(h, blk + "post_ffw_norm.weight") if self.gemma else h)
        return self.norm(x, "output_norm.weight"), rows

    def logprobs(self, tokens):
        """Of each next token."""
        output = self.weight("output.weight" if "output.weight" in self.tensors else "token_embd.weight")
        x, logprobs = self.forward(tokens)[0], []
        for at in range(len(tokens) - 1):
            logits = output @ x[at]
            highest = logits.max()
            logprobs.append(float(logits[tokens[at + 1]] - highest - numpy.log(numpy.exp((logits - highest).astype(numpy.float64)).sum())))
        return logprobs


def golden_of(path):
    name = os.path.splitext(os.path.basename(path))[0]
    with open(os.path.join(ROOT, "tests", "data", "model", name + ".json"), encoding="utf-8") as file:
        return {case["name"]: case for case in json.load(file)["cases"]}


def check(path):
    """As near as tests/model/test-real-parity.c wants our exact devices."""
    model, differences = Model(path), []
    for name, case in golden_of(path).items():
        n = 600
        logprobs = model.logprobs(case["tokens"][:n])
        difference = numpy.abs(numpy.array(logprobs) - numpy.array(case["next_logprobs"][:len(logprobs)]))
        print(f"{name}: {len(logprobs)} log-probabilities, mean |Δ| {difference.mean():.6f}, largest {difference.max():.6f}")
        differences.extend(difference)
    return 0 if numpy.percentile(differences, 99) <= 0.005 and max(differences) <= 0.02 else 1


def write(path, out):
    model, texts, cases = Model(path), golden_of(path), []
    with open(os.path.splitext(out)[0] + ".u16", "wb") as file:
        for name, first, n, positions in CASES + LONG_CASES[model.arch]:
            tokens = texts[name]["tokens"][first:first + n]
            _, rows = model.forward(tokens, positions)
            for position in positions:
                file.write(numpy.rint(rows[position] * 65535).astype("<u2").tobytes())
            cases.append({"name": f"{name} from {first}", "tokens": tokens, "positions": positions})
    with open(out, "w", encoding="utf-8") as file:
        json.dump({"n_layer": model.n_layer, "n_head": model.n_head, "cases": cases}, file)
        file.write("\n")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("check", "write"):
        command = commands.add_parser(name)
        command.add_argument("model")
        if name == "write":
            command.add_argument("out")
    args = parser.parse_args()
    sys.exit(check(args.model) if args.command == "check" else write(args.model, args.out))


if __name__ == "__main__":
    main()

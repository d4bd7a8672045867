#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""compare-hub-tokenizers.py CLI MODEL.gguf FAMILY: where the hub's own tokenizer reads a text otherwise than the GGUF's.

FAMILY is qwen2, smollm or llama-bpe. The hub's tokenizer is built by the `tokenizers` package from the vocabulary and merges in the
file, with the pipeline that the family's tokenizer.json has. Needs `pip install tokenizers gguf`. Prints each difference and
their number; docs/tokenizers.md holds the result."""

import json
import pathlib
import subprocess
import sys

from gguf import GGUFReader
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

LLAMA = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def field(reader, key):
    return reader.get_field(key).contents()


def hub_tokenizer(path, family):
    reader = GGUFReader(path)
    tokens, types = field(reader, "tokenizer.ggml.tokens"), field(reader, "tokenizer.ggml.token_type")
    merges = [tuple(merge.split(" ", 1)) for merge in field(reader, "tokenizer.ggml.merges")]
    vocabulary = {token: i for i, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, fuse_unk=False, ignore_merges=family == "llama-bpe"))
    if family == "smollm":
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True),
                                                           pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    else:
        pattern = LLAMA % ("" if family == "qwen2" else "{1,3}")
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"),
                                                           pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    if family == "qwen2":
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token, kind in zip(tokens, types) if kind == 3])
    tokenizer.add_tokens([AddedToken(token, special=False, normalized=False) for token, kind in zip(tokens, types) if kind == 4])
    return tokenizer


def main():
    cli, path, family = sys.argv[1:4]
    root = pathlib.Path(__file__).resolve().parent.parent
    strings = json.loads((root / "tests" / "data" / "text" / "strings.json").read_text())
    if isinstance(strings, dict):
        strings = strings["strings"]
    hub, n_compared, n_different = hub_tokenizer(path, family), 0, 0
    for text in strings:
        if not isinstance(text, str) or not text:
            continue
        done = subprocess.run([cli, "tokenize", "--model", path, "--json"], input=text.encode(), capture_output=True, check=True)
        ours, theirs = json.loads(done.stdout), hub.encode(text, add_special_tokens=False).ids
        n_compared += 1
        if ours != theirs:
            n_different += 1
            print(f"{text[:60]!r}\n  ours {ours[:12]}\n  hub  {theirs[:12]}")
    print(f"{n_different} of {n_compared} texts differ")


main()

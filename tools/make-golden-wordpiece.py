#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Writes what the tokenizers library makes of tests/data/text/strings.json: what tests/text/test-wordpiece.c compares with.

  make-golden-wordpiece.py MODEL_FOLDER OUT.json       (PyPI package tokenizers, made with 0.19.1)

For each string that is UTF-8 the number of its ids and a hash (null for the others); and hashes over every code point between
two letters, a plane of 4,096 each."""

import ctypes
import json
import os
import sys

from tokenizers import Tokenizer

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def text_of(entry):
    if isinstance(entry, str):
        return entry
    once = bytes.fromhex(entry["hex"]) if "hex" in entry else entry["repeat"].encode()
    try:
        return (once * entry.get("times", 1)).decode()
    except UnicodeDecodeError:
        return None


def digest(ids):
    value = 0xcbf29ce484222325
    for byte in bytes((ctypes.c_int32 * len(ids))(*ids)):
        value = ((value ^ byte) * 0x100000001b3) & 0xffffffffffffffff
    return f"{len(ids)}:{value:016x}"


def main():
    tokenizer = Tokenizer.from_file(os.path.join(sys.argv[1], "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    with open(os.path.join(ROOT, "tests", "data", "text", "strings.json"), encoding="utf-8") as file:
        texts = [text_of(entry) for entry in json.load(file)]
    strings = [None if text is None else digest(tokenizer.encode(text).ids) for text in texts]
    planes = []
    for first in range(0, 0x110000, 0x1000):
        ids = []
        for code in range(first, first + 0x1000):
            if not 0xD800 <= code < 0xE000:
                ids += tokenizer.encode("a" + chr(code) + "b", add_special_tokens=False).ids
        planes.append(digest(ids))
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        json.dump({"strings": strings, "planes": planes}, out, indent=0)
        out.write("\n")


main()

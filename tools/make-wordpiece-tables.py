#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Writes src/engine/text/wordpiece-ranges.inc: what BERT's tokenizer drops, takes for punctuation or for an accent.

Every code point is tried with the PyPI package tokenizers (made with 0.19.1), whose Unicode tables these are."""

import sys

from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

clean = BertNormalizer(clean_text=True, handle_chinese_chars=False, strip_accents=False, lowercase=False)
accents = BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False)
words = BertPreTokenizer()


def is_dropped(c):
    return clean.normalize_str("a" + c + "a") == "aa"


def is_punctuation(c):
    pieces = words.pre_tokenize_str("a" + c + "a")
    return len(pieces) == 3


def is_accent(c):
    return accents.normalize_str("a" + c) == "a"


def ranges(test):
    start = None
    for code in range(0x110000 + 1):
        inside = code < 0x110000 and not 0xD800 <= code < 0xE000 and test(chr(code))
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            yield start, code - 1
            start = None


def main():
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        out.write("/* Made by tools/make-wordpiece-tables.py from the tokenizers library. */\n")
        for name, test in (("dropped_ranges", is_dropped), ("punctuation_ranges", is_punctuation), ("accent_ranges", is_accent)):
            out.write(f"static const SenUnicodeRange {name}[] = {{\n")
            line = " "
            for first, last in ranges(test):
                item = f" {{ 0x{first:x}, 0x{last:x} }},"
                if len(line) + len(item) > 118:
                    out.write(line + "\n")
                    line = " "
                line += item
            out.write(line + "\n};\n")


main()

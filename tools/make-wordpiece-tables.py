#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Writes src/engine/text/wordpiece-ranges.inc: what BERT's tokenizer drops, takes for punctuation or for an accent.

Every code point is tried with the PyPI package tokenizers (made with 0.19.1), whose Unicode tables these are."""

import sys

from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from unicode_ranges import write

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


write(sys.argv[1], "tools/make-wordpiece-tables.py from the tokenizers library",
      [("dropped_ranges", is_dropped), ("punctuation_ranges", is_punctuation), ("accent_ranges", is_accent)])

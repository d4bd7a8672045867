#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Writes src/engine/text/unicode-ranges.inc: the code points of the categories L and N, as ranges.

Run with the Unicode version that tokenizers were made with (15.1: the PyPI package unicodedata2, version 15.1.0)."""

import sys

import unicodedata2

from unicode_ranges import write

write(sys.argv[1], "tools/make-unicode-tables.py from Unicode " + unicodedata2.unidata_version,
      [(name, lambda c, letter=letter: unicodedata2.category(c)[0] == letter)
       for name, letter in (("letter_ranges", "L"), ("number_ranges", "N"))])

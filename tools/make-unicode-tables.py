#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Writes src/engine/text/unicode-ranges.inc: the code points of the categories L and N, as ranges.

Run with the Unicode version that tokenizers were made with (15.1: the PyPI package unicodedata2, version 15.1.0)."""

import sys
import unicodedata2


def ranges(letter):
    start = None
    for code in range(0x110000 + 1):
        inside = code < 0x110000 and unicodedata2.category(chr(code))[0] == letter
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            yield start, code - 1
            start = None


def main():
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        out.write("/* Made by tools/make-unicode-tables.py from Unicode " + unicodedata2.unidata_version + ". */\n")
        for name, letter in (("letter_ranges", "L"), ("number_ranges", "N")):
            out.write(f"static const SenUnicodeRange {name}[] = {{\n")
            line = " "
            for first, last in ranges(letter):
                item = f" {{ 0x{first:x}, 0x{last:x} }},"
                if len(line) + len(item) > 118:
                    out.write(line + "\n")
                    line = " "
                line += item
            out.write(line + "\n};\n")


main()

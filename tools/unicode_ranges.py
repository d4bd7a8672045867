# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Writes sets of code points as C tables of ranges, for the generators beside this file."""


def ranges(test):
    """Yields (first, last) of each run of code points, surrogates left out, for which test(character) holds."""
    start = None
    for code in range(0x110000 + 1):
        inside = code < 0x110000 and not 0xD800 <= code < 0xE000 and test(chr(code))
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            yield start, code - 1
            start = None


def write(path, origin, tables):
    """tables: pairs of a table's name and the test of its characters."""
    with open(path, "w", encoding="utf-8") as out:
        out.write(f"/* Made by {origin}. */\n")
        for name, test in tables:
            out.write(f"static const SenUnicodeRange {name}[] = {{\n")
            line = " "
            for first, last in ranges(test):
                item = f" {{ 0x{first:x}, 0x{last:x} }},"
                if len(line) + len(item) > 118:
                    out.write(line + "\n")
                    line = " "
                line += item
            out.write(line + "\n};\n")

#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""check-lines.py ROOT: no line of C, of a shader, of a meson.build or of prose in Markdown is longer than 140 characters.

Tables are as wide as what stands in them: rows of *.def, tables and code in Markdown, and addresses. Prints what is longer.
"""
import os
import sys

MOST = 140
FOLDERS = ("src", "tests", "shaders", "docs", "data", "tools", "po")
SKIPPED = {"tests/text/jinja-cases.inc"}   # made by a tool


def prose(lines):
    """Lines of Markdown that are no table, no code and no bare address."""
    is_code = False
    for number, line in lines:
        is_fence = line.lstrip().startswith("```")
        is_code ^= is_fence
        if not (is_code or is_fence or line.startswith(("    ", "|")) or " " not in line.strip()):
            yield number, line


def files(root):
    for name in sorted(os.listdir(root)):
        if os.path.isfile(os.path.join(root, name)):
            yield name
    for folder in FOLDERS:
        for path, _, names in sorted(os.walk(os.path.join(root, folder))):
            for name in sorted(names):
                yield os.path.relpath(os.path.join(path, name), root)


def main(root):
    n_long = 0
    for name in files(root):
        if not (name.endswith((".c", ".h", ".comp", ".glsl", ".md")) or name.endswith("meson.build")) or name in SKIPPED:
            continue
        with open(os.path.join(root, name), encoding="utf-8") as file:
            lines = enumerate(file.read().split("\n"), 1)
        for number, line in prose(lines) if name.endswith(".md") else lines:
            if len(line) > MOST:
                print(f"{name}:{number}: {len(line)} characters")
                n_long += 1
    return 1 if n_long > 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

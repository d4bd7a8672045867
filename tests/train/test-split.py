#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""data/models/split.json holds together: no concept in two parts, enough pictures for scores, none named twice."""

import json
import os
import sys

with open(os.path.join(sys.argv[1], "data/models/split.json"), encoding="utf-8") as file:
    split = json.load(file)
test, validation, pictures = (split[part] for part in ("test", "validation", "test_pictures"))
voices = split["speech"]

CHECKS = {
    "no concept is in two parts": not set(test) & set(validation),
    "lists are sorted and name nothing twice": all(names == sorted(set(names)) for names in (test, validation, pictures)),
    "at least 1,000 pictures count": len(pictures) >= 1000,
    "every picture comes from a source with a package": all(name.split("/")[0] in split["sources"] for name in pictures),
    "no voice is in two parts": not set(voices["test_voices"]) & set(voices["validation_voices"]),
}
print(f"1..{len(CHECKS)}")
for number, (what, holds) in enumerate(CHECKS.items(), 1):
    print("ok" if holds else "not ok", number, "-", what)

# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""The pictures of each part of the split, in a fixed order."""

import json
import os

import more_pictures
import pictures

SPLIT = os.path.join(os.path.dirname(__file__), "../../data/models/split.json")
PARTS = ["training", "validation", "test", "more"]


def read(folder: str) -> dict[str, list[pictures.Picture]]:
    """@folder: the sources. Of the test part only those that scores count; "more" is for training too."""
    with open(SPLIT, encoding="utf-8") as file:
        split = json.load(file)
    members = {part: set(split[part]) for part in ("test", "validation")}
    counted = set(split["test_pictures"])
    parts: dict[str, list[pictures.Picture]] = {part: [] for part in PARTS}
    concepts = pictures.Concepts(folder)
    held_out = []
    for picture in pictures.read_all(folder, concepts):
        part = next((part for part, held in members.items() if picture.concept in held), "training")
        if part != "training":
            held_out.append(picture)
        if part != "test" or picture.id in counted:
            parts[part].append(picture)
    parts["more"] = list(more_pictures.read(folder, concepts, split, held_out))
    return parts

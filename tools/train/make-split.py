#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Writes data/models/split.json: which concepts, voices and sentences no training may see.

    tools/train/make-split.py FOLDER > data/models/split.json

FOLDER receives the sources (tools/train/pictures.py; 500 MB). The file was written once, before the first training, and stays:
a later run only shows that it comes out the same."""

import collections
import hashlib
import json
import sys

import pictures

TEST_PERCENT, VALIDATION_PERCENT = 20, 10
PICTURES_PER_CONCEPT = 4      # of a test concept, so that the score is not that of a few common things

SPEECH = {
    "programs": "espeak-ng (voice+variant) and flite (voice)",
    "test_voices": ["espeak-ng:en-gb-scotland", "espeak-ng:en-029", "espeak-ng:+f4", "espeak-ng:+m7", "espeak-ng:+Annie",
                    "espeak-ng:+Lee", "flite:awb"],
    "validation_voices": ["espeak-ng:en-us-nyc", "espeak-ng:+f5", "espeak-ng:+m8", "flite:rms"],
    "sentences": "SHA-256 of the sentence in lower case with letters, digits and single spaces only: first byte below 51 is test, "
                 "below 77 validation; a sentence about a concept goes where the concept goes",
    "human": "the recordings of tuxpaint-stamps-default are for reports only",
}


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def group(all_pictures):
    """Sets of concepts that share a noun, in any source: a word's meanings are not told apart surely enough to be split."""
    owner = {}

    def find(name):
        while owner.setdefault(name, name) != name:
            name = owner[name]
        return name

    for picture in all_pictures:
        owner[find("noun " + picture.noun)] = find("concept " + picture.concept)
    groups = collections.defaultdict(list)
    for picture in all_pictures:
        groups[find("concept " + picture.concept)].append(picture)
    return list(groups.values())


def choose(members):
    """At most PICTURES_PER_CONCEPT of each concept, from as many sources as there are."""
    chosen = []
    by_concept = collections.defaultdict(list)
    for picture in sorted(members, key=lambda picture: digest(picture.id)):
        by_concept[picture.concept].append(picture)
    for concept in by_concept.values():
        seen = collections.Counter()
        ranks = []
        for picture in concept:
            source = picture.id.partition("/")[0]
            ranks.append((seen[source], len(ranks), picture.id))
            seen[source] += 1
        chosen += [name for _, _, name in sorted(ranks)[:PICTURES_PER_CONCEPT]]
    return chosen


def main():
    pictures.fetch(sys.argv[1])
    all_pictures = list(pictures.read_all(sys.argv[1], pictures.Concepts(sys.argv[1])))
    by_kind = collections.defaultdict(list)
    for members in group(all_pictures):
        kinds = collections.Counter(picture.kind for picture in members)
        by_kind[max(sorted(kinds, key=str), key=kinds.get)].append(members)
    parts = {"test": set(), "validation": set()}
    test_pictures = []
    for groups in by_kind.values():
        groups.sort(key=lambda members: digest(min(picture.concept for picture in members)))
        n_test, n_validation = (len(groups) * percent // 100 for percent in (TEST_PERCENT, VALIDATION_PERCENT))
        for i, members in enumerate(groups[:n_test + n_validation]):
            parts["test" if i < n_test else "validation"].update(picture.concept for picture in members)
            if i < n_test:
                test_pictures += choose(members)
    sources = {name: package + " " + version for name, (package, version) in pictures.NPM.items()}
    sources.update(openclipart="openclipart-png 1:0.18+dfsg", tuxpaint="tuxpaint-stamps-default 2022.06.04",
                   words="wordnet-base 1:3.0, unicode-cldr-core 41")
    json.dump({"version": 1, "sources": sources,
               "rule": "A concept in neither list is for training. A picture belongs to the part of its concept "
                       "(tools/train/pictures.py); pictures without a concept are not used. test_pictures: those that scores count.",
               "test": sorted(parts["test"]), "validation": sorted(parts["validation"]), "test_pictures": sorted(test_pictures),
               "speech": SPEECH}, sys.stdout, indent=0, ensure_ascii=False)
    print()
    counts = collections.Counter("test" if picture.concept in parts["test"] else
                                 "validation" if picture.concept in parts["validation"] else "training" for picture in all_pictures)
    print(dict(counts), "pictures;", len(parts["test"]), "test concepts,", len(test_pictures), "test pictures", file=sys.stderr)


main()

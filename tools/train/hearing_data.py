# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""What speech.py left in a folder, as utterances with their states; batches of like lengths, varied; word errors."""

import json
import os
import re
from typing import Iterator, List, NamedTuple, Sequence

import numpy

from speech import N_STATE


class Utterance(NamedTuple):
    words: str               # what was said
    states: numpy.ndarray    # f16 [n][N_STATE], a view into a file
    voice: str
    source: str
    path: str                # of the window, without suffix


def load(folder: str, part: str, limit: int = 1 << 30) -> List[Utterance]:
    """Utterances of the first @limit windows of a part."""
    utterances = []
    names = sorted(name for name in os.listdir(folder) if name.startswith(part + "-") and name.endswith(".json"))
    for name in names[:limit]:
        path = os.path.join(folder, name[:-5])
        states = numpy.fromfile(path + ".f16", "<f2").reshape(-1, N_STATE)
        with open(path + ".json", encoding="utf-8") as file:
            for item in json.load(file):
                rows = states[item["first"]:item["first"] + item["n"]]
                utterances.append(Utterance(item["words"], rows, item["voice"], item["source"], path))
    return utterances


def batches(utterances: Sequence[Utterance], n_state: int, generator: numpy.random.Generator) -> Iterator[List[Utterance]]:
    """All utterances once, in batches of up to @n_state states with their padding, those of like lengths together."""
    order = sorted(range(len(utterances)), key=lambda i: len(utterances[i].states) + generator.uniform(0, 40))
    groups: List[List[int]] = [[]]
    for i in order:
        if (len(groups[-1]) + 1) * len(utterances[i].states) > n_state:
            groups.append([])
        groups[-1].append(i)
    for group in generator.permutation(len(groups)):
        if groups[group]:
            yield [utterances[i] for i in groups[group]]


def vary(states: numpy.ndarray, generator: numpy.random.Generator) -> numpy.ndarray:
    """The states as of slightly faster or slower speech, some moments blanked out, noise added."""
    n = len(states)
    m = max(2, int(n * generator.uniform(0.9, 1.12)) // 2 * 2)
    at = numpy.linspace(0, n - 1, m)
    low = numpy.minimum(at.astype(int), n - 2)
    part = (at - low)[:, None].astype("f4")
    x = states[low].astype("f4") * (1 - part) + states[low + 1].astype("f4") * part
    x *= 1 + 0.1 * generator.standard_normal((1, N_STATE)).astype("f4")
    for _ in range(generator.integers(0, 1 + n // 60)):
        first = generator.integers(0, m)
        x[first:first + generator.integers(2, 10)] = 1e-6
    return x


def to_plain_words(text: str) -> List[str]:
    """Words as they are compared: lower case, letters and digits."""
    return re.sub(r"[^a-z0-9 ]", "", text.lower().replace("-", " ")).split()


def word_errors(heard: str, said: str) -> int:
    """Words put in, left out and exchanged."""
    a, b = to_plain_words(heard), to_plain_words(said)
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


def word_error_rate(heard: Sequence[str], said: Sequence[str]) -> float:
    return sum(word_errors(h, s) for h, s in zip(heard, said)) / sum(len(to_plain_words(s)) for s in said)

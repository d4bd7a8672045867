# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Recordings of people: tuxpaint-stamps-default has the names of animals spoken in English. For reports only, as data/models/split.json
says."""

import json
import os
import subprocess
from typing import Iterator, Tuple

import numpy

import speech
from sentences import to_words


def recordings(stamps: str) -> Iterator[Tuple[str, str]]:
    """Path and what is said."""
    for where, _, files in sorted(os.walk(stamps)):
        for file in sorted(files):
            words = os.path.join(where, file[:-9] + ".txt")
            if file.endswith("_desc.ogg") and os.path.exists(words):
                with open(words, encoding="utf-8") as lines:
                    yield os.path.join(where, file), lines.readline().strip()


def make_part(folder: str, stamps: str, encoder: speech.Encoder) -> None:
    """Each recording as a window of the part "human" in @folder."""
    for number, (path, said) in enumerate(recordings(stamps)):
        base = os.path.join(folder, f"human-{number:05}")
        if not os.path.exists(base + ".json"):
            raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-f", "f32le", "-ac", "1", "-ar", str(speech.RATE), "-"], check=True,
                                 capture_output=True).stdout
            sound = numpy.frombuffer(raw, "<f4")
            states = encoder.states(sound)
            item = {"first": 0, "n": len(states), "words": to_words(said), "spoken": said, "source": "tuxpaint", "voice": "human"}
            speech.save(base, sound, states, [item], keep_sound=True)

#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
#
# Golden transcripts of faster-whisper in float32, greedy, with its own windows and fallback:
#   pip install faster-whisper; make-golden-transcripts.py MODEL_FOLDER CLIP_FOLDER OUT.json CLIP…
# Clips are named from CLIP_FOLDER on. Those that faster-whisper writes by chance (temperature above 0) are left out.
import json
import os
import sys

from faster_whisper import WhisperModel

model = WhisperModel(sys.argv[1], device="cpu", compute_type="float32", cpu_threads=2)
golden = []
for clip in sys.argv[4:]:
    segments, info = model.transcribe(os.path.join(sys.argv[2], clip), beam_size=1, vad_filter=False, condition_on_previous_text=False,
                                      word_timestamps=True)
    segments = list(segments)
    if any(s.temperature > 0 for s in segments):
        continue
    golden.append({
        "clip": clip, "language": info.language, "text": "".join(s.text for s in segments).strip(),
        "words": [[w.word, round(float(w.start), 2), round(float(w.end), 2)] for s in segments for w in s.words]})
with open(sys.argv[3], "w", encoding="utf-8") as file:
    file.write("[\n" + ",\n".join(json.dumps(clip, ensure_ascii=False) for clip in golden) + "\n]\n")

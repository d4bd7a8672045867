#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
#
# Golden transcripts of faster-whisper in float32, greedy, with its own windows and fallback:
#   pip install faster-whisper; make-golden-transcripts.py MODEL_FOLDER OUT.json CLIP…
# Names are kept without their folders. Clips that faster-whisper writes by chance (temperature above 0) are left out.
import json
import os
import sys

from faster_whisper import WhisperModel

model = WhisperModel(sys.argv[1], device="cpu", compute_type="float32", cpu_threads=2)
golden = []
for path in sys.argv[3:]:
    segments, info = model.transcribe(path, beam_size=1, vad_filter=False, condition_on_previous_text=False, word_timestamps=True)
    segments = list(segments)
    if any(s.temperature > 0 for s in segments):
        continue
    golden.append({
        "clip": os.path.basename(path), "language": info.language, "text": "".join(s.text for s in segments).strip(),
        "segments": [{"start": round(s.start, 3), "end": round(s.end, 3), "text": s.text,
                      "words": [[w.word, round(w.start, 2), round(w.end, 2)] for w in s.words]} for s in segments]})
json.dump(golden, open(sys.argv[2], "w"), ensure_ascii=False, indent=1)

#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
#
# Whisper beside faster-whisper int8 on the same clips, interleaved, medians of ROUNDS; two threads each:
#   pip install faster-whisper; bench-whisper.py CLI MODEL_FOLDER ROUNDS CLIP…
# Ours is the time of the whole process, starting and loading included; the peer's is its call alone, with the model loaded.
import json
import statistics
import subprocess
import sys
import time

from faster_whisper import WhisperModel

cli, folder, rounds, clips = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
model = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=2)
print("| clip | beams | ours, s | faster-whisper int8, s | ratio | same text |\n|---|---|---|---|---|---|")
for beam in (1, 5):
    for clip in clips:
        ours, peer = [], []
        for _ in range(rounds):
            start = time.monotonic()
            out = subprocess.run([cli, "transcribe", "-m", folder, "-t", "2", "-d", "cpu", "--no-vad", "--beam", str(beam), "--json",
                                  "--afresh", clip],
                                 capture_output=True, check=True).stdout
            ours.append(time.monotonic() - start)
            start = time.monotonic()
            segments, _info = model.transcribe(clip, beam_size=beam, condition_on_previous_text=False)
            text = "".join(s.text for s in segments).strip()
            peer.append(time.monotonic() - start)
        a, b = statistics.median(ours), statistics.median(peer)
        print(f"| {clip.rsplit('/', 1)[-1]} | {beam} | {a:.2f} | {b:.2f} | {b / a:.2f} | {'yes' if json.loads(out)['text'] == text else 'no'} |", flush=True)

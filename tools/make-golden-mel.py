#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
#
# Log-mel of a generated sound by faster-whisper's extractor, for tests/audio/test-whisper.c: f32 [101][80] and [101][128], every
# tenth frame. pip install faster-whisper; make-golden-mel.py tests/data/audio/mel.f32
import sys

import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor

i = np.arange(16000 + 37)
noise = ((i.astype(np.uint64) * 2654435761 % 2**32) >> 16).astype(np.float32) / np.float32(65536) - np.float32(0.5)
tone = np.where(i % 160 < 80, np.float32(0.25), np.float32(-0.25))
sound = (np.float32(0.1) * noise + np.where(i < 8000, tone, np.float32(0))).astype(np.float32)
with open(sys.argv[1], "wb") as out:
    for n_bins in (80, 128):
        out.write(np.ascontiguousarray(FeatureExtractor(feature_size=n_bins)(sound).T[::10], dtype="<f4").tobytes())

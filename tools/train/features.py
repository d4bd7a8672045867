# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""What the app's encoder of pictures makes of views, in files that grow: a run that was stopped goes on where it was."""

import fcntl
import os
import subprocess
from collections import deque
from collections.abc import Iterator

import numpy as np

# Those of SEN_VIT_HIDDEN: k is what goes into block k, counted from 0, the last one what comes out of the last block.
LAYERS = [6, 8, 9, 10, 11, 12]
N_TOKENS, N_EMBD = 65, 384      # the class token and 8 × 8 means of four patches
SHAPE = (len(LAYERS), N_TOKENS, N_EMBD)
N_BYTES = 2 * int(np.prod(SHAPE))


class Encoder:
    """The program picture-features of a build of this repository, on one thread."""

    def __init__(self, build: str, model: str) -> None:
        command = [os.path.join(build, "tests/vision/picture-features"), model, "1", *map(str, LAYERS)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        # Room for a picture that waits and for what is not yet read, so that it never stands still.
        for pipe in (self.process.stdin, self.process.stdout):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 1 << 20)

    def put(self, rgb: np.ndarray) -> None:
        self.process.stdin.write(np.ascontiguousarray(rgb, np.uint8).tobytes())
        self.process.stdin.flush()

    def get(self) -> bytes:
        data = self.process.stdout.read(N_BYTES)
        if len(data) != N_BYTES:
            raise RuntimeError("picture-features stopped")
        return data

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def encode(encoders: list[Encoder], path: str, n: int, views: Iterator[np.ndarray]) -> None:
    """Writes features of @n views to @path; @views yields those from the first that is missing on."""
    busy: deque[Encoder] = deque()
    with open(path, "ab") as file:
        for i in range(n_done(path), n):
            if len(busy) == 3 * len(encoders):
                file.write(busy.popleft().get())
            encoder = encoders[i % len(encoders)]
            encoder.put(next(views))
            busy.append(encoder)
        for encoder in busy:
            file.write(encoder.get())


def n_done(path: str) -> int:
    """How many views @path holds whole; a part of one behind them is cut off."""
    if not os.path.exists(path):
        return 0
    n = os.path.getsize(path) // N_BYTES
    os.truncate(path, n * N_BYTES)
    return n


def load(path: str) -> np.ndarray:
    """f16 [n][layers][tokens][n_embd], read as it is used."""
    return np.memmap(path, np.float16, "r", shape=(n_done(path), *SHAPE))

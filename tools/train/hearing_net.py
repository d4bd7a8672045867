# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""The nets of hearing-smollm2 and match-audio: states of Whisper's encoder, side by side, through a convolution in time."""

from typing import List, Tuple

import numpy
import torch
from torch import Tensor, nn
from torch.nn import functional

N_STATE = 512
N_STACK = 2            # states of 20 ms side by side: what is heard has 25 rows a second
N_HIDDEN, N_TAP, N_HIDDEN2 = 256, 9, 384
EPS = 1e-5


class Trunk(nn.Module):
    """Rows of states [b][n * N_STACK][N_STATE] to rows [b][n][N_HIDDEN2]; @live [b][n] says which are of the sound."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(N_STATE, EPS)
        self.first = nn.Linear(N_STACK * N_STATE, N_HIDDEN)
        self.second = nn.Linear(N_TAP * N_HIDDEN, N_HIDDEN2)

    def standardize(self, states: Tensor) -> None:
        """Sets the norm so that each feature of @states [n][N_STATE] comes out of it with mean 0 and deviation 1."""
        with torch.no_grad():
            x = functional.layer_norm(states, (N_STATE,), eps=EPS)
            scale = 1 / x.std(0).clamp(min=1e-3)
            self.norm.weight.copy_(scale)
            self.norm.bias.copy_(-x.mean(0) * scale)
        self.norm.requires_grad_(False)

    def forward(self, states: Tensor, live: Tensor, drop: float = 0.0) -> Tensor:
        mask = live.unsqueeze(-1).to(states.dtype)
        sound = (states != 0).any(-1, keepdim=True)           # what fills up the last token stays zero
        x = (self.norm(states) * sound).reshape(states.shape[0], -1, N_STACK * N_STATE)
        x = functional.gelu(self.first(x)) * mask
        x = functional.dropout(x, drop, self.training)
        x = functional.pad(x, (0, 0, N_TAP // 2, N_TAP // 2)).unfold(1, N_TAP, 1)            # [b][n][N_HIDDEN][N_TAP]
        x = x.transpose(2, 3).reshape(x.shape[0], x.shape[1], N_TAP * N_HIDDEN)
        return functional.gelu(self.second(x)) * mask


class Hearing(nn.Module):
    """Logits of pieces and, last, of the blank: [b][n][n_piece + 1]."""

    def __init__(self, n_piece: int) -> None:
        super().__init__()
        self.trunk = Trunk()
        self.pieces = nn.Linear(N_HIDDEN2, n_piece + 1)

    def forward(self, states: Tensor, live: Tensor, drop: float = 0.0) -> Tensor:
        return self.pieces(functional.dropout(self.trunk(states, live, drop), drop, self.training))


def batch_of(rows: List[numpy.ndarray]) -> Tuple[Tensor, Tensor]:
    """Sounds [n_i][N_STATE], of whole tokens or filled up with zeros, behind each other: states and live rows."""
    n = [(len(row) + N_STACK - 1) // N_STACK for row in rows]
    states = torch.zeros(len(rows), max(n) * N_STACK, N_STATE)
    live = torch.zeros(len(rows), max(n), dtype=torch.bool)
    for i, row in enumerate(rows):
        states[i, :len(row)] = torch.from_numpy(row.astype("f4"))
        live[i, :n[i]] = True
    return states, live


def collapse(best: numpy.ndarray, blank: int) -> List[Tuple[int, int, int]]:
    """Runs of rows that are one token, blanks left out: (piece, first row, row behind the last)."""
    runs, first = [], 0
    for i in range(1, len(best) + 1):
        if i == len(best) or best[i] != best[first]:
            if best[first] != blank:
                runs.append((int(best[first]), first, i))
            first = i
    return runs


def heard_weights(logits: Tensor) -> Tensor:
    """The pieces of each token that was heard in one sound, logits [n][n_piece + 1]: [n_token][n_piece], rows of sum 1."""
    p = logits.softmax(-1)
    weights = [p[first:end, :-1].sum(0) for _, first, end in collapse(p.argmax(-1).numpy(), p.shape[-1] - 1)]
    return torch.stack([w / w.sum() for w in weights]) if weights else p.new_zeros(0, p.shape[-1] - 1)


class Match(nn.Module):
    """Means of the trunk's rows [b][N_HIDDEN2] to the space of all-MiniLM-L6-v2, of unit length."""

    def __init__(self, n_hidden: int = 512, n_embd: int = 384) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(N_HIDDEN2, n_hidden), nn.Linear(n_hidden, n_embd)

    def forward(self, means: Tensor, drop: float = 0.0) -> Tensor:
        x = functional.gelu(self.first(functional.dropout(means, drop, self.training)))
        return functional.normalize(self.second(functional.dropout(x, drop, self.training)), dim=-1)

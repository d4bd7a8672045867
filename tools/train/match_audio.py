# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Trains the head of match-audio on top of what hearing has learned: the mean of its last hidden layer over a sound, to where
all-MiniLM-L6-v2 has the text (contrastive, as CLIP, Radford et al. 2021)."""

from typing import List, Optional, Sequence, Tuple

import numpy
import torch
from torch import Tensor
from torch.nn import functional

from hearing_data import Utterance, vary
from hearing_net import Match, Trunk, batch_of

BATCH, N_EPOCH, RATE, DROP = 256, 20, 2e-3, 0.3
N_VARIED = 1                             # times that each utterance is heard, varied, besides as it is
SCALE = 20.0                             # of cosines, as logits


@torch.no_grad()
def means(trunk: Trunk, utterances: Sequence[Utterance], generator: Optional[numpy.random.Generator] = None) -> Tensor:
    """[n][N_HIDDEN2]; varied when there is a @generator."""
    trunk.eval()
    result: List[Tensor] = []
    for at in range(0, len(utterances), 16):
        rows = [u.states if generator is None else vary(u.states, generator) for u in utterances[at:at + 16]]
        states, live = batch_of(rows)
        result.append(trunk(states, live).sum(1) / live.sum(1, keepdim=True))
    return torch.cat(result)


def recall(sounds: Tensor, texts: Tensor) -> Tuple[float, float]:
    """How often the right text of all is nearest, and among the ten nearest."""
    cosines = sounds @ texts.T
    rank = (cosines > cosines.diagonal()[:, None]).sum(1)
    return float((rank < 1).float().mean()), float((rank < 10).float().mean())


def train(net: Match, sounds: Tensor, goals: Tensor, seed: int = 6) -> Match:
    """@sounds: means [n][N_HIDDEN2]; @goals: unit vectors of the texts."""
    generator = numpy.random.default_rng(seed)
    optimizer = torch.optim.AdamW(net.parameters(), RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, N_EPOCH)
    net.train()
    for _ in range(N_EPOCH):
        order = torch.from_numpy(generator.permutation(len(sounds)))
        for at in range(0, len(order) - BATCH + 1, BATCH):
            rows = order[at:at + BATCH]
            same = goals[rows] @ goals[rows].T > 0.999           # the same text twice is no contrast
            same.fill_diagonal_(False)
            logits = (SCALE * net(sounds[rows], DROP) @ goals[rows].T).masked_fill(same, -1e9)
            target = torch.arange(len(rows))
            loss = (functional.cross_entropy(logits, target) + functional.cross_entropy(logits.T, target)) / 2
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
    return net.eval()


def probe(sounds: Tensor, goals: Tensor, weight: float = 1.0) -> Tensor:
    """A linear map with offset by ridge regression, [n_in + 1][n_out]: what a linear probe has."""
    x = torch.cat([sounds, torch.ones(len(sounds), 1)], 1).double()
    return torch.linalg.solve(x.T @ x + weight * torch.eye(x.shape[1], dtype=torch.float64), x.T @ goals.double()).float()

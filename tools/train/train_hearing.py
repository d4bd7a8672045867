# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Trains what hears pieces of words in the states of Whisper's encoder: connectionist temporal classification (Graves et al. 2006)."""

import math
import os
import time
from typing import List, Sequence, Tuple

import numpy
import torch
from torch.nn import functional

from hearing_data import Utterance, batches, vary, word_error_rate
from hearing_net import Hearing, batch_of, collapse
from pieces import Pieces

STATES_A_BATCH = 2600        # 52 seconds
RATE, WARM_UP, DROP, WEIGHT_DECAY = 3e-3, 100, 0.1, 0.01


def hear(net: Hearing, pieces: Pieces, tokens: Sequence[int], utterances: Sequence[Utterance]) -> List[str]:
    """The words that the net's likeliest pieces spell, without a language model."""
    net.eval()
    heard = []
    with torch.no_grad():
        for at in range(0, len(utterances), 16):
            states, live = batch_of([u.states for u in utterances[at:at + 16]])
            best = net(states, live).argmax(-1).numpy()
            for row, n in zip(best, live.sum(1).tolist()):
                heard.append(pieces.decode([tokens[piece] for piece, _, _ in collapse(row[:n], len(tokens))]))
    return heard


def loss_of(net: Hearing, batch: Sequence[Utterance], targets: Sequence[List[int]], generator: numpy.random.Generator) -> torch.Tensor:
    states, live = batch_of([vary(u.states, generator) for u in batch])
    with torch.autocast("cpu", torch.bfloat16):                 # twice as fast where the processor has it
        logits = net(states, live, DROP)
    log_p = functional.log_softmax(logits.float(), -1).transpose(0, 1)
    lengths = torch.tensor([len(target) for target in targets])
    losses = functional.ctc_loss(log_p, torch.tensor([piece for target in targets for piece in target]), live.sum(1), lengths,
                                 blank=logits.shape[-1] - 1, reduction="none", zero_infinity=True)
    return losses.sum() / lengths.sum()


def train(net: Hearing, pieces: Pieces, tokens: Sequence[int], training: Sequence[Utterance], validation: Sequence[Utterance],
          n_epoch: int, checkpoint: str, seed: int = 6) -> Tuple[Hearing, float]:
    """Goes on from @checkpoint where there is one, and leaves the last epoch there. Word error rate on @validation."""
    number = {token: i for i, token in enumerate(tokens)}
    targets = {u.words: [number[token] for token in pieces.encode(u.words)] for u in training}
    optimizer = torch.optim.AdamW([p for p in net.parameters() if p.requires_grad], RATE, (0.9, 0.98), weight_decay=WEIGHT_DECAY)
    first, step, error = 0, 0, 1.0
    if os.path.exists(checkpoint):
        saved = torch.load(checkpoint)
        net.load_state_dict(saved["net"])
        optimizer.load_state_dict(saved["optimizer"])
        first, step, error = saved["epoch"], saved["step"], saved["error"]
    steps_an_epoch = sum(1 for _ in batches(training, STATES_A_BATCH, numpy.random.default_rng(seed)))
    for epoch in range(first, n_epoch):
        generator = numpy.random.default_rng([seed, epoch])
        began, total, n = time.time(), 0.0, 0
        net.train()
        for batch in batches(training, STATES_A_BATCH, generator):
            done = step / (n_epoch * steps_an_epoch)
            rate = RATE * min((step + 1) / WARM_UP, 0.5 * (1 + math.cos(math.pi * min(done, 1))) + 0.005)
            for group in optimizer.param_groups:
                group["lr"] = rate
            loss = loss_of(net, batch, [targets[u.words] for u in batch], generator)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            total, n, step = total + loss.item(), n + 1, step + 1
        heard = hear(net, pieces, tokens, validation)
        error = word_error_rate(heard, [u.words for u in validation])
        print(f"epoch {epoch + 1}/{n_epoch}: loss {total / n:.3f} a piece, word error rate {error:.3f} on validation, "
              f"{time.time() - began:.0f} s", flush=True)
        for h, u in list(zip(heard, validation))[:3]:
            print("   ", u.words, "|", h, flush=True)
        torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch + 1, "step": step, "error": error},
                   checkpoint + ".part")
        os.rename(checkpoint + ".part", checkpoint)
    return net, error

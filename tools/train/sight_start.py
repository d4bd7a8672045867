# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Where training of sight starts, in two steps.

What to say: for each kind an embedding from which the frozen language model reads that kind, learned through it without any picture. It
is shown mixtures of these embeddings, as uncertain as a linear probe is on concepts it has not seen (prefix tuning: Li and Liang 2021).
Who says it: the net, taught that the mean of its tokens is that embedding, with a little of the word's own embedding for the noun."""

import hashlib
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import chats
import sight
from smollm2 import SmolLM2
from pictures import Picture
from wordnet import KINDS

N_HIDDEN = 960
N_FOLDS = 4
RIDGE = 600.0
NOUN = 0.35           # how much the noun's own embedding counts beside the kind's
N_SAMPLED = 4         # tokens of a picture that a step sees


def kinds_of(members: list[Picture]) -> torch.Tensor:
    """The number of each one's kind, or -1."""
    return torch.tensor([list(KINDS).index(picture.kind) if picture.kind is not None else -1 for picture in members])


def posteriors(x: torch.Tensor, members: list[Picture]) -> torch.Tensor:
    """f32 [n][kinds]: what ridge regressions say of pictures @x [n][n_in] whose concepts they have not seen; all have a kind."""
    kind = kinds_of(members)
    shown = functional.one_hot(kind, len(KINDS)).float()
    fold = torch.tensor([int(hashlib.sha256(picture.concept.encode()).hexdigest()[:6], 16) % N_FOLDS for picture in members])
    said = torch.zeros_like(shown)
    for k in range(N_FOLDS):
        known = x[fold != k]
        mean, share = known.mean(0), shown[fold != k].mean(0)
        centred = known - mean
        gram = centred.T @ centred
        gram.diagonal().add_(RIDGE)
        said[fold == k] = (x[fold == k] - mean) @ torch.linalg.solve(gram, centred.T @ (shown[fold != k] - share)) + share
    scale = min(range(2, 40), key=lambda scale: float(functional.cross_entropy(said * scale, kind)))
    print(f"a linear probe names {float((said.argmax(1) == kind).float().mean()):.3f} of the kinds of concepts it has not seen", flush=True)
    return torch.softmax(said * scale, 1)


def learn_rows(chat: sight.Chat, p: torch.Tensor, members: list[Picture], seconds: float,
               check: Callable[[torch.Tensor], None]) -> torch.Tensor:
    """f32 [kinds][n_embd]: what tokens are to be. @p: posteriors() of @members. Ends by the clock."""
    words = sight.word_rows(chat.model, list(KINDS))
    rows, bias = nn.Parameter(words.clone()), nn.Parameter(torch.zeros(words.shape[1]))
    rates = (2e-2, 5e-3)
    optimizer = torch.optim.Adam([{"params": [rows]}, {"params": [bias]}])
    rng = np.random.default_rng(1)
    kind = kinds_of(members)
    start, step, mean, next_check = time.monotonic(), 0, None, 120.0
    while (passed := time.monotonic() - start) < seconds:
        for group, rate in zip(optimizer.param_groups, rates):
            group["lr"] = rate * min(1, (step + 1) / 10) * (0.55 + 0.45 * np.cos(np.pi * passed / seconds))
        chosen = rng.integers(len(members), size=12)
        n_tokens = sight.N_TOKENS if rng.random() < 0.1 else int(rng.choice([1, 4, 8]))
        sharper = torch.softmax(torch.log(p[chosen]) * torch.from_numpy(rng.uniform(0.7, 2, (12, 1))).float(), 1)
        tokens = (sharper @ rows + bias)[:, None].expand(-1, n_tokens, -1)
        tokens = tokens + torch.randn_like(tokens) * words.std() * 0.3
        # Half of the answers are the truth, half what the mixture says most.
        said = torch.where(torch.from_numpy(rng.random(12) < 0.5), kind[chosen], p[chosen].argmax(1)).tolist()
        branches = [[chat.branch(*chats.one(members[i]._replace(kind=list(KINDS)[k]), [], rng))] for i, k in zip(chosen, said)]
        loss, _ = chat.loss(tokens, branches)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        mean = float(loss) if mean is None else 0.95 * mean + 0.05 * float(loss)
        if step % 20 == 0:
            print(f"rows step {step}: loss {mean:.3f}, {passed:.0f} s", flush=True)
        if passed > next_check:
            next_check += 120
            check((rows + bias).detach())
    return (rows + bias).detach()


def new_net(n_embd: int, views: list[tuple[torch.Tensor, list[Picture]]], rows: torch.Tensor) -> sight.Connector:
    """A net whose first layer brings features to mean 0 and a common size."""
    some = torch.cat([x[::16].float() for x, _ in views])
    mean = torch.cat([some[:, :, 1:].mean((0, 2)).flatten(), some[:, :, 0].mean(0).flatten()])
    deviation = float((some - some.mean((0, 2), keepdim=True)).std())
    net = sight.Connector(list(range(some.shape[1])), N_HIDDEN, n_embd)
    net.mean = mean
    with torch.no_grad():
        net.mlp[0].weight.div_(deviation)
        net.mlp[0].bias.sub_(net.mlp[0].weight @ mean)
        net.mlp[2].bias.copy_(rows.mean(0))
    return net


def learn_net(net: sight.Connector, model: SmolLM2, views: list[tuple[torch.Tensor, list[Picture]]], rows: torch.Tensor, seconds: float,
              check: Callable[[sight.Connector], None]) -> None:
    """Teaches @net that its tokens lie near @rows, of @views: features [n][layers][65][384] and their pictures. Ends by the clock."""
    members = [picture for _, pictures in views for picture in pictures]
    kind = kinds_of(members)
    noun_number = {noun: i for i, noun in enumerate(sorted({picture.noun for picture in members}))}
    nouns = sight.word_rows(model, [noun.replace("_", " ") for noun in noun_number])
    noun = torch.tensor([noun_number[picture.noun] for picture in members])
    with_kind = torch.nonzero(kind >= 0).flatten()
    first = np.cumsum([0] + [len(x) for x, _ in views])
    scale = nn.Parameter(torch.tensor(2.0))
    optimizer = torch.optim.AdamW([{"params": net.parameters(), "weight_decay": 0.05}, {"params": [scale], "weight_decay": 0.0}])
    net.dropout = 0.2
    start, step, average, next_check = time.monotonic(), 0, None, 240.0
    generator = torch.Generator().manual_seed(4)
    while (passed := time.monotonic() - start) < seconds:
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * min(1, (step + 1) / 30) * (0.5 + 0.5 * np.cos(np.pi * passed / seconds))
        chosen = with_kind[torch.randint(len(with_kind), (128,), generator=generator)]
        places = torch.sort(torch.randperm(sight.N_TOKENS, generator=generator)[:N_SAMPLED])[0]
        x = torch.stack([views[k][0][i - first[k]][:, torch.cat([torch.zeros(1, dtype=torch.long), 1 + places])]
                         for i in chosen.tolist() for k in [int(np.searchsorted(first, i, "right")) - 1]])
        tokens = net(x, torch.arange(N_SAMPLED))
        one = tokens.mean(1)
        wanted = rows[kind[chosen]] + NOUN * nouns[noun[chosen]]
        length = rows.norm(dim=1).mean()
        near = -torch.cdist(one, rows).square() / length ** 2 * scale.exp()
        loss = functional.cross_entropy(near, kind[chosen], label_smoothing=0.1) + (one - wanted).square().sum(1).mean() / length ** 2 \
            + 0.2 * (tokens - wanted[:, None]).square().sum(2).mean() / length ** 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        average = float(loss) if average is None else 0.98 * average + 0.02 * float(loss)
        if step % 50 == 0:
            print(f"net step {step}: loss {average:.3f}, {passed:.0f} s", flush=True)
        if passed > next_check:
            next_check += 240
            check(net)

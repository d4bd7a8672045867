#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Trains the connector sight-smollm2, in two stages.

    tools/train/train_sight.py FOLDER SMOLLM2.gguf start|chats [--minutes 35]

FOLDER is what make-features.py filled. "start" needs no language model but its table of embeddings (sight_start.py); "chats" goes
through the whole of it, frozen, from FOLDER/sight.pt on. Both write FOLDER/sight.pt."""

import argparse
import os
import re
import time

import numpy as np
import torch

import chats
import dataset
import features
import sight
import sight_start
from smollm2 import SmolLM2
from pictures import Picture
from wordnet import KINDS

QUESTION = chats.CAPTION[0]


def read_features(folder: str, name: str) -> torch.Tensor:
    """f16 [n][layers][65][384], every state normalized for itself as sen-connector.h has it."""
    path = os.path.join(folder, "features", name)
    return torch.from_numpy(np.array(features.load(path)))


def kind_said(text: str) -> str | None:
    """The kind that a caption names: whichever stands first in it, the longer where two begin together."""
    found = re.search(r"\b(" + "|".join(sorted(KINDS, key=len, reverse=True)) + r")(e?s)?\b", text.lower())
    return found[1] if found else None


def named_rightly(chat: sight.Chat, connector: sight.Connector, x: torch.Tensor, members: list[Picture], report: int = 0) -> float:
    """Share of the pictures with a kind whose caption, through the language model, names it."""
    connector.eval()
    rows = [i for i, picture in enumerate(members) if picture.kind is not None]
    said = []
    with torch.no_grad():
        for start in range(0, len(rows), 32):
            said += chat.answer(connector(x[rows[start:start + 32]]), QUESTION, 14)
    for i, text in list(zip(rows, said))[:report]:
        print(f"    {members[i].noun} ({members[i].kind}): {text}", flush=True)
    connector.train()
    return float(np.mean([kind_said(text) == members[i].kind for i, text in zip(rows, said)]))


class Words:
    """What tokens are to lie near: the words of kinds, and of nouns."""

    def __init__(self, model: SmolLM2, members: list[Picture]) -> None:
        nouns = sorted({picture.noun.replace("_", " ") for picture in members} | set(KINDS))
        self.number = {noun: i for i, noun in enumerate(nouns)}
        self.rows = sight.word_rows(model, nouns)
        self.noun = torch.tensor([self.number[picture.noun.replace("_", " ")] for picture in members])
        self.kind = torch.tensor([self.number[picture.kind or picture.noun.replace("_", " ")] for picture in members])


def chats_stage(connector: sight.Connector, chat: sight.Chat, words: Words, x: torch.Tensor, members: list[Picture],
                drawn: list[list[str]], seconds: float, check) -> None:
    """@drawn: the colours of each picture. Ends by the clock; the rate falls with it. The language model mostly reads some of the
    tokens only, which is cheaper; what the words stage learned is kept up beside it."""
    optimizer = torch.optim.AdamW(connector.parameters(), lr=3e-4, weight_decay=0.02)
    connector.dropout = 0.1
    rng = np.random.default_rng(3)
    with_kind = [i for i, picture in enumerate(members) if picture.kind is not None]
    start = time.monotonic()
    step, mean, next_check = 0, None, 300.0
    while (passed := time.monotonic() - start) < seconds:
        for group in optimizer.param_groups:
            group["lr"] = 3e-4 * min(1, (step + 1) / 20) * (0.5 + 0.5 * np.cos(np.pi * passed / seconds))
        rows = torch.from_numpy(rng.choice(with_kind if rng.random() < 0.8 else len(x), size=8))
        n_seen = sight.N_TOKENS if rng.random() < 0.15 else 8
        chosen = torch.from_numpy(np.sort(rng.permutation(sight.N_TOKENS)[:n_seen]))
        branches = [[chat.branch(*pair) for pair in chats.make(members[i], drawn[i], rng, 2)] for i in rows.tolist()]
        loss, _ = chat.loss(connector(x[rows], chosen), branches)
        others = torch.from_numpy(rng.integers(len(x), size=64))
        beside = sight.word_loss(connector(x[others], chosen[:8]), words.rows, words.kind[others])
        optimizer.zero_grad()
        (loss + 0.1 * beside).backward()
        optimizer.step()
        step += 1
        mean = float(loss) if mean is None else 0.95 * mean + 0.05 * float(loss)
        if step % 10 == 0:
            print(f"chats step {step}: loss {mean:.3f}, {passed:.0f} s", flush=True)
        if passed > next_check:
            next_check += 300
            check()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("model")
    parser.add_argument("stage", choices=["start", "chats"])
    parser.add_argument("--minutes", type=float, default=35)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.manual_seed(2)
    torch.set_num_threads(args.threads)
    parts = dataset.read(os.path.join(args.folder, "sources"))
    x, validation = read_features(args.folder, "training-0.f16"), read_features(args.folder, "validation-0.f16")
    model = SmolLM2(args.model, torch.bfloat16)
    kept = os.path.join(args.folder, "sight.pt")
    if args.stage == "start":
        connector = sight_start.build(model, x, parts["training"])
    else:
        state = torch.load(kept)
        connector = sight.Connector(list(range(len(features.LAYERS))), len(state["mlp.0.bias"]), model.n_embd)
        connector.load_state_dict(state)
    some = list(range(0, len(parts["validation"]), 8))
    members = [parts["validation"][i] for i in some]

    def save() -> None:
        torch.save(connector.state_dict(), kept + ".part")
        os.rename(kept + ".part", kept)

    def check() -> None:
        save()
        print(f"  kind named rightly on {len(members)} of validation: "
              f"{named_rightly(chat, connector, validation[some], members, 4):.3f}", flush=True)

    if args.stage == "start":
        save()
    else:
        chat = sight.Chat(model)
        chats_stage(connector, chat, Words(model, parts["training"]), x, parts["training"],
                    chats.all_colours(args.folder, parts["training"]), 60 * args.minutes, check)
        check()


if __name__ == "__main__":
    main()

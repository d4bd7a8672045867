#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Trains the connector sight-smollm2, in three stages.

    tools/train/train_sight.py FOLDER SMOLLM2.gguf rows|net|chats [--minutes 20]

FOLDER is what make-features.py filled. "rows" learns what the language model reads as a kind and writes FOLDER/rows.pt; "net" learns to
say that of a picture (sight_start.py); "chats" goes through the frozen language model from there on. The last two write FOLDER/sight.pt."""

import argparse
import os
import re
import time
from collections.abc import Callable

import numpy as np
import torch

import chats
import dataset
import features
import sight
import sight_start
from match_image import pooled
from smollm2 import SmolLM2
from pictures import Picture
from wordnet import KINDS

QUESTION = chats.CAPTION[0]
View = tuple[torch.Tensor, list[Picture]]


def read_features(folder: str, name: str) -> torch.Tensor:
    """f16 [n][layers][65][384], every state normalized for itself as sen-connector.h has it; of sight.LAYERS."""
    kept = [features.LAYERS.index(layer) for layer in sight.LAYERS]
    states = features.load(os.path.join(folder, "features", name))
    result = torch.empty(len(states), len(kept), *features.SHAPE[1:], dtype=torch.float16)
    for i, state in enumerate(states):
        result[i] = torch.from_numpy(state[kept])
    return result


def read_views(folder: str, parts: dict[str, list[Picture]]) -> list[View]:
    """All views of training pictures that there are."""
    views = []
    for part in ("training", "more"):
        for view in (0, 1):
            if os.path.exists(os.path.join(folder, "features", f"{part}-{view}.f16")):
                x = read_features(folder, f"{part}-{view}.f16")
                views.append((x, parts[part][:len(x)]))
    return views


def kind_said(text: str) -> str | None:
    """The kind that a caption names: whichever stands first in it, the longer where two begin together."""
    found = re.search(r"\b(" + "|".join(sorted(KINDS, key=len, reverse=True)) + r")(e?s)?\b", text.lower())
    return found[1] if found else None


def named_rightly(chat: sight.Chat, tokens: torch.Tensor, members: list[Picture], report: int = 0) -> float:
    """Share of @members whose caption, written by the language model behind @tokens [n][64][n_embd], names their kind."""
    said = []
    for start in range(0, len(members), 32):
        said += chat.answer(tokens[start:start + 32], QUESTION, 14)
    for picture, text in list(zip(members, said))[:report]:
        print(f"    {picture.noun} ({picture.kind}): {text}", flush=True)
    return float(np.mean([kind_said(text) == picture.kind for text, picture in zip(said, members)]))


def chats_stage(connector: sight.Connector, chat: sight.Chat, views: list[View], colours: dict[str, list[str]], seconds: float,
                check: Callable[[sight.Connector], None]) -> None:
    """@colours: of each picture by its id, where they are known. Ends by the clock; the rate falls with it. The language model mostly
    reads some of the tokens only, which is cheaper."""
    # All hidden units move a token together, so that their rates are small; the bias alone is what all tokens share.
    rates = (4e-5, 3e-3)
    others = [parameter for name, parameter in connector.named_parameters() if name != "mlp.2.bias"]
    optimizer = torch.optim.AdamW([{"params": others}, {"params": [connector.mlp[2].bias]}], weight_decay=0.0)
    connector.dropout = 0.05
    rng = np.random.default_rng(3)
    known = [[i for i, picture in enumerate(members) if picture.kind is not None] for _, members in views]
    share = np.array([len(rows) for rows in known]) / sum(len(rows) for rows in known)
    start = time.monotonic()
    step, mean, next_check = 0, None, 300.0
    while (passed := time.monotonic() - start) < seconds:
        for group, rate in zip(optimizer.param_groups, rates):
            group["lr"] = rate * min(1, (step + 1) / 10) * (0.5 + 0.5 * np.cos(np.pi * passed / seconds))
        chosen = [(k, int(rng.choice(known[k]))) for k in rng.choice(len(views), size=12, p=share).tolist()]
        n_seen = sight.N_TOKENS if rng.random() < 0.1 else 8
        places = torch.from_numpy(np.sort(rng.permutation(sight.N_TOKENS)[:n_seen]))
        members = [views[k][1][i] for k, i in chosen]
        branches = [[chat.branch(*chats.one(picture, colours.get(picture.id, []), rng))] for picture in members]
        loss, _ = chat.loss(connector(torch.stack([views[k][0][i] for k, i in chosen]), places), branches)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        mean = float(loss) if mean is None else 0.95 * mean + 0.05 * float(loss)
        if step % 10 == 0:
            print(f"chats step {step}: loss {mean:.3f}, {passed:.0f} s", flush=True)
        if passed > next_check:
            next_check += 300
            check(connector)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("model")
    parser.add_argument("stage", choices=["rows", "net", "chats"])
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--check", type=int, default=4, help="looks at every so manieth picture of the validation part")
    args = parser.parse_args()
    torch.manual_seed(2)
    torch.set_num_threads(args.threads)
    parts = dataset.read(os.path.join(args.folder, "sources"))
    model = SmolLM2(args.model, torch.bfloat16)
    chat = sight.Chat(model)
    of_rows, kept = os.path.join(args.folder, "rows.pt"), os.path.join(args.folder, "sight.pt")
    some = [i for i, picture in enumerate(parts["validation"]) if picture.kind is not None][::args.check]
    members = [parts["validation"][i] for i in some]

    if args.stage == "rows":
        means = {part: torch.from_numpy(pooled(os.path.join(args.folder, "features", part + "-0.f16"))).flatten(1)
                 for part in ("training", "more")}
        both = [(x, picture) for part in means for x, picture in zip(means[part], parts[part]) if picture.kind is not None]
        pictures = [picture for _, picture in both]
        p = sight_start.posteriors(torch.stack([x for x, _ in both]), pictures)

        def look(rows: torch.Tensor) -> None:
            torch.save(rows, of_rows)
            right = named_rightly(chat, rows[:, None].expand(-1, sight.N_TOKENS, -1), [pictures[0]._replace(kind=kind) for kind in KINDS])
            print(f"  rows read as the kind: {right:.2f}", flush=True)

        look(sight_start.learn_rows(chat, p, pictures, 60 * args.minutes, look))
        return

    views = read_views(args.folder, parts)
    validation = read_features(args.folder, "validation-0.f16")[some]

    def check(net: sight.Connector) -> None:
        torch.save({**net.state_dict(), "mean": net.mean}, kept + ".part")
        os.rename(kept + ".part", kept)
        net.eval()
        with torch.no_grad():
            right = named_rightly(chat, net(validation), members, 4)
        net.train()
        print(f"  kind named rightly on {len(members)} of validation: {right:.3f}", flush=True)

    rows = torch.load(of_rows)
    if os.path.exists(kept):
        state = torch.load(kept)
        net = sight.Connector(list(range(len(sight.LAYERS))), len(state["mlp.0.bias"]), model.n_embd)
        net.mean = state.pop("mean")
        net.load_state_dict(state)
    else:
        net = sight_start.new_net(model.n_embd, views, rows)
    if args.stage == "net":
        sight_start.learn_net(net, model, views, rows, 60 * args.minutes, check)
    else:
        chats_stage(net, chat, views, chats.all_colours(args.folder, parts["training"]), 60 * args.minutes, check)
    check(net)


if __name__ == "__main__":
    main()

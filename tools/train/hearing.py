#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Makes data/models/hearing-smollm2.gguf and match-audio.gguf, and their scores:

    tools/train/hearing.py FOLDER BUILD MODELS [STAGE…]

FOLDER (3 GB) receives sources, states, checkpoints and scores.json; BUILD is a build with tests; MODELS holds whisper-base,
smollm2-135m-instruct.gguf and all-minilm-l6-v2. Stages, in order, all without any: sources, states, hear, match, write, golden,
words, score. Each goes on where it was stopped, and is done in less than 75 minutes on two cores. Needs espeak-ng, flite, ffmpeg,
python3-torch, python3-scipy and, from PyPI, gguf, safetensors, tokenizers."""

import json
import os
import struct
import subprocess
import sys
from typing import List

import numpy
import torch

import connector_file
import human
import match_audio
import scores
import speech
from hearing_data import Utterance, load
from hearing_net import EPS, N_HIDDEN, N_HIDDEN2, N_STACK, N_STATE, N_TAP, Hearing, Match, batch_of, heard_weights
from minilm import MiniLM
from pieces import Pieces
from sentences import Sentences
from train_hearing import train

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(os.path.dirname(os.path.dirname(HERE)), "data/models")
DEBIAN = ["wordnet-base", "tuxpaint-stamps-default"]
# Windows of each part, and how many sentences are set aside for one: one of them is as a person would say it to the program.
WINDOWS = {"training": (295, 16), "validation": (97, 1), "test": (100, 1), "testpack": (42, 16)}
N_EPOCH = 11
N_GOLDEN = 50                # states: a second
N_AT_LEAST = 120             # a piece is in so many of the 44,000 sentences of training


class Work:
    def __init__(self, folder: str, build: str, models: str) -> None:
        self.folder, self.states = folder, os.path.join(folder, "states")
        self.build, self.models = build, models
        self.language_model = os.path.join(models, "smollm2-135m-instruct.gguf")
        self.split = os.path.join(DATA, "split.json")

    def path(self, name: str) -> str:
        return os.path.join(self.folder, name)

    def stamps(self) -> str:
        return self.path("tuxpaint-stamps-default/usr/share/tuxpaint/stamps")

    def sentences(self) -> dict:
        return Sentences(self.path("wordnet-base/usr/share/wordnet"), self.split).all()

    def pieces(self) -> tuple:
        """The language model's pieces and the ids of those that are heard."""
        pieces = Pieces(self.language_model)
        if not os.path.exists(self.path("tokens.json")):
            tokens = pieces.keep([sentence.words for sentence in self.sentences()["training"]], N_AT_LEAST)
            with open(self.path("tokens.json"), "w", encoding="utf-8") as file:
                json.dump(tokens, file)
        with open(self.path("tokens.json"), encoding="utf-8") as file:
            tokens = json.load(file)
        pieces.allow(tokens)
        return pieces, tokens

    def utterances(self, part: str) -> List[Utterance]:
        return load(self.states, part, WINDOWS.get(part, (1 << 30, 1))[0])

    def goals(self, part: str, utterances: List[Utterance]) -> torch.Tensor:
        """all-MiniLM-L6-v2's vectors of what is said."""
        path = self.path(f"goals-{part}.pt")
        if not os.path.exists(path):
            torch.save(MiniLM(os.path.join(self.models, "all-minilm-l6-v2")).embed([u.words for u in utterances]), path)
        return torch.load(path)

    def hearing(self) -> Hearing:
        net = Hearing(len(self.pieces()[1]))
        net.load_state_dict(torch.load(self.path("hearing.pt"))["net"])
        return net.eval()

    def match(self) -> Match:
        net = Match()
        net.load_state_dict(torch.load(self.path("match.pt")))
        return net.eval()


def sources(work: Work) -> None:
    for name in DEBIAN:
        if not os.path.isdir(work.path(name)):
            subprocess.run(["apt-get", "-qq", "download", name], cwd=work.folder, check=True, stdout=subprocess.DEVNULL)
            package = next(file for file in os.listdir(work.folder) if file.startswith(name + "_"))
            subprocess.run(["dpkg-deb", "-x", package, name + ".part"], cwd=work.folder, check=True)
            os.rename(work.path(name + ".part"), work.path(name))


def states(work: Work) -> None:
    with open(work.split, encoding="utf-8") as file:
        split = json.load(file)
    sentences = work.sentences()
    encoder = speech.Encoder(os.path.join(work.build, "tests/audio/whisper-states"), os.path.join(work.models, "whisper-base"))
    first = 0
    for part, (n_window, per_window) in WINDOWS.items():
        first = first if part == "testpack" else 0               # goes on behind the sentences of test
        speech.make_part(work.states, part, n_window, per_window, sentences[speech.voices_part(part)][first:], split, encoder)
        first += n_window * per_window
    human.make_part(work.states, work.stamps(), encoder)


def hear(work: Work) -> None:
    torch.manual_seed(6)
    pieces, tokens = work.pieces()
    training = work.utterances("training")
    net = Hearing(len(tokens))
    net.trunk.standardize(torch.from_numpy(numpy.concatenate([u.states[::8] for u in training]).astype("f4")))
    train(net, pieces, tokens, training, work.utterances("validation")[:60], N_EPOCH, work.path("hearing.pt"))


def match(work: Work) -> None:
    torch.manual_seed(6)
    trunk, utterances = work.hearing().trunk, work.utterances("training")
    generator = numpy.random.default_rng(6)
    sounds = [match_audio.means(trunk, utterances)]
    sounds += [match_audio.means(trunk, utterances, generator) for _ in range(match_audio.N_VARIED)]
    goals = work.goals("training", utterances).repeat(len(sounds), 1)
    net = match_audio.train(Match(), torch.cat(sounds), goals)
    spoken = work.utterances("validation")
    found = match_audio.recall(net(match_audio.means(trunk, spoken)).detach(), work.goals("validation", spoken))
    print(f"recall among {len(spoken)} of validation: {found[0]:.3f} first, {found[1]:.3f} among ten")
    torch.save(net.state_dict(), work.path("match.pt"))


def write(work: Work) -> None:
    hearing, net = work.hearing(), work.match()
    _, tokens = work.pieces()
    trunk = {"norm": hearing.trunk.norm, "mlp.0": hearing.trunk.first, "mlp.1": hearing.trunk.second}
    keys = {"version": 1, "encoder": "whisper-base", "n_feature": N_STATE, "n_stack": N_STACK, "n_hidden": N_HIDDEN, "n_tap": N_TAP,
            "n_hidden2": N_HIDDEN2, "norm_eps": EPS}

    def tensors(layers: dict) -> dict:
        return {f"{name}.{part}": value.detach().numpy() for name, layer in layers.items() for part, value in layer.named_parameters()}

    connector_file.write(os.path.join(DATA, "hearing-smollm2.gguf"), "hearing-smollm2",
                         "What Whisper base hears, as pieces of words for SmolLM2-135M-Instruct (data/models/hearing.md)",
                         {**keys, "kind": "hearing", "language_model": "smollm2-135m-instruct", "tokens": tokens, "before": scores.BEFORE,
                          "after": scores.AFTER, "with_words": True}, tensors({**trunk, "mlp.2": hearing.pieces}))
    connector_file.write(os.path.join(DATA, "match-audio.gguf"), "match-audio",
                         "What is said, by Whisper base, in the space of all-MiniLM-L6-v2 (data/models/hearing.md)",
                         {**keys, "kind": "match-audio", "language_model": "all-minilm-l6-v2", "n_embd": 384,
                          "n_hidden3": net.first.out_features, "scale": match_audio.SCALE},
                         tensors({**trunk, "head.0": net.first, "head.2": net.second}))


def golden(work: Work) -> None:
    """Some speech of validation and what the files, as rounded, make of it: for tests/fusion/test-trained-sound.c."""
    net, matching = work.hearing(), work.match()
    scores.round_weights(net)
    scores.round_weights(matching)
    states = work.utterances("validation")[1].states[:N_GOLDEN]
    with torch.no_grad():
        rows, live = batch_of([states])
        weights = heard_weights(net(rows, live)[0])
        matched = matching(net.trunk(rows, live).mean(1))[0]
    with open(os.path.join(os.path.dirname(os.path.dirname(DATA)), "tests/data/audio/heard.golden"), "wb") as file:
        file.write(struct.pack("<4I", len(states), weights.shape[1], len(weights), len(matched)) + states.tobytes()
                   + weights.numpy().tobytes() + matched.numpy().tobytes())


def words(work: Work) -> None:
    """What Whisper itself writes down."""
    for part in ("test", "human"):
        sounds = sorted({u.path + ".wav" for u in work.utterances(part)})
        command = [os.path.join(work.build, "src/cli/sensorium-cli"), "transcribe", "--model", os.path.join(work.models, "whisper-base"),
                   "--device", "cpu", "--language", "en", "--beam", "1", "--no-vad", "--afresh", "--json", *sounds]
        helper = os.path.join(work.build, "src/decode-helper/sensorium-decode")
        with open(work.path(f"transcripts-{part}.jsonl.part"), "wb") as file:
            subprocess.run(command, check=True, stdout=file, env={**os.environ, "SENSORIUM_DECODE_HELPER": helper})
        os.rename(work.path(f"transcripts-{part}.jsonl.part"), work.path(f"transcripts-{part}.jsonl"))


def score(work: Work) -> None:
    scores.run(work)


STAGES = {stage.__name__: stage for stage in (sources, states, hear, match, write, golden, words, score)}


def main() -> None:
    if len(sys.argv) < 4 or not set(sys.argv[4:]) <= set(STAGES):
        raise SystemExit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", len(os.sched_getaffinity(0)))))
    for name in sys.argv[4:] or STAGES:
        STAGES[name](Work(*sys.argv[1:4]))


main()

# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Scores of hearing-smollm2 and match-audio on the test part of data/models/split.json, beside chance, a linear probe and Whisper's own
transcripts ("through words"). Weights are those of the files, rounded to Q8_0."""

import copy
import json
from typing import Dict, List, Sequence, Tuple

import torch
from torch import Tensor, nn

import match_audio
from connector_file import round_to_q8_0
from hearing_data import Utterance, word_error_rate
from hearing_net import N_STACK, N_STATE, Hearing, Trunk, batch_of, heard_weights
from pieces import Pieces
from smollm2 import SmolLM2
from train_hearing import hear, train

PROBE_EPOCHS = 6
BEFORE, AFTER = 'Spoken: "', '"\n'      # around what is heard, in the files too
EXAMPLES = ("how many birds are in the tree", "the old captain wrote a letter to his brother", "describe the electron microscope")
USER, ASSISTANT, END = "<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n", "<|im_end|>\n"
QUESTION = "What was said?"
ASK = "".join(f'{USER}{BEFORE}{words}{AFTER}{QUESTION}{ASSISTANT}"{words}"{END}' for words in EXAMPLES) + USER + BEFORE
THEN = f'{AFTER}{QUESTION}{ASSISTANT}"'
N_ANSWER = 28                # tokens
N_REPEATED = 50


class Probe(nn.Module):
    """The pieces by one linear layer on the same states: what is in them without any net."""

    def __init__(self, trunk: Trunk, n_piece: int) -> None:
        super().__init__()
        self.norm = copy.deepcopy(trunk.norm).requires_grad_(False)
        self.pieces = nn.Linear(N_STACK * N_STATE, n_piece + 1)

    def forward(self, states: Tensor, live: Tensor, drop: float = 0.0) -> Tensor:
        return self.pieces(self.norm(states).reshape(states.shape[0], -1, N_STACK * N_STATE))


def round_weights(net: nn.Module) -> None:
    with torch.no_grad():
        for weights in net.parameters():
            if weights.ndim == 2:
                weights.copy_(torch.tensor(round_to_q8_0(weights.numpy())))


@torch.no_grad()
def embeddings(net: Hearing, table: Tensor, utterances: Sequence[Utterance]) -> List[Tensor]:
    """What the language model reads of each."""
    result = []
    for u in utterances:
        states, live = batch_of([u.states])
        result.append(heard_weights(net(states, live)[0]) @ table)
    return result


def repeat(lm: SmolLM2, heard: Sequence[Tensor]) -> List[str]:
    """What the language model writes down when it reads @heard behind examples."""
    answers = [""] * len(heard)
    before, after = lm.read(lm.embed(ASK)), lm.embed(THEN)
    for length in sorted({len(rows) for rows in heard}):
        alike = [i for i in range(len(heard)) if len(heard[i]) == length]
        for i, answer in zip(alike, lm.answer(before, [torch.cat([heard[i], after]) for i in alike], N_ANSWER)):
            answers[i] = answer.partition('"')[0].partition("\n")[0]
    return answers


def transcripts(path: str) -> List[str]:
    """Whisper's, of the first windows, one object of `sensorium-cli transcribe --json` a line."""
    with open(path, encoding="utf-8") as file:
        return [json.loads(line)["text"].strip() for line in file]


def hearing_scores(net: Hearing, probe: Probe, lm: SmolLM2, pieces: Pieces, tokens: Sequence[int], utterances: Sequence[Utterance],
                   words: Sequence[str]) -> Dict[str, Tuple[float, int]]:
    """Word error rates, and over how many sentences. The language model repeats the first N_REPEATED only, as it takes long here."""
    said = [u.words for u in utterances]
    some = utterances[:N_REPEATED]
    heard = embeddings(net, lm.table[torch.tensor(list(tokens))], some)
    spelled = hear(net, pieces, tokens, utterances)

    def rate(texts: Sequence[str]) -> Tuple[float, int]:
        return round(word_error_rate(texts, said[:len(texts)]), 3), len(texts)

    def as_words(texts: Sequence[str]) -> List[Tensor]:
        return [lm.embed(" " + " ".join(text.split())) for text in texts[:N_REPEATED]]

    return {"repeated by the language model": rate(repeat(lm, heard)),
            "pieces, spelled out": rate(spelled), "pieces spelled out and read as words, repeated": rate(repeat(lm, as_words(spelled))),
            "linear probe, spelled out": rate(hear(probe, pieces, tokens, utterances)),
            "chance: another recording repeated": rate(repeat(lm, heard[1:] + heard[:1])),
            "the right pieces repeated": rate(repeat(lm, [lm.table[torch.tensor(pieces.encode(u.words))] for u in some])),
            "Whisper's transcript": rate(words), "Whisper's transcript repeated": rate(repeat(lm, as_words(words)))}


def run(work) -> None:
    torch.manual_seed(6)
    pieces, tokens = work.pieces()
    net, match, training = work.hearing(), work.match(), work.utterances("training")
    probe, _ = train(Probe(net.trunk, len(tokens)), pieces, tokens, training, work.utterances("validation")[:20], PROBE_EPOCHS,
                     work.path("probe.pt"))
    chance_map = match_audio.probe(mean_states(training), work.goals("training", training))
    round_weights(net)
    round_weights(match)
    lm = SmolLM2(work.language_model, torch.bfloat16)
    result = {}
    for part in ("test", "human"):
        utterances = work.utterances(part)
        result[part] = hearing_scores(net, probe, lm, pieces, tokens, utterances, transcripts(work.path(f"transcripts-{part}.jsonl")))
    spoken = work.utterances("test") + work.utterances("testpack")
    goals = work.goals("test", spoken)
    linear = nn.functional.normalize(torch.cat([mean_states(spoken), torch.ones(len(spoken), 1)], 1) @ chance_map, dim=-1)
    found = match_audio.recall(match(match_audio.means(net.trunk, spoken)).detach(), goals)
    result["match"] = {"n": len(spoken), "match-audio": found, "linear probe": match_audio.recall(linear, goals),
                       "chance": (1 / len(spoken), 10 / len(spoken))}
    with open(work.path("scores.json"), "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
    print(json.dumps(result, indent=1))


def mean_states(utterances: Sequence[Utterance]) -> Tensor:
    return torch.stack([torch.from_numpy(u.states.astype("f4")).mean(0) for u in utterances])

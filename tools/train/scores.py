# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Scores of hearing-smollm2 and match-audio on the test part of data/models/split.json, beside chance, a linear probe and Whisper's own
transcripts ("through words"). Weights are those of the files, rounded to Q8_0."""

import copy
import json
from typing import Callable, List, Sequence

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
    """What the language model writes down when it reads @heard between examples."""
    answers: List[str] = []
    before, after = lm.embed(ASK), lm.embed(THEN)
    order = sorted(range(len(heard)), key=lambda i: len(heard[i]))
    for at in range(0, len(order), 16):
        prompts = [torch.cat([before, heard[i], after]) for i in order[at:at + 16]]
        answers += [answer.partition('"')[0].partition("\n")[0] for answer in lm.answer(prompts, N_ANSWER)]
    return [answers[order.index(i)] for i in range(len(order))]


def transcripts(path: str) -> List[str]:
    """Whisper's, as `sensorium-cli transcribe --language en --json` gave them for the windows in order, one object a line."""
    with open(path, encoding="utf-8") as file:
        return [json.loads(line)["text"].strip() for line in file]


def hearing_scores(net: Hearing, probe: Probe, lm: SmolLM2, pieces: Pieces, tokens: Sequence[int], utterances: Sequence[Utterance],
                   words: Sequence[str]) -> dict:
    said = [u.words for u in utterances]
    rate: Callable[[Sequence[str]], float] = lambda heard: round(word_error_rate(heard, said), 3)
    heard = embeddings(net, lm.table[torch.tensor(list(tokens))], utterances)
    others = heard[1:] + heard[:1]
    as_text = [lm.table[torch.tensor(pieces.encode(sentence))] for sentence in said]
    through_words = [lm.table[torch.tensor(lm.encode(" " + " ".join(text.split())) or [lm.end])] for text in words]
    return {"n": len(said), "repeated by the language model": rate(repeat(lm, heard)),
            "pieces, spelled out": rate(hear(net, pieces, tokens, utterances)),
            "linear probe, spelled out": rate(hear(probe, pieces, tokens, utterances)),
            "chance: another recording repeated": rate(repeat(lm, others)),
            "the right pieces repeated": rate(repeat(lm, as_text)), "Whisper's transcript": rate(words),
            "Whisper's transcript repeated": rate(repeat(lm, through_words))}


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

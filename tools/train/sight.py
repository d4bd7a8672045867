# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""The connector that brings pictures into SmolLM2's embedding space: 64 tokens through one network of two layers.

Where it starts: sight_start.py. Then it is trained through the frozen language model: the likelihood of answers to short questions (as
LLaVA does it: Liu et al. 2023)."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

import features
from smollm2 import Cache, SmolLM2, causal

SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
# Words around them: a model that has never seen takes what comes for words that are listed.
BEFORE, AFTER = "Picture:", "\n"
END = "<|im_end|>"
N_TOKENS = 64
LAYERS = [8, 9, 10, 11]      # states that are read, some of features.LAYERS


class Connector(nn.Module):
    def __init__(self, layers: list[int], n_hidden: int, n_embd: int) -> None:
        super().__init__()
        self.layers = layers      # positions in LAYERS
        n_in = 2 * len(layers) * features.N_EMBD
        self.mlp = nn.Sequential(nn.Linear(n_in, n_hidden), nn.GELU(), nn.Linear(n_hidden, n_embd))
        self.dropout = 0.0
        self.mean = torch.zeros(n_in)      # of features; what dropout leaves of them

    def forward(self, x: torch.Tensor, chosen: torch.Tensor | None = None) -> torch.Tensor:
        """f32 [n][64 or as many as @chosen][n_embd] of features [n][layers][65][384]."""
        x = x[:, self.layers].float()
        patches = x[:, :, 1:] if chosen is None else x[:, :, 1 + chosen]
        n, n_layers, length, width = patches.shape
        grid = patches.transpose(1, 2).reshape(n, length, n_layers * width)
        whole = x[:, :, 0].reshape(n, 1, n_layers * width)
        if self.training and self.dropout > 0:
            local, overall = self.mean[:n_layers * width], self.mean[n_layers * width:]
            grid, whole = (m + functional.dropout(part - m, self.dropout) for part, m in ((grid, local), (whole, overall)))
        # The product with the class token is the same for all: once.
        w, b = self.mlp[0].weight, self.mlp[0].bias
        hidden = functional.linear(grid, w[:, :n_layers * width]) + functional.linear(whole, w[:, n_layers * width:], b)
        hidden = self.mlp[1](hidden)
        return self.mlp[2](functional.dropout(hidden, 2 * self.dropout, self.training))


def word_rows(model: SmolLM2, words: list[str]) -> torch.Tensor:
    """f32 [n][n_embd]: means of the embeddings of a word's tokens in the middle of a sentence."""
    return torch.stack([model.table[model.encode(" " + word)].mean(0) for word in words])


@dataclass
class Branch:
    """A question behind the picture: its tokens, and which of them are the answer's."""
    ids: list[int]
    n_asked: int


class Chat:
    """The language model with what stands before every picture read once."""

    def __init__(self, model: SmolLM2) -> None:
        self.model = model
        self.before = model.encode(f"<|im_start|>system\n{SYSTEM}{END}\n<|im_start|>user\n{BEFORE}")
        self.cache: Cache = []
        self.n_past = len(self.before)
        with torch.no_grad():
            model.run(model.table[self.before][None], torch.arange(self.n_past)[None].float(), causal(self.n_past), keep=self.cache)

    def branch(self, question: str, answer: str) -> Branch:
        asked = self.model.encode(f"{AFTER}{question}{END}\n<|im_start|>assistant\n")
        return Branch(asked + self.model.encode(answer + END), len(asked))

    def loss(self, tokens: torch.Tensor, branches: list[list[Branch]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean over the tokens of answers of the loss, and its values one by one. Each picture is read once; its @branches do not see
        each other."""
        n, n_seen, _ = tokens.shape
        length = n_seen + max(sum(len(branch.ids) for branch in row) for row in branches)
        ids = torch.zeros(n, length - n_seen, dtype=torch.long)
        segments = torch.zeros(n, length, dtype=torch.long)
        segments[:, n_seen:] = -1
        positions = torch.arange(length).repeat(n, 1)
        at, target = [], []
        for i, row in enumerate(branches):
            start = 0
            for k, branch in enumerate(row):
                end = start + len(branch.ids)
                ids[i, start:end] = torch.tensor(branch.ids)
                segments[i, n_seen + start:n_seen + end] = k + 1
                positions[i, n_seen + start:n_seen + end] = n_seen + torch.arange(len(branch.ids))
                for j in range(start + branch.n_asked, end):
                    at.append(i * length + n_seen + j - 1)
                    target.append(int(ids[i, j]))
                start = end
        allowed = (segments[:, None, :] == 0) | (segments[:, None, :] == segments[:, :, None])
        mask = torch.zeros(n, 1, length, self.n_past + length)
        mask[:, 0, :, self.n_past:].masked_fill_(~allowed, float("-inf"))
        mask = mask + causal(length, self.n_past)
        x = torch.cat([tokens, self.model.table[ids]], 1)
        hidden = self.model.run(x, self.n_past + positions.float(), mask, self.cache).flatten(0, 1)[at]
        each = functional.cross_entropy(self.model.logits(hidden), torch.tensor(target), reduction="none")
        return each.mean(), each

    @torch.no_grad()
    def answer(self, tokens: torch.Tensor, question: str, n_max: int) -> list[str]:
        """The likeliest answers, token by token, to one question about each of @tokens [n][length][n_embd]."""
        n = len(tokens)
        asked = self.model.encode(f"{AFTER}{question}{END}\n<|im_start|>assistant\n")
        x = torch.cat([tokens, self.model.table[asked].expand(n, -1, -1)], 1)
        past, cache = self.n_past, self.cache
        said: list[list[int]] = [[] for _ in range(n)]
        end = self.model.encode(END)[0]
        live = [True] * n
        for _ in range(n_max):
            keep: Cache = []
            length = x.shape[1]
            positions = torch.arange(past, past + length).repeat(n, 1).float()
            hidden = self.model.run(x, positions, causal(length, past), cache, keep)
            best = self.model.logits(hidden[:, -1]).argmax(1)
            for i, token in enumerate(best.tolist()):
                live[i] = live[i] and token != end
                if live[i]:
                    said[i].append(token)
            if not any(live):
                break
            x, past, cache = self.model.table[best][:, None], past + length, keep
        return [self.model.decode(ids) for ids in said]

# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""all-MiniLM-L6-v2 in PyTorch: where texts lie that pictures are to meet. BERT (Devlin et al. 2018), mean of the tokens."""

import json
import os

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch.nn import functional


class MiniLM:
    def __init__(self, folder: str) -> None:
        self.tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(128)
        self.weights = {name.removeprefix("bert."): value for name, value in load_file(os.path.join(folder, "model.safetensors")).items()}
        with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
            config = json.load(file)
        self.n_layer, self.n_head = config["num_hidden_layers"], config["num_attention_heads"]

    def _linear(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return functional.linear(x, self.weights[name + ".weight"], self.weights[name + ".bias"])

    def _norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return functional.layer_norm(x, x.shape[-1:], self.weights[name + ".weight"], self.weights[name + ".bias"], 1e-12)

    def _layer(self, x: torch.Tensor, name: str) -> torch.Tensor:
        n, length, width = x.shape
        q, k, v = (self._linear(x, f"{name}.attention.self.{part}").view(n, length, self.n_head, -1).transpose(1, 2)
                   for part in ("query", "key", "value"))
        weights = torch.softmax(q @ k.transpose(2, 3) / q.shape[-1] ** 0.5, -1)
        mixed = (weights @ v).transpose(1, 2).reshape(n, length, width)
        x = self._norm(x + self._linear(mixed, name + ".attention.output.dense"), name + ".attention.output.LayerNorm")
        inner = functional.gelu(self._linear(x, name + ".intermediate.dense"))
        return self._norm(x + self._linear(inner, name + ".output.dense"), name + ".output.LayerNorm")

    @torch.no_grad()
    def embed(self, texts: list[str], batch: int = 128) -> torch.Tensor:
        """f32 [n][384], of unit length."""
        tokens = [encoding.ids for encoding in self.tokenizer.encode_batch(texts)]
        # Those of one length together: no padding.
        order = sorted(range(len(texts)), key=lambda i: len(tokens[i]))
        result = torch.zeros(len(texts), 384)
        at = 0
        while at < len(order):
            length = len(tokens[order[at]])
            rows = [i for i in order[at:at + batch] if len(tokens[i]) == length]
            at += len(rows)
            ids = torch.tensor([tokens[i] for i in rows])
            x = self.weights["embeddings.word_embeddings.weight"][ids] + self.weights["embeddings.token_type_embeddings.weight"][0]
            x = self._norm(x + self.weights["embeddings.position_embeddings.weight"][:length], "embeddings.LayerNorm")
            for layer in range(self.n_layer):
                x = self._layer(x, f"encoder.layer.{layer}")
            result[rows] = functional.normalize(x.mean(1), dim=1)
        return result

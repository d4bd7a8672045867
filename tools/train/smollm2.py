# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""SmolLM2 in PyTorch from its GGUF file, dequantized, frozen: a llama (Touvron et al. 2023) whose input may be embeddings, so that
gradients reach what makes these. Its logits are those of `sensorium-cli logits --exact` (tools/train/README.md)."""

from typing import List, Optional, Tuple

import gguf
import torch
from gguf.quants import dequantize
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch import Tensor
from torch.nn import functional

Cache = List[Tuple[Tensor, Tensor]]


def causal(length: int, past: int = 0) -> Tensor:
    """[1][1][length][past + length], minus infinity where a later token stands."""
    return torch.triu(torch.full((1, 1, length, past + length), float("-inf")), past + 1)


class SmolLM2:
    def __init__(self, path: str, kind: torch.dtype = torch.float32) -> None:
        """@kind: of the matrices and what they multiply; bfloat16 is faster where the processor has it."""
        reader = gguf.GGUFReader(path)

        def number(name: str) -> float:
            field = reader.fields["llama." + name]
            return field.parts[field.data[0]][0]

        def strings(name: str) -> List[str]:
            field = reader.fields["tokenizer.ggml." + name]
            return [bytes(field.parts[i]).decode() for i in field.data]

        self.n_layer, self.n_embd = int(number("block_count")), int(number("embedding_length"))
        self.n_head, self.n_head_kv = int(number("attention.head_count")), int(number("attention.head_count_kv"))
        self.eps, self.base = float(number("attention.layer_norm_rms_epsilon")), float(number("rope.freq_base"))
        self.weights = {t.name: torch.tensor(dequantize(t.data, t.tensor_type)).float() for t in reader.tensors}
        self.table = self.weights["token_embd.weight"]          # [n_vocab][n_embd]; tied to the output
        self.matrices = {name: weight.to(kind) for name, weight in self.weights.items() if weight.ndim == 2}
        self.kind = kind
        self.tokenizer = self._make_tokenizer(strings("tokens"), strings("merges"), reader.fields["tokenizer.ggml.token_type"])
        self.end = self.tokenizer.token_to_id("<|im_end|>")

    @staticmethod
    def _make_tokenizer(tokens: List[str], merges: List[str], types: gguf.ReaderField) -> Tokenizer:
        tokenizer = Tokenizer(models.BPE({text: i for i, text in enumerate(tokens)}, [tuple(pair.split(" ")) for pair in merges]))
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True),
                                                           pre_tokenizers.ByteLevel(add_prefix_space=False)])
        tokenizer.decoder = decoders.ByteLevel()
        tokenizer.add_special_tokens([tokens[i] for i in range(len(tokens)) if types.parts[types.data[i]][0] == gguf.TokenType.CONTROL])
        return tokenizer

    def encode(self, text: str) -> List[int]:
        return self.tokenizer.encode(text).ids

    def decode(self, ids: List[int]) -> str:
        return self.tokenizer.decode(ids)

    def embed(self, text: str) -> Tensor:
        """f32 [n][n_embd]"""
        return self.table[self.encode(text)]

    def _norm(self, x: Tensor, name: str) -> Tensor:
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps) * self.weights[name + ".weight"]

    def _linear(self, x: Tensor, name: str) -> Tensor:
        return functional.linear(x.to(self.kind), self.matrices[name + ".weight"])

    def _rotate(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """RoPE over neighbouring pairs, the order GGUF has llama's rows in. @x [b][h][t][d]; @cos [b][1][t][d / 2]."""
        a, b = x[..., 0::2], x[..., 1::2]
        return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)

    def run(self, x: Tensor, positions: Tensor, mask: Tensor, cache: Optional[Cache] = None, keep: Optional[Cache] = None) -> Tensor:
        """Embeddings [b][t][n_embd] at @positions [b][t] to what the output layer sees. @mask [b or 1][1][t][past + t] is added to the
        scores; @cache: keys and values of what stands before, [b or 1][h][past][d] a layer; @keep receives those of all."""
        b, t, _ = x.shape
        d = self.n_embd // self.n_head
        angles = (positions[..., None].double() * self.base ** (-torch.arange(0, d, 2).double() / d))[:, None]
        cos, sin = angles.cos().to(self.kind), angles.sin().to(self.kind)
        group = self.n_head // self.n_head_kv
        for i in range(self.n_layer):
            name = f"blk.{i}."
            y = self._norm(x, name + "attn_norm").to(self.kind)
            q, k, v = (self._linear(y, f"{name}attn_{part}").view(b, t, -1, d).transpose(1, 2) for part in "qkv")
            q, k = self._rotate(q, cos, sin), self._rotate(k, cos, sin)
            if cache:
                k, v = (torch.cat([past.expand(b, -1, -1, -1), now], 2) for past, now in zip(cache[i], (k, v)))
            if keep is not None:
                keep.append((k, v))
            # Heads of a group share keys: their queries are rows of one product.
            q = q.reshape(b, self.n_head_kv, group * t, d)
            scores = (q @ k.transpose(2, 3)).view(b, self.n_head_kv, group, t, -1).float() * d ** -0.5
            weights = torch.softmax(scores + mask[:, :, None], -1).to(self.kind)
            mixed = (weights.view(b, self.n_head_kv, group * t, -1) @ v).view(b, self.n_head, t, d)
            x = x + self._linear(mixed.transpose(1, 2).reshape(b, t, -1), name + "attn_output").float()
            y = self._norm(x, name + "ffn_norm").to(self.kind)
            gate, up = (self._linear(y, f"{name}ffn_{part}") for part in ("gate", "up"))
            x = x + self._linear(functional.silu(gate) * up, name + "ffn_down").float()
        return self._norm(x, "output_norm")

    def hidden(self, x: Tensor, cache: Optional[Cache] = None) -> Tensor:
        """run() for what stands behind one another. @cache, empty at first, keeps what came before."""
        first = cache[0][0].shape[2] if cache else 0
        keep: Cache = []
        y = self.run(x, torch.arange(first, first + x.shape[1])[None], causal(x.shape[1], first), cache, keep)
        if cache is not None:
            cache[:] = keep
        return y

    def logits(self, hidden: Tensor) -> Tensor:
        return self._linear(hidden, "token_embd").float()

    @torch.no_grad()
    def read(self, beginning: Tensor) -> Cache:
        """What answer() goes on from, of embeddings [t][n_embd]."""
        cache: Cache = []
        self.hidden(beginning[None], cache)
        return cache

    @torch.no_grad()
    def answer(self, beginning: Cache, prompts: List[Tensor], n_max: int) -> List[str]:
        """What the model writes, greedily, after @beginning and each of @prompts [n][n_embd], all of one length."""
        cache = [(k.expand(len(prompts), -1, -1, -1), v.expand(len(prompts), -1, -1, -1)) for k, v in beginning]
        x = torch.stack(prompts)
        written: List[List[int]] = [[] for _ in prompts]
        waiting = set(range(len(prompts)))
        for _ in range(n_max):
            tokens = self.logits(self.hidden(x, cache)[:, -1]).argmax(-1)
            for i in sorted(waiting):
                if tokens[i] == self.end:
                    waiting.remove(i)
                else:
                    written[i].append(int(tokens[i]))
            if not waiting:
                break
            x = self.table[tokens][:, None]
        return [self.decode(tokens) for tokens in written]

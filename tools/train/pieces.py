# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""The part of a language model's vocabulary that is heard: its own tokens, as far as training has them often enough; rarer words are
made of shorter tokens, which the language model reads too."""

import collections
import re

import gguf

SPACE = "\u0120"          # how byte-level BPE writes a space
LETTERS = "abcdefghijklmnopqrstuvwxyz'"


class Pieces:
    """Byte-level BPE for words of lower-case letters, with merges undone until every token is one of @allowed (None: all)."""

    def __init__(self, model_path):
        fields = gguf.GGUFReader(model_path).fields
        tokens, merges = fields["tokenizer.ggml.tokens"], fields["tokenizer.ggml.merges"]
        self.texts = [bytes(tokens.parts[i]).decode() for i in tokens.data]
        self.ids = {text: number for number, text in enumerate(self.texts)}
        self.ranks, self.made_of = {}, {}
        for rank, i in enumerate(merges.data):
            pair = tuple(bytes(merges.parts[i]).decode().split(" "))
            self.ranks[pair] = rank
            self.made_of.setdefault(pair[0] + pair[1], pair)
        self.allowed = None
        self.cache = {}

    def _merge(self, text):
        parts = list(text)
        while len(parts) > 1:
            rank, at = min((self.ranks.get((parts[i], parts[i + 1]), 1 << 30), i) for i in range(len(parts) - 1))
            if rank == 1 << 30:
                break
            parts[at:at + 2] = [parts[at] + parts[at + 1]]
        return parts

    def _split(self, text):
        if self.allowed is None or text in self.allowed or text not in self.made_of:
            return [text]
        left, right = self.made_of[text]
        return self._split(left) + self._split(right)

    def encode(self, words):
        """Ids of words that follow other text, so that each begins with a space."""
        result = []
        for word in words.split():
            if word not in self.cache:
                parts = re.findall(r"'(?:s|t|re|ve|m|ll|d)$|.+?(?='(?:s|t|re|ve|m|ll|d)$)|.+", SPACE + word)
                self.cache[word] = [self.ids[piece] for part in parts for text in self._merge(part) for piece in self._split(text)]
            result += self.cache[word]
        return result

    def decode(self, ids):
        return "".join(self.texts[number] for number in ids).replace(SPACE, " ").strip()

    def keep(self, sentences, n_at_least, n_round=8):
        """Allows the tokens that @sentences have at least so often, and single letters; ids of them, a multiple of 32 (rows of Q8_0). The
        rarest go first, so that what they are made of becomes more frequent."""
        always = set(LETTERS) | {SPACE} | {SPACE + letter for letter in LETTERS if SPACE + letter in self.ids}
        self.allowed = set(self.ids)
        for i in range(n_round):
            self.cache = {}
            counts = collections.Counter(number for words in sentences for number in self.encode(words))
            rare = n_at_least * (i + 1) // (n_round - 1)
            self.allowed -= {self.texts[number] for number, count in counts.items() if count < rare} - always
        self.cache = {}
        counts = collections.Counter(self.texts[number] for words in sentences for number in self.encode(words))
        by_count = sorted(set(counts) - always, key=lambda text: (-counts[text], text))
        self.allowed = always | set(by_count[:len(by_count) - (len(by_count) + len(always)) % 32])
        self.cache = {}
        return sorted(self.ids[text] for text in self.allowed)

    def allow(self, tokens):
        """Allows what keep() gave."""
        self.allowed, self.cache = {self.texts[number] for number in tokens}, {}

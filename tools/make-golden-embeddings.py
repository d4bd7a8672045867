#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Writes the sentence embeddings of all-MiniLM-L6-v2 by transformers and torch: what tests/model/test-bert.c compares with.

  make-golden-embeddings.py MODEL_FOLDER OUT.json      (transformers 4.40.2, torch 1.13)

Texts are cut at the model's 512 positions; embeddings are means over all tokens, of unit length."""

import json
import sys

import torch
import transformers

# A text, or one and how often it stands there.
TEXTS = [
    "", " \t\n ", "a", "A cat sits on the mat.", "The quick brown fox jumps over the lazy dog.", "the QUICK brown FOX",
    "Ein Bär läuft über die Straße — schnell!", "naïve café, Ångström, ſoft ﬁsh", "我喜欢看猫的图片。", "日本語のテキストと English を混ぜる",
    "مرحبا بالعالم", "नमस्ते दुनिया", "👩‍👩‍👧‍👦🏳️‍🌈 party 🎉🎉", "int main (void) { return printf (\"%d\\n\", 1 << 31); }",
    "https://example.org/a/b?c=d&e=f#g", "1234567890 3.14159 -42 1e-9", "zero\u200bwidth\u00adsoft\ufeffmarks", "\ufffd\ufffd broken",
    "a\u0301\u0302\u0303\u0304" * 3, "!!!???...,,,;;;", "supercalifragilisticexpialidocious" * 4, ["word ", 509],
    ["word ", 510], ["word ", 511],
    ["Never was a text as long as this one, which goes on and on. ", 400], ["x", 5000], ["猫", 600], ["é👍 ", 700],
    "How do I bake bread without yeast?", "Bread can rise with baking soda instead of yeast.", "The stock market fell sharply today.",
]


def main():
    tokenizer = transformers.AutoTokenizer.from_pretrained(sys.argv[1])
    model = transformers.AutoModel.from_pretrained(sys.argv[1]).eval()
    rows = []
    for entry in TEXTS:
        text, times = entry if isinstance(entry, list) else (entry, 1)
        whole = len(tokenizer(text * times, truncation=False)["input_ids"])
        batch = tokenizer(text * times, truncation=True, max_length=512, padding=False, return_tensors="pt")
        with torch.no_grad():
            mean = model(**batch).last_hidden_state[0].mean(0)
        mean = (mean / mean.norm()).tolist()
        rows.append(json.dumps({"text": text, "times": times, "left_out": max(0, whole - 512),
                                "embedding": [float(f"{v:.6f}") for v in mean]}, separators=(",", ":")))
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        out.write("[\n" + ",\n".join(rows) + "\n]\n")


main()

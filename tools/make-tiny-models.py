#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Writes small random models, one for each family, option and tensor type, in odd shapes.

They are made, not committed: the same name always gives the same bytes, so only what the reference says about them is
kept (tests/data/model/tiny.json, see make-golden-logits.py). Plain Python; all models together take a few seconds.

Weights of the number types are normal, those of quantized types random blocks: every bit pattern of codes, scales and
minimums occurs, which a quantizer would not give. Scales are set so that logits spread as a trained model's do.

usage: make-tiny-models.py OUT_DIR [NAME...]     make-tiny-models.py --list
"""

from tiny_gguf import AFFINE_TYPES, NUMBER_TYPES, LanguageModel, run, shape

# Odd head counts, one key head for all, head widths that are no power of two or do not divide the width.
SHAPES = {
    "a": shape(5, 3, 1, 32, 96, 160),
    "b": shape(2, 5, 5, 32, 160, 224, tied=True),
    "c": shape(3, 6, 2, 48, 128, 352),
}
# K formats come in blocks of 256.
K_SHAPES = {
    "a": shape(2, 4, 1, 64, 256, 256, tied=True),
    "b": shape(1, 6, 2, 128, 256, 512),
    "c": shape(1, 8, 4, 32, 512, 768),
}
QWEN2_SHAPES = {
    "a": shape(3, 3, 1, 32, 96, 160, keys={"rope.freq_base": 1000000.0}),
    "b": shape(2, 7, 7, 32, 224, 96, tied=True, keys={"rope.freq_base": 1000000.0}),
    "c": shape(5, 6, 2, 64, 384, 288, keys={"rope.scaling.type": "yarn", "rope.scaling.factor": 4.0,
                                            "rope.scaling.original_context_length": 64}),
}
# Sections of a head that are turned by time, row, column, and by nothing.
QWEN2VL_SHAPES = {
    "a": shape(3, 3, 1, 32, 96, 160, keys={"rope.freq_base": 1000000.0, "rope.dimension_sections": [4, 6, 6, 0]}),
    "b": shape(2, 7, 7, 32, 224, 96, tied=True, keys={"rope.freq_base": 1000000.0, "rope.dimension_sections": [5, 4, 4, 3]}),
    "c": shape(5, 6, 2, 64, 384, 288, keys={"rope.scaling.type": "yarn", "rope.scaling.factor": 4.0,
                                            "rope.scaling.original_context_length": 64, "rope.dimension_sections": [8, 12, 12, 0]}),
}
QWEN3_SHAPES = {
    "a": shape(3, 3, 1, 64, 96, 160, keys={"rope.freq_base": 1000000.0}),
    "b": shape(2, 5, 5, 32, 224, 96, tied=True, keys={"rope.freq_base": 5000000.0}),
    "c": shape(5, 6, 2, 128, 160, 288, eps=1e-6),
}
GEMMA3_SHAPES = {
    "a": shape(7, 3, 1, 64, 96, 160, tied=True, eps=1e-6, keys={
        "rope.freq_base": 1000000.0, "attention.sliding_window": 24}),
    "b": shape(4, 4, 2, 48, 160, 224, tied=True, eps=1e-6, keys={
        "rope.freq_base": 1000000.0, "rope.scaling.type": "linear", "rope.scaling.factor": 8.0, "attention.sliding_window": 37,
        "attention.sliding_window_pattern": 3}),
    "c": shape(5, 5, 5, 32, 128, 352, tied=True, eps=1e-6, keys={
        "rope.freq_base": 1000000.0, "rope.freq_base_swa": 5000.0, "attention.sliding_window": 16,
        "attention.sliding_window_pattern": [True, False, True, True, False], "final_logit_softcapping": 5.0}),
    "d": shape(2, 3, 3, 96, 96, 128, eps=1e-6, keys={"rope.freq_base": 1000000.0}),
}
ROPE_KEYS = {
    "none": [
        {"rope.scaling.type": "none", "rope.scaling.factor": 4.0},
        {"rope.scaling.type": "none"},
        {"rope.freq_base": 500000.0},
    ],
    "linear": [
        {"rope.scaling.type": "linear", "rope.scaling.factor": 4.0},
        {"rope.scale_linear": 2.5},
        {"rope.scaling.factor": 8.0, "rope.freq_base": 100000.0},
    ],
    "yarn": [
        {"rope.scaling.type": "yarn", "rope.scaling.factor": 4.0, "rope.scaling.original_context_length": 64},
        {"rope.scaling.type": "yarn", "rope.scaling.factor": 2.5, "rope.scaling.original_context_length": 128,
         "rope.scaling.attn_factor": 1.1},
        {"rope.scaling.type": "yarn", "rope.scaling.factor": 16.0, "rope.scaling.original_context_length": 32,
         "rope.freq_base": 500.0},
    ],
    "llama3": [{"rope.freq_base": 500000.0}, {}, {"rope.scaling.type": "linear", "rope.scaling.factor": 2.0}],
    # The context of the tests, 256, is longer than a's and c's original one and shorter than b's.
    "longrope": [
        {"rope.scaling.type": "longrope", "rope.scaling.original_context_length": 64},
        {"rope.scaling.type": "longrope", "rope.scaling.original_context_length": 1024},
        {"rope.scaling.type": "longrope", "rope.scaling.original_context_length": 128, "rope.scaling.attn_factor": 1.19},
    ],
}


def rope_factors(kind, head_dim):
    n = head_dim // 2
    if kind == "llama3":   # fast pairs stay, slow ones are stretched, a ramp between
        return {"rope_freqs.weight": [1.0 + 7.0 * min(1.0, max(0.0, (i / n - 0.4) * 3)) for i in range(n)]}
    if kind == "longrope":
        return {"rope_factors_long.weight": [1.0 + 0.1 * i * i for i in range(n)],
                "rope_factors_short.weight": [1.0 + 0.05 * i for i in range(n)]}
    return {}


def all_specs():
    specs = {}
    for letter, base in SHAPES.items():
        specs[f"llama-{letter}"] = dict(base, arch="llama")
        specs[f"llama-biases-{letter}"] = dict(base, arch="llama", biases=True, tied=not base.get("tied", False))
    for kind, variants in ROPE_KEYS.items():
        for (letter, base), keys in zip(SHAPES.items(), variants):
            specs[f"llama-{kind}-{letter}"] = dict(base, arch="llama", keys=keys, factors=rope_factors(kind, base["head_dim"]))
    for arch, shapes in (("qwen2", QWEN2_SHAPES), ("qwen2vl", QWEN2VL_SHAPES), ("qwen3", QWEN3_SHAPES), ("gemma3", GEMMA3_SHAPES)):
        for letter, base in shapes.items():
            specs[f"{arch}-{letter}"] = dict(base, arch=arch)
    for type_name in list(NUMBER_TYPES) + list(AFFINE_TYPES):
        for letter, base in (K_SHAPES if type_name.endswith("_k") else SHAPES).items():
            specs[f"llama-{type_name}-{letter}"] = dict(base, arch="llama", type=type_name)
    return specs


run(__doc__, {name: [LanguageModel(name, spec)] for name, spec in all_specs().items()})

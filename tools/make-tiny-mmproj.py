#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Writes small random language models that see or hear: NAME.gguf and NAME.mmproj.gguf, as llama.cpp's tools name tensors and keys.

Odd shapes of each family: head counts, picture and patch sizes, mel bands, stacked frames. They are made, not committed: the same
name always gives the same bytes, and what llama.cpp's mtmd says about them is kept (tests/data/model/mmproj.json, see
make-golden-mmproj.py). Weights are scaled so that logits spread as a trained model's do, and so that media change them.

Beside them stand media that no file of tests/data is: made/long.wav (over 30 s), made/quiet.wav, made/click.wav (shorter than one
window of the transform), made/tall.ppm.

usage: make-tiny-mmproj.py OUT_DIR [NAME...]     make-tiny-mmproj.py --list
"""

import os
import struct
import wave

from tiny_gguf import LanguageModel, Maker, run, shape

DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tests", "data")
N_CTX = 2048
N_AUDIO_POSITIONS = 1500

# --- Encoders ----------------------------------------------------------------------------------------------------------------


class Projector(Maker):
    def affine(self, name, n_in, n_out, gain, bias=0.1):
        self.matrix(name + ".weight", n_in, n_out, gain)
        if bias:
            self.vector(name + ".bias", n_out, 0.0, bias)

    def norm(self, name, n):
        self.vector(name + ".weight", n, 1.0, 0.2)
        if not self.spec.get("rms"):
            self.vector(name + ".bias", n, 0.0, 0.1)

    def kernel(self, name, shape, gain):
        """Convolutions are f16 in every file of this kind."""
        n_in = 1
        for n in shape[:-1]:
            n_in *= n
        self.add(name, shape, "f16", 0.0, gain / n_in ** 0.5)

    def layers(self, tower, key_bias):
        n, n_ff = self.spec["n_head"] * self.spec["head_dim"], self.spec["n_ff"]
        up, down = ("ffn_down", "ffn_up") if self.spec.get("swapped") else ("ffn_up", "ffn_down")
        for i in range(self.spec["n_layer"]):
            at = f"{tower}.blk.{i}."
            self.norm(at + "ln1", n)
            self.affine(at + "attn_q", n, n, 1.3)
            self.affine(at + "attn_k", n, n, 1.3, key_bias)
            self.affine(at + "attn_v", n, n, 1.0)
            self.affine(at + "attn_out", n, n, 0.8)
            self.norm(at + "ln2", n)
            self.affine(at + up, n, n_ff, 1.2)
            if self.spec.get("gated"):
                self.affine(at + "ffn_gate", n, n_ff, 1.2)
            self.affine(at + down, n_ff, n, 1.2)

    def eyes(self):
        s = self.spec
        n, n_side = s["n_head"] * s["head_dim"], s["image"] // s["patch"]
        n_position = n_side * n_side + (1 if s.get("class_token") else 0)
        self.kernel("v.patch_embd.weight", (s["patch"], s["patch"], 3, n), 1.2)
        if s.get("class_token"):
            self.vector("v.class_embd", n, 0.0, 0.5)
            self.norm("v.pre_ln", n)
        else:
            self.vector("v.patch_embd.bias", n, 0.0, 0.1)
            self.norm("v.post_ln", n)
        self.add("v.position_embd.weight", (n, n_position), "f32", 0.0, 0.5)
        self.layers("v", 0.1)

    def grid_eyes(self):
        """Of pictures of any size, two frames of a film at a time."""
        n, patch = self.spec["n_head"] * self.spec["head_dim"], self.spec["patch"]
        for name in ("v.patch_embd.weight", "v.patch_embd.weight.1"):
            self.kernel(name, (patch, patch, 3, n), 0.9)
        self.layers("v", 0.1)
        self.norm("v.post_ln", n)

    def ears(self):
        s = self.spec
        n = s["n_head"] * s["head_dim"]
        self.kernel("a.conv1d.1.weight", (3, s["n_mel"], n), 2.0)
        self.add("a.conv1d.1.bias", (1, n), "f32", 0.0, 0.1)
        self.kernel("a.conv1d.2.weight", (3, n, n), 2.0)
        self.add("a.conv1d.2.bias", (1, n), "f32", 0.0, 0.1)
        self.add("a.position_embd.weight", (n, N_AUDIO_POSITIONS), "f32", 0.0, 0.3)
        self.layers("a", 0)
        self.norm("a.post_ln", n)

    @property
    def sense(self):
        return "audio" if "n_mel" in self.spec else "vision"

    def metadata(self):
        s, sense = self.spec, self.sense
        found = {
            "general.architecture": "clip",
            "general.name": f"tiny {self.name}",
            f"clip.has_{sense}_encoder": True,
            "clip.projector_type": s["family"],
            f"clip.{sense}.embedding_length": s["n_head"] * s["head_dim"],
            f"clip.{sense}.feed_forward_length": s["n_ff"],
            f"clip.{sense}.block_count": s["n_layer"],
            f"clip.{sense}.projection_dim": s["n_embd"],
            f"clip.{sense}.attention.head_count": s["n_head"],
            f"clip.{sense}.attention.layer_norm_epsilon": s.get("eps", 1e-5),
        }
        if sense == "vision":
            found.update({"clip.vision.image_size": s["image"], "clip.vision.patch_size": s["patch"],
                          "clip.vision.image_mean": s.get("mean", [0.5, 0.5, 0.5]),
                          "clip.vision.image_std": s.get("std", [0.5, 0.5, 0.5])})
        else:
            found["clip.audio.num_mel_bins"] = s["n_mel"]
        found.update(s.get("keys", {}))
        return found

    # What stands between the encoder and the language model, n_embd numbers wide.

    def mlp(self):
        n = self.spec["n_head"] * self.spec["head_dim"] * len(self.spec.get("keys", {}).get("clip.vision.feature_layer", [0]))
        self.affine("mm.0", n, self.spec["n_middle"], 1.2)
        self.affine("mm.2", self.spec["n_middle"], self.spec["n_embd"], 1.5)

    def idefics3(self):
        n = self.spec["n_head"] * self.spec["head_dim"] * self.spec["merge"] ** 2
        self.affine("mm.model.fc", n, self.spec["n_embd"], 1.0, None)

    def gemma3(self):
        n = self.spec["n_head"] * self.spec["head_dim"]
        self.vector("mm.soft_emb_norm.weight", n, 1.0, 0.2)
        self.add("mm.input_projection.weight", (self.spec["n_embd"], n), "f32", 0.0, 1.2 / n ** 0.5)   # stored the other way round

    def ultravox(self):
        n_stacked, n_middle = self.spec["n_head"] * self.spec["head_dim"] * self.spec["stack"], self.spec["n_middle"]
        self.vector("mm.a.norm_pre.weight", n_stacked, 1.0, 0.2)
        self.affine("mm.a.mlp.1", n_stacked, 2 * n_middle, 1.0, None)
        self.vector("mm.a.norm_mid.weight", n_middle, 1.0, 0.2)
        self.affine("mm.a.mlp.2", n_middle, self.spec["n_embd"], 1.0, None)

    def qwen2a(self):
        self.affine("mm.a.fc", self.spec["n_head"] * self.spec["head_dim"], self.spec["n_embd"], 1.0)

    def voxtral(self):
        n_stacked, n_middle = self.spec["n_head"] * self.spec["head_dim"] * self.spec["stack"], self.spec["n_middle"]
        self.affine("mm.a.mlp.1", n_stacked, n_middle, 1.2, None)
        self.affine("mm.a.mlp.2", n_middle, self.spec["n_embd"], 1.5, None)

    def qwen2vl_merger(self):
        n = self.spec["n_head"] * self.spec["head_dim"] * 4
        self.affine("mm.0", n, n, 1.2)
        self.affine("mm.2", n, self.spec["n_embd"], 1.5)

    def build(self):
        in_grids = "vl_merger" in self.spec["family"]
        (self.ears if self.sense == "audio" else self.grid_eyes if in_grids else self.eyes)()
        (self.qwen2vl_merger if in_grids else getattr(self, self.spec["family"]))()


class BothSenses(Maker):
    """One file of two projectors, which then have a type each."""

    sense = "both"

    def __init__(self, name, eyes, ears, common=None):
        """@common: a type that stands for both."""
        super().__init__(name, None)
        self.common = common
        self.parts = [Projector(name, eyes), Projector(name, ears)]

    def build(self):
        for part in self.parts:
            part.build()
            self.tensors += part.tensors

    def metadata(self):
        found = {}
        for part in self.parts:
            found.update(part.metadata())
            kind = found.pop("clip.projector_type")
            if self.common is None:
                found[f"clip.{part.sense}.projector_type"] = kind
        if self.common is not None:
            found["clip.projector_type"] = self.common
        return found


# --- Pairs -------------------------------------------------------------------------------------------------------------------

LANGUAGES = {
    "a": shape(2, 3, 1, 32, 96, 160),
    "b": shape(2, 5, 5, 32, 160, 224, tied=True),
    "c": shape(3, 6, 2, 48, 128, 352),
}
QWEN2_LANGUAGES = dict(LANGUAGES, c=shape(3, 6, 2, 32, 192, 352))
QWEN2VL_LANGUAGES = {
    "a": shape(2, 3, 1, 32, 96, 160, keys={"rope.freq_base": 1000000.0, "rope.dimension_sections": [4, 6, 6, 0]}),
    "b": shape(2, 5, 5, 32, 160, 224, tied=True, keys={"rope.dimension_sections": [5, 4, 4, 3]}),
    "c": shape(3, 4, 2, 48, 192, 352, keys={"rope.freq_base": 1000000.0, "rope.dimension_sections": [6, 9, 9, 0]}),
}
VISION_MARKS = ["<|vision_start|>", "<|vision_end|>"]
GEMMA_KEYS = {"rope.freq_base": 1000000.0, "attention.sliding_window": 40}
GEMMA_LANGUAGES = {
    "a": shape(7, 3, 1, 64, 96, 160, tied=True, eps=1e-6, keys=GEMMA_KEYS),
    "b": shape(3, 4, 2, 48, 160, 224, tied=True, eps=1e-6, keys=dict(GEMMA_KEYS, **{"attention.sliding_window_pattern": 2})),
    "c": shape(2, 5, 5, 32, 128, 352, eps=1e-6, keys=GEMMA_KEYS),
}
IDEFICS_MARKS = ["\n\n", "<fake_token_around_image>", "<global-img>"] + [
    f"<row_{row}_col_{column}>" for row in range(1, 5) for column in range(1, 5)]
CLIP = {"mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711], "class_token": True}


def encoder(n_layer, n_head, head_dim, n_ff, **more):
    return dict(n_layer=n_layer, n_head=n_head, head_dim=head_dim, n_ff=n_ff, **more)


def idefics_keys(merge, longest):
    return {"clip.use_gelu": True, "clip.vision.projector.scale_factor": merge, "clip.vision.preproc_image_size": longest}


def window_keys(pattern):
    return {"clip.use_silu": True, "clip.vision.n_wa_pattern": pattern}


FAMILIES = {
    # family: architecture of the language model, its shapes, its marks, encoders by letter
    "llava": ("mlp", "llama", LANGUAGES, [], {
        "a": encoder(3, 3, 32, 160, image=56, patch=14, n_middle=96, **CLIP),
        "b": encoder(2, 5, 24, 224, image=70, patch=10, n_middle=200, type="f16", **CLIP),
        "c": encoder(4, 2, 72, 288, image=63, patch=7, n_middle=128, keys={"clip.use_gelu": True}, **CLIP),
        "legacy": encoder(3, 3, 32, 160, image=48, patch=16, n_middle=96, swapped=True, **CLIP),
        # LLaVA 1.6: larger pictures in tiles.
        "tiles": encoder(2, 3, 32, 160, image=56, patch=14, n_middle=96,
                         keys={"clip.vision.image_grid_pinpoints": [56, 112, 112, 56, 112, 112, 168, 56, 56, 168]}, **CLIP),
        # Features of several layers, the input of the first and the output of the last among them, behind SigLIP's tower.
        "deep": encoder(3, 3, 32, 160, image=56, patch=14, n_middle=96, keys={"clip.vision.feature_layer": [0, 2, 3]}),
    }),
    "idefics3": ("idefics3", "llama", LANGUAGES, IDEFICS_MARKS, {
        "a": encoder(2, 3, 32, 160, image=64, patch=8, merge=2, keys=idefics_keys(2, 160)),
        "b": encoder(3, 5, 16, 224, image=72, patch=12, merge=3, type="f16", keys=idefics_keys(3, 200)),
        "c": encoder(2, 2, 72, 288, image=56, patch=14, merge=4, keys=idefics_keys(4, 112)),
        # Older files do not say how large a picture is to be cut.
        "old": encoder(2, 3, 32, 160, image=96, patch=12, merge=4, keys={"clip.use_gelu": True, "clip.vision.projector.scale_factor": 4}),
    }),
    "gemma3": ("gemma3", "gemma3", GEMMA_LANGUAGES, ["<start_of_image>", "<end_of_image>"], {
        "a": encoder(2, 3, 32, 160, image=64, patch=8, eps=1e-6, keys={"clip.use_gelu": True, "clip.vision.projector.scale_factor": 2}),
        "b": encoder(3, 5, 16, 224, image=108, patch=12, eps=1e-6, keys={"clip.use_gelu": True, "clip.vision.projector.scale_factor": 3}),
        "c": encoder(2, 2, 72, 288, image=112, patch=7, eps=1e-6, keys={"clip.use_gelu": True}),   # 4 × 4 patches to a token
    }),
    "qwen2vl": ("qwen2vl_merger", "qwen2vl", QWEN2VL_LANGUAGES, VISION_MARKS, {
        "a": encoder(3, 3, 32, 160, image=560, patch=14, eps=1e-6),
        "b": encoder(2, 5, 24, 224, image=560, patch=10, eps=1e-6, type="f16", keys={"clip.use_gelu": True}),
        "c": encoder(2, 2, 72, 288, image=560, patch=17, eps=1e-6),
        "legacy": encoder(2, 3, 32, 160, image=560, patch=14, eps=1e-6, swapped=True),
    }),
    # 112 pixels are 4, 5 and 3 groups of patches, so that windows at the edges are cut.
    "qwen2.5vl": ("qwen2.5vl_merger", "qwen2vl", QWEN2VL_LANGUAGES, VISION_MARKS, {
        "a": encoder(4, 3, 32, 160, image=560, patch=14, rms=True, gated=True, eps=1e-6, keys=window_keys(2)),
        "b": encoder(3, 5, 24, 224, image=560, patch=10, rms=True, gated=True, eps=1e-6, type="f16", keys=window_keys(3)),
        "c": encoder(3, 2, 72, 288, image=560, patch=17, rms=True, gated=True, eps=1e-6, keys=window_keys(2)),
        # All layers see all of the picture.
        "whole": encoder(2, 3, 32, 160, image=560, patch=14, rms=True, gated=True, eps=1e-6, keys=window_keys(0)),
    }),
    "ultravox": ("ultravox", "llama", LANGUAGES, [], {
        "a": encoder(2, 3, 16, 128, n_mel=80, stack=5, n_middle=96),
        "b": encoder(1, 5, 24, 200, n_mel=128, stack=3, n_middle=72, type="f16"),
        "c": encoder(2, 2, 40, 160, n_mel=80, stack=10, n_middle=136),
        "d": encoder(1, 2, 40, 160, n_mel=80, stack=8, n_middle=136),
    }),
    "qwen2a": ("qwen2a", "qwen2", QWEN2_LANGUAGES, ["<|audio_bos|>", "<|audio_eos|>"], {
        "a": encoder(2, 3, 16, 128, n_mel=128),
        "b": encoder(1, 5, 24, 200, n_mel=80, type="f16"),
        "c": encoder(2, 2, 40, 160, n_mel=128),
    }),
    "voxtral": ("voxtral", "llama", LANGUAGES, ["[BEGIN_AUDIO]"], {
        "a": encoder(2, 3, 16, 128, n_mel=128, stack=5, n_middle=96),
        "b": encoder(1, 5, 24, 200, n_mel=80, stack=3, n_middle=72, type="f16"),
        "c": encoder(2, 2, 40, 160, n_mel=128, stack=4, n_middle=136),
    }),
}


# letter: what sees, what hears, the type of both where the file has only one; the language model is that of what sees
BOTH = {"a": ("llava-a", "ultravox-a", None), "b": ("idefics3-b", "qwen2a-b", None), "c": ("gemma3-c", "ultravox-c", None),
        "omni": ("qwen2.5vl-a", "qwen2a-a", "qwen2.5o")}


def specs(family, letter):
    """Of the language model and of what is before it."""
    kind, arch, languages, marks, encoders = FAMILIES[family]
    language = dict(languages.get(letter, languages["a"]), arch=arch, marks=marks, n_ctx_train=N_CTX)
    spec = dict(encoders[letter], family=kind, n_embd=language["n_embd"])
    if "stack" in spec:
        spec["keys"] = {"clip.audio.projector.stack_factor": spec["stack"]}
    return language, spec


def all_pairs():
    """(language model, its projector) by name."""
    pairs = {}
    for family, (_, _, _, _, encoders) in FAMILIES.items():
        for letter in encoders:
            name = f"{family}-{letter}"
            language, spec = specs(family, letter)
            pairs[name] = LanguageModel(name, language), Projector(name + ".mmproj", spec)
    for letter, (sees, hears, common) in BOTH.items():
        name = f"both-{letter}"
        (language, eyes), (other, ears) = (specs(*of.split("-")) for of in (sees, hears))
        language = dict(language, marks=language["marks"] + other["marks"])
        ears["n_embd"] = language["n_embd"]
        pairs[name] = LanguageModel(name, language), BothSenses(name + ".mmproj", eyes, ears, common)
    return pairs


# --- Media -------------------------------------------------------------------------------------------------------------------


def read_wave(name):
    with wave.open(os.path.join(DATA, "speech", name), "rb") as file:
        return struct.unpack(f"<{file.getnframes()}h", file.readframes(file.getnframes()))


def write_wave(path, samples):
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))


def write_media(folder):
    os.makedirs(folder, exist_ok=True)
    boat, pages, timed = (read_wave(name) for name in ("boat.wav", "pages.wav", "timed.wav"))
    write_wave(os.path.join(folder, "long.wav"), (boat + pages + timed) * 4)                      # 32.5 s
    write_wave(os.path.join(folder, "quiet.wav"), [sample // 512 for sample in pages])
    write_wave(os.path.join(folder, "click.wav"), boat[8000:8120])
    with open(os.path.join(DATA, "media", "rgb.ppm"), "rb") as file:
        _, size, _, pixels = file.read().split(b"\n", 3)
    width, height = map(int, size.split())
    # On its side, four times, darker each time.
    rows = [b"".join(pixels[3 * (x * width + y):][:3] for x in range(height)) for y in range(width)]
    tall = b"".join(bytes(value * (4 - i) // 4 for value in row) for i in range(4) for row in rows)
    with open(os.path.join(folder, "tall.ppm"), "wb") as file:
        file.write(b"P6\n%d %d\n255\n" % (height, 4 * width) + tall)


if __name__ == "__main__":
    made_in = run(__doc__, all_pairs())
    if made_in is not None:
        write_media(os.path.join(made_in, "made"))

# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Random tensors of every type, a GGUF writer and language models of random weights: what make-tiny-models.py and
make-tiny-mmproj.py have in common. Plain Python; the same name always gives the same bytes."""

import math
import os
import random
import statistics
import struct
import sys

N_VOCAB = 323   # 3 special tokens, 256 bytes, 64 pieces: no multiple of anything a kernel works in
PIECES = ["\u2581", "e", "t", "a", "o", "i", "n", "s", "r", "h", "l", "d", "c", "u", "m", "\u2581t", "he", "\u2581a", "in",
          "\u2581the", "er", "on", "re", "\u2581s", "at", "nd", "\u2581w", "en", "ou", "\u2581o", "it", "is", "\u2581c", "or",
          "es", "ing", "\u2581p", "\u2581f", "\u2581m", "an", "ed", "\u2581b", "al", "ar", "\u2581in", "\u2581d", "\u2581h",
          "\u2581and", "ic", "as", "le", "\u2581l", "\u2581to", "\u2581n", "om", "\u2581th", "\u2581of", "\u00e9", "\u4e2d",
          "\u6587", "\u03c0", "\u2581\u00e0", "!", "?"]

# --- Tensor types ------------------------------------------------------------------------------------------------------

NORMAL_QUANTILES = [statistics.NormalDist().inv_cdf((i + 0.5) / 256) for i in range(256)]


class Affine:
    """A quantized format: GGUF type, bytes and elements per block, byte offset of the scale and (or None) the minimum, the
    minimum as a multiple of the scale that centres the values, their standard deviation at scale 1."""

    def __init__(self, gguf_id, n_elems, n_bytes, scale_at, minimum_at, minimum, deviation):
        self.gguf_id, self.n_elems, self.n_bytes = gguf_id, n_elems, n_bytes
        self.scale_at, self.minimum_at, self.minimum, self.deviation = scale_at, minimum_at, minimum, deviation


# value = d·code + m, codes 0..15 or 0..31: m = −mean·d. K formats: value = d·scale·code − dmin·minimum, with scale and
# minimum of like spread, so dmin = mean (code)·d centres the values.
AFFINE_TYPES = {
    "q4_0": Affine(2, 32, 18, 0, None, 0, 4.6),
    "q4_1": Affine(3, 32, 20, 0, 2, -7.5, 4.6),
    "q5_0": Affine(6, 32, 22, 0, None, 0, 9.2),
    "q5_1": Affine(7, 32, 24, 0, 2, -15.5, 9.2),
    "q8_0": Affine(8, 32, 34, 0, None, 0, 73.9),
    "q2_k": Affine(10, 256, 84, 80, 82, 1.5, 13.9),
    "q3_k": Affine(11, 256, 110, 108, None, 0, 43.3),
    "q4_k": Affine(12, 256, 144, 0, 2, 7.5, 258.0),
    "q5_k": Affine(13, 256, 176, 0, 2, 15.5, 527.0),
    "q6_k": Affine(14, 256, 210, 208, None, 0, 1365.0),
}
NUMBER_TYPES = {"f32": 0, "f16": 1, "bf16": 30}


def f16_tables(values):
    packed = [struct.pack("<e", value) for value in values]
    return bytes(p[0] for p in packed), bytes(p[1] for p in packed)


def affine_data(rng, kind, n_values, deviation):
    """Random blocks; only scales and minimums are put right. A quarter of the scales is small, so that blocks differ."""
    n_blocks = n_values // kind.n_elems
    data = bytearray(rng.randbytes(n_blocks * kind.n_bytes))
    sign = [1, -1] if kind.minimum_at is None else [1, 1]
    unit = deviation / kind.deviation
    scales = [unit * (0.25 if i % 4 == 3 else 0.75 + i / 512) * sign[i & 1] for i in range(256)]
    choice = rng.randbytes(n_blocks)
    for at, factor in ((kind.scale_at, 1.0), (kind.minimum_at, kind.minimum)):
        if at is not None:
            low, high = f16_tables([scale * factor for scale in scales])
            data[at::kind.n_bytes] = choice.translate(low)
            data[at + 1::kind.n_bytes] = choice.translate(high)
    return bytes(data)


def number_data(rng, type_name, n_values, mean, deviation):
    """A quantile of the normal distribution fixes the upper bits, the lower ones are random."""
    values = [mean + deviation * quantile for quantile in NORMAL_QUANTILES]
    choice = rng.randbytes(n_values)
    if type_name == "f16":
        data = bytearray(rng.randbytes(2 * n_values))
        data[1::2] = choice.translate(f16_tables(values)[1])
        return bytes(data)
    packed = [struct.pack("<f", value) for value in values]
    n_bytes = 2 if type_name == "bf16" else 4
    data = bytearray(rng.randbytes(n_bytes * n_values))
    data[n_bytes - 1::n_bytes] = choice.translate(bytes(p[3] for p in packed))
    data[n_bytes - 2::n_bytes] = choice.translate(bytes(p[2] for p in packed))
    return bytes(data)


# --- GGUF --------------------------------------------------------------------------------------------------------------

def gguf_string(text):
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def gguf_value(value):
    """Type id and bytes. Whole numbers are u32 (i32 in arrays), arrays take the type of their first element."""
    if isinstance(value, bool):
        return 7, struct.pack("<?", value)
    if isinstance(value, int):
        return 4, struct.pack("<I", value)
    if isinstance(value, float):
        return 6, struct.pack("<f", value)
    if isinstance(value, str):
        return 8, gguf_string(value)
    items = [(5, struct.pack("<i", item)) if type(item) is int else gguf_value(item) for item in value]
    return 9, struct.pack("<IQ", items[0][0], len(items)) + b"".join(raw for _, raw in items)


def write_gguf(path, metadata, tensors):
    """tensors: (name, shape fastest axis first, GGUF type, data)."""
    head = bytearray(b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata)))
    for key, value in metadata.items():
        type_id, raw = gguf_value(value)
        head += gguf_string(key) + struct.pack("<I", type_id) + raw
    offset = 0
    for name, shape, type_id, data in tensors:
        head += gguf_string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, type_id, offset)
        offset += len(data) + -len(data) % 32
    with open(path + ".new", "wb") as file:
        file.write(head + bytes(-len(head) % 32))
        for _, _, _, data in tensors:
            file.write(data + bytes(-len(data) % 32))
    os.replace(path + ".new", path)


# --- Models ------------------------------------------------------------------------------------------------------------

class Maker:
    """A file's tensors; their values follow from its name and theirs."""

    def __init__(self, name, spec):
        self.name, self.spec, self.tensors = name, spec, []

    def add(self, name, shape, type_name, mean, deviation):
        rng = random.Random(f"{self.name} {name}")
        n_values = math.prod(shape)
        if type_name in AFFINE_TYPES:
            kind = AFFINE_TYPES[type_name]
            self.tensors.append((name, shape, kind.gguf_id, affine_data(rng, kind, n_values, deviation)))
        else:
            data = number_data(rng, type_name, n_values, mean, deviation)
            self.tensors.append((name, shape, NUMBER_TYPES[type_name], data))

    def matrix(self, name, n_in, n_out, gain):
        self.add(name, (n_in, n_out), self.spec.get("type", "f32"), 0.0, gain / math.sqrt(n_in))

    def vector(self, name, n, mean, deviation):
        self.add(name, (n,), "f32", mean, deviation)

    def factors(self, name, values):
        self.tensors.append((name, (len(values),), 0, struct.pack(f"<{len(values)}f", *values)))

    def write(self, folder):
        self.build()
        write_gguf(os.path.join(folder, self.name + ".gguf"), self.metadata(), self.tensors)


def shape(n_layer, n_head, n_kv_head, head_dim, n_embd, n_ff, **more):
    return dict(n_layer=n_layer, n_head=n_head, n_kv_head=n_kv_head, head_dim=head_dim, n_embd=n_embd, n_ff=n_ff, **more)


class LanguageModel(Maker):
    """@spec is a shape() and its architecture."""

    def layer(self, i):
        s, arch = self.spec, self.spec["arch"]
        n_embd, n_ff, n_q, n_kv = s["n_embd"], s["n_ff"], s["n_head"] * s["head_dim"], s["n_kv_head"] * s["head_dim"]
        normed = arch in ("qwen3", "gemma3")
        self.vector(f"blk.{i}.attn_norm.weight", n_embd, 1.0, 0.2)
        self.matrix(f"blk.{i}.attn_q.weight", n_embd, n_q, 1.3)
        self.matrix(f"blk.{i}.attn_k.weight", n_embd, n_kv, 1.3)
        self.matrix(f"blk.{i}.attn_v.weight", n_embd, n_kv, 1.0)
        self.matrix(f"blk.{i}.attn_output.weight", n_q, n_embd, 0.8)
        if normed:
            self.vector(f"blk.{i}.attn_q_norm.weight", s["head_dim"], 1.3, 0.2)
            self.vector(f"blk.{i}.attn_k_norm.weight", s["head_dim"], 1.3, 0.2)
        if arch in ("qwen2", "qwen2vl") or s.get("biases"):
            for part, n in (("q", n_q), ("k", n_kv), ("v", n_kv)):
                self.vector(f"blk.{i}.attn_{part}.bias", n, 0.0, 0.5)
        if s.get("biases"):
            for part, n in (("attn_output", n_embd), ("ffn_gate", n_ff), ("ffn_up", n_ff), ("ffn_down", n_embd)):
                self.vector(f"blk.{i}.{part}.bias", n, 0.0, 0.2)
        if arch == "gemma3":
            self.vector(f"blk.{i}.post_attention_norm.weight", n_embd, 1.0, 0.2)
            self.vector(f"blk.{i}.post_ffw_norm.weight", n_embd, 1.0, 0.2)
        self.vector(f"blk.{i}.ffn_norm.weight", n_embd, 1.0, 0.2)
        self.matrix(f"blk.{i}.ffn_gate.weight", n_embd, n_ff, 1.0)
        self.matrix(f"blk.{i}.ffn_up.weight", n_embd, n_ff, 1.0)
        self.matrix(f"blk.{i}.ffn_down.weight", n_ff, n_embd, 1.0)

    def metadata(self):
        s, arch = self.spec, self.spec["arch"]
        marks = s.get("marks", [])   # control tokens of its own
        pieces = ["<unk>", "<s>", "</s>"] + [f"<0x{i:02X}>" for i in range(256)] + PIECES + marks
        kinds = [2, 3, 3] + [6] * 256 + [1] * len(PIECES) + [3] * len(marks)
        metadata = {
            "general.architecture": arch,
            "general.name": f"tiny {self.name}",
            f"{arch}.block_count": s["n_layer"],
            f"{arch}.context_length": s.get("n_ctx_train", 512),
            f"{arch}.embedding_length": s["n_embd"],
            f"{arch}.feed_forward_length": s["n_ff"],
            f"{arch}.attention.head_count": s["n_head"],
            f"{arch}.attention.head_count_kv": s["n_kv_head"],
            f"{arch}.attention.key_length": s["head_dim"],
            f"{arch}.attention.value_length": s["head_dim"],
            f"{arch}.attention.layer_norm_rms_epsilon": s.get("eps", 1e-5),
            f"{arch}.rope.dimension_count": s["head_dim"],
            "tokenizer.ggml.model": "llama",
            "tokenizer.ggml.tokens": pieces,
            "tokenizer.ggml.scores": [0.0] * 259 + [-float(i) for i in range(len(PIECES) + len(marks))],
            "tokenizer.ggml.token_type": kinds,
            "tokenizer.ggml.bos_token_id": 1,
            "tokenizer.ggml.eos_token_id": 2,
            "tokenizer.ggml.unknown_token_id": 0,
        }
        assert len(pieces) == self.n_vocab
        metadata.update({f"{arch}.{key}": value for key, value in s.get("keys", {}).items()})
        return metadata

    @property
    def n_vocab(self):
        return N_VOCAB + len(self.spec.get("marks", []))

    def build(self):
        s = self.spec
        tied = s.get("tied", False)
        # A tied table is also the output, so it is scaled for logits; norms make up for it on the way in. Gemma scales it up
        # again, and the token itself must not drown everything else in the residual stream.
        tied_gain = 1.2 if s["arch"] == "gemma3" else 2.5
        self.matrix("token_embd.weight", s["n_embd"], self.n_vocab, tied_gain if tied else math.sqrt(s["n_embd"]))
        if not tied:
            self.matrix("output.weight", s["n_embd"], self.n_vocab, 2.5)
        self.vector("output_norm.weight", s["n_embd"], 1.0, 0.2)
        for name, values in s.get("factors", {}).items():
            self.factors(name, values)
        for i in range(s["n_layer"]):
            self.layer(i)


# --- The programs ------------------------------------------------------------------------------------------------------

def run(doc, groups):
    """The command line of both makers; @groups: makers by name. Returns the folder when files were written."""
    if sys.argv[1:] == ["--list"]:
        print("\n".join(groups))
        return None
    if len(sys.argv) < 2:
        sys.exit(doc)
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    for name in sys.argv[2:] or groups:
        for maker in groups[name]:
            maker.write(folder)
    return folder

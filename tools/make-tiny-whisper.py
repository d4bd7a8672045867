#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""A small random Whisper with 128 mel bins, as transformers and CTranslate2 store it, and what transformers makes of it.

  make-tiny-whisper.py models OUT_DIR        folders: transformers (f32), ct2-float16, ct2-int8, ct2-int8-bare (without
                                             tokenizer.json); needs NumPy
  make-tiny-whisper.py golden OUT.json       needs torch, transformers and ctranslate2 too, which must open the folders

Weights are NumPy's RandomState, which never changes, seeded by the tensor's name. Those that a folder holds in fewer bits are
what transformers is given, so that the importer is compared and not the rounding. Made with transformers 5.24, torch 2.15,
ctranslate2 4.8."""

import json
import os
import struct
import sys
import zlib

import numpy as np

N_EMBD, N_FF, N_HEAD, N_LAYER, N_MEL, N_CTX = 64, 128, 2, 2, 128, 448
KINDS = ["transformers", "ct2-float16", "ct2-int8", "ct2-int8-bare"]
N_SAMPLES, STEP = 160, 7919
LANGUAGES = ["en", "zh", "de", "yue"]


def bytes_of_bpe():
    """GPT-2's characters for the 256 bytes, in the order of their ids."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in plain]
    return [chr(b) for b in plain] + [chr(256 + i) for i in range(len(others))]


def vocabulary():
    """Texts by id, merges."""
    tokens = bytes_of_bpe()
    merges = [("t", "h"), ("\u0120", "th"), ("\u0120th", "e"), ("i", "n"), ("in", "g")]
    tokens += [a + b for a, b in merges]
    n_text = len(tokens)
    tokens += ["<|endoftext|>", "<|startoftranscript|>"] + [f"<|{code}|>" for code in LANGUAGES]
    tokens += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
    tokens += [f"<|{0.02 * i:.2f}|>" for i in range(1501)]
    return tokens, merges, n_text


TOKENS, MERGES, N_TEXT = vocabulary()


def shapes():
    """Transformers' names."""
    found = {"model.encoder.conv1.weight": (N_EMBD, N_MEL, 3), "model.encoder.conv1.bias": (N_EMBD,),
             "model.encoder.conv2.weight": (N_EMBD, N_EMBD, 3), "model.encoder.conv2.bias": (N_EMBD,),
             "model.encoder.embed_positions.weight": (1500, N_EMBD), "model.decoder.embed_positions.weight": (N_CTX, N_EMBD),
             "model.decoder.embed_tokens.weight": (len(TOKENS), N_EMBD)}
    for side in ("encoder", "decoder"):
        for layer in range(N_LAYER):
            at = f"model.{side}.layers.{layer}."
            for attention in ("self_attn", "encoder_attn")[:1 if side == "encoder" else 2]:
                for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
                    found[f"{at}{attention}.{part}.weight"] = (N_EMBD, N_EMBD)
                    if part != "k_proj":
                        found[f"{at}{attention}.{part}.bias"] = (N_EMBD,)
                found[f"{at}{attention}_layer_norm.weight"] = found[f"{at}{attention}_layer_norm.bias"] = (N_EMBD,)
            found[f"{at}final_layer_norm.weight"] = found[f"{at}final_layer_norm.bias"] = (N_EMBD,)
            found[f"{at}fc1.weight"], found[f"{at}fc1.bias"] = (N_FF, N_EMBD), (N_FF,)
            found[f"{at}fc2.weight"], found[f"{at}fc2.bias"] = (N_EMBD, N_FF), (N_EMBD,)
        found[f"model.{side}.layer_norm.weight"] = found[f"model.{side}.layer_norm.bias"] = (N_EMBD,)
    return found


def weights():
    result = {}
    for name, shape in shapes().items():
        values = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(shape)
        if "norm.weight" in name:
            values = 1 + 0.2 * values
        else:
            values *= 0.1 if len(shape) == 1 else 0.5 if "embed" in name else 1.2 / np.sqrt(np.prod(shape[1:]))
        result[name] = values.astype(np.float32)
    return result


def quantized(values):
    """CTranslate2's: rows of int8 that are to be divided by their scale."""
    rows = values.reshape(len(values), -1)
    scale = (127 / np.abs(rows).max(axis=1)).astype(np.float32)
    return np.rint(rows * scale[:, None]).astype(np.int8).reshape(values.shape), scale


def as_stored(name, values, kind):
    """What is left of a tensor in a folder of @kind, in f32."""
    if kind == "transformers":
        return values
    if kind == "ct2-float16" or values.ndim == 1 or "embed_positions" in name:
        return values.astype(np.float16).astype(np.float32) if kind == "ct2-float16" else values
    q, scale = quantized(values)
    return q.astype(np.float32) / scale.reshape(-1, *[1] * (values.ndim - 1))


# --- Folders -----------------------------------------------------------------------------------------------------------------


def write_json(folder, name, value):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        json.dump(value, file)


def write_tokenizer(folder):
    write_json(folder, "tokenizer.json", {
        "model": {"type": "BPE", "vocab": {text: i for i, text in enumerate(TOKENS[:N_TEXT])}, "merges": [f"{a} {b}" for a, b in MERGES]},
        "added_tokens": [{"id": i, "content": text, "special": True} for i, text in enumerate(TOKENS) if i >= N_TEXT]})


def write_safetensors(folder, tensors):
    header, at = {}, 0
    for name, values in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [at, at + values.nbytes]}
        at += values.nbytes
    text = json.dumps(header).encode()
    with open(os.path.join(folder, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(values.tobytes() for values in tensors.values()))


def ct2_variables(tensors):
    """CTranslate2's names, with projections joined: (name, f32, may be stored in 8 bits)."""
    def pair(target, source, matrix, ending=("weight", "bias")):
        yield f"{target}/{ending[0]}", tensors[f"model.{source}.weight"], matrix
        yield f"{target}/{ending[1]}", tensors[f"model.{source}.bias"], False

    def joined(target, source, parts):
        biases = [tensors.get(f"model.{source}.{p}.bias", np.zeros(N_EMBD, np.float32)) for p in parts]
        yield f"{target}/weight", np.concatenate([tensors[f"model.{source}.{p}.weight"] for p in parts]), True
        yield f"{target}/bias", np.concatenate(biases), False

    norm = ("gamma", "beta")
    for conv in ("conv1", "conv2"):
        yield from pair(f"encoder/{conv}", f"encoder.{conv}", True)
    for side in ("encoder", "decoder"):
        yield f"{side}/position_encodings/encodings", tensors[f"model.{side}.embed_positions.weight"], False
        yield from pair(f"{side}/layer_norm", f"{side}.layer_norm", False, norm)
        for layer in range(N_LAYER):
            to, at = f"{side}/layer_{layer}", f"{side}.layers.{layer}"
            yield from joined(f"{to}/self_attention/linear_0", f"{at}.self_attn", ("q_proj", "k_proj", "v_proj"))
            yield from pair(f"{to}/self_attention/linear_1", f"{at}.self_attn.out_proj", True)
            yield from pair(f"{to}/self_attention/layer_norm", f"{at}.self_attn_layer_norm", False, norm)
            if side == "decoder":
                yield from joined(f"{to}/attention/linear_0", f"{at}.encoder_attn", ("q_proj",))
                yield from joined(f"{to}/attention/linear_1", f"{at}.encoder_attn", ("k_proj", "v_proj"))
                yield from pair(f"{to}/attention/linear_2", f"{at}.encoder_attn.out_proj", True)
                yield from pair(f"{to}/attention/layer_norm", f"{at}.encoder_attn_layer_norm", False, norm)
            yield from pair(f"{to}/ffn/layer_norm", f"{at}.final_layer_norm", False, norm)
            yield from pair(f"{to}/ffn/linear_0", f"{at}.fc1", True)
            yield from pair(f"{to}/ffn/linear_1", f"{at}.fc2", True)
    yield "decoder/embeddings/weight", tensors["model.decoder.embed_tokens.weight"], True


def write_ct2(folder, tensors, kind):
    ids = {np.dtype(np.float32): 0, np.dtype(np.int8): 1, np.dtype(np.int16): 2, np.dtype(np.float16): 4}
    variables = {}
    for name, values, is_matrix in ct2_variables(tensors):
        if kind == "ct2-float16":
            variables[name] = values.astype(np.float16)
        elif is_matrix:
            variables[name], variables[name + "_scale"] = quantized(values)
        else:
            variables[name] = values
    for side in ("encoder", "decoder"):
        variables[f"{side}/num_heads"] = np.array(N_HEAD, np.int16)
    variables["decoder/activation"] = np.array(4, np.int8)
    for flag in ("pre_norm", "scale_embeddings"):
        variables[f"decoder/{flag}"] = np.array(flag == "pre_norm", np.int8)

    def text(value):
        return struct.pack("<H", len(value) + 1) + value.encode() + b"\0"

    with open(os.path.join(folder, "model.bin"), "wb") as file:
        file.write(struct.pack("<I", 6) + text("WhisperSpec") + struct.pack("<II", 3, len(variables)))
        for name in sorted(variables):
            values = variables[name]
            file.write(text(name) + struct.pack("<B", values.ndim) + struct.pack(f"<{values.ndim}I", *values.shape))
            file.write(struct.pack("<BI", ids[values.dtype], values.nbytes) + values.tobytes())
        file.write(struct.pack("<I", 1) + text("decoder/projection/weight") + text("decoder/embeddings/weight"))


def write_models(out):
    tensors = weights()
    for kind in KINDS:
        folder = os.path.join(out, kind)
        os.makedirs(folder, exist_ok=True)
        if kind == "transformers":
            write_json(folder, "config.json", {
                "model_type": "whisper", "d_model": N_EMBD, "encoder_attention_heads": N_HEAD, "decoder_attention_heads": N_HEAD,
                "num_mel_bins": N_MEL})
            write_json(folder, "generation_config.json", {"alignment_heads": [[0, 1], [1, 0]]})
            write_safetensors(folder, tensors)
        else:
            write_json(folder, "config.json", {"alignment_heads": [[0, 1], [1, 0]], "lang_ids": [], "suppress_ids": [],
                                               "suppress_ids_begin": []})
            write_json(folder, "vocabulary.json", TOKENS)
            write_ct2(folder, tensors, kind)
        if kind != "ct2-int8-bare":
            write_tokenizer(folder)


# --- Golden ------------------------------------------------------------------------------------------------------------------


def samples(values):
    flat = np.asarray(values, dtype=np.float64).reshape(-1)
    return [float(f"{flat[k * STEP % len(flat)]:.7g}") for k in range(N_SAMPLES)]


def sound():
    """Log-mel [3000][n_mel] of nothing in particular."""
    frame, band = np.meshgrid(np.arange(3000), np.arange(N_MEL), indexing="ij")
    return (np.sin(0.013 * frame * (1 + band % 7)) * np.cos(0.31 * band) * 0.8).astype(np.float32)


def write_golden(path):
    import tempfile

    import ctranslate2
    import torch
    import transformers

    config = transformers.WhisperConfig(
        vocab_size=len(TOKENS), num_mel_bins=N_MEL, encoder_layers=N_LAYER, decoder_layers=N_LAYER, d_model=N_EMBD,
        encoder_attention_heads=N_HEAD, decoder_attention_heads=N_HEAD, encoder_ffn_dim=N_FF, decoder_ffn_dim=N_FF,
        max_target_positions=N_CTX, pad_token_id=N_TEXT, bos_token_id=N_TEXT, eos_token_id=N_TEXT, decoder_start_token_id=N_TEXT + 1,
        begin_suppress_tokens=None)
    tokens = [N_TEXT + 1, N_TEXT + 2, TOKENS.index("<|transcribe|>"), TOKENS.index("<|0.00|>"), 17, 258, 100]
    mel, result = sound(), {"tokens": tokens, "models": []}
    with tempfile.TemporaryDirectory() as folder:
        write_models(folder)
        for kind in KINDS:
            model = transformers.WhisperForConditionalGeneration(config).eval()
            state = {name: torch.from_numpy(as_stored(name, values, kind)) for name, values in weights().items()}
            state["proj_out.weight"] = state["model.decoder.embed_tokens.weight"]
            model.load_state_dict(state)
            with torch.no_grad():
                output = model(torch.from_numpy(mel.T[None].copy()), decoder_input_ids=torch.tensor([tokens]))
            features, logits = output.encoder_last_hidden_state[0].numpy(), output.logits[0].numpy()
            if kind != "transformers":
                peer = ctranslate2.models.Whisper(os.path.join(folder, kind), compute_type="float32")
                theirs = np.array(peer.encode(ctranslate2.StorageView.from_array(mel.T[None].copy())))[0]
                print(kind, "ctranslate2's own features differ by", np.linalg.norm(theirs - features) / np.linalg.norm(features))
            result["models"].append({"name": kind, "features": samples(features), "logits": samples(logits)})
    with open(path, "w", encoding="utf-8") as file:
        json.dump(result, file)


if len(sys.argv) != 3 or sys.argv[1] not in ("models", "golden"):
    sys.exit(__doc__)
(write_models if sys.argv[1] == "models" else write_golden)(sys.argv[2])

#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""A small random Whisper with 128 mel bins, as transformers and CTranslate2 store it, and what transformers makes of it.

  make-tiny-whisper.py models OUT_DIR        folders: transformers (f32), ct2-float16, ct2-int8, ct2-int8-bare (without
                                             tokenizer.json), and ct2-int8-english, with the numbers of the vocabulary that
                                             English-only models have; needs NumPy
  make-tiny-whisper.py golden OUT.json       needs torch, transformers, ctranslate2 and faster-whisper too, which must open the
                                             folders; the English one hears a sound as well, as faster-whisper does greedily

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
ENGLISH = "ct2-int8-english"
KINDS = ["transformers", "ct2-float16", "ct2-int8", "ct2-int8-bare", ENGLISH]
N_SAMPLES, STEP = 160, 7919
LANGUAGES = ["en", "zh", "de", "yue"]
N_ENGLISH_TEXT, N_ENGLISH_LANGUAGES = 50256, 99


def bytes_of_bpe():
    """GPT-2's characters for the 256 bytes, in the order of their ids."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in plain]
    return [chr(b) for b in plain] + [chr(256 + i) for i in range(len(others))]


MERGES = [("t", "h"), ("\u0120", "th"), ("\u0120th", "e"), ("i", "n"), ("in", "g")]


def vocabulary(kind):
    """Texts by id, and how many are no controls."""
    tokens = bytes_of_bpe() + [a + b for a, b in MERGES]
    languages = LANGUAGES
    if kind == ENGLISH:
        tokens += [f"\u0120w{i}" for i in range(N_ENGLISH_TEXT - len(tokens))]
        languages = LANGUAGES + [f"x{i}" for i in range(N_ENGLISH_LANGUAGES - len(LANGUAGES))]
    n_text = len(tokens)
    tokens += ["<|endoftext|>", "<|startoftranscript|>"] + [f"<|{code}|>" for code in languages]
    tokens += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
    return tokens + [f"<|{0.02 * i:.2f}|>" for i in range(1501)], n_text


def shapes(n_token):
    """Transformers' names."""
    found = {"model.encoder.conv1.weight": (N_EMBD, N_MEL, 3), "model.encoder.conv1.bias": (N_EMBD,),
             "model.encoder.conv2.weight": (N_EMBD, N_EMBD, 3), "model.encoder.conv2.bias": (N_EMBD,),
             "model.encoder.embed_positions.weight": (1500, N_EMBD), "model.decoder.embed_positions.weight": (N_CTX, N_EMBD),
             "model.decoder.embed_tokens.weight": (n_token, N_EMBD)}
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


def weights(kind):
    result = {}
    for name, shape in shapes(len(vocabulary(kind)[0])).items():
        values = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(shape)
        if "norm.weight" in name:
            values = 1 + 0.2 * values
        else:
            values *= 0.1 if len(shape) == 1 else 0.5 if "embed" in name else 1.2 / np.sqrt(np.prod(shape[1:]))
        # What is written shall change from place to place: a text that goes round in circles is stopped by some and not by others.
        if kind == ENGLISH and name == "model.decoder.embed_positions.weight":
            values *= 8
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


def write_tokenizer(folder, tokens, n_text):
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    flags = {"special": True, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    write_json(folder, "tokenizer.json", {
        "model": {"type": "BPE", "vocab": {text: i for i, text in enumerate(tokens[:n_text])}, "merges": [f"{a} {b}" for a, b in MERGES]},
        "pre_tokenizer": byte_level, "decoder": byte_level,
        "added_tokens": [{"id": i, "content": text, **flags} for i, text in enumerate(tokens) if i >= n_text]})


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
    for kind in KINDS:
        tensors, (tokens, n_text) = weights(kind), vocabulary(kind)
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
            write_json(folder, "preprocessor_config.json", {"feature_size": N_MEL})
            write_json(folder, "vocabulary.json", tokens)
            write_ct2(folder, tensors, kind)
        if kind != "ct2-int8-bare":
            write_tokenizer(folder, tokens, n_text)


# --- Golden ------------------------------------------------------------------------------------------------------------------


def samples(values):
    flat = np.asarray(values, dtype=np.float64).reshape(-1)
    return [float(f"{flat[k * STEP % len(flat)]:.7g}") for k in range(N_SAMPLES)]


def sound():
    """Log-mel [3000][n_mel] of nothing in particular."""
    frame, band = np.meshgrid(np.arange(3000), np.arange(N_MEL), indexing="ij")
    return (np.sin(0.013 * frame * (1 + band % 7)) * np.cos(0.31 * band) * 0.8).astype(np.float32)


def hear(folder):
    """The tokens that faster-whisper writes of a second of a sawtooth, and of nothing behind it."""
    from faster_whisper import WhisperModel

    wave = (np.arange(16000) % 80 / 80 - 0.5).astype(np.float32)
    model = WhisperModel(folder, device="cpu", compute_type="float32")
    segments, info = model.transcribe(wave, beam_size=1, temperature=0, compression_ratio_threshold=None, log_prob_threshold=None,
                                      no_speech_threshold=None, condition_on_previous_text=False, vad_filter=False)
    segments = list(segments)
    print("heard", info.language, [(s.start, s.end, s.text) for s in segments])
    return {"language": info.language, "tokens": [t for s in segments for t in s.tokens], "text": "".join(s.text for s in segments)}


def write_golden(path):
    import tempfile

    import ctranslate2
    import torch
    import transformers

    mel, result = sound(), {"models": []}
    with tempfile.TemporaryDirectory() as folder:
        write_models(folder)
        for kind in KINDS:
            tokens, n_text = vocabulary(kind)
            # English-only models are told neither language nor task.
            start = [n_text + 1] if kind == ENGLISH else [n_text + 1, n_text + 2, tokens.index("<|transcribe|>")]
            prompt = start + [tokens.index("<|0.00|>"), 17, 258, 100]
            config = transformers.WhisperConfig(
                vocab_size=len(tokens), num_mel_bins=N_MEL, encoder_layers=N_LAYER, decoder_layers=N_LAYER, d_model=N_EMBD,
                encoder_attention_heads=N_HEAD, decoder_attention_heads=N_HEAD, encoder_ffn_dim=N_FF, decoder_ffn_dim=N_FF,
                max_target_positions=N_CTX, pad_token_id=n_text, bos_token_id=n_text, eos_token_id=n_text,
                decoder_start_token_id=n_text + 1, begin_suppress_tokens=None)
            model = transformers.WhisperForConditionalGeneration(config).eval()
            state = {name: torch.from_numpy(as_stored(name, values, kind)) for name, values in weights(kind).items()}
            state["proj_out.weight"] = state["model.decoder.embed_tokens.weight"]
            model.load_state_dict(state)
            with torch.no_grad():
                output = model(torch.from_numpy(mel.T[None].copy()), decoder_input_ids=torch.tensor([prompt]))
            features, logits = output.encoder_last_hidden_state[0].numpy(), output.logits[0].numpy()
            if kind != "transformers":
                peer = ctranslate2.models.Whisper(os.path.join(folder, kind), compute_type="float32")
                theirs = np.array(peer.encode(ctranslate2.StorageView.from_array(mel.T[None].copy())))[0]
                print(kind, "ctranslate2's own features differ by", np.linalg.norm(theirs - features) / np.linalg.norm(features))
            result["models"].append({"name": kind, "tokens": prompt, "features": samples(features), "logits": samples(logits)})
        result["heard"] = hear(os.path.join(folder, ENGLISH))
    with open(path, "w", encoding="utf-8") as file:
        json.dump(result, file)


if len(sys.argv) != 3 or sys.argv[1] not in ("models", "golden"):
    sys.exit(__doc__)
(write_models if sys.argv[1] == "models" else write_golden)(sys.argv[2])

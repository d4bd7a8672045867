#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Writes what llama.cpp says about models and texts: the numbers that tests/model/test-parity.c compares with.

The reference is llama.cpp on the file dequantized to f32 (llama-quantize --allow-requantize … F32), with an f32 KV cache and
without flash attention. Beside it, for models with real weights, stands what llama.cpp's own default path says (the file as
it is, f16 KV cache, default flash attention): its error against the reference is the yardstick for our default path.

  make-golden-logits.py --peer BIN tiny OUT.json                 every model of make-tiny-models.py
  make-golden-logits.py --peer BIN real MODEL.gguf OUT.json      the texts of tests/data/texts

BIN is the folder with libllama.so and llama-quantize of llama.cpp as in llama-cpp-python 0.3.36 (the layout of its structures
is written out below). Needs python3-numpy, and room for the f32 file in the temporary folder."""

import argparse
import ctypes
import json
import os
import random
import subprocess
import sys
import tempfile

import numpy

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
GGML_TYPE_F32 = 0
FLASH_ATTENTION_OFF = 0
MAX_TOKENS = 850
N_TOP = 10
TINY_TOKENS = 160
TINY_CONTEXT = 256
TEXTS = ["mixed.txt", "code.txt", "languages.txt"]


class ModelParams(ctypes.Structure):
    _fields_ = [("devices", ctypes.c_void_p), ("overrides", ctypes.c_void_p), ("n_gpu_layers", ctypes.c_int32),
                ("split_mode", ctypes.c_int), ("load_mode", ctypes.c_int), ("lazy_mode", ctypes.c_int),
                ("main_gpu", ctypes.c_int32), ("tensor_split", ctypes.c_void_p), ("progress", ctypes.c_void_p),
                ("progress_data", ctypes.c_void_p), ("kv_overrides", ctypes.c_void_p), ("flags", ctypes.c_bool * 6)]


class ContextParams(ctypes.Structure):
    _fields_ = ([(name, ctypes.c_uint32) for name in ("n_ctx", "n_batch", "n_ubatch", "n_seq_max", "n_rs_seq",
                                                      "n_outputs_max", "n_outputs_max_per_seq")]
                + [(name, ctypes.c_int32) for name in ("n_threads", "n_threads_batch", "ctx_type", "rope_scaling_type",
                                                       "pooling_type", "attention_type", "flash_attn_type")]
                + [(name, ctypes.c_float) for name in ("rope_freq_base", "rope_freq_scale", "yarn_ext_factor",
                                                       "yarn_attn_factor", "yarn_beta_fast", "yarn_beta_slow")]
                + [("yarn_orig_ctx", ctypes.c_uint32), ("defrag_thold", ctypes.c_float), ("cb_eval", ctypes.c_void_p),
                   ("cb_eval_data", ctypes.c_void_p), ("type_k", ctypes.c_int), ("type_v", ctypes.c_int),
                   ("abort", ctypes.c_void_p), ("abort_data", ctypes.c_void_p), ("flags", ctypes.c_bool * 7),
                   ("samplers", ctypes.c_void_p), ("n_samplers", ctypes.c_size_t), ("ctx_other", ctypes.c_void_p)])


class Batch(ctypes.Structure):
    _fields_ = [("n_tokens", ctypes.c_int32), ("token", ctypes.POINTER(ctypes.c_int32)), ("embd", ctypes.c_void_p),
                ("pos", ctypes.POINTER(ctypes.c_int32)), ("n_seq_id", ctypes.POINTER(ctypes.c_int32)),
                ("seq_id", ctypes.POINTER(ctypes.POINTER(ctypes.c_int32))), ("logits", ctypes.POINTER(ctypes.c_int8))]


LOG_FUNCTION = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)


class Peer:
    def __init__(self, folder, n_threads):
        self.folder, self.n_threads = folder, n_threads
        self.lib = lib = ctypes.CDLL(os.path.join(folder, "libllama.so"))
        lib.llama_model_default_params.restype = ModelParams
        lib.llama_context_default_params.restype = ContextParams
        lib.llama_batch_init.restype = Batch
        for name in ("llama_model_load_from_file", "llama_init_from_model", "llama_model_get_vocab"):
            getattr(lib, name).restype = ctypes.c_void_p
        lib.llama_get_logits_ith.restype = ctypes.POINTER(ctypes.c_float)
        self.silence = LOG_FUNCTION(lambda level, text, data: None)
        lib.llama_log_set(self.silence, None)
        lib.llama_backend_init()

    def dequantize(self, path, out):
        tool = os.path.join(self.folder, "llama-quantize")
        subprocess.run([tool, "--allow-requantize", path, out, "F32", str(self.n_threads)], check=True, capture_output=True)

    def open(self, path):
        params = self.lib.llama_model_default_params()
        params.n_gpu_layers = 0
        model = self.lib.llama_model_load_from_file(path.encode(), params)
        if not model:
            sys.exit(f"{path}: llama.cpp cannot load it")
        return ctypes.c_void_p(model)

    def close(self, model):
        self.lib.llama_model_free(model)

    def tokenize(self, model, text):
        vocab = ctypes.c_void_p(self.lib.llama_model_get_vocab(model))
        raw = text.encode()
        ids = (ctypes.c_int32 * (len(raw) + 16))()
        n = self.lib.llama_tokenize(vocab, raw, len(raw), ids, len(ids), True, True)
        return list(ids[:n])

    def score(self, model, tokens, n_ctx, exact):
        """Log-probabilities of each next token, and the ten best after the last."""
        params = self.lib.llama_context_default_params()
        params.n_ctx = n_ctx
        params.n_threads = params.n_threads_batch = self.n_threads
        if exact:
            params.type_k = params.type_v = GGML_TYPE_F32
            params.flash_attn_type = FLASH_ATTENTION_OFF
        context = ctypes.c_void_p(self.lib.llama_init_from_model(model, params))
        if not context.value:
            sys.exit("llama.cpp cannot make a context")
        vocab = ctypes.c_void_p(self.lib.llama_model_get_vocab(model))
        n_vocab = self.lib.llama_vocab_n_tokens(vocab)
        batch = self.lib.llama_batch_init(512, 0, 1)
        next_logprobs, top = [], []
        for start in range(0, len(tokens), 512):
            part = tokens[start:start + 512]
            batch.n_tokens = len(part)
            for i, token in enumerate(part):
                batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.logits[i] = token, start + i, 1, 1
                batch.seq_id[i][0] = 0
            if self.lib.llama_decode(context, batch) != 0:
                sys.exit("llama.cpp failed to decode")
            for i in range(len(part)):
                row = numpy.ctypeslib.as_array(self.lib.llama_get_logits_ith(context, i), (n_vocab,)).astype(numpy.float64)
                logprobs = row - row.max()
                logprobs -= numpy.log(numpy.exp(logprobs).sum())
                if start + i + 1 < len(tokens):
                    next_logprobs.append(float(logprobs[tokens[start + i + 1]]))
                else:
                    best = numpy.argsort(-logprobs)[:N_TOP]
                    top = [[int(id), round(float(logprobs[id]), 6)] for id in best]
        self.lib.llama_batch_free(batch)
        self.lib.llama_free(context)
        return next_logprobs, top


def rounded(values):
    return [round(value, 6) for value in values]


def write(path, golden):
    """One line for each case, so that changes can be read."""
    cases = ",\n".join(json.dumps(case, separators=(",", ":")) for case in golden.pop("cases"))
    head = json.dumps(golden, separators=(",", ":"))
    with open(path, "w") as file:
        file.write(f'{head[:-1]},"cases":[\n{cases}\n]}}\n')


def make_tiny(peer, out, folder):
    maker = os.path.join(ROOT, "tools", "make-tiny-models.py")
    subprocess.run([sys.executable, maker, folder], check=True)
    names = subprocess.run([sys.executable, maker, "--list"], check=True, capture_output=True, text=True).stdout.split()
    cases = []
    for name in names:
        path, f32_path = os.path.join(folder, name + ".gguf"), os.path.join(folder, "f32.gguf")
        peer.dequantize(path, f32_path)
        model = peer.open(f32_path)
        rng = random.Random(name)
        tokens = [1] + [rng.randrange(3, 323) for _ in range(TINY_TOKENS - 1)]
        next_logprobs, top = peer.score(model, tokens, TINY_CONTEXT, True)
        peer.close(model)
        cases.append({"name": name, "tokens": tokens, "next_logprobs": rounded(next_logprobs), "top": top})
        print(f"{name}: logprobs {min(next_logprobs):.2f} to {max(next_logprobs):.2f}, best {top[0][1]:.2f}", file=sys.stderr)
    write(out, {"reference": "llama.cpp of llama-cpp-python 0.3.36, f32", "n_ctx": TINY_CONTEXT, "cases": cases})


def summary(reference, default):
    difference = numpy.abs(numpy.array(reference) - numpy.array(default))
    return {"perplexity": round(float(numpy.exp(-numpy.mean(reference))), 4),
            "llama_cpp_default": {"perplexity": round(float(numpy.exp(-numpy.mean(default))), 4),
                                  "mean": round(float(difference.mean()), 6),
                                  "p99": round(float(numpy.percentile(difference, 99)), 6),
                                  "max": round(float(difference.max()), 6)}}


def make_real(peer, path, out, folder):
    f32_path = os.path.join(folder, "f32.gguf")
    peer.dequantize(path, f32_path)
    reference_model, default_model = peer.open(f32_path), peer.open(path)
    cases, all_reference, all_default = [], [], []
    for text_name in TEXTS:
        with open(os.path.join(ROOT, "tests", "data", "texts", text_name), encoding="utf-8") as file:
            tokens = peer.tokenize(default_model, file.read())[:MAX_TOKENS]
        n_ctx = len(tokens) + -len(tokens) % 256
        reference, top = peer.score(reference_model, tokens, n_ctx, True)
        default, _ = peer.score(default_model, tokens, n_ctx, False)
        all_reference += reference
        all_default += default
        cases.append({"name": text_name, "tokens": tokens, "next_logprobs": rounded(reference), "top": top,
                      "default_next_logprobs": rounded(default)})
        print(text_name, len(tokens), summary(reference, default), file=sys.stderr)
    write(out, {"reference": "llama.cpp of llama-cpp-python 0.3.36, f32", "model": os.path.basename(path),
                **summary(all_reference, all_default), "cases": cases})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", required=True, metavar="BIN")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("kind", choices=["tiny", "real"])
    parser.add_argument("paths", nargs="+")
    options = parser.parse_args()
    peer = Peer(options.peer, options.threads)
    with tempfile.TemporaryDirectory() as folder:
        if options.kind == "tiny":
            make_tiny(peer, options.paths[0], folder)
        else:
            make_real(peer, options.paths[0], options.paths[1], folder)


main()

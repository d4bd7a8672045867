# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""llama.cpp as in llama-cpp-python 0.3.36, through ctypes: what the make-golden tools ask. The layout of its structures is written out
below. Needs python3-numpy."""

import ctypes
import json
import os
import subprocess
import sys

import numpy

GGML_TYPE_F32 = 0
FLASH_ATTENTION_OFF = 0
N_TOP = 10
N_BATCH = 512


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

    def new_context(self, model, n_ctx, exact, n_batch=N_BATCH):
        """@exact: f32 keys and values, no flash attention."""
        params = self.lib.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_ubatch = n_ctx, n_batch, n_batch
        params.n_threads = params.n_threads_batch = self.n_threads
        if exact:
            params.type_k = params.type_v = GGML_TYPE_F32
            params.flash_attn_type = FLASH_ATTENTION_OFF
        context = ctypes.c_void_p(self.lib.llama_init_from_model(model, params))
        if not context.value:
            sys.exit("llama.cpp cannot make a context")
        return context

    def logprobs(self, model, context, row):
        n_vocab = self.lib.llama_vocab_n_tokens(ctypes.c_void_p(self.lib.llama_model_get_vocab(model)))
        logits = numpy.ctypeslib.as_array(self.lib.llama_get_logits_ith(context, row), (n_vocab,)).astype(numpy.float64)
        logprobs = logits - logits.max()
        return logprobs - numpy.log(numpy.exp(logprobs).sum())

    def score(self, model, tokens, n_ctx, exact):
        """Log-probabilities of each next token, and the ten best after the last."""
        context = self.new_context(model, n_ctx, exact)
        batch = self.lib.llama_batch_init(N_BATCH, 0, 1)
        next_logprobs, top = [], []
        for start in range(0, len(tokens), N_BATCH):
            part = tokens[start:start + N_BATCH]
            batch.n_tokens = len(part)
            for i, token in enumerate(part):
                batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.logits[i] = token, start + i, 1, 1
                batch.seq_id[i][0] = 0
            if self.lib.llama_decode(context, batch) != 0:
                sys.exit("llama.cpp failed to decode")
            for i in range(len(part)):
                logprobs = self.logprobs(model, context, i)
                if start + i + 1 < len(tokens):
                    next_logprobs.append(float(logprobs[tokens[start + i + 1]]))
                else:
                    top = best(logprobs)
        self.lib.llama_batch_free(batch)
        self.lib.llama_free(context)
        return next_logprobs, top


def best(logprobs):
    return [[int(id), round(float(logprobs[id]), 6)] for id in numpy.argsort(-logprobs)[:N_TOP]]


def rounded(values):
    return [round(value, 6) for value in values]


def write_golden(path, golden):
    """One line for each case, so that changes can be read."""
    cases = ",\n".join(json.dumps(case, separators=(",", ":")) for case in golden.pop("cases"))
    head = json.dumps(golden, separators=(",", ":"))
    with open(path, "w") as file:
        file.write(f'{head[:-1]},"cases":[\n{cases}\n]}}\n')

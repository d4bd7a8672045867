#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Writes what llama.cpp's llama_tokenize() makes of tests/data/text/strings.json: what tests/text/test-golden.c compares with.

  make-golden-tokens.py --peer BIN OUT.json NAME=VOCABULARY.gguf...

BIN is the folder with libllama.so of llama.cpp as in llama-cpp-python 0.3.36 (the layout of its structure is written out
below). NAME=*FILE reads only the vocabulary too, and tells the test to look for FILE among the peer's vocabularies, not
among the models.

A string is text, {"hex": bytes} or {"repeat": text}, both also with "times": n. For each the golden file has the ids with BOS added and
special tokens parsed (where there are many: their number and a hash), and, as number and hash, those with neither."""

import argparse
import ctypes
import json
import os

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STRINGS = os.path.join(ROOT, "tests", "data", "text", "strings.json")
MAX_LISTED = 40


class ModelParams(ctypes.Structure):
    _fields_ = [("devices", ctypes.c_void_p), ("overrides", ctypes.c_void_p), ("n_gpu_layers", ctypes.c_int32),
                ("split_mode", ctypes.c_int), ("load_mode", ctypes.c_int), ("lazy_mode", ctypes.c_int),
                ("main_gpu", ctypes.c_int32), ("tensor_split", ctypes.c_void_p), ("progress", ctypes.c_void_p),
                ("progress_data", ctypes.c_void_p), ("kv_overrides", ctypes.c_void_p), ("vocab_only", ctypes.c_bool),
                ("flags", ctypes.c_bool * 5)]


def text_bytes(entry):
    if isinstance(entry, str):
        return entry.encode("utf-8")
    once = bytes.fromhex(entry["hex"]) if "hex" in entry else entry["repeat"].encode("utf-8")
    return once * entry.get("times", 1)


def digest(ids):
    """Their number and FNV-1a over their bytes, as the test has it."""
    value = 0xcbf29ce484222325
    for byte in bytes((ctypes.c_int32 * len(ids))(*ids)):
        value = ((value ^ byte) * 0x100000001b3) & 0xffffffffffffffff
    return f"{len(ids)}:{value:016x}"


class Peer:
    def __init__(self, folder):
        self.lib = ctypes.CDLL(os.path.join(folder, "libllama.so"))
        self.lib.llama_model_default_params.restype = ModelParams
        self.lib.llama_model_load_from_file.argtypes = [ctypes.c_char_p, ModelParams]
        self.lib.llama_model_load_from_file.restype = ctypes.c_void_p
        self.lib.llama_model_get_vocab.argtypes = [ctypes.c_void_p]
        self.lib.llama_model_get_vocab.restype = ctypes.c_void_p
        self.lib.llama_model_free.argtypes = [ctypes.c_void_p]
        self.lib.llama_tokenize.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32, ctypes.c_void_p,
                                            ctypes.c_int32, ctypes.c_bool, ctypes.c_bool]
        self.quiet = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)(lambda *_: None)
        self.lib.llama_log_set.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        self.lib.llama_log_set(ctypes.cast(self.quiet, ctypes.c_void_p), None)

    def tokenize_all(self, path, texts):
        params = self.lib.llama_model_default_params()
        params.vocab_only = True
        model = self.lib.llama_model_load_from_file(path.encode(), params)
        if not model:
            raise SystemExit(f"{path} does not load")
        vocab = self.lib.llama_model_get_vocab(model)
        ids, plain = [], []
        for text in texts:
            room = (ctypes.c_int32 * (len(text) * 2 + 16))()
            n = self.lib.llama_tokenize(vocab, text, len(text), room, len(room), True, True)
            ids.append(room[:n] if n <= MAX_LISTED else digest(room[:n]))
            n = self.lib.llama_tokenize(vocab, text, len(text), room, len(room), False, False)
            plain.append(digest(room[:n]))
        self.lib.llama_model_free(model)
        return ids, plain


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", required=True)
    parser.add_argument("out")
    parser.add_argument("vocabularies", nargs="+")
    args = parser.parse_args()

    with open(STRINGS, encoding="utf-8") as file:
        texts = [text_bytes(entry) for entry in json.load(file)]
    peer = Peer(args.peer)
    lines = []
    for item in args.vocabularies:
        name, path = item.split("=", 1)
        of_peer = path.startswith("*")
        ids, plain = peer.tokenize_all(path.lstrip("*"), texts)
        head = json.dumps({"name": name, "file": os.path.basename(path.lstrip("*")), "of_peer": of_peer})[1:-1]
        body = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in ids)
        lines.append("{" + head + ', "ids": [\n' + body + '\n], "plain": [\n'
                     + ",\n".join(json.dumps(entry) for entry in plain) + "\n]}")
    with open(args.out, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(lines) + "\n]\n")


main()

#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Writes what llama.cpp's mtmd says about the small models of make-tiny-mmproj.py that see or hear: the numbers that
tests/fusion/test-mmproj-parity.c compares with, and those of `sensorium-cli logits --mmproj F --json`.

  make-golden-mmproj.py --peer BIN OUT.json [NAME...]      only those of NAME: no other case is written

The reference runs on files dequantized to f32, except for kernels of convolutions, which are f16 in every file; with f32 keys and
values and without flash attention. A case is a text with <__media__> marks and the media in their order, by their path under
tests/data or, for made/…, in the folder of the models. tokens are those of the text and of the marks around media, next_logprobs[i]
is that of token i + 1 after all that stands before it, n_past the positions taken. Needs python3-numpy."""

import argparse
import ctypes
import importlib.util
import os
import sys
import tempfile

import numpy

from llama_peer import FLASH_ATTENTION_OFF, Peer, best, rounded, write_golden
from tiny_gguf import NUMBER_TYPES, write_gguf

TOOLS = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(os.path.dirname(TOOLS), "tests", "data")
N_CTX = 2048
CHUNK_TEXT = 0

PROMPTS = {
    "vision": [
        ("What is in this <__media__> picture?", ["media/rgb.png"]),
        ("<__media__>two<__media__> and a third: <__media__>", ["media/text-eng.png", "made/tall.ppm", "media/rgb.png"]),
    ],
    "audio": [
        ("<__media__>one, the other<__media__>", ["made/quiet.wav", "made/click.wav"]),
        # Of the first shape only, as each window takes a while.
        ("What is said in <__media__>, and how?", ["speech/boat.wav"]),
        ("Longer: <__media__> It ends.", ["made/long.wav"]),
    ],
    "both": [
        ("See <__media__>, hear <__media__>; again <__media__>!", ["media/rgb.png", "speech/boat.wav", "made/tall.ppm"]),
    ],
}


class ContextParams(ctypes.Structure):
    _fields_ = [("use_gpu", ctypes.c_bool), ("device", ctypes.c_void_p), ("print_timings", ctypes.c_bool), ("n_threads", ctypes.c_int),
                ("image_marker", ctypes.c_char_p), ("media_marker", ctypes.c_char_p), ("flash_attn_type", ctypes.c_int),
                ("warmup", ctypes.c_bool), ("image_min_tokens", ctypes.c_int), ("image_max_tokens", ctypes.c_int),
                ("cb_eval", ctypes.c_void_p), ("cb_eval_user_data", ctypes.c_void_p), ("batch_max_tokens", ctypes.c_int32),
                ("progress", ctypes.c_void_p), ("progress_data", ctypes.c_void_p)]


class Text(ctypes.Structure):
    _fields_ = [("text", ctypes.c_char_p), ("length", ctypes.c_size_t), ("add_special", ctypes.c_bool), ("parse_special", ctypes.c_bool)]


class VideoParams(ctypes.Structure):
    _fields_ = [("fps", ctypes.c_float), ("ffmpeg", ctypes.c_char_p), ("interval", ctypes.c_int64)]


class Bitmap(ctypes.Structure):
    _fields_ = [("bitmap", ctypes.c_void_p), ("video", ctypes.c_void_p)]


class DecoderPosition(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in ("t", "x", "y", "z")]


class Senses:
    """mtmd over an open language model."""

    def __init__(self, peer, model, path):
        self.peer, self.model = peer, model
        self.lib = lib = ctypes.CDLL(os.path.join(peer.folder, "libmtmd.so"))
        lib.mtmd_context_params_default.restype = ContextParams
        lib.mtmd_helper_init_opt_default.restype = VideoParams
        lib.mtmd_helper_bitmap_init_from_file.restype = Bitmap
        lib.mtmd_helper_bitmap_init_from_file.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_bool, VideoParams]
        lib.mtmd_decode_use_non_causal.restype = lib.mtmd_decode_use_mrope.restype = ctypes.c_bool
        lib.mtmd_image_tokens_get_decoder_pos.restype = DecoderPosition
        lib.mtmd_image_tokens_get_decoder_pos.argtypes = [ctypes.c_void_p, ctypes.c_int32, ctypes.c_size_t]
        lib.mtmd_input_chunks_size.restype = lib.mtmd_input_chunk_get_n_tokens.restype = ctypes.c_size_t
        lib.mtmd_input_chunk_get_tokens_image.restype = ctypes.c_void_p
        lib.mtmd_input_chunk_get_tokens_text.restype = ctypes.POINTER(ctypes.c_int32)
        for name in ("mtmd_init_from_file", "mtmd_input_chunks_init", "mtmd_input_chunks_get", "mtmd_get_output_embd"):
            getattr(lib, name).restype = ctypes.c_void_p
        lib.mtmd_helper_log_set(peer.silence, None)
        params = lib.mtmd_context_params_default()
        params.use_gpu, params.warmup, params.n_threads = False, False, peer.n_threads
        params.flash_attn_type = FLASH_ATTENTION_OFF
        context = lib.mtmd_init_from_file(path.encode(), model, params)
        if not context:
            sys.exit(f"{path}: mtmd cannot load it")
        self.context = ctypes.c_void_p(context)

    def close(self):
        self.lib.mtmd_free(self.context)

    def chunks(self, text, paths):
        """(tokens, None) or (None, chunk) in order. The chunks live as long as the process."""
        lib, raw = self.lib, text.encode()
        bitmaps = [lib.mtmd_helper_bitmap_init_from_file(self.context, path.encode(), False, lib.mtmd_helper_init_opt_default()).bitmap
                   for path in paths]
        if not all(bitmaps):
            sys.exit(f"mtmd cannot read {paths}")
        chunks = ctypes.c_void_p(lib.mtmd_input_chunks_init())
        failed = lib.mtmd_tokenize(self.context, chunks, ctypes.byref(Text(raw, len(raw), True, True)),
                                   (ctypes.c_void_p * len(bitmaps))(*bitmaps), ctypes.c_size_t(len(bitmaps)))
        if failed:
            sys.exit(f"mtmd cannot tokenize {text}")
        for i in range(lib.mtmd_input_chunks_size(chunks)):
            chunk = ctypes.c_void_p(lib.mtmd_input_chunks_get(chunks, ctypes.c_size_t(i)))
            if lib.mtmd_input_chunk_get_type(chunk) == CHUNK_TEXT:
                n = ctypes.c_size_t()
                tokens = lib.mtmd_input_chunk_get_tokens_text(chunk, ctypes.byref(n))
                yield tokens[:n.value], None
            else:
                yield None, chunk

    def score(self, text, paths):
        """All text tokens, the log-probability of each but the first, the ten best after the end, positions, positions of media."""
        peer, n_past, n_media, last = self.peer, 0, 0, None
        context = peer.new_context(self.model, N_CTX, True, N_CTX)
        all_tokens, next_logprobs = [], []
        for tokens, chunk in self.chunks(text, paths):
            if tokens is not None:
                rows = self.read(context, tokens, None, n_past, len(tokens), True)
                before = [last] + rows[:-1]
                next_logprobs += [float(row[token]) for row, token in zip(before, tokens) if row is not None]
                all_tokens += tokens
                n_past, last = n_past + len(tokens), rows[-1]
            else:
                n = self.lib.mtmd_input_chunk_get_n_tokens(chunk)
                if self.lib.mtmd_encode_chunk(self.context, chunk) != 0:
                    sys.exit("mtmd failed to encode")
                peer.lib.llama_set_causal_attn(context, not self.lib.mtmd_decode_use_non_causal(self.context, chunk))
                embeddings, places = self.lib.mtmd_get_output_embd(self.context), self.places(chunk, n_past, n)
                last = self.read(context, None, embeddings, n_past, n, False, places)[0]
                peer.lib.llama_set_causal_attn(context, True)
                n_past, n_media = n_past + self.lib.mtmd_input_chunk_get_n_pos(chunk), n_media + n
        peer.lib.llama_free(context)
        return all_tokens, next_logprobs, best(last), n_past, n_media

    def places(self, chunk, n_past, n):
        """Of models that count rows and columns: times of all embeddings, their rows, their columns, and numbers nothing counts."""
        if not self.lib.mtmd_decode_use_mrope(self.context):
            return None
        image = ctypes.c_void_p(self.lib.mtmd_input_chunk_get_tokens_image(chunk))
        if not image.value:
            return (ctypes.c_int32 * (4 * n))(*[n_past + i for i in range(n)] * 3)
        places = [self.lib.mtmd_image_tokens_get_decoder_pos(image, n_past, i) for i in range(n)]
        return (ctypes.c_int32 * (4 * n))(*[getattr(place, axis) for axis in "tyxz" for place in places])

    def read(self, context, tokens, embeddings, n_past, n, all_rows, places=None):
        """Log-probabilities after each row, or after the last."""
        lib = self.peer.lib
        batch = lib.llama_batch_init(n, lib.llama_model_n_embd(self.model) if tokens is None else 0, 1)
        batch.n_tokens = n
        if tokens is None:
            ctypes.memmove(batch.embd, embeddings, n * lib.llama_model_n_embd(self.model) * 4)
        for i in range(n):
            if tokens is not None:
                batch.token[i] = tokens[i]
            batch.pos[i], batch.n_seq_id[i], batch.logits[i] = n_past + i, 1, all_rows or i + 1 == n
            batch.seq_id[i][0] = 0
        own = ctypes.addressof(batch.pos.contents)
        if places is not None:
            batch.pos = ctypes.cast(places, ctypes.POINTER(ctypes.c_int32))
        if lib.llama_decode(context, batch) != 0:
            sys.exit("llama.cpp failed to decode")
        batch.pos = ctypes.cast(own, ctypes.POINTER(ctypes.c_int32))
        rows = [self.peer.logprobs(self.model, context, i) for i in (range(n) if all_rows else [n - 1])]
        lib.llama_batch_free(batch)
        return rows


def dequantized(name, shape, type_id, data):
    if type_id == NUMBER_TYPES["f16"] and "conv1d" not in name and "patch_embd" not in name:
        return name, shape, NUMBER_TYPES["f32"], numpy.frombuffer(data, numpy.float16).astype(numpy.float32).tobytes()
    return name, shape, type_id, data


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", required=True, metavar="BIN")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("out")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    spec = importlib.util.spec_from_file_location("make_tiny_mmproj", os.path.join(TOOLS, "make-tiny-mmproj.py"))
    makers = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(makers)
    peer, cases = Peer(options.peer, options.threads), []
    with tempfile.TemporaryDirectory() as folder:
        makers.write_media(os.path.join(folder, "made"))
        for name, (language, projector) in makers.all_pairs().items():
            if options.names and name not in options.names:
                continue
            language.write(folder)
            projector.build()
            path = os.path.join(folder, "f32.gguf")
            write_gguf(path, projector.metadata(), [dequantized(*tensor) for tensor in projector.tensors])
            model = peer.open(os.path.join(folder, name + ".gguf"))
            senses = Senses(peer, model, path)
            for text, media in PROMPTS[projector.sense][:1 if projector.sense == "audio" and not name.endswith("-a") else None]:
                paths = [os.path.join(folder if file.startswith("made/") else DATA, file) for file in media]
                tokens, next_logprobs, top, n_past, n_media = senses.score(text, paths)
                cases.append({"name": name, "text": text, "media": media, "tokens": tokens, "n_past": n_past,
                              "next_logprobs": rounded(next_logprobs), "top": top})
                print(f"{name}: {n_past} positions, {n_media} of media, logprobs {min(next_logprobs):.2f} to {max(next_logprobs):.2f}, "
                      f"best {top[0]} {top[1]}", file=sys.stderr)
            senses.close()
            peer.close(model)
    write_golden(options.out, {"reference": "mtmd of llama-cpp-python 0.3.36, f32", "n_ctx": N_CTX, "cases": cases})


main()

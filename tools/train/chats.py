# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Short chats about a picture: what its kind and its noun are, and its colours, asked in many ways."""

import os

import numpy as np
from PIL import Image

import render
from pictures import Picture
from wordnet import KINDS

CAPTION = ["What is in this picture?", "What is this?", "What do you see?", "Describe this picture.", "What does the picture show?",
           "What can you see in the image?", "Tell me what this is.", "Describe the image briefly.", "What's in the image?",
           "Caption this."]
KIND = ["What kind of thing is this?", "What category does it belong to?", "What sort of thing is in the picture?",
        "In one word, what kind of thing is it?"]
COLOUR = ["What colour is it?", "What color is it?", "Which colours do you see?", "What are the main colors of the picture?"]
IS_IT = ["Is it {}?", "Is this {}?", "Does the picture show {}?", "Is there {} in the picture?"]

WITHOUT_ARTICLE = {"clothing", "food", "furniture"}
SPECIAL = {"sky": "something in the sky"}

# Hue in degrees up to which a colour has its name; after the last, red again.
HUES = [(18, "red"), (42, "orange"), (68, "yellow"), (165, "green"), (200, "turquoise"), (260, "blue"), (295, "purple"), (340, "pink"),
        (361, "red")]


def article(noun: str) -> str:
    return ("an " if noun[:1].lower() in "aeiou" else "a ") + noun


def with_article(kind: str) -> str:
    return SPECIAL.get(kind) or (kind if kind in WITHOUT_ARTICLE else article(kind))


def caption(picture: Picture) -> str:
    noun = picture.noun.replace("_", " ")
    if noun == picture.kind:
        return f"This is a picture of {with_article(picture.kind)}."
    return f"This is a picture of {with_article(picture.kind)}, perhaps {article(noun)}."


def colours(picture: Image.Image) -> list[str]:
    """Names of the one or two colours that most of what is not transparent has."""
    rgba = np.asarray(picture.resize((64, 64)))
    visible = rgba[rgba[:, :, 3] > 128][:, :3]
    if len(visible) == 0:
        return []
    hsv = np.asarray(Image.fromarray(visible[None], "RGB").convert("HSV"))[0].astype(int)
    hue, saturation, value = hsv[:, 0] * 360 / 255, hsv[:, 1], hsv[:, 2]
    grey = (saturation < 40) | (value < 50)
    names = np.select([grey & (value < 60), grey & (value > 215), grey], ["black", "white", "grey"], "")
    for limit, name in reversed(HUES):
        names[~grey & (hue < limit)] = name
    names[(names == "orange") & (value < 150)] = "brown"
    found, counts = np.unique(names, return_counts=True)
    order = np.argsort(-counts)[:2]
    return [str(found[i]) for i in order if counts[i] > 0.2 * len(visible)]


def all_colours(folder: str, members: list[Picture]) -> dict[str, list[str]]:
    """colours() of @members, by id, as make-features.py drew them in @folder."""
    return {picture.id: colours(Image.open(render.drawn_path(os.path.join(folder, "drawn"), picture.id)).convert("RGBA"))
            for picture in members}


def one(picture: Picture, its_colours: list[str], rng: np.random.Generator) -> tuple[str, str]:
    """A question with its answer, mostly for a caption; for pictures that have a kind."""

    def one_of(choices: list[str]) -> str:
        return choices[rng.integers(len(choices))]

    what = rng.random()
    kind = with_article(picture.kind)
    if what < 0.7:
        return one_of(CAPTION), caption(picture)
    if what < 0.8 and its_colours:
        return one_of(COLOUR), f"Mostly {' and '.join(its_colours)}."
    if what < 0.9:
        return one_of(KIND), f"It is {kind}."
    asked = picture.kind if rng.random() < 0.5 else one_of(list(KINDS))
    return one_of(IS_IT).format(with_article(asked)), "Yes." if asked == picture.kind else f"No, it is {kind}."

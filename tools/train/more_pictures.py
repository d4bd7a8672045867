# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""More pictures, for training only: the split is older than they are, so none of them may show what a test or validation concept is
called. The rule is stricter than that of pictures.py: no word of a picture's name, nor two or three beside one another, may be a noun,
a synonym or a name of such a concept."""

import json
import os
import re
import struct
import subprocess
import zlib
from collections import Counter
from collections.abc import Iterator

import pictures
from pictures import Picture, clean

# Emoji by other hands, then drawings in colour, then silhouettes and lines.
EMOJI = {"openmoji": "1.2.29", "noto-v1": "1.2.5", "emojione": "1.2.3", "emojione-v1": "1.2.3", "fluent-emoji-flat": "1.2.6",
         "fxemoji": "1.2.2", "streamline-emojis": "1.2.4", "fluent-emoji-high-contrast": "1.2.6"}
COLOURED = {"flat-color-icons": "1.2.3", "icon-park": "1.2.4", "marketeq": "1.2.2", "fluent-color": "1.2.21",
            "streamline-ultimate-color": "1.2.2", "streamline-freehand-color": "1.2.2", "streamline-plump-color": "1.2.2",
            "streamline-sharp-color": "1.2.2", "streamline-flex-color": "1.2.2", "streamline-cyber-color": "1.2.2",
            "streamline-kameleon-color": "1.2.2", "streamline-stickies-color": "1.2.2"}
ONE_COLOUR = {"mdi": "1.2.3", "healthicons": "1.2.13", "temaki": "1.2.6", "maki": "1.2.5", "ph": "1.2.2", "tabler": "1.2.41",
              "lucide": "1.2.137", "lucide-lab": "1.2.3", "hugeicons": "1.2.35", "solar": "1.2.13", "streamline-ultimate": "1.2.2",
              "streamline-plump": "1.2.0", "icon-park-twotone": "1.2.4", "iconoir": "1.2.11", "pepicons-pop": "1.2.4"}
# Of sets that draw each thing in several ways, those that are read.
ENDS = {"ph": ("-fill", "-duotone"), "solar": ("-bold-duotone",), "streamline-ultimate": ("-bold",), "streamline-plump": ("-solid",)}
# Of these the same thing is drawn with another, which says nothing of how it looks.
SIGNS = set("""add plus minus remove delete off on check checked checkmark cross cancel close slash alert warning error question info
  help settings setting edit edited pause play stop sync refresh upload download left right up down arrow arrows star heart lock unlock key
  circle square rounded text format align file folder document page window browser app application user users account cursor letter number
  variant multiple outline negative alt brand logo code html data database server network cloud link share transfer export import
  percent dollar euro yen pound bitcoin crypto message bubble chat comment notification bookmark badge list menu grid layout view filter
  sort search zoom scan eye marker location pin map box sign button control disabled enabled broken high low signal""".split())
N_OF_CONCEPT = {"coloured": 3, "one colour": 1}     # pictures that one set gives of a concept

GCOMPRIS = "gcompris-qt-data"
GCOMPRIS_FOLDERS = {"categorization/resource/images/tools": "tools", "categorization/resource/images/renewable": "",
                    "categorization/resource/images/monuments": "buildings", "categorization/resource/images/fishes": "animals/fish",
                    "categorization/resource/images/others": "household", "lang/resource/words_sample": "",
                    "explore_farm_animals/resource/animals": "animals", "explore_world_animals/resource/animals": "animals",
                    "instruments/resource": "recreation/music", "babymatch/resource/images": "", "babyshapes/resource/food": "food"}
GCOMPRIS_LEFT_OUT = {"background", "question", "sound", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
                     "eleven", "twelve", "sixteen", "zero", "color", "rape", "raquette", "numbers", "alphabets", "solar"}


def fetch(folder: str) -> None:
    for name, version in {**EMOJI, **COLOURED, **ONE_COLOUR}.items():
        if not os.path.isdir(os.path.join(folder, name)):
            pictures.unpack_npm(folder, name, "@iconify-json/" + name, version)
    if not os.path.isdir(os.path.join(folder, GCOMPRIS)):
        pictures.unpack_debian(folder, GCOMPRIS)
    if not os.path.isdir(os.path.join(folder, "gcompris")):
        unpack_gcompris(folder)


def unpack_gcompris(folder: str) -> None:
    """Pictures of Qt's resource files as files of their own."""
    source = os.path.join(folder, GCOMPRIS, "usr/share/gcompris-qt/rcc")
    part = os.path.join(folder, "gcompris.part")
    for package in sorted(os.listdir(source)):
        with open(os.path.join(source, package), "rb") as file:
            for path, data in read_resources(file.read()):
                path = path.removeprefix("gcompris/src/activities/")
                if os.path.dirname(path) in GCOMPRIS_FOLDERS and path.endswith((".webp", ".svg")):
                    os.makedirs(os.path.join(part, os.path.dirname(path)), exist_ok=True)
                    with open(os.path.join(part, path), "wb") as out:
                        out.write(data)
    os.rename(part, os.path.join(folder, "gcompris"))


def read_resources(file: bytes) -> Iterator[tuple[str, bytes]]:
    """Paths and contents in a file of Qt's resource compiler: a tree of entries, names in UTF-16, contents maybe deflated."""
    version, tree, contents, names = struct.unpack_from(">IIII", file, 4)
    size = 14 if version == 1 else 22

    def walk(number: int, path: str) -> Iterator[tuple[str, bytes]]:
        name_at, flags = struct.unpack_from(">IH", file, tree + number * size)
        length, = struct.unpack_from(">H", file, names + name_at)
        name = file[names + name_at + 6:names + name_at + 6 + 2 * length].decode("utf-16-be") if number > 0 else ""
        if flags & 2:
            count, first = struct.unpack_from(">II", file, tree + number * size + 6)
            for child in range(first, first + count):
                yield from walk(child, path + name + "/" if number > 0 else "")
            return
        at, = struct.unpack_from(">I", file, tree + number * size + 10)
        length, = struct.unpack_from(">I", file, contents + at)
        data = file[contents + at + 4:contents + at + 4 + length]
        if not flags & 4:
            yield path + name, zlib.decompress(data[4:]) if flags & 1 else data

    yield from walk(0, "")


class Rule:
    """What may not be trained."""

    def __init__(self, concepts: pictures.Concepts, split: dict, held_out: list[Picture]) -> None:
        self.wordnet = concepts.wordnet
        self.concepts = set(split["test"]) | set(split["validation"])
        self.words = {picture.noun.replace("_", " ").lower() for picture in held_out}
        for concept in self.concepts:
            self.words.update(name.lower() for name in self.wordnet.synonyms[self.wordnet.number(concept)])

    def allows(self, words: str) -> bool:
        tokens = re.findall(r"[^\W\d_]+", words.lower())
        for n in (1, 2, 3):
            for first in range(len(tokens) - n + 1):
                word = " ".join(tokens[first:first + n])
                lemma = self.wordnet.lemma(word.replace(" ", "_"))
                if word in self.words or lemma is not None and lemma.replace("_", " ").lower() in self.words:
                    return False
        return True


def read_emoji(folder: str, concepts: pictures.Concepts) -> Iterator[tuple[str, str, list[str], str]]:
    places = {}
    with open(os.path.join(folder, "noto/package/metadata.json"), encoding="utf-8") as file:
        for place, names in json.load(file)["categories"].items():
            places.update(dict.fromkeys(names, place))
    # One set writes names without hyphens.
    joined = {name.replace("-", ""): name for name in places}
    for source in EMOJI:
        for name, own in read_set(folder, source):
            known = name if name in places else re.sub(r"-\d$", "", name) if source == "streamline-emojis" else joined.get(name, name)
            place = places.get(known, own.replace("Animals Nature", "Animals & Nature").replace("Food Drink", "Food & Drink")
                               .replace("Travel Places", "Travel & Places").replace("People Body", "People & Body"))
            if source == "fxemoji" and known not in places or place in ("", "Smiley People", "Smileys Emotion", "Extras Unicode", "People"):
                continue
            if place not in pictures.EMOJI_LEFT_OUT and not pictures.EMOJI_VARIANT.search(known) \
                    and not re.search("flag|-(dark|light|medium)$", known):
                words = clean(known)
                yield f"{source}/{name}", words, concepts.keywords.get(words, []), place if "Extras" not in place else ""


def read_set(folder: str, source: str) -> list[tuple[str, str]]:
    """Names in an icon set, and their categories there."""
    with open(os.path.join(folder, source, "package/icons.json"), encoding="utf-8") as file:
        names = sorted(name for name, icon in json.load(file)["icons"].items() if not icon.get("hidden"))
    categories = {}
    path = os.path.join(folder, source, "package/metadata.json")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            for category, members in json.load(file).get("categories", {}).items():
                categories.update(dict.fromkeys(members, category))
    return [(name, categories.get(name, "")) for name in names]


def read_icons(folder: str, source: str) -> Iterator[tuple[str, str]]:
    for name, _ in read_set(folder, source):
        if source in ENDS:
            end = next((end for end in ENDS[source] if name.endswith(end)), None)
            if end is None:
                continue
            words = name[:-len(end)]
        else:
            words = re.sub(r"(-(flat|duo|filled|fill|\d+|11|jp))+$", "", name)
            if re.search(r"-(outline|outline-24px|24px|negative|off|circle|filled|bold)$", words):
                continue
        tokens = re.findall(r"[a-z]+", words)
        if 0 < len(tokens) <= 3 and not SIGNS & set(tokens):
            yield f"{source}/{name}", " ".join(tokens)


def read_gcompris(folder: str) -> Iterator[tuple[str, str, str]]:
    for where, place in GCOMPRIS_FOLDERS.items():
        for file in sorted(os.listdir(os.path.join(folder, "gcompris", where))):
            name = re.sub(r"([a-z])([A-Z])", r"\1 \2", os.path.splitext(file)[0])
            words = clean(re.sub("^tux", "", name)).lower()
            if words and words not in GCOMPRIS_LEFT_OUT and "animals" not in words:
                yield f"gcompris/{where}/{file}", words, place


def is_thing(wordnet, meaning: str) -> bool:
    """True for what can be touched, or seen in the sky."""
    above = set(wordnet.above(meaning, 12)) | {meaning}
    return wordnet.kind(meaning) is not None or wordnet.number("physical_object") in above


def read(folder: str, concepts: pictures.Concepts, split: dict, held_out: list[Picture]) -> Iterator[Picture]:
    """All that the rule allows, in a fixed order. @concepts have read the others before: a word means here what it meant there.
    @held_out: the pictures of test and validation, all of them."""
    rule = Rule(concepts, split, held_out)

    def make(name: str, words: str, keywords: list[str], place: str) -> Picture | None:
        found = concepts.find(words, place)
        if found is None or not rule.allows(words):
            return None
        noun, meaning = found
        key = concepts.wordnet.key(meaning)
        if key in rule.concepts or not is_thing(concepts.wordnet, meaning):
            return None
        return Picture(name, words, keywords, noun, key, concepts.wordnet.kind(meaning))

    for name, words, keywords, place in read_emoji(folder, concepts):
        picture = make(name, words, keywords, place)
        if picture is not None:
            yield picture
    for name, words, place in read_gcompris(folder):
        picture = make(name, words, [], place)
        if picture is not None:
            yield picture
    for sets, most in ((COLOURED, N_OF_CONCEPT["coloured"]), (ONE_COLOUR, N_OF_CONCEPT["one colour"])):
        for source in sets:
            count: Counter[str] = Counter()
            for name, words in read_icons(folder, source):
                picture = make(name, words, [], "")
                if picture is not None and count[picture.concept] < most:
                    count[picture.concept] += 1
                    yield picture

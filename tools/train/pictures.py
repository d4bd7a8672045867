# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Pictures with words that anyone can get from package registries: what they are called, and of what concept they are.

A concept is a meaning of WordNet: of the words of a picture, the head of the first noun phrase ("a dog on a leash": dog). All
synonyms are one concept, in every source. What has no such word, or one that nobody could know from other pictures (flags,
letters, playing cards, icons of programs), is left out."""

import collections
import json
import os
import re
import subprocess
import xml.etree.ElementTree as xml

from wordnet import WordNet

DEBIAN = ["openclipart-png", "openclipart-svg", "tuxpaint-stamps-default", "wordnet-base", "unicode-cldr-core"]
NPM = {"fluent": ("@iconify-json/fluent-emoji", "1.2.7"), "noto": ("@iconify-json/noto", "1.2.9"),
       "twemoji": ("@iconify-json/twemoji", "1.2.5"), "game-icons": ("@iconify-json/game-icons", "1.2.4")}

# concept: a meaning by its readable key; noun: the word that named it; kind: one of wordnet.KINDS or None
Picture = collections.namedtuple("Picture", "id words keywords noun concept kind")

# Words that say how a thing is shown, not what it is.
DEPICTION = set("""one sketch drawing icon symbol sign outline silhouette contour clipart clip art cartoon logo picture image vector
  illustration shape figure set pair piece bunch group kind type part quarter half slice couple variety lot face button small big large
  md bw alt ico version style view side front back left right top bottom light medium dark""".split())
# What follows these is not the head of the phrase.
ENDS = set("of with on in at by for from over under behind beside near and or to the that which who called named wearing holding "
           "being is are seen like as into without".split())

OPENCLIPART_LEFT_OUT = re.compile(
    r"^(shapes|special|computer/(icons|buttons|folders|diagrams)|signs_and_symbols/(flags|led|map_symbols|awards)|logos|buttons|"
    r"recreation/games/cards|unsorted/duplicates|office/telephone/)")
TUXPAINT_LEFT_OUT = re.compile(r"^(symbols|town/flags)")
EMOJI_LEFT_OUT = {"Flags", "Symbols", "Smileys & Emotion"}
EMOJI_VARIANT = re.compile(r"skin-tone|-hair$|^(man|woman|men|women|person|people|family|couple|kiss)(-|$)|-(man|woman)$|clock$|oclock|thirty")

# Folders that say what kind a thing is, for words of several meanings.
HINTS = [("animals/birds", ["bird"]), ("animals/fish", ["fish"]), ("animals/bugs", ["insect"]), ("animals/insects", ["insect"]),
         ("animals", ["animal", "bird", "fish", "insect"]), ("plants", ["flower", "tree", "plant", "fruit"]),
         ("food/beverages", ["drink"]), ("food/fruit", ["fruit"]), ("food/vegetables", ["vegetable"]),
         ("food", ["food", "fruit", "vegetable", "drink"]), ("transportation", ["vehicle"]), ("vehicles", ["vehicle"]),
         ("military", ["weapon", "vehicle"]), ("buildings/furniture", ["furniture"]), ("buildings", ["building"]),
         ("town", ["building"]), ("tools/weapons", ["weapon"]), ("tools", ["tool", "machine", "container"]),
         ("computer", ["machine"]), ("electronics", ["machine"]), ("office", ["tool", "container", "furniture", "machine"]),
         ("household", ["tool", "container", "furniture", "machine"]), ("containers", ["container"]),
         ("recreation/music", ["musical instrument"]), ("hobbies/music", ["musical instrument"]), ("recreation", ["toy"]),
         ("sports", ["toy"]), ("people/clothing", ["clothing"]), ("clothes", ["clothing"]), ("people/bodypart", ["body part"]),
         ("people", ["person"]), ("science/astronomy", ["sky"]), ("geography/astronomy", ["sky"]), ("space", ["sky", "vehicle"]),
         ("signs_and_symbols/weather", ["sky"]), ("naturalforces", ["sky"]), ("geography", ["place"]),
         ("Animals & Nature", ["animal", "bird", "fish", "insect", "flower", "tree", "plant", "sky"]),
         ("Food & Drink", ["food", "fruit", "vegetable", "drink", "container", "tool"]), ("People & Body", ["person", "body part"]),
         ("Travel & Places", ["vehicle", "building", "place", "sky"]),
         ("Objects", ["tool", "machine", "container", "clothing", "musical instrument", "weapon", "furniture"]),
         ("Activities", ["toy"])]


def fetch(folder):
    """Downloads and unpacks all sources below @folder; what is there already is kept."""
    os.makedirs(folder, exist_ok=True)
    for name in DEBIAN:
        if not os.path.isdir(os.path.join(folder, name)):
            unpack_debian(folder, name)
    for name, (package, version) in NPM.items():
        if not os.path.isdir(os.path.join(folder, name)):
            unpack_npm(folder, name, package, version)


def unpack_debian(folder, name):
    subprocess.run(["apt-get", "-qq", "download", name], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    package = next(file for file in os.listdir(folder) if file.startswith(name + "_"))
    subprocess.run(["dpkg-deb", "-x", package, name + ".part"], cwd=folder, check=True)
    os.rename(os.path.join(folder, name + ".part"), os.path.join(folder, name))


def unpack_npm(folder, name, package, version):
    archive = subprocess.run(["npm", "pack", "--silent", f"{package}@{version}"], cwd=folder, check=True, capture_output=True,
                             text=True).stdout.strip()
    os.makedirs(os.path.join(folder, name + ".part"), exist_ok=True)
    subprocess.run(["tar", "-xzf", archive, "-C", name + ".part"], cwd=folder, check=True)
    os.rename(os.path.join(folder, name + ".part"), os.path.join(folder, name))


class Concepts:
    """From words to concepts."""

    def __init__(self, folder):
        self.wordnet = WordNet(os.path.join(folder, "wordnet-base/usr/share/wordnet"))
        self.meant = collections.defaultdict(collections.Counter)
        self.english = self._read_translations(os.path.join(folder, "unicode-cldr-core/usr/share/unicode/cldr/common/annotations"))
        self.keywords = self._read_keywords(os.path.join(folder, "unicode-cldr-core/usr/share/unicode/cldr/common/annotations/en.xml"))

    @staticmethod
    def _annotations(path, kind):
        for element in xml.parse(path).iter("annotation"):
            if element.get("type") == kind:
                yield element.get("cp"), element.text

    def _read_translations(self, folder):
        """Names of things in languages that contributors of clip art wrote, by CLDR's names of emoji."""
        names = dict(self._annotations(os.path.join(folder, "en.xml"), "tts"))
        english = {}
        for language in ("it", "es", "fr", "de", "pt", "nl", "pl", "ca"):
            for emoji, text in self._annotations(os.path.join(folder, language + ".xml"), "tts"):
                word = text.lower()
                if " " not in word and emoji in names:
                    english.setdefault(word, names[emoji].lower())
        return english

    def _read_keywords(self, path):
        names = dict(self._annotations(path, "tts"))
        return {names[emoji].lower(): text.split(" | ") for emoji, text in self._annotations(path, None) if emoji in names}

    def find(self, words, folder):
        """Noun and meaning that @words speak of, or None; @folder helps where a word means several things. Where no folder is,
        a word means what it meant most often before."""
        hints = next((kinds for place, kinds in HINTS if folder.startswith(place)), [])
        tokens = re.findall(r"[^\W\d_]+", words.lower())
        if tokens and tokens[0] in ("a", "an", "the", "some", "this", "these", "two", "three"):
            tokens = tokens[1:]
        if len(tokens) > 2 and tokens[1] == "of" and tokens[0] in DEPICTION:
            tokens = [token for token in tokens[2:] if token not in ("a", "an", "the")]
        head = []
        for token in tokens:
            if token in ENDS:
                break
            head.append(token)
        while head and (head[-1] in DEPICTION or head[-1].rstrip("s") in DEPICTION):
            head.pop()
        for first in range(max(0, len(head) - 3), len(head)):
            lemma = self.wordnet.lemma("_".join(head[first:]))
            if lemma is not None and len(lemma) > 2:
                if folder == "" and lemma in self.meant:
                    return lemma, self.meant[lemma].most_common(1)[0][0]
                meaning = self.wordnet.meaning(lemma, hints)
                if meaning is not None:
                    self.meant[lemma][meaning] += 1
                    return lemma, meaning
        foreign = next((self.english[token] for token in tokens if token in self.english), None)
        return self.find(foreign, folder) if foreign is not None and foreign != words else None


def clean(words):
    return re.sub(r"\s+", " ", re.sub(r"[_\-]+|\d+", " ", words)).strip(" .")


def read_openclipart(folder):
    """Yields file, words, keywords and folder of the clip art; words and keywords stand in the drawing from which it was made."""
    pictures = os.path.join(folder, "openclipart-png/usr/share/openclipart/png")
    drawings = os.path.join(folder, "openclipart-svg/usr/share/openclipart/svg")
    for where, _, files in sorted(os.walk(pictures)):
        place = os.path.relpath(where, pictures)
        if OPENCLIPART_LEFT_OUT.match(place + "/"):
            continue
        for file in sorted(files):
            name, end = os.path.splitext(file)
            path = os.path.join(where, file)
            if end != ".png" or os.path.islink(path):
                continue
            title, keywords = read_drawing(os.path.join(drawings, place, name + ".svg"))
            yield f"openclipart/{place}/{file}", title or clean(name), keywords, place


def read_drawing(path):
    """Title and keywords that the author of an SVG wrote; None and nothing where there are none."""
    title, keywords = None, []
    try:
        work = next(element for element in xml.parse(path).iter() if element.tag.endswith("}Work"))
    except (OSError, xml.ParseError, StopIteration):
        return title, keywords
    for element in work:
        if element.tag.endswith("}title"):
            title = clean(element.text or "")
        elif element.tag.endswith("}subject"):
            keywords = [item.text.strip() for item in element.iter() if item.text and item.tag.endswith("}li")]
    return title, [word for word in keywords if word and "hash(" not in word.lower()]


def read_tuxpaint(folder):
    stamps = os.path.join(folder, "tuxpaint-stamps-default/usr/share/tuxpaint/stamps")
    for where, _, files in sorted(os.walk(stamps)):
        place = os.path.relpath(where, stamps)
        if TUXPAINT_LEFT_OUT.match(place + "/"):
            continue
        for file in sorted(files):
            name, end = os.path.splitext(file)
            words = os.path.join(where, name + ".txt")
            if end in (".png", ".svg") and os.path.exists(words):
                with open(words, encoding="utf-8") as lines:
                    yield f"tuxpaint/{place}/{file}", lines.readline().strip(" .\n"), [], place


def read_emoji(folder, keywords):
    """Emoji in three hands. Which kind one is, Noto tells."""
    places = {}
    with open(os.path.join(folder, "noto/package/metadata.json"), encoding="utf-8") as file:
        for place, names in json.load(file)["categories"].items():
            places.update(dict.fromkeys(names, place))
    for source in ("fluent", "noto", "twemoji"):
        with open(os.path.join(folder, source, "package/icons.json"), encoding="utf-8") as file:
            for name in sorted(json.load(file)["icons"]):
                place = places.get(name)
                if place is not None and place not in EMOJI_LEFT_OUT and not EMOJI_VARIANT.search(name):
                    words = clean(name)
                    yield f"{source}/{name}", words, keywords.get(words, []), place


def read_game_icons(folder):
    with open(os.path.join(folder, "game-icons/package/icons.json"), encoding="utf-8") as file:
        for name in sorted(json.load(file)["icons"]):
            if not name.startswith("abstract-"):
                yield f"game-icons/{name}", clean(name), [], ""


def read_all(folder, concepts):
    """All pictures with a concept, in a fixed order."""
    sources = [read_openclipart(folder), read_tuxpaint(folder), read_emoji(folder, concepts.keywords), read_game_icons(folder)]
    for source in sources:
        for name, words, keywords, place in source:
            found = concepts.find(words, place)
            if found is not None:
                noun, meaning = found
                yield Picture(name, words, keywords, noun, concepts.wordnet.key(meaning), concepts.wordnet.kind(meaning))

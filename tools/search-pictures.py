#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Pictures of concepts that no training saw, looked for by what their makers call them.

  search-pictures.py draw FOLDER         the pictures of parts validation and test of data/models/split.json, on white, below FOLDER/dev and
                                         FOLDER/test, out of their packages (tools/train/README.md); needs cairo, librsvg, numpy, Pillow
  search-pictures.py ask BUILD DB FOLDER [--part test] [--renamed]
                                         recall of the index DB of FOLDER/PART, by title and by keywords, beside names and chance; with
                                         --renamed of FOLDER/renamed/PART
  search-pictures.py absent BUILD DB FOLDER [--part test] [--renamed]
                                         what is shown by meaning and looks alone for the nouns of all concepts, without their own pictures
  search-pictures.py few BUILD CLI FOLDER [--part test]
                                         what is nearest by its look in collections of 45, for what is there and for what is not

File names are mostly titles here, which no photo of anybody's is called; so every other picture is also there as a camera would call it, below
FOLDER/renamed. Keywords are those that the maker of a clip art gave it, or Unicode's of an emoji, the first five; titles are often what the file is called.
An answer is right when it is this very picture; several have one title, so what finds any of them is told, too. Intervals are Wilson's,
95 %."""

import argparse
import hashlib
import importlib.util
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
WAYS = {"all ways": 0, "look and meaning": 4, "names alone": 2}    # bits of SenEvidence
MAX_KEYWORDS = 5
FEW, FEW_TIMES = 45, 10


def draw(folder):
    sys.path.insert(0, os.path.join(HERE, "train"))
    import pictures     # pylint: disable=import-error,import-outside-toplevel
    import render       # pylint: disable=import-error,import-outside-toplevel
    from PIL import Image    # pylint: disable=import-outside-toplevel
    sources = os.path.join(folder, "sources")
    pictures.fetch(sources)
    with open(os.path.join(HERE, "..", "data", "models", "split.json"), encoding="utf-8") as file:
        split = json.load(file)
    counted, validation = set(split["test_pictures"]), set(split["validation"])
    source, drawn = render.Pictures(sources), []
    for picture in pictures.read_all(sources, pictures.Concepts(sources)):
        part = "test" if picture.id in counted else "dev" if picture.concept in validation else None
        if part is None:
            continue
        name = os.path.splitext(picture.id)[0] if picture.id.endswith((".png", ".svg")) else picture.id
        path = os.path.join(part, name + ".png")
        image = source.open(picture.id)
        white = Image.new("RGB", image.size, (255, 255, 255))
        white.paste(image, mask=image.getchannel("A"))
        os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
        white.save(os.path.join(folder, path))
        number = int(hashlib.sha256(picture.id.encode()).hexdigest(), 16)
        renamed = os.path.join("renamed", part, f"IMG_{number % 10**8:08}.png" if number // 10**8 % 2 else os.path.relpath(path, part))
        os.makedirs(os.path.dirname(os.path.join(folder, renamed)), exist_ok=True)
        shutil.copy(os.path.join(folder, path), os.path.join(folder, renamed))
        drawn.append({"part": part, "path": path, "renamed": renamed, "words": picture.words, "keywords": list(picture.keywords or []),
                      "noun": picture.noun, "concept": picture.concept})
    with open(os.path.join(folder, "pictures.json"), "w", encoding="utf-8") as file:
        json.dump(drawn, file, indent=0)
    print(f"{len(drawn)} pictures below {folder}")


def load_questions():
    spec = importlib.util.spec_from_file_location("search_questions", os.path.join(HERE, "search-questions.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def plain(text):
    """Without what an index would take for an operator."""
    return " ".join(word for word in text.replace('"', " ").replace(":", " ").split() if word.strip("-")).lstrip("-")


def ask(arguments):
    questions = load_questions()
    folder = os.path.realpath(arguments.folder)
    with open(os.path.join(folder, "pictures.json"), encoding="utf-8") as file:
        pictures = [picture for picture in json.load(file) if picture["part"] == arguments.part]
    index = questions.Index(arguments.build, arguments.db)
    print(f"{len(pictures)} pictures; chance: recall@1 {1 / len(pictures):.4f}, @10 {10 / len(pictures):.4f}")

    def path_of(picture):
        return os.path.join(folder, picture["renamed" if arguments.renamed else "path"])

    called = {}
    for picture in pictures:
        called.setdefault(picture["words"].lower(), set()).add(path_of(picture))
    by_title = [(plain(picture["words"]), picture) for picture in pictures]
    by_keywords = [(plain(" ".join(picture["keywords"][:MAX_KEYWORDS])), picture) for picture in pictures if len(picture["keywords"]) >= 2]
    for kind, asked in (("by title", by_title), ("by keywords", by_keywords)):
        asked = [(query, picture) for query, picture in asked if query]
        for way, by in WAYS.items():
            first = ten = kept = any_first = any_ten = 0
            for query, picture in asked:
                answer = index.ask(query, by)
                rank = questions.rank_of(answer["results"], path_of(picture))
                first += rank == 0
                ten += rank is not None and rank < 10
                kept += rank is not None and rank < 10 and rank < answer["shown"]
                ranks = [i for i, result in enumerate(answer["results"][:10]) if result["path"] in called[picture["words"].lower()]]
                any_first += 0 in ranks
                any_ten += bool(ranks)
            n = len(asked)
            print(f"{kind:12} {n:5} {way:17} recall@1 {questions.share(first, n)}  @10 {questions.share(ten, n)}"
                  f"  @10 with the cut-off {questions.share(kept, n)}", flush=True)
            if kind == "by title":
                print(f"{'':18} {'any of the title':17} recall@1 {questions.share(any_first, n)}  @10 {questions.share(any_ten, n)}",
                      flush=True)
    nonsense = [q["query"] for q in questions.load("nonsense.json")["queries"] if arguments.part == q["part"]]
    shown = [index.ask(query)["shown"] for query in nonsense]
    print(f"nonsense with at most 3 results: {sum(n <= 3 for n in shown)} of {len(shown)}")


def absent(arguments):
    """A concept's own pictures are taken out of what is shown for its noun: what is left is shown though there is none."""
    questions = load_questions()
    folder = os.path.realpath(arguments.folder)
    with open(os.path.join(folder, "pictures.json"), encoding="utf-8") as file:
        pictures = [picture for picture in json.load(file) if picture["part"] == arguments.part]
    concepts = {}
    for picture in pictures:
        concepts.setdefault(picture["concept"], []).append(picture)
    index, others, n_own, n_ten, n_kept = questions.Index(arguments.build, arguments.db), [], 0, 0, 0
    for own in concepts.values():
        paths = {os.path.join(folder, picture["renamed" if arguments.renamed else "path"]) for picture in own}
        answer = index.ask(plain(own[0]["noun"].replace("_", " ")), 4, 100)
        others.append(sum(result["path"] not in paths for result in answer["results"][:answer["shown"]]))
        right = [i for i, result in enumerate(answer["results"][:10]) if result["path"] in paths]
        n_own += sum(result["path"] in paths for result in answer["results"][:answer["shown"]])
        n_ten += len(right)
        n_kept += sum(i < answer["shown"] for i in right)
    n = len(others)
    print(f"{n} concepts by their nouns; other pictures shown: none for {questions.share(sum(k == 0 for k in others), n)}, at most 3 for "
          f"{questions.share(sum(k <= 3 for k in others), n)}")
    print(f"of all that is shown {n_own} of {n_own + sum(others)} are of the concept; of {n_ten} such in the first ten {n_kept} are shown")


def few(arguments):
    """Collections as small as somebody's folder: what is nearest by its look alone, for nouns of what is there and of what is not."""
    questions, rows, right = load_questions(), [], 0
    folder = os.path.realpath(arguments.folder)
    with open(os.path.join(folder, "pictures.json"), encoding="utf-8") as file:
        pictures = [picture for picture in json.load(file) if picture["part"] == arguments.part
                    and os.path.basename(picture["renamed"]).startswith("IMG_")]
    chance = random.Random(11)
    with tempfile.TemporaryDirectory() as home:
        for number in range(FEW_TIMES):
            own, below = {}, os.path.join(home, str(number))
            os.mkdir(below)
            for picture in chance.sample(pictures, len(pictures)):
                if len(own) < FEW:
                    own.setdefault(picture["concept"], picture)
            for picture in own.values():
                shutil.copy(os.path.join(folder, picture["renamed"]), below)
            subprocess.run([arguments.cli, "index", "--db", below + ".db", below], check=True, capture_output=True)
            index = questions.Index(arguments.build, below + ".db")
            others = sorted({(picture["concept"], picture["noun"]) for picture in pictures if picture["concept"] not in own})
            asked = [(picture["noun"], os.path.basename(picture["renamed"])) for picture in own.values()]
            asked += [(noun, None) for _, noun in chance.sample(others, FEW)]
            for noun, name in asked:
                looks = sorted(((result.get("look", 0.0), os.path.basename(result["path"]))
                                for result in index.ask(plain(noun.replace("_", " ")))["results"]), reverse=True)
                right += name is not None and bool(looks) and looks[0][1] == name
                rows.append((name is not None, looks[0][0] if looks else 0.0))
    there, absent_ones = ([look for is_there, look in rows if is_there == kind] for kind in (True, False))
    print(f"{FEW_TIMES} collections of {FEW}: the nearest by its look is right for {questions.share(right, len(there))} of what is there")
    above = sum((first > second) + (first == second) / 2 for first in there for second in absent_ones)
    print(f"it is nearer for what is there than for what isn't in {above / len(there) / len(absent_ones):.3f} of all pairs")
    for bar in (0.40, 0.44, 0.48, 0.52):
        print(f"at least {bar:.2f}: {questions.share(sum(look >= bar for look in there), len(there))} of what is there, "
              f"{questions.share(sum(look >= bar for look in absent_ones), len(absent_ones))} of what isn't")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("draw").add_argument("folder")
    for command in ("ask", "absent", "few"):
        asking = commands.add_parser(command)
        for name in ("build", "cli" if command == "few" else "db", "folder"):
            asking.add_argument(name)
        asking.add_argument("--part", default="test", choices=["test", "dev"])
        asking.add_argument("--renamed", action="store_true")
    arguments = parser.parse_args()
    if arguments.command == "draw":
        draw(arguments.folder)
    else:
        {"ask": ask, "absent": absent, "few": few}[arguments.command](arguments)


if __name__ == "__main__":
    main()

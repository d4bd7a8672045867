#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""`sensorium-cli transcribe` on Whisper base: what people said as faster-whisper writes it, and every option. Prints TAP.

usage: test-transcribe.py SENSORIUM_CLI FOLDER_OF_SPEECH

Human speech is that of Debian's asterisk-core-sounds-*-gsm: telephone prompts by four speakers in five languages. What
faster-whisper makes of them stands in transcripts.json (tools/make-golden-transcripts.py)."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import wave

import tap

CLI, SPEECH = sys.argv[1], sys.argv[2]
MODEL = os.path.join(os.environ["SENSORIUM_TEST_MODELS"], "whisper-base")
PROMPTS = "/usr/share/asterisk/sounds"
BOAT, PAGES, NEIN, TIMED = (os.path.join(SPEECH, name) for name in ("boat.wav", "pages.wav", "nein.wav", "timed.wav"))
FRENCH = os.path.join(PROMPTS, "fr_CA_f_June", "vm-forward-multiple.gsm")
BOAT_TEXT, PAGES_TEXT = "The small boat left the harbor before sunrise.", "How many pages did you read?"
# Where the words of TIMED (espeak-ng, en-us, 140 words a minute: BOAT_TEXT) begin, by the synthesizer's own events, in seconds.
TIMED_STARTS = [0.0, 0.131, 0.554, 0.922, 1.28, 1.417, 1.896, 2.269]

home = tempfile.TemporaryDirectory()
environment = {**os.environ, "XDG_CACHE_HOME": home.name + "/cache"}


def command(*arguments):
    return [CLI, "transcribe", "--model", MODEL, "--device", "cpu", *arguments]


def run(*arguments, stdin=None, code=0):
    done = subprocess.run(command(*arguments), input=stdin, capture_output=True, timeout=600, env=environment)
    out, errors = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == code, f"{arguments}: exit code {done.returncode}, expected {code}; stderr: {errors}"
    if code != 0:
        assert errors.startswith("sensorium-cli: ") and errors.count("\n") == 1, f"{arguments}: not one sentence: {errors!r}"
    return out


def run_json(*arguments, **more):
    return [json.loads(line) for line in run(*arguments, "--json", **more).splitlines()]


def words_of(transcript):
    return [word for segment in transcript["segments"] for word in segment["words"]]


def join(paths, pause, path):
    """One WAV of several, with seconds of silence behind each."""
    with wave.open(path, "wb") as out:
        for name in paths:
            with wave.open(name) as piece:
                if out.getnframes() == 0:
                    out.setparams(piece.getparams())
                out.writeframes(piece.readframes(piece.getnframes()))
                out.writeframes(bytes(2 * int(pause * piece.getframerate())))
    return path


def test_as_faster_whisper():
    with open(os.path.join(SPEECH, "transcripts.json"), encoding="utf-8") as file:
        golden = json.load(file)
    assert len(golden) >= 20
    heard = run_json("--exact", "--beam", "1", "--no-vad", "--timestamps", "word",
                     *(os.path.join(PROMPTS, clip["clip"]) for clip in golden))
    assert len(heard) == len(golden)
    for ours, theirs in zip(heard, golden):
        assert (ours["language"], ours["text"]) == (theirs["language"], theirs["text"]), f"{theirs['clip']}: {ours['text']}"
        assert all(segment["temperature"] == 0 for segment in ours["segments"])
        words = words_of(ours)
        assert [word["word"] for word in words] == [word[0] for word in theirs["words"]], theirs["clip"]
        # Two steps of attention may be equally good: a step is 0.02 s.
        for word, (_, start, end) in zip(words, theirs["words"]):
            assert abs(word["start"] - start) < 0.021 and abs(word["end"] - end) < 0.021, f"{theirs['clip']}: {word}"


def test_files_and_stdin():
    assert run("--beam", "1", BOAT, PAGES) == f"{BOAT}:\n{BOAT_TEXT}\n\n{PAGES}:\n{PAGES_TEXT}\n"
    with open(BOAT, "rb") as file:
        assert run("--beam", "1", "-", stdin=file.read()) == BOAT_TEXT + "\n"
    # One bad file costs the others nothing, and the status says so.
    done = subprocess.run(command("--beam", "1", "/nowhere.wav", PAGES), capture_output=True, env=environment, check=False)
    assert done.returncode == 3 and PAGES_TEXT in done.stdout.decode() and done.stderr.count(b"\n") == 1


def test_language():
    found, = run_json("--beam", "1", BOAT)
    assert found["language"] == "en" and found["language_probability"] > 0.5 and found["complete"]
    said, = run_json("--beam", "1", "--language", "French", FRENCH)
    assert said["language"] == "fr" and "appuyez sur" in said["text"]
    assert run("--beam", "1", "--language", "de", NEIN).strip(" .!\n").lower() == "nein"


def test_translate():
    assert "press" in run("--translate", "--language", "fr", FRENCH).lower()


def test_prompt_and_vocabulary():
    plain = run("--beam", "1", BOAT)
    assert run("--beam", "1", "--prompt", "the big ship came back, we saw it in the night,", BOAT) == "a" + plain[1:].replace("he", "", 1)
    assert "harbour" in run("--beam", "1", "--vocabulary", "harbour colour neighbour", BOAT)


def test_beams():
    for size in ("2", "5", "8"):
        assert run("--beam", size, BOAT) == BOAT_TEXT + "\n"


def test_words():
    timed, = run_json("--timestamps", "word", TIMED)
    words = words_of(timed)
    assert "".join(word["word"] for word in words).strip() == BOAT_TEXT
    assert len(words) == len(TIMED_STARTS)
    for word, start in zip(words, TIMED_STARTS):
        assert abs(word["start"] - start) < 0.25, f"{word} begins at {start}"
        assert 0 < word["probability"] <= 1 and word["end"] >= word["start"]
    lines = run("--timestamps", "word", TIMED).splitlines()
    assert len(lines) == len(words) and "harbor" in lines[5]
    assert len(run("--timestamps", "segment", BOAT).splitlines()) == 1


def seconds(time_stamp):
    hours, minutes, rest = time_stamp.replace(",", ".").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def check_cues(cues, mark, numbered):
    """Blocks of a cue each: a number where there are numbers, times, text; times go forward."""
    stamp = rf"\d\d:[0-5]\d:[0-5]\d{re.escape(mark)}\d\d\d"
    last, texts = 0.0, []
    for number, cue in enumerate(cues, 1):
        lines = cue.split("\n")
        if numbered:
            assert lines.pop(0) == str(number), cue
        times = re.fullmatch(rf"({stamp}) --> ({stamp})", lines[0])
        assert times, cue
        start, end = (seconds(time_stamp) for time_stamp in times.groups())
        assert last <= start < end, cue
        last = start
        assert len(lines) == 2 and lines[1] and "-->" not in lines[1], cue
        texts.append(lines[1])
    return texts


def test_subtitles():
    both = join([BOAT, PAGES], 4.0, home.name + "/both.wav")
    srt, vtt = run("--format", "srt", both), run("--format", "vtt", both)
    assert srt.endswith("\n") and vtt.startswith("WEBVTT\n\n") and vtt.endswith("\n")
    texts = check_cues(srt.rstrip("\n").split("\n\n"), ",", True)
    assert texts == check_cues(vtt.rstrip("\n").split("\n\n")[1:], ".", False)
    assert texts == run(both).splitlines() and texts[1] == PAGES_TEXT, texts
    words = run("--format", "srt", "--timestamps", "word", PAGES)
    assert " ".join(check_cues(words.rstrip("\n").split("\n\n"), ",", True)) == PAGES_TEXT, words
    run("--format", "srt", BOAT, PAGES, code=2)


def test_nonsense():
    run(code=2)
    run("--beam", "99", BOAT, code=2)
    run("--timestamps", "letter", BOAT, code=2)
    run("--format", "pdf", BOAT, code=2)
    run("--language", "klingon", BOAT, code=2)
    run("/nowhere.wav", code=3)
    run(home.name, code=7)
    for name, data, code in (("empty.wav", b"", 7), ("noise.wav", bytes(range(256)) * 40, 1), ("text.wav", b"no sound at all\n" * 9, 1)):
        path = os.path.join(home.name, name)
        with open(path, "wb") as file:
            file.write(data)
        run(path, code=code)
    run("-", stdin=b"", code=7)
    # A recording without a sample is no silence.
    nothing = os.path.join(home.name, "nothing.wav")
    with wave.open(nothing, "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
    run(nothing, code=7)


def journals():
    folder = home.name + "/cache/sensorium/transcripts"
    return [os.path.join(folder, name) for name in os.listdir(folder)] if os.path.isdir(folder) else []


def test_stopped_and_resumed():
    """Killed once and interrupted once, the text is that of a run in one piece."""
    long = join([BOAT, PAGES] * 12, 1.0, home.name + "/long.wav")
    options = ("--beam", "1", "--no-vad", "--no-fallback", "--json", long)
    whole = json.loads(run(*options))
    for number in (signal.SIGKILL, signal.SIGINT):
        noted = sum(os.path.getsize(path) for path in journals())
        process = subprocess.Popen(command(*options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        while sum(os.path.getsize(path) for path in journals()) <= noted:
            assert process.poll() is None, "the end came before it could be stopped"
            time.sleep(0.01)
        process.send_signal(number)
        out, errors = process.communicate(timeout=600)
        if number == signal.SIGINT:
            assert process.returncode == 130 and not json.loads(out)["complete"] and b"goes on at" in errors
    assert json.loads(run(*options)) == whole
    assert journals() == []


def test_lying_journal():
    """Numbers that no sound has: what the journal says is kept within bounds, and a place behind the end is the end."""
    long = join([BOAT, PAGES] * 12, 1.0, home.name + "/long.wav")
    options = ("--beam", "1", "--no-vad", "--no-fallback", "--json", long)
    process = subprocess.Popen(command(*options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    while not journals():
        assert process.poll() is None, "the end came before it could be stopped"
        time.sleep(0.01)
    process.kill()
    process.communicate()
    (journal,) = journals()
    with open(journal, "w", encoding="utf-8") as file:
        file.write('{"seconds":1e300,"frame":1e99,"last_speech":1e300,"language":"en","language_probability":1e60,"segments":[{"id":1e12,'
                   '"start":-1e300,"end":1e300,"text":"x","words":[{"word":"x","start":1e300,"end":-1e300,"probability":9e99}]}]}\n')
    (segment,) = json.loads(run(*options))["segments"]
    assert segment["text"] == "x" and segment["start"] == 0 and segment["end"] <= 1e9, segment


sys.exit(tap.run(globals()))

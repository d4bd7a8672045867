# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Speech of espeak-ng and flite in many voices, as it arrives at a microphone, and what Whisper's encoder makes of it.

A window of 30 seconds holds as many utterances as fit for training, one for validation and test, as when the program hears one.
Each window is a file of states f16 [position][512] and one that says what lies where; what is there already is kept."""

import io
import json
import os
import random
import struct
import subprocess
import wave

import numpy
import scipy.signal

RATE = 16000
WINDOW = 30 * RATE
POSITION = 320               # samples from state to state of the encoder
N_STACK = 4                  # states of a token: utterances begin at whole ones
SLOT = POSITION * N_STACK
N_STATE = 512
PACKED = 1000                # numbers of windows whose chance is not that of others of the part begin here

# Languages and variants of espeak-ng and voices of flite that training may use; those of the other parts stand in split.json.
ESPEAK_LANGUAGES = ["en-us", "en-gb", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd"]
ESPEAK_VARIANTS = """Adam Alex Alicia Andrea Andy anika Antonio belinda benjamin boris caleb david Denis Diogo ed Gene Henrique Hugo Jacky
John linda Marco Mario Michael Mike norbert pablo paul pedro quincy rob robert sandro shelby steph travis victor zac f1 f2 f3 m1 m2 m3 m4 m5
m6 grandpa""".split()
FLITE_VOICES = ["slt", "slt", "slt", "kal16", "kal16", "kal"]


def voices_of(part, split):
    """Languages, variants and flite's voices of a part: validation and test have none in common with training."""
    if part == "training":
        return ESPEAK_LANGUAGES, ESPEAK_VARIANTS, FLITE_VOICES
    names = split["speech"][part + "_voices"]
    espeak = [name.partition(":")[2] for name in names if name.startswith("espeak-ng:")]
    return ([name for name in espeak if name[0] != "+"], [name[1:] for name in espeak if name[0] == "+"],
            [name.partition(":")[2] for name in names if name.startswith("flite:")])


def read_wave(data):
    with wave.open(io.BytesIO(data)) as file:
        rate, n_channels = file.getframerate(), file.getnchannels()
        samples = numpy.frombuffer(data[-(len(data) - 44) // 2 * 2:] if len(data) > 44 else b"", "<i2").astype("f4") / 32768
    return rate, samples[::n_channels]


def speak(spoken, part, split, chance):
    """The voice's name and what it says, f32 at 16 kHz; speed, pitch and the size of the speaker differ each time."""
    languages, variants, flite = voices_of(part, split)
    if chance.random() < 0.5:
        voice = chance.choice(flite)
        stretch = f"duration_stretch={chance.uniform(0.8, 1.25):.3f}"
        command = ["flite", "-voice", voice, "--setf", stretch, "-t", spoken, "-o", "/dev/stdout"]
        name = "flite:" + voice
    else:
        voice = f"{chance.choice(languages)}+{chance.choice(variants)}"
        command = ["espeak-ng", "-v", voice, "-s", str(chance.randint(125, 200)), "-p", str(chance.randint(25, 75)), "--stdout", spoken]
        name = "espeak-ng:" + voice
    rate, samples = read_wave(subprocess.run(command, check=True, capture_output=True).stdout)
    size = chance.uniform(0.9, 1.12)
    n = int(len(samples) * RATE / rate * size)
    return name, scipy.signal.resample(samples, n).astype("f4") if n else samples


def in_a_room(sound, chance, generator):
    """Room, telephone, noise and level, each at times."""
    if chance.random() < 0.3:
        seconds = chance.uniform(0.1, 0.5)
        n = int(seconds * RATE)
        room = generator.standard_normal(n) * numpy.exp(-6.9 * numpy.arange(n) / n) * chance.uniform(0.02, 0.07)
        room[0] = 1
        sound = scipy.signal.fftconvolve(sound, room)[:len(sound)]
    if chance.random() < 0.1:
        sound = scipy.signal.sosfilt(scipy.signal.butter(4, [300, 3400], "band", fs=RATE, output="sos"), sound)
    level = numpy.sqrt(numpy.mean(sound ** 2)) + 1e-6
    if chance.random() < 0.5:
        noise = generator.standard_normal(len(sound))
        if chance.random() < 0.7:
            noise = scipy.signal.lfilter([1], [1, -chance.uniform(0.5, 0.98)], noise)
        noise *= level / (numpy.sqrt(numpy.mean(noise ** 2)) + 1e-9) * 10 ** (-chance.uniform(14, 40) / 20)
        sound = sound + noise
    sound = sound * (10 ** (-chance.uniform(14, 32) / 20) / level)
    return numpy.clip(sound, -1, 1).astype("f4")


def utterance(sentence, part, split, chance, generator):
    """Voice and sound of one slot: the sentence with a little silence around it, a whole number of tokens long."""
    voice, sound = speak(sentence.spoken, part, split, chance)
    before, after = int(chance.uniform(0.05, 0.4) * RATE), int(chance.uniform(0.1, 0.5) * RATE)
    n = before + len(sound) + after
    padded = numpy.zeros((n + SLOT - 1) // SLOT * SLOT, "f4")
    padded[before:before + len(sound)] = sound
    return voice, in_a_room(padded, chance, generator)


class Encoder:
    """tests/audio/whisper-states of a build: Whisper's encoder by Sensorium's engine."""

    def __init__(self, program, model, n_threads=1):
        self.process = subprocess.Popen([program, model, str(n_threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def states(self, sound):
        self.process.stdin.write(struct.pack("<I", len(sound)) + sound.astype("<f4").tobytes())
        self.process.stdin.flush()
        n, = struct.unpack("<I", self.process.stdout.read(4))
        return numpy.frombuffer(self.process.stdout.read(n * N_STATE * 2), "<f2").reshape(n, N_STATE)


def make_window(part, number, candidates, split):
    """The sound of window @number and its utterances; the same for the same arguments."""
    chance = random.Random(f"{part} {number}")
    generator = numpy.random.default_rng([len(part), number])
    sounds, utterances, length = [], [], 0
    for sentence in candidates:
        voice, sound = utterance(sentence, part, split, chance, generator)
        if length + len(sound) > WINDOW:
            break
        utterances.append({"first": length // POSITION, "n": len(sound) // POSITION, "words": sentence.words, "spoken": sentence.spoken,
                           "source": sentence.source, "voice": voice})
        sounds.append(sound)
        length += len(sound)
    return numpy.concatenate(sounds), utterances


def save(path, sound, states, utterances, keep_sound):
    states.tofile(path + ".f16")
    if keep_sound:
        with wave.open(path + ".wav", "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes((sound * 32767).astype("<i2").tobytes())
    with open(path + ".part", "w", encoding="utf-8") as file:
        json.dump(utterances, file)
    os.rename(path + ".part", path + ".json")


def voices_part(part):
    """Whose voices and sentences a part has: "testpack" is more of the test's, many to a window."""
    return "test" if part == "testpack" else part


def make_part(folder, part, n_window, per_window, sentences, split, encoder):
    """Windows 0 to @n_window of a part in @folder, of up to @per_window sentences each."""
    os.makedirs(folder, exist_ok=True)
    for number in range(n_window):
        path = os.path.join(folder, f"{part}-{number:05}")
        if not os.path.exists(path + ".json"):
            candidates = sentences[number * per_window:(number + 1) * per_window]
            seed = number + (PACKED if part == "testpack" else 0)
            sound, utterances = make_window(voices_part(part), seed, candidates, split)
            save(path, sound, encoder.states(sound), utterances, keep_sound=part != "training")

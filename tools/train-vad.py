#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Makes the labelled sound for voice activity detection, trains src/audio/sen-vad-weights.inc on one half of the sources and
reports on the other.

    tools/train-vad.py sources DIR     decodes what lies unpacked under DIR/x (see below) into DIR/sources
    tools/train-vad.py train DIR PROBE writes the weights; PROBE is tests/audio/vad-probe of a build
    tools/train-vad.py report DIR PROBE [choose]

Needs python3-numpy, ffmpeg, espeak-ng, flite, fluidsynth and, unpacked by `dpkg -x` under DIR/x, the Debian packages
tuxpaint-stamps-default (spoken words, sounds of animals and machines), supertux-data, extremetuxracer-data, frozen-bubble-data,
wesnoth-1.16-music (music), sound-theme-freedesktop, timgm6mb-soundfont, fluid-soundfont-gm. Nothing of them is committed.

No source serves both halves: languages, voices, packages of music and sound fonts differ.
"""
import glob
import os
import random
import subprocess
import sys

import numpy as np

RATE, HOP = 16000, 160
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

TEXT = {
    "en": "The small boat left the harbour before sunrise. Nobody on the pier had expected rain, and yes, it rained. "
          "How many pages did you read? Stop. Please turn the lights off when you leave the kitchen.",
    "de": "Der Zug nach Hamburg fährt heute von Gleis sieben. Können Sie mir bitte helfen? Nein. Das Fenster bleibt offen.",
    "fr": "Le marché ouvre à huit heures. Avez-vous trouvé la clé? Oui. Nous partirons demain matin avec les enfants.",
    "it": "La finestra della cucina è aperta. Dove hai messo il libro? Non lo so. Domani andiamo al mare.",
    "pl": "Jutro rano pojedziemy do miasta. Gdzie jest moja książka? Nie wiem. Okno w kuchni jest otwarte.",
    "sv": "Båten lämnade hamnen före gryningen. Var är min bok? Jag vet inte. Fönstret i köket är öppet.",
    "pt": "O barco saiu do porto antes do amanhecer. Onde está o livro? Não sei. A janela da cozinha está aberta.",
    "hi": "नाव सुबह होने से पहले बंदरगाह से निकली। मेरी किताब कहाँ है? मुझे नहीं पता।",
    "tr": "Küçük tekne gün doğmadan limandan ayrıldı. Kitabım nerede? Bilmiyorum. Mutfağın penceresi açık.",
    "nl": "De kleine boot verliet de haven voor zonsopgang. Waar is mijn boek? Ik weet het niet.",
}
HALVES = {
    "train": {"stamps": ["bg", "ca", "be", "ro"], "espeak": ["en-us", "de", "it+f2", "pl", "sv+f4", "pt+m3", "hi", "en-gb+f3"],
              "flite": ["kal16", "awb"], "music": ["supertux-data", "extremetuxracer-data"], "font": "TimGM6mb.sf2"},
    "test": {"stamps": ["en", "es", "fr", "el", "ru", "da", "nl"], "espeak": ["en-gb-scotland+m5", "fr+f1", "tr+f5", "nl+m7"],
             "flite": ["slt", "rms"], "music": ["wesnoth-1.16-music", "frozen-bubble-data"], "font": "FluidR3_GM.sf2"},
}
# Single short words, which without their neighbours are most like a note: said by synthesizers, of languages and voices of training.
SHORT = {
    "en": "yes no stop go one two three four five six seven eight nine ten here there now why what who up down left right on off more less good bad "
          "red blue cat dog me you",
    "de": "ja nein eins zwei drei vier fünf sechs acht neun zehn gut rot blau wo wer was jetzt da hier auf zu links rechts mehr du ich Hund",
    "it": "sì no uno due tre sei otto dieci bene rosso blu dove chi ora qui là su giù più meno tu io cane",
    "pl": "tak nie raz dwa trzy pięć sześć dobrze co kto gdzie tu tam ja ty pies kot dom",
    "sv": "ja nej ett två tre fyra sex åtta nu vad vem här där upp ner mer du jag hund katt",
    "pt": "sim não um dois três seis oito bom quem onde aqui lá mais eu tu cão gato",
    "ro": "da nu unu doi trei bine cine unde aici acolo sus jos eu tu",
    "fi": "kyllä ei yksi kaksi kolme hyvä missä kuka tässä minä sinä",
    "ca": "sí no un dos tres bé qui on aquí jo tu",
}
SHORT_VOICES = {"en": ["en-us", "en-us+m3", "en-us+f2", "en-gb+f3", "en-gb+m1"], "de": ["de", "de+f2", "de+m4"],
                "it": ["it", "it+f2", "it+m3"], "pl": ["pl", "pl+f4"], "sv": ["sv+f4", "sv+m1"], "pt": ["pt+m3", "pt+f2"],
                "ro": ["ro", "ro+f3"], "fi": ["fi", "fi+f4"],
                "ca": ["ca+m2", "ca+f3"]}


def decode(path, seconds=None, start=0):
    cut = ["-t", str(seconds)] if seconds else []
    raw = subprocess.run(["ffmpeg", "-v", "quiet", "-ss", str(start), "-i", path, *cut, "-ac", "1", "-ar", str(RATE), "-f", "f32le", "-"],
                         stdout=subprocess.PIPE, check=False).stdout
    return np.frombuffer(raw[:len(raw) // 4 * 4], np.float32)


def save(folder, name, samples):
    os.makedirs(folder, exist_ok=True)
    if len(samples) > RATE // 5 and np.abs(samples).max() > 1e-3:
        np.save(os.path.join(folder, name), samples.astype(np.float16 if np.abs(samples).max() < 60 else np.float32))


def midi(rng, seconds, drums):
    """A random piece: a chord progression, a melody and perhaps drums."""
    def varlen(n):
        out = [n & 127]
        while n > 127:
            n >>= 7
            out.insert(0, 128 | n & 127)
        return bytes(out)

    events, beat = [], rng.choice([240, 320, 400, 600])
    for channel in (0, 1):
        events.append((0, bytes([0xC0 | channel, rng.randrange(0, 96)])))
    root, scale = rng.randrange(45, 60), rng.choice([[0, 2, 4, 5, 7, 9, 11], [0, 2, 3, 5, 7, 8, 10], [0, 3, 5, 7, 10]])

    def note(at, channel, pitch, length, velocity):
        events.append((at, bytes([0x90 | channel, pitch, velocity])))
        events.append((at + length, bytes([0x80 | channel, pitch, 0])))

    for i in range(int(seconds * 1000 / beat)):
        at = i * beat
        if i % 4 == 0:
            step = rng.randrange(len(scale))
            for j in (0, 2, 4):
                note(at, 0, root + scale[(step + j) % len(scale)] + 12 * ((step + j) // len(scale)), beat * 4 - 10, rng.randrange(40, 90))
        if rng.random() < 0.75:
            note(at, 1, root + 12 + rng.choice(scale) + rng.choice([0, 12]), int(beat * rng.choice([0.5, 0.9, 1.8])),
                 rng.randrange(60, 120))
        if drums and rng.random() < 0.8:
            note(at, 9, rng.choice([36, 38, 42, 46, 49]), 50, rng.randrange(50, 120))
    events.sort(key=lambda e: e[0])
    track, last = b"\x00\xff\x51\x03\x0f\x42\x40", 0
    for at, data in events:
        track += varlen(at - last) + data
        last = at
    track += b"\x00\xff\x2f\x00"
    return b"MThd" + (6).to_bytes(4, "big") + bytes([0, 0, 0, 1, 3, 0xE8]) + b"MTrk" + len(track).to_bytes(4, "big") + track


def make_short(top, folder):
    rng, wav = random.Random(5), os.path.join(top, "t.wav")
    for language, words in SHORT.items():
        for word in words.split():
            for voice in SHORT_VOICES[language]:
                subprocess.run(["espeak-ng", "-v", voice, "-s", str(rng.randrange(110, 230)), "-p", str(rng.randrange(15, 85)), "-w", wav,
                                word + rng.choice(["", ".", "?", "!"])], check=True)
                save(folder, f"espeak-{voice}-{word}", decode(wav))
    for voice in ("kal16", "awb", "kal"):
        for word in SHORT["en"].split():
            subprocess.run(["flite", "-voice", voice, "-t", word, "-o", wav], check=True)
            save(folder, f"flite-{voice}-{word}", decode(wav))


def make_sources(top):
    x, out = os.path.join(top, "x"), os.path.join(top, "sources")
    rng = random.Random(1)
    make_short(top, os.path.join(out, "train", "short"))
    for half, what in HALVES.items():
        speech = os.path.join(out, half, "speech")
        for language in what["stamps"]:
            suffix = "_desc.ogg" if language == "en" else f"_desc_{language}.ogg"
            found = sorted(glob.glob(f"{x}/tuxpaint-stamps-default/**/*{suffix}", recursive=True))
            for i, path in enumerate(rng.sample(found, min(len(found), 70))):
                save(speech, f"stamp-{language}-{i}", decode(path))
        for voice in what["espeak"]:
            for i, text in enumerate(TEXT[voice[:2]].replace("?", ".").replace("।", ".").split(". ")):
                for speed in (130, 190):
                    wav = os.path.join(top, "t.wav")
                    subprocess.run(["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(rng.randrange(25, 75)), "-w", wav, text],
                                   check=True)
                    save(speech, f"espeak-{voice}-{i}-{speed}", decode(wav))
        for voice in what["flite"]:
            for i, text in enumerate(TEXT["en"].replace("?", ".").split(". ")):
                wav = os.path.join(top, "t.wav")
                subprocess.run(["flite", "-voice", voice, "-t", text, "-o", wav], check=True)
                save(speech, f"flite-{voice}-{i}", decode(wav))
        music = os.path.join(out, half, "music")
        for package in what["music"]:
            found = [p for p in sorted(glob.glob(f"{x}/{package}/**/*.*", recursive=True))
                     if p.endswith((".ogg", ".mp3")) and "/sounds/" not in p and "/speech/" not in p]
            for i, path in enumerate(found):
                save(music, f"{package}-{i}", decode(path, 40, 5))
        fonts = glob.glob(f"/usr/share/sounds/sf2/{what['font']}")
        for i in range(24):
            mid, wav = os.path.join(top, "t.mid"), os.path.join(top, "t.wav")
            with open(mid, "wb") as f:
                f.write(midi(rng, 30, i % 3 > 0))
            subprocess.run(["fluidsynth", "-ni", "-q", "-g", "0.8", "-F", wav, "-r", "44100", fonts[0], mid], check=True,
                           stdout=subprocess.DEVNULL)
            save(music, f"midi-{i}", decode(wav, 30))
        effects = [p for p in sorted(glob.glob(f"{x}/tuxpaint-stamps-default/**/*.ogg", recursive=True))
                   if "_desc" not in p and "/people/" not in p]
        effects += sorted(glob.glob(f"{x}/sound-theme-freedesktop/**/*.oga", recursive=True))
        for i, path in enumerate(effects):
            if (i // 8) % 2 == (half == "test"):
                save(os.path.join(out, half, "effects"), f"effect-{i}", decode(path, 12))


# --- Scenes ---------------------------------------------------------------------------------------------------------------

def coloured(rng, n, slope):
    """Gaussian noise whose power falls with @slope dB per octave."""
    spectrum = np.fft.rfft(rng.standard_normal(n))
    hertz = np.fft.rfftfreq(n, 1 / RATE)
    spectrum *= (np.maximum(hertz, 20) / 1000) ** (-slope / 6.02)
    noise = np.fft.irfft(spectrum, n)
    return noise / np.abs(noise).max()


def noise(rng, n, kind):
    t = np.arange(n) / RATE
    if kind in ("white", "pink", "brown"):
        return coloured(rng, n, {"white": 0, "pink": 3, "brown": 6}[kind])
    if kind == "fan":
        out = coloured(rng, n, rng.uniform(2, 7)) * (1 + rng.uniform(0, 0.3) * np.sin(2 * np.pi * rng.uniform(0.2, 12) * t))
        blade = rng.uniform(40, 250)
        for h in range(1, rng.integers(2, 8)):
            out += rng.uniform(0, 0.25) / h * np.sin(2 * np.pi * blade * h * t + rng.uniform(0, 6))
        return out / np.abs(out).max()
    if kind == "hum":
        base = rng.choice([50.0, 60.0]) * (1 + rng.uniform(-1e-3, 1e-3))
        out = sum(rng.uniform(0, 1) / h ** rng.uniform(0.3, 1.5) * np.sin(2 * np.pi * base * h * t + rng.uniform(0, 6))
                  for h in range(1, 24))
        return out / np.abs(out).max() + rng.uniform(0, 0.02) * rng.standard_normal(n)
    if kind == "clicks":
        out = 1e-4 * rng.standard_normal(n)
        at = 0
        while True:
            at += int(rng.exponential(rng.uniform(0.05, 0.6)) * RATE) + 20
            if at + 2000 >= n:
                return out / np.abs(out).max()
            length = int(rng.uniform(1, 1500))
            burst = rng.standard_normal(length) * np.exp(-np.arange(length) / (length / 5 + 1))
            if rng.random() < 0.4:
                burst *= np.sin(2 * np.pi * rng.uniform(200, 4000) * np.arange(length) / RATE)
            out[at:at + length] += rng.uniform(0.2, 1) * burst
    if kind in ("tone", "beeps", "sweep"):
        out = np.zeros(n)
        for _ in range(rng.integers(1, 4)):
            f = np.exp(rng.uniform(np.log(60), np.log(4000)))
            if kind == "sweep":
                f = f * np.exp2(rng.uniform(0.2, 1) * np.sin(2 * np.pi * rng.uniform(0.1, 1.5) * t))
            wave = np.sin(2 * np.pi * np.cumsum(np.full(n, f) if np.isscalar(f) else f) / RATE)
            shape = rng.integers(3)
            out += np.sign(wave) * 0.5 if shape == 1 else np.tanh(3 * wave) if shape == 2 else wave
        if kind == "beeps":
            period, duty = np.exp(rng.uniform(np.log(0.15), np.log(9))), rng.uniform(0.2, 0.8)
            gate = ((t % period) < duty * period).astype(float)
            ramp = np.hanning(int(RATE * rng.uniform(0.0002, 0.02)) | 1)
            out *= np.convolve(gate, ramp / ramp.sum(), "same")
        return out / np.abs(out).max() + rng.uniform(0, 0.003) * rng.standard_normal(n)
    if kind == "notes":   # come and go in stillness
        out, at = np.zeros(n), 0.0
        while True:
            at += rng.exponential(1.5) + 0.05
            length = np.exp(rng.uniform(np.log(0.15), np.log(6)))
            start, m = int(at * RATE), int(length * RATE)
            if start + m >= n:
                return out / max(np.abs(out).max(), 1e-9) + 10 ** rng.uniform(-4.5, -1.5) * coloured(rng, n, rng.uniform(0, 6))
            f, tt = np.exp(rng.uniform(np.log(60), np.log(3500))), np.arange(m) / RATE
            partials = 1 if rng.random() < 0.4 else rng.integers(2, 9)
            wave = sum(np.sin(2 * np.pi * f * h * tt + rng.uniform(0, 6)) / h ** rng.uniform(0.5, 3)
                       for h in range(1, partials + 1) if f * h < 7000)
            edge = min(m // 2, int(RATE * np.exp(rng.uniform(np.log(0.0003), np.log(0.2)))))
            shape = np.minimum(1, np.minimum(np.arange(m), np.arange(m)[::-1]) / max(edge, 1))
            out[start:start + m] += wave * shape * rng.uniform(0.3, 1)
            at += length
    if kind == "wind":
        out = coloured(rng, n, rng.uniform(4, 8))
        knots = np.arange(0, t[-1] + 2, 0.4)
        slow = np.interp(t, knots, rng.uniform(0.1, 1, int((t[-1] + 2) / 0.4) + 1)[:len(knots)])
        return out * slow
    if kind == "rain":
        out = coloured(rng, n, -1) * 0.2
        drops = rng.integers(0, n - 200, n // 400)
        for d in drops:
            out[d:d + 80] += rng.uniform(0, 0.6) * rng.standard_normal(80) * np.exp(-np.arange(80) / 15)
        return out / np.abs(out).max()
    raise ValueError(kind)


NOISES = ["white", "pink", "brown", "fan", "hum", "clicks", "tone", "beeps", "notes", "sweep", "wind", "rain"]
STEADY = ["white", "pink", "brown", "fan", "hum", "wind", "rain"]


class Sources:
    """Of the half for tests, weights are chosen by the even files and reported on by the odd ones."""

    def __init__(self, top, half, part=slice(None)):
        def load(kind):
            return [(os.path.basename(p), np.load(p)) for p in sorted(glob.glob(f"{top}/sources/{half}/{kind}/*.npy"))[part]]
        self.speech, self.short, self.music, self.effects = load("speech"), load("short"), load("music"), load("effects")


def active(clip):
    """Per hop, whether a clean clip speaks: within 38 dB of its loud frames, gaps under 150 ms closed."""
    n = len(clip) // HOP
    power = (clip[:n * HOP].reshape(n, HOP) ** 2).mean(1)
    power = np.convolve(power, np.ones(3) / 3, "same")
    on = power > max(np.percentile(power, 95) * 10 ** -3.8, 1e-9)
    edges = np.flatnonzero(np.diff(np.r_[0, on.astype(int), 0]))
    for end, start in zip(edges[1:-1:2], edges[2::2]):
        if start - end < 15:
            on[end:start] = True
    return on


def excerpt(rng, clips, n):
    out = np.zeros(n, np.float32)
    clip = clips[rng.integers(len(clips))][1].astype(np.float32)
    if len(clip) <= n:
        at = rng.integers(0, n - len(clip) + 1)
        out[at:at + len(clip)] = clip
    else:
        at = rng.integers(0, len(clip) - n)
        out[:] = clip[at:at + n]
    return out / max(np.abs(out).max(), 1e-6)


def colour(rng, x):
    """A microphone and a room: a tilt, band limits, a short reverberation."""
    n = len(x)
    spectrum, hertz = np.fft.rfft(x), np.fft.rfftfreq(n, 1 / RATE)
    gain = (np.maximum(hertz, 50) / 1000) ** rng.uniform(-0.4, 0.4)
    if rng.random() < 0.3:
        gain = gain * (1 / (1 + (rng.uniform(100, 300) / np.maximum(hertz, 1)) ** 4)) / (1 + (hertz / rng.uniform(3000, 7500)) ** 8)
    x = np.fft.irfft(spectrum * gain, n)
    if rng.random() < 0.4:
        length = int(RATE * rng.uniform(0.05, 0.4))
        tail = rng.standard_normal(length) * np.exp(-6.9 * np.arange(length) / length) * rng.uniform(0.01, 0.1)
        tail[0] = 1
        x = np.fft.irfft(np.fft.rfft(x, 2 * n) * np.fft.rfft(tail, 2 * n), 2 * n)[:n]
    return x


def scene(rng, sources, seconds=24, kind=None):
    """Samples, labels per hop (1 speech, 0 none, -1 does not count), and a name of what is in it."""
    n = int(seconds * RATE)
    labels = np.zeros(n // HOP, int)
    quiet = 10 ** rng.uniform(-5, -4.2) * rng.standard_normal(n) if rng.random() < 0.8 else np.zeros(n)
    level = 10 ** (rng.uniform(-45, -1) / 20)
    kind = kind or rng.choice(["speech", "noise", "music", "effects"], p=[0.5, 0.29, 0.14, 0.07])
    if kind == "speech":
        x, at, gap = np.zeros(n), int(rng.choice([0, rng.uniform(0, 3)]) * RATE), rng.choice([0.3, 1.0, 3.5])
        while True:
            clip = sources.speech[rng.integers(len(sources.speech))][1].astype(np.float32)
            clip *= 10 ** (rng.uniform(-10, 0) / 20) / np.abs(clip).max()
            if at + len(clip) > n:
                break
            x[at:at + len(clip)] += clip
            on = active(clip)
            labels[at // HOP:at // HOP + len(on)] |= on
            at += len(clip) + int(rng.exponential(gap) * RATE)
        x = colour(rng, x)
        x *= level / max(np.abs(x).max(), 1e-6)
        loud = np.repeat(labels, HOP).astype(bool)
        rms = np.sqrt((x[:len(loud)][loud] ** 2).mean()) if loud.any() else level / 4
        choice = rng.random()
        if choice < 0.40:
            y = noise(rng, n, rng.choice(STEADY))
        elif choice < 0.62:
            y = excerpt(rng, sources.music, n)
        elif choice < 0.68:
            y = noise(rng, n, "clicks")
        else:
            y = None
        if y is not None:
            snr = rng.uniform(6, 35)
            x = x + y * rms / max(np.sqrt((y ** 2).mean()), 1e-9) * 10 ** (-snr / 20)
        return x + quiet, labels, "clean" if y is None else "speech"
    if kind == "music":
        x = excerpt(rng, sources.music, n)
    elif kind == "effects":
        x = excerpt(rng, sources.effects, n)
    else:
        kind = rng.choice(NOISES + ["beeps", "beeps", "notes", "notes", "notes", "sweep", "sweep"])   # what is most like a voice more often
        x = noise(rng, n, kind)
    if rng.random() < 0.3:   # it begins or ends in the midst
        a, b = sorted(rng.integers(0, n, 2))
        x[:a] = 0
        x[b:] *= rng.choice([0, 1])
    x = colour(rng, x)
    return x * level / max(np.abs(x).max(), 1e-6) + quiet, labels, kind


def snippets(clips):
    """Parts of a quarter to half a second of what people said."""
    rng, out = np.random.default_rng(7), []
    for _ in range(900):
        clip = clips[rng.integers(len(clips))][1].astype(np.float32)
        at = np.flatnonzero(active(clip))
        if len(at) < 20:
            continue
        first, n = at[rng.integers(len(at))], int(rng.uniform(25, 60))
        clip = clip[first * HOP:(first + n) * HOP].copy()
        if len(clip) < 20 * HOP or active(clip).mean() < 0.5 or np.abs(clip).max() < 0.02:
            continue
        edge = int(RATE * rng.uniform(0.01, 0.04))
        clip[:edge] *= np.linspace(0, 1, edge)
        clip[-edge:] *= np.linspace(1, 0, edge)
        out.append(("snippet", clip))
    return out


def alone(rng, sources):
    """A recording that is one word, or one sound that is none, and hardly more; in stillness. As scene()."""
    if rng.random() < 0.6:
        clip = sources.speech[rng.integers(len(sources.speech))][1].astype(np.float64)
        kind, on = "word", active(clip / np.abs(clip).max())
    else:
        kind = rng.choice(["effects", "music", "notes", "beeps", "tone", "sweep", "clicks"], p=[0.25, 0.15, 0.2, 0.15, 0.1, 0.1, 0.05])
        n = int(np.exp(rng.uniform(np.log(0.15), np.log(4))) * RATE)
        if kind in ("effects", "music"):
            clip = excerpt(rng, getattr(sources, kind), n).astype(np.float64)
        else:
            whole = noise(rng, max(n, 2 * RATE), kind)
            at = rng.integers(0, len(whole) - n + 1)
            clip = whole[at:at + n]
        edge = min(n // 2, int(RATE * np.exp(rng.uniform(np.log(0.001), np.log(0.1)))))
        clip = clip * np.minimum(1, np.minimum(np.arange(n), np.arange(n)[::-1]) / max(edge, 1))
        on = np.zeros(n // HOP, bool)
    before, after = int(rng.uniform(0.05, 2) * RATE) // HOP * HOP, int(rng.uniform(0.05, 2) * RATE)
    x = np.r_[np.zeros(before), clip, np.zeros(after)]
    if rng.random() < 0.6:
        x = colour(rng, x)
    x = x / max(np.abs(x).max(), 1e-6) * 10 ** (rng.uniform(-45, -1) / 20)
    x = x + 10 ** rng.uniform(-5, -4.2) * rng.standard_normal(len(x)) * (rng.random() < 0.8)
    n = len(x) // HOP
    labels = np.zeros(n, int)
    labels[before // HOP:before // HOP + len(on)] = on[:n - before // HOP]
    return x[:n * HOP], labels, kind


def rows(probe, samples):
    raw = subprocess.run([probe, "--features"], input=samples.astype(np.float32).tobytes(), stdout=subprocess.PIPE, check=True).stdout
    return np.frombuffer(raw, np.float32)


CHOOSE, REPORT = slice(0, None, 2), slice(1, None, 2)
# A word in stillness is most like a tone in stillness, and missed the most dearly.
TONES = ("notes", "beeps", "tone", "sweep")


def make_set(sources, probe, maker, n_scenes, seed, clean_weight):
    rng = np.random.default_rng(seed)
    features, labels, weights = [], [], []
    for _ in range(n_scenes):
        x, y, kind = maker(rng, sources)
        r = rows(probe, x).reshape(len(y), -1)
        # The edges of speech are a matter of taste: they do not count.
        edge = np.convolve(np.abs(np.diff(np.r_[y[0], y])), np.ones(9), "same") > 0
        keep = ~edge & (np.arange(len(y)) % 2 == 0)
        features.append(r[keep])
        labels.append(y[keep])
        weights.append(np.where(y[keep] == 1, clean_weight if kind in ("clean", "word") else 1, 2 if kind in TONES else 1))
    return np.concatenate(features), np.concatenate(labels).astype(np.float32), np.concatenate(weights).astype(np.float32)


def train(top, probe):
    sources, short = Sources(top, "train"), Sources(top, "train")
    short.speech = sources.short + snippets([clip for clip in sources.speech if clip[0].startswith("stamp")])
    sets = [make_set(sources, probe, scene, 900, 1, 3), make_set(sources, probe, alone, 2500, 101, 3),
            make_set(short, probe, alone, 2600, 103, 8)]
    x, y, weight = (np.concatenate(part) for part in zip(*sets))
    vx, vy, _ = make_set(Sources(top, "test", CHOOSE), probe, scene, 120, 2, 1)
    mean, spread = x.mean(0), x.std(0) + 1e-4
    x, vx = (x - mean) / spread, (vx - mean) / spread
    x, vx = np.clip(x, -6, 6), np.clip(vx, -6, 6)
    print(f"{len(x)} rows, {y.mean():.0%} speech; {len(vx)} held out", file=sys.stderr)
    rng, hidden = np.random.default_rng(4), 64
    p = [rng.standard_normal((x.shape[1], hidden)) / np.sqrt(x.shape[1]), np.zeros(hidden), rng.standard_normal(hidden) / np.sqrt(hidden),
         np.zeros(1)]
    p = [a.astype(np.float32) for a in p]
    m, v, step = [np.zeros_like(a) for a in p], [np.zeros_like(a) for a in p], 0
    epochs, batch = 12, 1024
    n_steps = epochs * (len(x) // batch)
    for epoch in range(epochs):
        order = rng.permutation(len(x))
        for i in range(0, len(x) - batch, batch):
            at = order[i:i + batch]
            a = x[at] + rng.standard_normal((batch, x.shape[1]), dtype=np.float32) * 0.15   # features of other sources differ a little
            h = np.tanh(a @ p[0] + p[1])
            out = 1 / (1 + np.exp(-(h @ p[2] + p[3])))
            d = (out - y[at]) * weight[at] / batch
            dh = np.outer(d, p[2]) * (1 - h * h)
            g = [a.T @ dh + 2e-5 * p[0], dh.sum(0), h.T @ d, d.sum(keepdims=True)]
            step += 1
            rate = 3e-3 * (1 - step / (n_steps + 1)) + 1e-5
            for j in range(4):
                m[j] = 0.9 * m[j] + 0.1 * g[j]
                v[j] = 0.999 * v[j] + 0.001 * g[j] ** 2
                p[j] -= (rate * (m[j] / (1 - 0.9 ** step)) / (np.sqrt(v[j] / (1 - 0.999 ** step)) + 1e-8)).astype(np.float32)
        if epoch % 4 == 3:
            out = np.tanh(vx @ p[0] + p[1]) @ p[2] + p[3] > 0
            seen = np.tanh(x @ p[0] + p[1]) @ p[2] + p[3] > 0
            print(f"epoch {epoch + 1}: seen {np.mean(seen == y):.4f}, held out {np.mean(out == vy):.4f}, "
                  f"misses {np.mean(~out[vy == 1]):.4f}, false {np.mean(out[vy == 0]):.4f}", file=sys.stderr)

    def table(name, values, per_line=12):
        lines = [", ".join(f"{v:.4g}f" if "." in f"{v:.4g}" or "e" in f"{v:.4g}" else f"{v:.4g}.0f" for v in values[i:i + per_line])
                 for i in range(0, len(values), per_line)]
        return f"static const float {name}[{len(values)}] = {{\n  " + ",\n  ".join(lines) + "\n};\n"
    with open(os.path.join(ROOT, "src/audio/sen-vad-weights.inc"), "w") as f:
        f.write("/* Written by tools/train-vad.py. */\n"
                + table("feature_mean", mean) + table("feature_scale", 1 / spread) + table("hidden_weight", p[0].T.reshape(-1))
                + table("hidden_bias", p[1]) + table("output_weight", p[2])
                + f"static const float output_bias = {p[3][0]:.4g}f;\nenum {{ N_HIDDEN = {hidden} }};\n")


# --- Report ---------------------------------------------------------------------------------------------------------------

def segments(probe, samples):
    out = subprocess.run([probe], input=samples.astype(np.float32).tobytes(), stdout=subprocess.PIPE, check=True).stdout.decode()
    return [tuple(int(w) for w in line.split()[:2]) for line in out.splitlines()]


def report(top, probe, part="report"):
    seed, kind = (53, REPORT) if part == "report" else (11, CHOOSE)
    rng, sources = np.random.default_rng(seed), Sources(top, "test", kind)
    print("| sound (held out) | minutes | false speech, s | false segments |\n|---|---|---|---|")
    for kind in ["silence"] + NOISES + ["music", "effects"]:
        total, wrong, count = 0, 0, 0
        for _ in range(12):
            if kind == "silence":
                x = 10 ** rng.uniform(-5, -4) * rng.standard_normal(24 * RATE) if rng.random() < 0.7 else np.zeros(24 * RATE)
            elif kind in ("music", "effects"):
                x, _, _ = scene(rng, sources, kind=kind)
            else:
                n = 24 * RATE
                x = noise(rng, n, kind) * 10 ** (rng.uniform(-45, -1) / 20)
            found = segments(probe, x)
            total += len(x)
            wrong += sum(b - a for a, b in found)
            count += len(found)
        print(f"| {kind} | {total / RATE / 60:.1f} | {wrong / RATE:.1f} | {count} |")
    print("\n| speech (held out) | clips | words lost | share of speech kept | false, s | precision | recall |\n|---|---|---|---|---|---|---|")
    groups = {"stamps": [c for c in sources.speech if c[0].startswith("stamp")],
              "espeak-ng": [c for c in sources.speech if c[0].startswith("espeak")],
              "flite": [c for c in sources.speech if c[0].startswith("flite")]}
    for group, clips in groups.items():
        for condition, peak, snr in (("clean, peaks -6 dBFS", -6, None), ("peaks -45 dBFS, fan 10 dB below", -45, 10),
                                     ("peaks -20 dBFS, pink 10 dB below", -20, 10), ("peaks -20 dBFS, music 10 dB below", -20, "music")):
            lost = kept = spoken = false = found_total = n_clips = 0
            for _ in range(60):
                clip = clips[rng.integers(len(clips))][1].astype(np.float64)
                clip = clip / np.abs(clip).max() * 10 ** (peak / 20)
                on = active(clip / np.abs(clip).max())
                before, after = int(rng.uniform(0.05, 2) * RATE), int(rng.uniform(0.05, 2) * RATE)
                x = np.r_[np.zeros(before // HOP * HOP), clip, np.zeros(after)]
                truth = np.zeros(len(x) // HOP + 1, bool)
                truth[before // HOP:before // HOP + len(on)] = on
                if snr is not None:
                    y = noise(rng, len(x), "fan" if peak == -45 else "pink") if snr != "music" else excerpt(rng, sources.music, len(x))
                    rms = np.sqrt((clip[:len(on) * HOP][np.repeat(on, HOP)] ** 2).mean())
                    x = x + y * rms / np.sqrt((y ** 2).mean()) * 10 ** -0.5
                x = x + 1e-5 * rng.standard_normal(len(x))
                guess = np.zeros(len(truth), bool)
                for a, b in segments(probe, x):
                    guess[a // HOP:b // HOP] = True
                # 0.3 s around speech is padding, not error.
                wide = np.convolve(truth, np.ones(61), "same") > 0
                n_clips += 1
                lost += (guess & truth).sum() < 0.5 * truth.sum()
                kept += (guess & truth).sum()
                spoken += truth.sum()
                false += (guess & ~wide).sum()
                found_total += (guess & ~(wide & ~truth)).sum()
            print(f"| {group}, {condition} | {n_clips} | {lost} | {kept / spoken:.3f} | {false / 100:.1f} | {kept / max(found_total, 1):.3f} | {kept / spoken:.3f} |")


if __name__ == "__main__":
    command = {"sources": make_sources, "train": train, "report": report}.get(sys.argv[1] if len(sys.argv) > 2 else "")
    if command is None:
        sys.exit(__doc__)
    command(*sys.argv[2:])

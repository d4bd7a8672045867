#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""speaking.py APP WAV: a sentence spoken into the microphone of the window stands in the message that is being written.

The microphone says what is in WAV as fast as it is heard (tests/audio/microphone.sh; test-capture has a real one); its
button is pressed over the accessibility bus. Needs a display, a session bus, and whisper-base in $SENSORIUM_TEST_MODELS."""

import os
import re
import struct
import subprocess
import sys
import wave

from window_bus import Atspi, application, check, end, find, press, results, wait_for, walk

# As src/audio/sen-capture-wire.h has them.
STARTED, SAMPLES = 1, 2


def say(kind, payload):
    return struct.pack("=4I", 0x53435031, kind, 0, len(payload)) + payload


def samples(values):
    return b"".join(say(SAMPLES, struct.pack(f"={len(part)}f", *(value / 32768 for value in part)))
                    for part in (values[at:at + 320] for at in range(0, len(values), 320)))


app_path, wav = sys.argv[1:3]
folder = os.environ["XDG_RUNTIME_DIR"]
helper, stream, rest, spoken = (os.path.join(folder, name) for name in ("capture", "stream", "rest", "spoken"))
with wave.open(wav) as source:
    voice = struct.unpack(f"<{source.getnframes()}h", source.readframes(source.getnframes()))
with open(stream, "wb") as file:
    file.write(say(STARTED, b"Test microphone") + samples(voice) + samples([0] * 32000))
with open(rest, "wb") as file:
    file.write(samples([0] * 320))
os.symlink(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "audio", "microphone.sh"), helper)
environment = dict(os.environ, GTK_A11Y="atspi", SENSORIUM_MODELS=os.environ.get("SENSORIUM_TEST_MODELS", ""),
                   SENSORIUM_CAPTURE_HELPER=helper)
environment.pop("NO_AT_BRIDGE", None)
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def message(root):
    node = find(root, Atspi.Role.TEXT, "Your message")
    text = node.get_text_iface()
    return Atspi.Text.get_text(text, 0, Atspi.Text.get_character_count(text))


def label_that(root, condition):
    return next((node.get_name() for node in walk(root) if node.get_role() == Atspi.Role.LABEL and condition(node.get_name() or "")), None)


process = subprocess.Popen([app_path], env=environment, **quiet)
try:
    print("1..4")
    Atspi.init()
    root = wait_for(application, 60)
    button = wait_for(lambda: find(root, Atspi.Role.PUSH_BUTTON, "Speak"), 60) if root is not None else None
    check("button", [] if button is not None else ["there is no microphone button"])
    if button is not None:
        press(button)
        ready = wait_for(lambda: label_that(root, lambda text: text == "Speak now" or "small boat" in text), 60)
        names = wait_for(lambda: [node.get_name() for node in walk(root) if node.get_role() == Atspi.Role.PUSH_BUTTON], 60) or []
        check("recording", ([] if ready else ["it does not record"])
              + [f"{name} is missing" for name in ("Attach the recording itself", "Cancel the recording", "Stop speaking")
                 if name not in names])
        wait_for(lambda: os.path.exists(spoken), 60)
        press(wait_for(lambda: find(root, Atspi.Role.PUSH_BUTTON, "Stop speaking"), 60))
        text = wait_for(lambda: message(root), 120) or ""
        print(f"# {text}")
        is_right = re.fullmatch(r"(A|The) small boat left the harbor before sunrise\.", text.strip())
        check("words", [] if is_right else [f"{text!r} is not what was said"])
        # Once more, and forgotten.
        press(wait_for(lambda: find(root, Atspi.Role.PUSH_BUTTON, "Speak"), 60))
        press(wait_for(lambda: find(root, Atspi.Role.PUSH_BUTTON, "Cancel the recording"), 60))
        back = wait_for(lambda: find(root, Atspi.Role.PUSH_BUTTON, "Speak"), 60)
        check("cancel", ([] if back is not None else ["it still records"]) + ([] if message(root) == text else ["the message changed"]))
    else:
        for name in ("recording", "words", "cancel"):
            check(name, ["no button"])
finally:
    end(process)
sys.exit(0 if all(results) else 1)

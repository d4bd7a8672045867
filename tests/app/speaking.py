#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""speaking.py APP WAV: a sentence spoken into the microphone of the window stands in the message that is being written.

The microphone hears what is played on a sound server of the test's own; its button is pressed over the accessibility bus. Needs a display,
a session bus, PulseAudio and whisper-base in $SENSORIUM_TEST_MODELS."""

import os
import shutil
import subprocess
import sys
import time

from window_bus import Atspi, application, check, find, press, results, wait_for, walk

if not shutil.which("pulseaudio"):
    print("1..0 # SKIP pulseaudio is not installed")
    sys.exit(0)

app_path, wav = sys.argv[1:3]
environment = dict(os.environ, GTK_A11Y="atspi", SENSORIUM_MODELS=os.environ.get("SENSORIUM_TEST_MODELS", ""))
environment.pop("NO_AT_BRIDGE", None)
script = os.path.join(os.environ["XDG_RUNTIME_DIR"], "start.pa")
with open(script, "w", encoding="utf-8") as f:
    f.write("load-module module-native-protocol-unix\nload-module module-null-sink sink_name=speaker\n"
            "load-module module-remap-source source_name=mic master=speaker.monitor "
            "source_properties=device.description=TestMicrophone\nset-default-source mic\n")
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def message(root):
    node = find(root, Atspi.Role.TEXT, "Your message")
    text = node.get_text_iface()
    return Atspi.Text.get_text(text, 0, Atspi.Text.get_character_count(text))


def label_that(root, condition):
    return next((node.get_name() for node in walk(root) if node.get_role() == Atspi.Role.LABEL and condition(node.get_name() or "")), None)


server = subprocess.Popen(["pulseaudio", "-n", "-F", script, "--exit-idle-time=-1", "--daemonize=no", "--use-pid-file=no",
                           "--log-target=null"], **quiet)
process = subprocess.Popen([app_path], env=environment, **quiet)
try:
    print("1..4")
    Atspi.init()
    wait_for(lambda: subprocess.run(["pactl", "info"], check=False, **quiet).returncode == 0, 30)
    root = wait_for(application, 30)
    button = wait_for(lambda: find(root, Atspi.Role.PUSH_BUTTON, "Speak"), 30) if root is not None else None
    check("button", [] if button is not None else ["there is no microphone button"])
    if button is not None:
        press(button)
        ready = wait_for(lambda: label_that(root, lambda text: text == "Speak now" or text.startswith("The microphone gives")), 60)
        names = [node.get_name() for node in walk(root) if node.get_role() == Atspi.Role.PUSH_BUTTON]
        check("recording", ([] if ready else ["it does not record"])
              + [f"{name} is missing" for name in ("Attach the recording itself", "Cancel the recording", "Stop speaking") if name not in names])
        subprocess.run(["paplay", "--device=speaker", wav], check=True, **quiet)
        time.sleep(0.8)   # as a speaker would before he lets go
        press(wait_for(lambda: find(root, Atspi.Role.PUSH_BUTTON, "Stop speaking"), 10))
        text = wait_for(lambda: message(root), 120) or ""
        print(f"# {text}")
        check("words", [] if "sunrise" in text else [f"{text!r} is not what was said"])
        # Once more, and forgotten.
        press(wait_for(lambda: find(root, Atspi.Role.PUSH_BUTTON, "Speak"), 10))
        press(wait_for(lambda: find(root, Atspi.Role.PUSH_BUTTON, "Cancel the recording"), 30))
        back = wait_for(lambda: find(root, Atspi.Role.PUSH_BUTTON, "Speak"), 10)
        check("cancel", ([] if back is not None else ["it still records"]) + ([] if message(root) == text else ["the message changed"]))
    else:
        for name in ("recording", "words", "cancel"):
            check(name, ["no button"])
finally:
    process.terminate()
    process.wait()
    server.terminate()
    server.wait()
sys.exit(0 if all(results) else 1)

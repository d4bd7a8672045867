#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""dragging.py APP CLI DROP_PLACE SAMPLES: files between the window and another program, by a mouse that moves (xdotool).

What was found is dragged out of the window onto a program that takes files, and a picture of that program onto the entry, where it is
searched by. All that is beside it has a name for screen readers. Needs a display and a session bus."""

import os
import shutil
import subprocess
import sys
import time

if shutil.which("xdotool") is None:
    print("1..0 # SKIP xdotool is not installed")
    sys.exit(0)

from window_bus import Atspi, application, check, end, find, names_of, results, wait_for, walk

app_path, cli_path, place_path, samples = sys.argv[1:]
folder = os.path.join(os.environ["HOME"], "Found things")
# Beside the window, which has the left of the screen.
PLACE_X, PLACE_Y = 1010, 100


def xdotool(*words):
    return subprocess.run(["xdotool", *map(str, words)], check=True, capture_output=True, text=True).stdout


def drag(start, end):
    """As a hand does it: down, a little way, and on in steps, because a program hears of what is dragged while it moves."""
    xdotool("mousemove", *start, "mousedown", 1)
    for step in range(1, 13):
        xdotool("mousemove", *(round(a + (b - a) * step / 12) for a, b in zip(start, end)))
        time.sleep(0.05)
    time.sleep(0.3)
    xdotool("mousemove", end[0] + 1, end[1] + 1, "mouseup", 1)


def middle(root, words):
    """Of what is called so, looked for anew: what is shown is made anew when the index gets on."""
    area = named(root, words).get_component_iface().get_extents(Atspi.CoordType.WINDOW)
    return (area.x + area.width // 2, area.y + area.height // 2) if area.x > 0 and area.width > 0 else None


def read_line(process, seconds):
    os.set_blocking(process.stdout.fileno(), False)
    return (wait_for(lambda: process.stdout.readline(), seconds) or "").strip()


def named(root, words):
    return next((node for node in walk(root) if words in (node.get_name() or "")), None)


os.makedirs(folder)
shutil.copy(os.path.join(samples, "coffee.jpg"), folder)
shutil.copy(os.path.join(samples, "sign.png"), folder)
environment = dict(os.environ, GTK_A11Y="atspi")
environment.pop("NO_AT_BRIDGE", None)
subprocess.run([cli_path, "index", "--quick", folder], env=environment, check=True, capture_output=True)
window = subprocess.Popen([app_path, "--window-size=900x700"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
place = subprocess.Popen([place_path, os.path.join(folder, "sign.png")], env=environment, stdout=subprocess.PIPE, text=True,
                         stderr=subprocess.DEVNULL)
try:
    print("1..4")
    Atspi.init()
    root = wait_for(application, 60)
    ready = read_line(place, 30) == "ready"
    xdotool("search", "--sync", "--onlyvisible", "--name", "Drop place", "windowmove", PLACE_X, PLACE_Y)
    xdotool("search", "--sync", "--onlyvisible", "--name", "^Sensorium$", "windowmove", 0, 0, "windowfocus")
    wait_for(lambda: find(root, Atspi.Role.TEXT, "Your message"), 60)
    xdotool("key", "ctrl+shift+f")
    tile = wait_for(lambda: named(root, "coffee.jpg"), 60)
    check("found", ([] if ready else ["the other program did not come"]) + ([] if tile else ["what is indexed is not shown"]))
    n, problems = names_of(root)
    print(f"# {n} controls beside what was found")
    check("names", problems + ([] if n >= 12 else [f"only {n} controls were found"]))
    drag(wait_for(lambda: middle(root, "coffee.jpg"), 20), (PLACE_X + 100, PLACE_Y + 100))
    taken = read_line(place, 20)
    check("dragged-out", [] if taken == os.path.join(folder, "coffee.jpg") else [f"the other program was given {taken!r}"])
    drag((PLACE_X + 100, PLACE_Y + 100), wait_for(lambda: middle(root, "Find files by what is in them"), 20))
    chip = wait_for(lambda: named(root, "Remove sign.png"), 20)
    check("dropped-in", [] if chip else ["the picture is not searched by"])
finally:
    for process in (window, place):
        end(process)
sys.exit(0 if all(results) else 1)

#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""dragging.py APP CLI DROP_PLACE SAMPLES: files between the window and another program, by a mouse that moves (xdotool).

What was found is dragged out of the window onto a program that takes files, though something else is found while the button is down, and a
picture of that program onto the entry, where it is searched by. All that is beside it has a name for screen readers. Needs a display and
a session bus."""

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


def drag(start, end, answer_s, pressed=lambda: None):
    """As a hand does it: down, a little way, and on in steps, because a program hears of what is dragged while it moves."""
    xdotool("mousemove", *start, "mousedown", 1)
    pressed()
    for step in range(1, 13):
        xdotool("mousemove", *(round(a + (b - a) * step / 12) for a, b in zip(start, end)))
        time.sleep(0.05)
    time.sleep(answer_s)
    xdotool("mousemove", end[0] + 1, end[1] + 1, "mouseup", 1)


def drag_until(taken, start, end):
    """Once more, and slower, where nothing came of it: a drop before the other program has answered what is dragged over it is none (XDND),
    and how long a slow machine takes for that can't be seen from here."""
    for answer_s in (0.3, 2, 10):
        drag(wait_for(start, 60), wait_for(end, 60), answer_s)
        result = taken()
        if result:
            return result
        print(f"# not taken after {answer_s} s")
    return None


def middle(root, words):
    """Of what is called so, looked for anew: what is shown is made anew when the index gets on."""
    area = named(root, words).get_component_iface().get_extents(Atspi.CoordType.WINDOW)
    return (area.x + area.width // 2, area.y + area.height // 2) if area.x > 0 and area.width > 0 else None


def resting(root, words):
    """Its middle, when it stays there."""
    place = middle(root, words)
    time.sleep(0.5)
    return place if place == middle(root, words) else None


def type_while_held():
    """Escape takes the keyboard back to the entry. What is found then waits for the hand, which can't be seen: it has time to come."""
    xdotool("key", "Escape", "type", "coffee")
    time.sleep(2)


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
    print("1..5")
    Atspi.init()
    root = wait_for(application, 60)
    ready = read_line(place, 60) == "ready"
    xdotool("search", "--sync", "--onlyvisible", "--name", "Drop place", "windowmove", PLACE_X, PLACE_Y)
    xdotool("search", "--sync", "--onlyvisible", "--name", "^Sensorium$", "windowmove", 0, 0, "windowfocus")
    wait_for(lambda: find(root, Atspi.Role.TEXT, "Your message"), 60)
    xdotool("key", "ctrl+shift+f")
    tile = wait_for(lambda: named(root, "coffee.jpg") and named(root, "2 files, up to date"), 60)
    check("found", ([] if ready else ["the other program did not come"]) + ([] if tile else ["what is indexed is not shown"]))
    n, problems = names_of(root)
    print(f"# {n} controls beside what was found")
    check("names", problems + ([] if n >= 12 else [f"only {n} controls were found"]))
    over = (PLACE_X + 100, PLACE_Y + 100)
    taken = drag_until(lambda: read_line(place, 20), lambda: resting(root, "coffee.jpg"), lambda: over)
    check("dragged-out", [] if taken == os.path.join(folder, "coffee.jpg") else [f"the other program was given {taken!r}"])
    drag(wait_for(lambda: resting(root, "coffee.jpg"), 60), over, 10, type_while_held)
    taken = read_line(place, 20)
    gone = wait_for(lambda: named(root, "sign.png") is None, 60)
    check("held", ([] if taken == os.path.join(folder, "coffee.jpg") else [f"the other program was given {taken!r}"])
          + ([] if gone else ["what was found meanwhile did not come after it"]))
    chip = drag_until(lambda: wait_for(lambda: named(root, "Remove sign.png"), 20), lambda: over,
                      lambda: resting(root, "Find files by what is in them"))
    check("dropped-in", [] if chip else ["the picture is not searched by"])
finally:
    for process in (window, place):
        end(process)
sys.exit(0 if all(results) else 1)

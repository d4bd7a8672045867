#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""asking.py APP CLI: somebody's files are asked by the keyboard alone (xdotool), and what a screen reader finds of it on the real bus.

Needs a display, a session bus, and the small model in $SENSORIUM_TEST_MODELS."""

import os
import shutil
import subprocess
import sys
import time

if shutil.which("xdotool") is None:
    print("1..0 # SKIP xdotool is not installed")
    sys.exit(0)

from window_bus import Atspi, application, check, end, find, is_sensitive, names_of, results, wait_for, walk

app_path, cli_path = sys.argv[1:]
folder = os.path.join(os.environ["HOME"], "Manuals")
MOST_STEPS = 40
environment = dict(os.environ, GTK_A11Y="atspi", SENSORIUM_MODELS=os.environ.get("SENSORIUM_TEST_MODELS", ""))
environment.pop("NO_AT_BRIDGE", None)
TEXTS = {"keeper.md": "# The keeper\n\nEvery evening the keeper of the lighthouse climbs two hundred steps.\n",
         "harbour.txt": "Boats wait in the harbour until the keeper has lit the lighthouse.\n",
         "steps.txt": "How many steps does the lighthouse have? The keeper counted two hundred and ten when he climbed it.\n"}


def press_keys(*keys):
    subprocess.run(["xdotool", "key", "--clearmodifiers", *keys], check=True, capture_output=True)
    time.sleep(0.15)


def type_text(text):
    subprocess.run(["xdotool", "type", "--delay", "20", text], check=True, capture_output=True)


def focus_window(name):
    windows = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", name], capture_output=True, text=True,
                             check=False).stdout.split()
    if windows:
        subprocess.run(["xdotool", "windowfocus", "--sync", windows[-1]], check=False, capture_output=True)
    return bool(windows)


class Keyboard:
    """What has it, as the bus tells it."""

    def __init__(self):
        self.node, self.n_moves = None, 0
        self.listener = Atspi.EventListener.new(self.on_event)
        self.listener.register("object:state-changed:focused")

    def on_event(self, event):
        if event.detail1 == 1:
            self.node = event.source
            self.n_moves += 1


def name_of(node):
    return (node.get_name() or node.get_role_name()) if node is not None else "nothing"


def travel(key, until):
    """The names that have the keyboard one after the other, until it is one of those that begin so; two minutes are enough for all."""
    passed = []
    last = time.monotonic() + 120
    for _ in range(MOST_STEPS):
        n_moves = keyboard.n_moves
        press_keys(key)
        wait_for(lambda: keyboard.n_moves > n_moves, max(last - time.monotonic(), 1))
        passed.append(name_of(keyboard.node))
        if passed[-1].startswith(until):
            break
    return passed


def in_order(names, wanted):
    places = [next((i for i, name in enumerate(names) if name.startswith(one)), -1) for one in wanted]
    return -1 not in places and places == sorted(places)


os.makedirs(folder)
for name, text in TEXTS.items():
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)
subprocess.run([cli_path, "index", folder], check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
os.makedirs(os.environ["XDG_CONFIG_HOME"] + "/sensorium", exist_ok=True)
with open(os.environ["XDG_CONFIG_HOME"] + "/sensorium/settings.ini", "w", encoding="utf-8") as file:
    file.write("[sensorium]\ntemperature=0.0\nmax-tokens=uint32 16\n")
process = subprocess.Popen([app_path], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    print("1..6")
    Atspi.init()
    keyboard = Keyboard()
    root = wait_for(application, 60)
    entry = wait_for(lambda: find(root, Atspi.Role.TEXT, "Your message"), 60)
    wait_for(lambda: focus_window("Sensorium"), 60)
    press_keys("ctrl+shift+o")
    # What it says stands behind its name.
    scope = wait_for(lambda: find(root, Atspi.Role.PUSH_BUTTON, "Which files are asked All Files"), 60)
    cross = wait_for(lambda: find(root, Atspi.Role.PUSH_BUTTON, "Answer without your files"), 60)
    asks = wait_for(lambda: find(root, Atspi.Role.PUSH_BUTTON, "Ask my files"), 60)
    n, problems = names_of(root)
    check("bar", problems + ([] if scope and cross and asks else ["the bar above the entry is not there"])
          + ([] if asks is not None and asks.get_state_set().contains(Atspi.StateType.PRESSED) else ["it is not said to be on"]))

    type_text("How many steps does the keeper of the lighthouse climb?")
    sent = wait_for(lambda: (lambda node: node is not None and is_sensitive(node))(find(root, Atspi.Role.PUSH_BUTTON, "Send")), 60)
    press_keys("Return")
    again = wait_for(lambda: find(root, Atspi.Role.PUSH_BUTTON, "Answer again"), 240)
    first = wait_for(lambda: find(root, Atspi.Role.PUSH_BUTTON, "Source 1: "), 60)
    check("answer", ([] if sent else ["it could not be sent"]) + ([] if again else ["no answer came"])
          + ([] if first is not None and "keeper.md" in first.get_name() else [f"the first source is {name_of(first)!r}"]))
    n, problems = names_of(root)
    print(f"# {n} controls beside an answer from files")
    group = wait_for(lambda: next((node for node in walk(root) if node.get_name() == "Sources of this answer"), None), 60)
    check("names", problems + ([] if group is not None else ["the sources are no group with a name"]))

    sources = wait_for(lambda: [name_of(node) for node in walk(root) if node.get_role() == Atspi.Role.PUSH_BUTTON
                                and name_of(node).startswith("Source ")], 60) or []
    passed = travel("shift+Tab", "Source 1: ")
    print(f"# backwards from the entry: {passed}")
    check("order", ([] if in_order(passed[::-1], sources + ["What the Model Read"]) else ["sources and what was read are not in order"])
          + ([] if len(sources) > 1 else ["there are no two sources"]))

    press_keys("Return")
    source = wait_for(lambda: next((node for node in walk(root)
                                    if node.get_role() in (Atspi.Role.FRAME, Atspi.Role.DIALOG, Atspi.Role.WINDOW)
                                    and "keeper.md" in (node.get_name() or "")), None), 60)
    shows = wait_for(lambda: next((node for node in walk(source) if "two hundred" in (node.get_name() or "")
                                   or (node.get_text_iface() and "two hundred" in Atspi.Text.get_text(node, 0, -1))), None), 60)
    _, problems = names_of(source) if source is not None else (0, [])
    focus_window("keeper.md")
    press_keys("Escape")
    closed = wait_for(lambda: next((node for node in walk(root)
                                    if node.get_role() in (Atspi.Role.FRAME, Atspi.Role.DIALOG, Atspi.Role.WINDOW)
                                    and "keeper.md" in (node.get_name() or "")), None) is None, 60)
    check("source", problems + ([] if source is not None else ["Return did not open the source"])
          + ([] if shows is not None else ["its passage is not there"]) + ([] if closed else ["Escape does not close it"]))

    focus_window("Sensorium")
    travel("Tab", "What the Model Read")
    press_keys("space")
    read = wait_for(lambda: next((node for node in walk(group) if "likeness" in (node.get_name() or "").lower()), None), 60)
    check("read", [] if read is not None else [f"space on {name_of(keyboard.node)!r} does not show what the model read"])
finally:
    end(process)
sys.exit(0 if all(results) else 1)

#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""accessibility.py APP: what a screen reader finds in the window, over the real accessibility bus.

Every control must have a name and a role, and a conversation can be held by way of that bus alone. Needs a display, a session bus,
and the small model in $SENSORIUM_TEST_MODELS."""

import os
import subprocess
import sys

from window_bus import Atspi, application, check, end, find, is_sensitive, names_of, press, results, wait_for

heard = []


def on_event(event):
    """A toolkit without announcements names the window by what is to be said."""
    try:
        if event.type.startswith("object:announcement") or event.source.get_role() == Atspi.Role.FRAME:
            heard.append(str(event.any_data))
    except Exception:  # its source is gone
        pass


app_path = sys.argv[1]
environment = dict(os.environ, GTK_A11Y="atspi", SENSORIUM_MODELS=os.environ.get("SENSORIUM_TEST_MODELS", ""))
environment.pop("NO_AT_BRIDGE", None)
# The small model's likeliest answer, and not all that it would ever say.
os.makedirs(os.environ["XDG_CONFIG_HOME"] + "/sensorium", exist_ok=True)
with open(os.environ["XDG_CONFIG_HOME"] + "/sensorium/settings.ini", "w", encoding="utf-8") as file:
    file.write("[sensorium]\ntemperature=0.0\nmax-tokens=uint32 80\n")
process = subprocess.Popen([app_path], env=environment,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    print("1..5")
    Atspi.init()
    listener = Atspi.EventListener.new(on_event)
    for kind in ("object:announcement", "object:property-change:accessible-name"):
        listener.register(kind)
    root = wait_for(application, 60)
    check("window", [] if root is not None else ["the window is not on the accessibility bus"])
    if root is not None:
        entry = wait_for(lambda: find(root, Atspi.Role.TEXT, "Your message"), 60)
        n, problems = names_of(root)
        print(f"# {n} controls before a conversation")
        check("names", problems + ([] if n >= 12 else [f"only {n} controls were found"]))
        text = entry.get_editable_text_iface() if entry is not None else None
        typed = text is not None and Atspi.EditableText.insert_text(text, 0, "Say hello.", 10)
        # It can be pressed once a model is there.
        send = wait_for(lambda: (lambda node: node if node is not None and is_sensitive(node) else None)
                        (find(root, Atspi.Role.PUSH_BUTTON, "Send")), 60)
        sent = send is not None and press(send)
        again = wait_for(lambda: find(root, Atspi.Role.PUSH_BUTTON, "Answer again"), 240)
        check("conversation", ([] if typed else ["nothing could be typed"]) + ([] if sent else ["Send could not be pressed"])
              + ([] if again else ["no answer came"]))
        said = wait_for(lambda: [text for text in heard if text and text not in ("Sensorium", "Say hello.")], 60)
        print(f"# heard: {heard}")
        check("announced", [] if said else ["no sentence of the answer was announced"])
        n, problems = names_of(root)
        print(f"# {n} controls in a conversation")
        edit = wait_for(lambda: find(root, Atspi.Role.PUSH_BUTTON, "Edit this question"), 60)
        check("names-in-conversation", problems + ([] if edit else ["no Edit button"]))
    else:
        for name in ("names", "conversation", "announced", "names-in-conversation"):
            check(name, ["no window"])
finally:
    end(process)
sys.exit(0 if all(results) else 1)

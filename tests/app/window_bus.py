# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""The window over the real accessibility bus: what tests in Python share. Importing it ends a test, as skipped, where there is none."""

import inspect
import subprocess
import sys
import time
import warnings

warnings.simplefilter("ignore", DeprecationWarning)
try:
    import gi
    gi.require_version("Atspi", "2.0")
    from gi.repository import Atspi, GLib
except (ImportError, ValueError):
    print("1..0 # SKIP python3-gi or gir1.2-atspi-2.0 is not installed")
    sys.exit(0)

# A window that is busy answers later; the usual 0.8 s are an error by then.
Atspi.set_timeout(60000, 60000)

CONTROLS = {Atspi.Role.PUSH_BUTTON, Atspi.Role.TOGGLE_BUTTON, Atspi.Role.CHECK_BOX, Atspi.Role.COMBO_BOX, Atspi.Role.ENTRY,
            Atspi.Role.TEXT, Atspi.Role.LIST, Atspi.Role.LIST_BOX, Atspi.Role.MENU_ITEM, Atspi.Role.SLIDER, Atspi.Role.SPIN_BUTTON,
            Atspi.Role.LINK, Atspi.Role.LIST_ITEM}
MOST_SEEN = 150
results = []


def check(name, problems):
    results.append(not problems)
    print(f"{'not ' if problems else ''}ok {len(results)} {name}" + "".join(f"\n# {problem}" for problem in problems), flush=True)
    if problems:
        show_all()


def show_all():
    """What is in the window, for those who have nothing but the log."""
    names = []
    try:
        for node in walk(application()):
            states = node.get_state_set()
            if states.contains(Atspi.StateType.SHOWING) and (node.get_name() or states.contains(Atspi.StateType.FOCUSED)):
                names.append(f"{node.get_name()[:60]!r}" + (" (keyboard)" if states.contains(Atspi.StateType.FOCUSED) else ""))
    except Exception as error:  # the tree changes while it is walked
        names.append(f"… {error}")
    print(f"# there is: {', '.join(names[:MOST_SEEN]) or 'no window'}", flush=True)


def end(process):
    """SIGTERM, upon which the window lays down its work."""
    process.terminate()
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        print("# it did not end on SIGTERM")
        results.append(False)


def walk(node, depth=0):
    if node is None or depth > 60:
        return
    yield node
    for i in range(node.get_child_count()):
        yield from walk(node.get_child_at_index(i), depth + 1)


def is_sensitive(node):
    return node.get_state_set().contains(Atspi.StateType.SENSITIVE)


def wait_for(condition, seconds):
    """What @condition returns once that is something; nothing after so long, and says where."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            found = condition()
        except Exception:  # the tree changes while it is walked
            found = None
        if found:
            return found
        pause = time.monotonic() + 0.1
        while time.monotonic() < pause:
            GLib.MainContext.default().iteration(False)
            time.sleep(0.002)
    caller = inspect.stack()[1]
    print(f"# waited {seconds} s in vain in line {caller.lineno}: {(caller.code_context or [''])[0].strip()[:100]}", flush=True)
    return None


def application():
    desktop = Atspi.get_desktop(0)
    for i in range(desktop.get_child_count()):
        child = desktop.get_child_at_index(i)
        if child is not None and child.get_child_count() > 0 and "ensorium" in (child.get_name() or ""):
            return child
    return None


def find(root, role, name):
    for node in walk(root):
        if node.get_role() == role and name in (node.get_name() or ""):
            return node
    return None


def press(node):
    action = node.get_action_iface()
    return action is not None and Atspi.Action.do_action(action, 0)


def look_at_names(root):
    problems, n = [], 0
    for node in walk(root):
        if node.get_role() not in CONTROLS:
            continue
        n += 1
        if not node.get_name():
            parent = node.get_parent()
            problems.append(f"a {node.get_role_name()} in {parent.get_role_name() if parent else '?'} "
                            f"{parent.get_name() if parent else ''!r} has no name")
    return n, problems


def names_of(root):
    """How many controls there are, and which have no name; begun again where the tree changed on the way."""
    return wait_for(lambda: look_at_names(root), 60) or (0, ["what is there could not be walked through"])

#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""hotkey.py PROBE: the key that works from anywhere, against a portal made by python3-dbusmock, and on a bus without any."""

import subprocess
import sys

try:
    import dbus
    import dbusmock
except ImportError:
    print("1..0 # SKIP python3-dbusmock is not installed")
    sys.exit(0)

NAME, PATH = "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop"
INTERFACE, SESSION = "org.freedesktop.portal.GlobalShortcuts", "/org/freedesktop/portal/desktop/session/mock/sensorium"

# The answer comes after the reply, on a path of the portal's own choosing.
ANSWER = """
import dbus, dbusmock
from gi.repository import GLib
path = "/org/freedesktop/portal/desktop/request/mock/" + str(args[-1]["handle_token"])
self.AddObject(path, "org.freedesktop.portal.Request", {{}}, [])
results = dbus.Dictionary({results}, signature="sv")
def answer(path=path, results=results, dbus=dbus, dbusmock=dbusmock):
    dbusmock.get_object(path).EmitSignal("org.freedesktop.portal.Request", "Response", "ua{{sv}}", [dbus.UInt32({how}), results])
GLib.timeout_add(100, answer)
ret = dbus.ObjectPath(path)
"""
results = []


def check(name, found, wanted):
    results.append(found == wanted)
    print(f"{'ok' if found == wanted else 'not ok'} {len(results)} {name}"
          + ("" if found == wanted else f"\n# {found} instead of {wanted}"))


class Portal(dbusmock.DBusTestCase):
    """One bus of its own each."""

    def open(self, probe, how=None):
        self.start_session_bus()
        bus = self.get_dbus()
        self.server = self.mock = None
        if how is not None:
            self.server = self.spawn_server(NAME, PATH, INTERFACE, stdout=subprocess.DEVNULL)
            self.mock = dbus.Interface(bus.get_object(NAME, PATH), dbusmock.MOCK_IFACE)
            self.mock.AddProperty(INTERFACE, "version", dbus.UInt32(1))
            self.mock.AddMethod(INTERFACE, "CreateSession", "a{sv}", "o",
                                ANSWER.format(how=0, results=f"{{'session_handle': dbus.String('{SESSION}')}}"))
            self.mock.AddMethod(INTERFACE, "BindShortcuts", "oa(sa{sv})sa{sv}", "o", ANSWER.format(how=how, results="{}"))
        self.probe = subprocess.Popen([probe], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def key(self, signal, shortcut="speak", session=SESSION):
        self.mock.EmitSignal(INTERFACE, signal, "osta{sv}",
                             [dbus.ObjectPath(session), shortcut, dbus.UInt64(1), dbus.Dictionary({}, signature="sv")])

    def lines(self, n):
        return [self.probe.stdout.readline().strip() for _ in range(n)]

    def close(self):
        self.probe.stdin.close()
        rest = self.probe.stdout.read().split()
        self.probe.wait()
        if self.server is not None:
            self.server.terminate()
            self.server.wait()
        self.tearDownClass()
        return rest


portal = Portal()
print("1..4")
portal.open(sys.argv[1], how=0)
check("bound", portal.lines(1), ["bound"])
portal.key("Activated")
portal.key("Activated", shortcut="another")
portal.key("Deactivated", session=SESSION + "2")
portal.key("Deactivated")
check("keys", portal.lines(2) + portal.close(), ["pressed", "released"])
portal.open(sys.argv[1], how=1)
check("refused", portal.lines(1) + portal.close(), ["absent"])
portal.open(sys.argv[1])
check("no-portal", portal.lines(1) + portal.close(), ["absent"])
sys.exit(0 if all(results) else 1)

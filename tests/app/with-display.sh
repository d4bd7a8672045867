#!/bin/sh
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
#
# Runs a test of the window on a virtual display, with folders and a session bus of its own.
if ! command -v xvfb-run >/dev/null || ! command -v dbus-run-session >/dev/null; then
  echo "1..0 # SKIP xvfb-run or dbus-run-session is not installed"
  exit 0
fi
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
mkdir -p "$home/config" "$home/data" "$home/cache" "$home/run"
chmod 700 "$home/run"
unset WAYLAND_DISPLAY DISPLAY SENSORIUM_MODELS DBUS_SESSION_BUS_ADDRESS
export HOME="$home" XDG_CONFIG_HOME="$home/config" XDG_DATA_HOME="$home/data" XDG_CACHE_HOME="$home/cache" \
  XDG_RUNTIME_DIR="$home/run" GDK_BACKEND=x11 GSK_RENDERER=cairo GTK_A11Y=test GSETTINGS_BACKEND=memory LANGUAGE=en NO_AT_BRIDGE=1
# What is tested lies in BUILD/tests/app or BUILD/src/app.
for program in "$@"; do
  schemas=$(dirname "$program")/../../data
  [ ! -e "$schemas/gschemas.compiled" ] || export GSETTINGS_SCHEMA_DIR="$schemas"
done
# Only the test speaks on stdout; what the bus starts is chatty.
exec 3>&1
dbus-run-session -- xvfb-run -a -s "-screen 0 1280x900x24" sh -c '"$@" >&3' sh "$@" >&2

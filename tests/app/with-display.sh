#!/bin/sh
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
#
# Runs a test of the window on a virtual display, with folders and a session bus of its own.
if ! command -v Xvfb >/dev/null || ! command -v dbus-run-session >/dev/null; then
  echo "1..0 # SKIP Xvfb or dbus-run-session is not installed"
  exit 0
fi
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
mkdir -p "$home/config" "$home/data" "$home/cache" "$home/run"
chmod 700 "$home/run"
unset WAYLAND_DISPLAY DISPLAY SENSORIUM_MODELS DBUS_SESSION_BUS_ADDRESS
export HOME="$home" XDG_CONFIG_HOME="$home/config" XDG_DATA_HOME="$home/data" XDG_CACHE_HOME="$home/cache" \
  XDG_RUNTIME_DIR="$home/run" GDK_BACKEND=x11 GSK_RENDERER=cairo GTK_A11Y=test GSETTINGS_BACKEND=memory LANGUAGE=en LC_ALL=C.UTF-8 NO_AT_BRIDGE=1
# What is tested lies in BUILD/tests/app or BUILD/src/app.
for program in "$@"; do
  schemas=$(dirname "$program")/../../data
  [ ! -e "$schemas/gschemas.compiled" ] || export GSETTINGS_SCHEMA_DIR="$schemas"
done
# Only the test speaks on stdout; what the bus starts is chatty. The display's number is the server's choice: two that look for a free one
# at the same time, as xvfb-run -a does, may find the same.
mkfifo "$home/display"
exec 3>&1
dbus-run-session -- sh -c '
  Xvfb -displayfd 4 -screen 0 1280x900x24 -nolisten tcp -noreset 4>"$HOME/display" 3>&- &
  server=$!
  read -r number <"$HOME/display" || { echo "Bail out! Xvfb does not start" >&3; exit 1; }
  DISPLAY=":$number" "$@" >&3 4>&-
  status=$?
  kill "$server"
  wait "$server"
  exit "$status"' sh "$@" >&2

#!/bin/sh
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
#
# test-packaging.sh SOURCE BUILD TINY_MODEL: what a packager does. A build without Vulkan and window compiles, and says so when
# asked for Vulkan; both builds install into a folder of their own, and what is installed runs from there. Prints TAP.
source=$1 build=$2 model=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME="$work/home" XDG_DATA_HOME="$work/data" XDG_CONFIG_HOME="$work/config" XDG_CACHE_HOME="$work/cache"
unset SENSORIUM_MODELS DESTDIR
n=0

# check NAME COMMAND…: one line of TAP; the output of what failed follows as comments.
check () {
  name=$1
  shift
  n=$((n + 1))
  if "$@" >"$work/output" 2>&1; then
    echo "ok $n $name"
  else
    echo "not ok $n $name"
    sed 's/^/# /' "$work/output" | tail -n 20
  fi
}

build_plain () {
  meson setup "$work/plain" "$source" -Dvulkan=disabled -Dapp=disabled -Dtests=false --buildtype=plain --prefix=/usr &&
    ninja -C "$work/plain"
}

install_plain () { DESTDIR="$work/plain-root" meson install -C "$work/plain" --no-rebuild; }

install_whole () { DESTDIR="$work/whole-root" meson install -C "$build" --no-rebuild; }

# Exit code 4 (docs/cli.md) and one sentence.
refuses_vulkan () {
  "$work/plain-root/usr/bin/sensorium-cli" ask --model "$model" --device vulkan hello 2>"$work/sentence"
  code=$?
  cat "$work/sentence"
  [ $code -eq 4 ] && [ "$(wc -l <"$work/sentence")" -eq 1 ]
}

answers () { "$1" ask --model "$model" --device cpu --temp 0 --max-tokens 4 hello; }

lists_models () { "$1" models list | grep -q smollm2-135m-instruct; }

# Everything a desktop looks for, wherever the prefix put it.
has_files () {
  for name in bin/sensorium bin/sensorium-cli libexec/sensorium-decode applications/io.github.sensorium.Sensorium.desktop \
    metainfo/io.github.sensorium.Sensorium.metainfo.xml scalable/apps/io.github.sensorium.Sensorium.svg \
    glib-2.0/schemas/io.github.sensorium.Sensorium.gschema.xml de/LC_MESSAGES/sensorium.mo; do
    [ -n "$(find "$work/whole-root" -path "*/$name")" ] || { echo "$name is not installed"; return 1; }
  done
}

echo 1..8
check "a build without Vulkan and window" build_plain
check "its installation" install_plain
check "it refuses Vulkan in a sentence" refuses_vulkan
check "it answers on the CPU" answers "$work/plain-root/usr/bin/sensorium-cli"
check "the whole installation" install_whole
check "its files" has_files
check "its command line answers" answers "$(find "$work/whole-root" -path '*/bin/sensorium-cli')"
check "and knows the catalogue" lists_models "$(find "$work/whole-root" -path '*/bin/sensorium-cli')"

#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
#
# Pictures of the window with real conversations, on a virtual display, with settings of their own. Needs imagemagick and
# optipng beside what ./test needs.
#   tools/make-screenshots.sh BUILD_DIR MODELS_DIR OUT_DIR
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
[ $# -eq 3 ] || { echo "usage: tools/make-screenshots.sh BUILD_DIR MODELS_DIR OUT_DIR" >&2; exit 2; }
build=$(realpath "$1")
app=$build/src/app/sensorium
models=$(realpath "$2")
mkdir -p "$3"
out=$(realpath "$3")
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
cd "$root"

# shoot NAME SIZE SCHEME MODEL_FILE [PROMPT [OPTION…]]: one picture; an empty MODEL_FILE leaves the machine without a
# model. $connectors are those of its own that it may take, $temperature 0 makes it say the same each time.
connectors="@as []" temperature=0.7
shoot () {
  local name=$1 size=$2 scheme=$3 model=$4 prompt=${5:-} args
  rm -rf "$home/config" "$home/models"
  mkdir -p "$home/config/sensorium" "$home/config/gtk-4.0" "$home/models" "$home/data" "$home/cache"
  # The desktop's own font, which no settings daemon tells here.
  printf '[Settings]\ngtk-font-name=Cantarell 11\n' >"$home/config/gtk-4.0/settings.ini"
  if [ -n "$model" ]; then
    ln -s "$models"/*.gguf "$models"/*.onnx "$models"/whisper-base "$home/models/"
    printf "[sensorium]\nmodel='%s'\nconnectors=%s\ntemperature=%s\n" "$home/models/$model" "$connectors" "$temperature" \
      >"$home/config/sensorium/settings.ini"
  fi
  args=(--window-size="$size" --screenshot="$out/$name.png")
  [ -z "$prompt" ] || args+=(--demo-prompt="$prompt")
  args+=("${@:6}")
  env -u DISPLAY -u WAYLAND_DISPLAY XDG_CONFIG_HOME="$home/config" XDG_DATA_HOME="$home/data" XDG_CACHE_HOME="$home/cache" \
    SENSORIUM_MODELS="$home/models" GSETTINGS_BACKEND=memory GSETTINGS_SCHEMA_DIR="$build/data" GSK_RENDERER=cairo GDK_BACKEND=x11 ADW_DEBUG_COLOR_SCHEME="$scheme" \
    timeout 300 xvfb-run -a -s "-screen 0 1400x1000x24" dbus-run-session -- "$app" "${args[@]}" 2>"$home/log" ||
    { cat "$home/log" >&2; echo "no picture $name" >&2; return 1; }
  # Photographs in them are large; 256 colours are enough to see what there is to see.
  mogrify -dither None -colors 256 "$out/$name.png"
  optipng -quiet "$out/$name.png"
  echo "$out/$name.png"
}

good=qwen2.5-coder-1.5b-instruct.gguf small=smollm2-135m-instruct.gguf

# find_files NAME SIZE SCHEME QUERY FOLDER…: the page for finding, over files that are really indexed, with every model that is there.
find_files () {
  local name=$1 size=$2 scheme=$3 query=$4 args=()
  for folder in "${@:5}"; do args+=(--demo-attach="$folder"); done
  rm -rf "$home/config" "$home/models"
  mkdir -p "$home/config/gtk-4.0" "$home/config/sensorium" "$home/models" "$home/data" "$home/cache"
  printf '[Settings]\ngtk-font-name=Cantarell 11\n' >"$home/config/gtk-4.0/settings.ini"
  ln -s "$models"/* "$root"/data/models/*.gguf "$root"/data/models/tags.txt "$home/models/" 2>/dev/null || true
  env -u DISPLAY -u WAYLAND_DISPLAY HOME="$home/user" XDG_CONFIG_HOME="$home/config" XDG_DATA_HOME="$home/data" XDG_CACHE_HOME="$home/cache" \
    SENSORIUM_MODELS="$home/models" GSETTINGS_BACKEND=memory GSETTINGS_SCHEMA_DIR="$build/data" GSK_RENDERER=cairo GDK_BACKEND=x11 ADW_DEBUG_COLOR_SCHEME="$scheme" \
    timeout 900 xvfb-run -a -s "-screen 0 1400x1000x24" dbus-run-session -- "$app" --window-size="$size" --screenshot="$out/$name.png" \
    --demo-find="$query" "${args[@]}" 2>"$home/log" || { cat "$home/log" >&2; echo "no picture $name" >&2; return 1; }
  echo "$out/$name.png"
}

# ask_files NAME SIZE SCHEME MODEL_FILE PROMPT FOLDER: an answer made from the files of a folder, which is really indexed.
ask_files () {
  local name=$1 size=$2 scheme=$3 model=$4
  rm -rf "$home/config" "$home/models"
  mkdir -p "$home/config/gtk-4.0" "$home/config/sensorium" "$home/models" "$home/data" "$home/cache"
  printf '[Settings]\ngtk-font-name=Cantarell 11\n' >"$home/config/gtk-4.0/settings.ini"
  ln -s "$models"/* "$root"/data/models/*.gguf "$root"/data/models/tags.txt "$home/models/" 2>/dev/null || true
  printf "[sensorium]\nmodel='%s'\n" "$home/models/$model" >"$home/config/sensorium/settings.ini"
  env -u DISPLAY -u WAYLAND_DISPLAY HOME="$home/user" XDG_CONFIG_HOME="$home/config" XDG_DATA_HOME="$home/data" XDG_CACHE_HOME="$home/cache" \
    SENSORIUM_MODELS="$home/models" GSETTINGS_BACKEND=memory GSETTINGS_SCHEMA_DIR="$build/data" GSK_RENDERER=cairo GDK_BACKEND=x11 ADW_DEBUG_COLOR_SCHEME="$scheme" \
    timeout 900 xvfb-run -a -s "-screen 0 1400x1000x24" dbus-run-session -- "$app" --window-size="$size" --screenshot="$out/$name.png" \
    --demo-prompt="$5" --demo-ask-files="$6" 2>"$home/log" || { cat "$home/log" >&2; echo "no picture $name" >&2; return 1; }
  optipng -quiet "$out/$name.png"
  echo "$out/$name.png"
}

# Some clip art where Debian's openclipart-png is installed, and what comes with the source.
mkdir -p "$home/user/Pictures/Clip art" "$home/user/Documents"
cp data/samples/*.* "$home/user/Pictures/"
cp docs/*.md "$home/user/Documents/"
for folder in animals/mammals food transportation; do
  find "/usr/share/openclipart/png/$folder" -name '*.png' 2>/dev/null | sort | head -70 | xargs -r -I{} cp -n {} "$home/user/Pictures/Clip art/"
done
find_files find-light 1200x800 prefer-light "dog!" "$home/user/Pictures" "$home/user/Documents"
find_files find-dark-narrow 420x800 prefer-dark "speech" "$home/user/Pictures" "$home/user/Documents"

ask_files ask-files-light 1200x800 prefer-light "$good" "How much of an answer is lost when the program is killed?" "$home/user/Documents"
ask_files ask-files-dark-narrow 420x800 prefer-dark "$small" "Where are conversations kept?" "$home/user/Documents"

# The first ones fill the list of conversations that the later ones show.
shoot models 420x800 prefer-light ""
shoot conversation-dark-narrow 420x800 prefer-dark "$good" "List three sorting algorithms, each with a sentence on when to use it."
shoot conversation-medium 800x700 prefer-light "$good" "What is the difference between a process and a thread?"
shoot conversation-dark 1200x800 prefer-dark "$good" "Write a short thank-you note to a neighbour who watered my plants."
shoot conversation-media 1200x800 prefer-light "$good" \
  "Someone left me this message, and I took a picture of the board. Do they agree? Answer in two sentences." \
  --demo-attach=data/samples/message.opus --demo-attach=data/samples/sign.png
shoot look-light 1200x800 prefer-light "$good" "From which platform does the train to Lisbon leave, and when?" \
  --demo-attach=data/samples/sign.png --demo-look=9 --demo-ways=occlusion
shoot look-dark-narrow 420x800 prefer-dark smollm2-135m-instruct.gguf "The train to Lyon leaves from platform 7 at noon. Where does it leave?" \
  --demo-look=3 --demo-ways=occlusion
shoot conversation-light 1200x800 prefer-light "$good" \
  "Compare quicksort, mergesort and heapsort in a Markdown table: time, memory, stable or not. Then write quicksort in Python in five lines. Nothing else."

# Where it looked, of a picture and a recording that the small model took directly: chosen word by its place in the answer.
connectors="['sight-smollm2', 'hearing-smollm2']" temperature=0.0
rm -rf "$home/data"
shoot look-picture 1200x800 prefer-light "$small" "What is in this picture?" --demo-attach=data/samples/coffee.jpg --demo-look=5
rm -rf "$home/data"
shoot look-recording 1200x800 prefer-dark "$small" "When does the train leave?" --demo-attach=data/samples/message.opus --demo-look=8

#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
#
# Pictures of the window with real conversations, on a virtual display, with settings of their own. Needs imagemagick and
# optipng beside what ./test needs.
#   tools/make-screenshots.sh BUILD_DIR MODELS_DIR OUT_DIR [DOCUMENTS RECORDINGS [INDEX]]
# With the last ones the page for finding is over Debian's openclipart-png, a folder of documents (tools/search-questions.py fetch) and
# one of recordings (tools/make-recordings.sh), which takes hours to index; an INDEX that has read such files already spares that.
# FIND_ONLY=1 makes no other pictures; ASK_ONLY=1 makes those of answers from some of the documents alone, MEDIA_ONLY=1 those of answers from
# pictures (openclipart-png) and recordings (espeak-ng).
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
case $# in
  3 | 5 | 6) ;;
  *) echo "usage: tools/make-screenshots.sh BUILD_DIR MODELS_DIR OUT_DIR [DOCUMENTS RECORDINGS [INDEX]]" >&2; exit 2 ;;
esac
documents=${4:-} recordings=${5:-} index=${6:-} clipart=/usr/share/openclipart/png
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

# find_files NAME SIZE SCHEME QUERY: the page for finding, over files that are really indexed, with every model that is there. QUERY as
# sen_find_page_set_demo() takes it.
find_home () {
  env -u DISPLAY -u WAYLAND_DISPLAY HOME="$home/user" XDG_CONFIG_HOME="$home/config" XDG_DATA_HOME="$home/found" XDG_CACHE_HOME="$home/cache" \
    SENSORIUM_MODELS="$home/models" GSETTINGS_BACKEND=memory GSETTINGS_SCHEMA_DIR="$build/data" GSK_RENDERER=cairo GDK_BACKEND=x11 "$@"
}
find_files () {
  local name=$1 size=$2 scheme=$3 query=$4
  ADW_DEBUG_COLOR_SCHEME="$scheme" find_home timeout 900 xvfb-run -a -s "-screen 0 1400x1000x24" dbus-run-session -- \
    "$app" --window-size="$size" --screenshot="$out/$name.png" --demo-find="$query" 2>"$home/log" ||
    { cat "$home/log" >&2; echo "no picture $name" >&2; return 1; }
  mogrify -dither None -colors 256 "$out/$name.png"
  optipng -quiet "$out/$name.png"
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

# What is to be found, in a home of its own: 8,121 pictures, of which the package has some as links.
prepare_finding () {
  local cli=$build/src/cli/sensorium-cli folders=("$home/user/Documents" "$home/user/Recordings" "$home/user/Pictures") old
  mkdir -p "$home/config/gtk-4.0" "$home/config/sensorium" "$home/models" "$home/cache" "$home/found/sensorium" "$home/user/Documents" "$home/user/Pictures"
  printf '[Settings]\ngtk-font-name=Cantarell 11\n' >"$home/config/gtk-4.0/settings.ini"
  ln -s "$models"/* "$home/models/"
  ln -sf "$root"/data/models/*.gguf "$root"/data/models/tags.txt "$home/models/"
  cp -r "$documents" "$home/user/Documents/Manuals"
  cp -r "$recordings" "$home/user/Recordings"
  cp -rL "$clipart" "$home/user/Pictures/openclipart"
  if [ -n "$index" ]; then
    cp "$index" "$home/found/sensorium/index.db"
    find_home "$cli" index --quick "${folders[@]}" >"$home/log" 2>&1
    while read -r old; do
      case $old in "$home"/*) ;; *) find_home "$cli" index --quick --remove="$old" >"$home/log" 2>&1 ;; esac
    done < <(find_home "$cli" status --json | python3 -c 'import json, sys; print(*json.load(sys.stdin)["folders"], sep="\n")')
  else
    find_home "$cli" index "${folders[@]}" >"$home/log" 2>&1
  fi
}
if [ -n "$documents" ] && [ -z "${ASK_ONLY:-}" ]; then
  prepare_finding
  find_files find-light 1200x800 prefer-light "chess"
  find_files find-dark 1200x800 prefer-dark "pictures:butterfly!!"
  find_files find-dark-narrow 420x800 prefer-dark "lighthouse"
fi
[ -z "${FIND_ONLY:-}" ] || exit 0
rm -rf "$home/config" "$home/models"

if [ -n "$documents" ]; then
  mkdir -p "$home/user/Manuals"
  for package in aptitude-doc-en borgbackup-doc debian-faq fetchmail lynx-common mdadm nano; do
    cp -r "$documents/$package" "$home/user/Manuals/"
  done
  ask_files ask-files-light 1200x800 prefer-light "$good" "Is borg quicker through ssh than on a mounted sshfs?" "$home/user/Manuals"
  ask_files ask-files-dark-narrow 420x800 prefer-dark "$good" "How do I search backwards in nano?" "$home/user/Manuals"
fi
[ -z "${ASK_ONLY:-}" ] || exit 0

# Answers from a folder of pictures, some with a camera's names, and from one of recordings, which espeak-ng reads; MEDIA_ONLY=1: no others.
prepare_media () {
  local i=2001 word
  mkdir -p "$home/user/Pictures" "$home/user/Recordings"
  for word in violin lighthouse drum guitar butterfly horse elephant scissors umbrella teapot clock castle rose owl fish car ship house; do
    cp -L "$(find -L "$clipart" -name "*$word*.png" -size -400k | awk '{ print length, $0 }' | sort -n | head -1 | cut -d' ' -f2-)" \
      "$home/user/Pictures/IMG_$i.png"
    i=$((i + 7))
  done
  cp data/samples/coffee.jpg data/samples/sign.png "$home/user/Pictures/"
  cp data/samples/*.opus "$home/user/Recordings/"
  espeak-ng -v en-us -s 150 -w "$home/user/Recordings/memo_0412.wav" "Good morning. This is a note about the garden. The old fence behind the \
greenhouse is broken. Peter will repair it on Saturday, with larch wood from the sawmill. Please call him if it rains."
  espeak-ng -v en-us -s 150 -w "$home/user/Recordings/memo_0419.wav" "A reminder about the boiler. The filter must be cleaned every twelve \
months, with warm water and without any soap."
}
prepare_media
ask_files ask-pictures-light 1200x800 prefer-light "$good" "What is written on the sign in the picture?" "$home/user/Pictures"
ask_files ask-recordings-dark-narrow 420x800 prefer-dark "$good" "What did the recording say about the fence?" "$home/user/Recordings"
[ -z "${MEDIA_ONLY:-}" ] || exit 0

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

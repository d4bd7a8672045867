#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
#
# Makes those of data/samples that are our own. For developers; needs imagemagick, fonts-dejavu-core, flite, ffmpeg.
set -euo pipefail
out=$(cd "$(dirname "$0")/../data/samples" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ff () { ffmpeg -hide_banner -loglevel error -nostdin -y "$@"; }
# No encoder's name, no date: the same files every time.
plain=(-fflags +bitexact -flags:v +bitexact -flags:a +bitexact -map_metadata -1)
say () { flite -voice slt -o "$work/$1" -t "$2"; }

convert -size 640x400 xc:'#1b3a57' -fill '#f2c230' -draw 'rectangle 0,96 640,104' -font DejaVu-Sans-Bold -fill white -gravity north \
  -pointsize 54 -annotate +0+18 'PLATFORM 7' -pointsize 40 -annotate +0+140 'Night train to Lisbon' -annotate +0+210 'Departs 21:47' \
  -font DejaVu-Sans -pointsize 26 -annotate +0+310 'Please have your tickets ready' -strip -define png:exclude-chunks=date,time \
  -depth 8 +dither -colors 32 "$out/sign.png"

say message.wav "Hello, this is Anna. Our train leaves from platform seven at a quarter to ten. I will bring the tickets and two sandwiches. Do not forget the map."
ff -i "$work/message.wav" -ac 1 -ar 24000 -c:a libopus -b:a 24k "${plain[@]}" "$out/message.opus"

i=0
for text in 'Fill the kettle' 'Warm the pot' 'Wait four minutes'; do
  i=$((i + 1))
  convert -size 480x270 xc:'#eef2e6' -font DejaVu-Sans-Bold -fill '#2d4a22' -gravity center -pointsize 30 -annotate +0-70 "STEP $i" \
    -pointsize 40 -annotate +0+20 "$text" "$work/step$i.png"
done
say steps.wav "Here are three steps for a cup of tea. Fill the kettle, warm the pot, and wait four minutes."
ff -framerate 1/3 -i "$work/step%d.png" -i "$work/steps.wav" -af apad -t 9 -r 10 -c:v libvpx-vp9 -b:v 40k -pix_fmt yuv420p \
  -c:a libopus -b:a 20k -ac 1 -ar 24000 "${plain[@]}" "$out/tea.webm"

#!/bin/sh
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
#
# A sensorium-capture that says what lies in the folder where its link is: "list"; or "stream", as fast as it is taken, whereupon "spoken"
# is there. A microphone that then gave nothing at all would count as broken, so it says "rest" until its standard input ends.
cd "$(dirname "$0")" || exit
[ "$1" = list ] && exec cat list
cat stream
: > spoken
(while sleep 0.02; do cat rest || exit; done) &
loop=$!
cat > /dev/null
kill $loop

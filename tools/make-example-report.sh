#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
#
# docs/example-report.html: what changed a real answer about one of our samples, and how far that can be believed. The answer is the model's own.
#   tools/make-example-report.sh SENSORIUM_CLI MODELS_DIR OUT_FILE
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
[ $# -eq 3 ] || { echo "usage: tools/make-example-report.sh SENSORIUM_CLI MODELS_DIR OUT_FILE" >&2; exit 2; }
cli=$(realpath "$1")
model=$(realpath "$2")/qwen2.5-coder-1.5b-instruct.gguf
out=$(realpath "$3")
question="From which platform does the train to Lisbon leave, and when?"
cd "$root/data/samples"
answer=$("$cli" ask -m "$model" --temp 0 --image sign.png "$question" 2>/dev/null)
"$cli" explain -m "$model" --image sign.png --target "$answer" --method occlusion --grain words --trust --steps 10 --seed 1 --format html \
  -o "$out" "$question"
python3 "$root/tools/check-report.py" "$out"

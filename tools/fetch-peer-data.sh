#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
#
# fetch-peer-data.sh FOLDER: unpacks the vocabularies and chat templates of the peer's source package (llama-cpp-python
# carries llama.cpp) into FOLDER, once. Data only; none of its code is built or run.
set -euo pipefail
package=llama-cpp-python==0.3.36
folder=$1
[ ! -f "$folder/.complete" ] || exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip download --quiet --no-deps --no-binary=:all: --dest "$work" "$package" >&2
mkdir -p "$folder"
tar -xzf "$work"/llama_cpp_python-*.tar.gz -C "$folder" --strip-components=4 --wildcards '*/vendor/llama.cpp/models/*'
touch "$folder/.complete"

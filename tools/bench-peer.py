#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Speed beside llama.cpp's: both programs take turns on the same file with the same threads, medians are printed as a
Markdown table.

  bench-peer.py --cli build/src/cli/sensorium-cli --peer BIN MODEL.gguf...                      the CPU, -p 512 -n 128
  bench-peer.py --cli … --peer BIN --isa avx2 MODEL.gguf...                                    with fewer instructions
  bench-peer.py --cli … --peer BIN -p 0 -n 32 --depth 4096 MODEL.gguf...                       decoding in a long context
  bench-peer.py --cli … --peer VULKAN_BIN --device vulkan -p 64 -n 8 MODEL.gguf...             a Vulkan device

BIN is the folder with llama-bench, built Release with GGML_NATIVE (and GGML_VULKAN for Vulkan). Of llama.cpp's settings for
flash attention the better one counts, for each figure by itself. A Vulkan device on a processor (lavapipe) is shown to
llama.cpp by GGML_VK_VISIBLE_DEVICES, which it otherwise ignores."""

import argparse
import json
import os
import statistics
import subprocess
import sys


def run(command, **variables):
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **variables})
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\nfailed with {done.returncode}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)


def measure_ours(options, model):
    command = [options.cli, "bench", "--model", model, "--device", options.device, "--threads", str(options.threads),
               "-p", str(options.prompt), "-n", str(options.decode), "--depth", str(options.depth), "-r", "1", "--json"]
    result = run(command, **({"SENSORIUM_CPU_ISA": options.isa} if options.isa else {}))
    return {"prompt": result["prompt_tokens_per_second"], "decode": result["decode_tokens_per_second"]}


def measure_peer(options, model, flash_attention):
    command = [os.path.join(options.peer, "llama-bench"), "-m", model, "-t", str(options.threads), "-p", str(options.prompt),
               "-n", str(options.decode), "-d", str(options.depth), "-r", "1", "-fa", flash_attention, "-o", "json"]
    if options.device == "cpu":
        results = run(command + ["-ngl", "0"])
    else:
        index = options.device.partition(":")[2] or "0"
        results = run(command + ["-ngl", "99"], GGML_VK_VISIBLE_DEVICES=index)
    return {"prompt" if result["n_prompt"] > 0 else "decode": result["avg_ts"] for result in results}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cli", required=True, help="sensorium-cli")
    parser.add_argument("--peer", required=True, metavar="BIN")
    parser.add_argument("--device", default="cpu", help="cpu, vulkan or vulkan:N")
    parser.add_argument("--isa", help="instruction set of our side: portable, avx2, avxvnni or avx512 (default: the best)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("-p", "--prompt", type=int, default=512)
    parser.add_argument("-n", "--decode", type=int, default=128)
    parser.add_argument("models", nargs="+", metavar="MODEL.gguf")
    parser.add_argument("--depth", type=int, default=0, help="tokens in the context before decoding begins, with -p 0")
    options = parser.parse_args()
    if options.depth > 0 and options.prompt > 0:
        parser.error("llama-bench puts --depth before the prompt too: use it with -p 0")

    print(f"| model | tokens/s | ours | llama.cpp | ratio | spread (ours, theirs) |\n|---|---|--:|--:|--:|---|")
    for model in options.models:
        # Read afresh, as after a download: a file that was copied lies in the page cache in small pages.
        with open(model, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        ours, peer = [], {"on": [], "off": []}
        for _ in range(options.rounds):
            ours.append(measure_ours(options, model))
            for flash_attention in peer:
                peer[flash_attention].append(measure_peer(options, model, flash_attention))
        kinds = (("prompt", f"prompt of {options.prompt}", options.prompt),
                 ("decode", f"decode {options.decode}" + (f" after {options.depth}" if options.depth else ""), options.decode))
        for kind, label, n_tokens in kinds:
            if n_tokens == 0:
                continue
            our_values = [result[kind] for result in ours]
            peer_values = max(([result[kind] for result in results] for results in peer.values()), key=statistics.median)
            our_median, peer_median = statistics.median(our_values), statistics.median(peer_values)
            name = os.path.basename(model).removesuffix(".gguf")
            print(f"| {name} | {label} | {our_median:.1f} | {peer_median:.1f} | {our_median / peer_median:.2f} | "
                  f"{min(our_values):.1f}–{max(our_values):.1f}, {min(peer_values):.1f}–{max(peer_values):.1f} |", flush=True)


main()

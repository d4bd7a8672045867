#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""How well does heat predict what changes an answer? Deletion and insertion areas of each method of tests/data/explain/explain-prompts.json
against random orders, over all its prompts, with 95 % bootstrap intervals. Every method is reported.

    tools/bench-explanations.py BUILD/src/cli/sensorium-cli MODELS [--json RESULTS]

MODELS is the folder with the model that the file names. What is done is printed to standard error; interrupted, it goes on with what
stands in RESULTS.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def measure(cli, model, plan, method, prompt):
    """The trust figures of one method's heat on one prompt."""
    command = [cli, "explain", "--model", str(model), "--device", plan["device"], *method["arguments"], "--target", prompt["target"],
               "--grain", plan["grain"], "--trust", "--steps", str(plan["steps"]), "--orders", str(plan["random_orders"]),
               "--seed", str(plan["seed"]), "--top", "0", "--format", "json", prompt["prompt"]]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{prompt['prompt']}: {done.stderr.decode()}")
    trust = json.loads(done.stdout)["trust"]
    return {name: trust[name] for name in ("units", "steps", "random_orders", "deletion_area", "insertion_area", "random_area", "ratio")}


def mean(values):
    return sum(values) / len(values)


def interval(values, n, chance):
    """The mean and the middle 95 % of the means of samples drawn with replacement."""
    means = sorted(mean(chance.choices(values, k=len(values))) for _ in range(n))
    return mean(values), means[int(0.025 * n)], means[int(0.975 * n) - 1]


def report(plan, results):
    print("| Method | Random order − deletion (nats) | Insertion − random order (nats) | Prompts better than chance (deletion, insertion) |")
    print("|---|---|---|---|")
    for method in plan["methods"]:
        trusts = [results[method["name"]][prompt["prompt"]] for prompt in plan["prompts"]]
        falls = [trust["random_area"] - trust["deletion_area"] for trust in trusts]
        rises = [trust["insertion_area"] - trust["random_area"] for trust in trusts]
        cells = ["{:+.2f} [{:+.2f}, {:+.2f}]".format(*interval(values, plan["bootstrap"], random.Random(plan["seed"])))
                 for values in (falls, rises)]
        better = [sum(value > 0 for value in values) for values in (falls, rises)]
        print(f"| {method['name']} | {cells[0]} | {cells[1]} | {better[0]}, {better[1]} of {len(trusts)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cli")
    parser.add_argument("models", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path, metavar="RESULTS", help="keep all figures in this file")
    options = parser.parse_args()
    plan = json.loads((ROOT / "tests" / "data" / "explain" / "explain-prompts.json").read_text())
    results = json.loads(options.json.read_text()) if options.json and options.json.exists() else {}
    for i, prompt in enumerate(plan["prompts"]):
        for method in plan["methods"]:
            known = results.setdefault(method["name"], {})
            if prompt["prompt"] not in known:
                known[prompt["prompt"]] = measure(options.cli, options.models / plan["model"], plan, method, prompt)
        if options.json:
            options.json.write_text(json.dumps(results, indent=1) + "\n")
        print(f"{i + 1}/{len(plan['prompts'])} {prompt['prompt'][:60]}", file=sys.stderr)
    report(plan, results)


if __name__ == "__main__":
    main()

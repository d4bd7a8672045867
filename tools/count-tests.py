#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""count-tests.py LOGS: counts what meson's JUnit report and test log in the folder LOGS say: prints each failure and skip
with its reason (for a failure, what the program said around it), then "N passed, N failed, N skipped".

A skip is only good when its reason starts with "hardware:"; any other one counts as failed, so that a test cannot hide
behind a missing file. A program that broke off counts as failed even when every subtest it got to had passed. Exits with
1 when anything failed."""

import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

GOOD = ("OK", "SKIP", "EXPECTEDFAIL")
MOST_LINES = 30
RESULT = re.compile(r"(not )?ok \d+")


def skip_reason(output):
    for line in output.splitlines():
        if "SKIP" in line:
            return line.split("SKIP", 1)[1].strip()
        if line.startswith(("hardware:", "# hardware:")):
            return line.lstrip("# ")
    return "no reason given"


def said_around(output, name=None):
    """What a TAP program said of the subtest @name, from the result before it to the one behind it; without a name, what it said last."""
    lines = [line for line in output.splitlines() if line.strip() and "-DEBUG: " not in line]
    at = next((i for i, line in enumerate(lines) if name is not None and RESULT.match(line)
               and (line.split("ok ", 1)[1] + " ").startswith(name + " ")), len(lines))
    before = next((i + 1 for i in range(at - 1, -1, -1) if RESULT.match(lines[i])), 0)
    behind = next((i for i in range(at + 1, len(lines)) if RESULT.match(lines[i])), len(lines))
    return [line for line in lines[before:behind] if not line.startswith(("# Start of", "# End of"))]


def last_lines(case):
    """Of a program that speaks no TAP."""
    return [line for part in ("system-out", "system-err") for line in (case.findtext(part) or "").splitlines()[-MOST_LINES // 2:]]


def tell(lines):
    for line in lines[-MOST_LINES:]:
        print(f"        {line[:500]}")


def main():
    logs = pathlib.Path(sys.argv[1])
    n_passed = n_failed = n_skipped = 0
    programs_with_failures = set()
    for suite in ElementTree.parse(logs / "testlog.junit.xml").getroot().iter("testsuite"):
        output = (suite.findtext("system-out") or "") + (suite.findtext("system-err") or "")
        for case in suite.iter("testcase"):
            name = f"{suite.get('name')} {case.get('name')}"
            skipped = case.find("skipped")
            failed = case.find("failure") is not None or case.find("error") is not None
            if skipped is not None and not failed:
                reason = skipped.get("message") or skip_reason(output + (case.findtext("system-out") or ""))
                if reason.startswith("hardware:"):
                    n_skipped += 1
                    print(f"skipped {name}: {reason}")
                    continue
                name += f": skipped, but not for absent hardware: {reason}"
                failed = True
            if failed:
                n_failed += 1
                print(f"FAILED  {name}")
                tell(said_around(suite.findtext("system-out") or "", case.get("name")) or last_lines(case))
                programs_with_failures.update((suite.get("name"), f"{suite.get('name')}.{case.get('name')}",
                                               case.get("name")))
            else:
                n_passed += 1

    for line in (logs / "testlog.json").read_text(encoding="utf-8").splitlines():
        program = json.loads(line)
        name = program["name"]
        if program["result"] not in GOOD and not {name, f"sensorium.{name}"} & programs_with_failures:
            n_failed += 1
            print(f"FAILED  {name}: the program broke off ({program['result']}, exit status {program['returncode']})")
            tell(said_around(program.get("stdout") or "") + (program.get("stderr") or "").splitlines()[-10:])

    print(f"{n_passed} passed, {n_failed} failed, {n_skipped} skipped")
    return 1 if n_failed or not n_passed else 0


sys.exit(main())

#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""count-tests.py LOGS: counts what meson's JUnit report and test log in the folder LOGS say: prints each failure and skip
with its reason, then "N passed, N failed, N skipped".

A skip is only good when its reason starts with "hardware:"; any other one counts as failed, so that a test cannot hide
behind a missing file. A program that broke off counts as failed even when every subtest it got to had passed. Exits with
1 when anything failed."""

import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

GOOD = ("OK", "SKIP", "EXPECTEDFAIL")


def skip_reason(output):
    for line in output.splitlines():
        if "SKIP" in line:
            return line.split("SKIP", 1)[1].strip()
        if line.startswith(("hardware:", "# hardware:")):
            return line.lstrip("# ")
    return "no reason given"


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

    print(f"{n_passed} passed, {n_failed} failed, {n_skipped} skipped")
    return 1 if n_failed or not n_passed else 0


sys.exit(main())

#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Counts a meson JUnit report: prints each failure and skip with its reason, then "N passed, N failed, N skipped".

A skip is only good when its reason starts with "hardware:"; any other one counts as failed, so that a test cannot hide
behind a missing file. Exits with 1 when anything failed."""

import sys
import xml.etree.ElementTree as ElementTree


def main():
    n_passed = n_failed = n_skipped = 0
    for suite in ElementTree.parse(sys.argv[1]).getroot().iter("testsuite"):
        output = (suite.findtext("system-out") or "") + (suite.findtext("system-err") or "")
        for case in suite.iter("testcase"):
            name = f"{suite.get('name')} {case.get('name')}"
            skipped = case.find("skipped")
            if case.find("failure") is not None or case.find("error") is not None:
                n_failed += 1
                print(f"FAILED  {name}")
            elif skipped is not None:
                reason = skipped.get("message") or skip_reason(output + (case.findtext("system-out") or ""))
                if reason.startswith("hardware:"):
                    n_skipped += 1
                    print(f"skipped {name}: {reason}")
                else:
                    n_failed += 1
                    print(f"FAILED  {name}: skipped, but not for absent hardware: {reason}")
            else:
                n_passed += 1
        if suite.find("testcase") is None or int(suite.get("errors", "0")) > 0:
            n_failed += 1
            print(f"FAILED  {suite.get('name')}: the test program broke off")
    print(f"{n_passed} passed, {n_failed} failed, {n_skipped} skipped")
    return 1 if n_failed or not n_passed else 0


def skip_reason(output):
    for line in output.splitlines():
        if "SKIP" in line:
            return line.split("SKIP", 1)[1].strip()
        if line.startswith(("hardware:", "# hardware:")):
            return line.lstrip("# ")
    return "no reason given"


sys.exit(main())

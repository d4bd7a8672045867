# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""What the tests of the command line share: functions are run and reported in TAP."""

import traceback


def run(names):
    """Runs all functions of @names (a test's globals()) that begin with test_, in their order. The program's exit status: 1 when
    one of them raised anything."""
    tests = [(name, function) for name, function in names.items() if name.startswith("test_")]
    print(f"1..{len(tests)}")
    failed = 0
    for number, (name, function) in enumerate(tests, 1):
        try:
            function()
            print(f"ok {number} {name[5:]}", flush=True)
        except Exception:
            failed = 1
            print("".join("# " + line + "\n" for line in traceback.format_exc().splitlines()), end="")
            print(f"not ok {number} {name[5:]}", flush=True)
    return failed

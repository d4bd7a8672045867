#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Opens pages of `sensorium-cli explain --format html` in a headless Chromium and looks whether their script ran and nothing in them
wanted what their policy forbids: anything from the network, any other script or style.

    tools/check-report.py PAGE…
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MAX_BYTES = 5_000_000


def problems_of(browser, page):
    """What is wrong with one page."""
    if page.stat().st_size >= MAX_BYTES:
        yield f"has {page.stat().st_size} bytes"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
                               f"--user-data-dir={folder}", "--enable-logging=stderr",
                               "--virtual-time-budget=5000", "--dump-dom", page.resolve().as_uri()],
                              capture_output=True, timeout=120, check=False)
        dom, said = done.stdout.decode(), done.stderr.decode()
        for line in said.splitlines():
            if "CONSOLE" in line:
                yield f"the console says: {line}"
        if not re.search(r'<tbody id="top">\s*<tr>', dom):
            yield "its script did not fill the table"


def main():
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None or len(sys.argv) < 2:
        sys.exit(__doc__ if browser else "there is no Chromium; install one (apt-get install chromium)")
    failed = False
    for name in sys.argv[1:]:
        found = list(problems_of(browser, pathlib.Path(name)))
        failed = failed or bool(found)
        print(f"{name}: {'; '.join(found) or 'runs, and loads nothing'}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

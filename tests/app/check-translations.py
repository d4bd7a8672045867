#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Every file with text for people is in po/POTFILES.in, and every language of po/LINGUAS says all of it, and what the catalogue
says of each model."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

root = pathlib.Path(sys.argv[1])
results = []


def check(name, problems):
    results.append(not problems)
    print(f"{'not ' if problems else ''}ok {len(results)} {name}{': ' + '; '.join(problems) if problems else ''}")


def lines_of(path):
    return [line.strip() for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]


listed = lines_of(root / "po" / "POTFILES.in")
marked = re.compile(r'\b[N_]?_ ?\("|translatable="yes"')
needed = [str(path.relative_to(root)) for path in sorted((root / "src" / "app").iterdir())
          if path.suffix in (".c", ".ui") and marked.search(path.read_text())]
languages = lines_of(root / "po" / "LINGUAS")

print(f"1..{2 + len(languages)}")
check("potfiles", [f"{name} is not listed" for name in needed if name not in listed]
      + [f"{name} does not exist" for name in listed if not (root / name).exists()])
check("sorted", [] if listed == sorted(listed) else ["po/POTFILES.in is not in alphabetical order"])

with tempfile.TemporaryDirectory() as folder:
    template = pathlib.Path(folder) / "sensorium.pot"
    catalogue = json.loads((root / "data" / "catalogue.json").read_text())
    summaries = pathlib.Path(folder) / "catalogue.c"
    summaries.write_text("".join(f"_({json.dumps(model['summary'], ensure_ascii=False)})\n" for model in catalogue["models"]))
    subprocess.run(["xgettext", "--from-code=UTF-8", "--keyword=_", "--keyword=N_", "--add-comments=translators",
                    "--files-from", "po/POTFILES.in", str(summaries), "-o", str(template)], cwd=root, check=True,
                   stderr=subprocess.DEVNULL)
    for language in languages:
        merged = pathlib.Path(folder) / f"{language}.po"
        subprocess.run(["msgmerge", "-q", "--no-fuzzy-matching", "-o", str(merged), str(root / "po" / f"{language}.po"),
                        str(template)], check=True)
        result = subprocess.run(["msgfmt", "--check", "--statistics", "-o", "/dev/null", str(merged)],
                                capture_output=True, text=True)
        missing = subprocess.run(["msgattrib", "--untranslated", "--no-wrap", str(merged)], capture_output=True, text=True).stdout
        texts = re.findall(r'^msgid "(.+)"', missing, re.M)
        pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"', subprocess.run(["msgcat", "--no-wrap", str(merged)], capture_output=True,
                                                                       text=True).stdout, re.M)
        blanks = [f"'{text}' has other blanks in its translation" for text, translation in pairs
                  if set(re.findall(r"\{\w+\}", text)) != set(re.findall(r"\{\w+\}", translation))]
        check(language, ([result.stderr.strip()] if result.returncode else []) + [f"'{text}' is not translated" for text in texts] + blanks)

sys.exit(0 if all(results) else 1)

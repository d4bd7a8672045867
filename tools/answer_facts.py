# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Whether a text has the fact that answers a question of tests/data/search/questions.json.

A fact is a list of which one is enough: a regular expression, or {"least": n, "of": [expressions]}. They are searched in the text as
normalise() makes it."""

import re
import unicodedata


def normalise(text):
    text = unicodedata.normalize("NFKC", text).lower().translate(str.maketrans("’‘“”`", "''\"\"'"))
    return " ".join(text.split())


def has_fact(fact, text):
    text = normalise(text)

    def holds(one):
        if isinstance(one, str):
            return re.search(one, text) is not None
        return sum(re.search(expression, text) is not None for expression in one["of"]) >= one["least"]

    return any(holds(one) for one in fact)

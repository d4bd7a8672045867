# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""English sentences to be spoken: WordNet's examples and definitions (Debian's wordnet-base), and questions about things made of its
words. Each belongs to a part by the rule of data/models/split.json."""

import collections
import hashlib
import json
import os
import random
import re

from wordnet import WordNet

PARTS = ("training", "validation", "test")
MIN_WORDS, MAX_WORDS = 3, 14
MAX_CHARACTERS = 90          # about six seconds of speech

# spoken: with its punctuation; words: what is to be heard, in lower case; source: example, definition or question
Sentence = collections.namedtuple("Sentence", "spoken words source part")

# Questions and requests as people say them to an assistant. {noun}, {other}: things; {nouns}: several; {verb}, {quality}: common ones.
TEMPLATES = """\
What is {a noun}?|What are {nouns} made of?|What color is the {noun}?|Where can I find {a noun}?|How does {a noun} work?
How many {nouns} are in the picture?|Is there {a noun} in this picture?|Do you see {a noun} next to the {other}?
Who invented the {noun}?|Tell me something about {nouns}.|Write a short story about {a noun} and {a other}.|Why do people like {nouns}?
Can you draw {a noun}?|What is the difference between {a noun} and {a other}?|How do I {verb} {a noun}?
What should I do with the {quality} {noun}?|What is the opposite of {quality}?|What does the word {quality} mean?
Use the word {noun} in a sentence.|Which is bigger, {a noun} or {a other}?|How much does {a noun} cost?
Please describe the {quality} {noun} in the picture.|Give me three ideas for {a quality} {noun}.|Did the {noun} {verb} the {other}?
I want to {verb} the {noun} today.|My {noun} is {quality}, what can I do?|Where does the {noun} come from?
What is {number} plus {number}?|What is {number} times {number}?|I have {number} {nouns} and {number} {nouns of other}.
Show me the {quality} {noun}.|Explain to a child what {a noun} is.|When was the first {noun} made?|What is the capital of {country}?
How many people live in {country}?|What language do they speak in {country}?|Translate {noun} into French.|Is {a noun} {quality}?
What sound does {a noun} make?|Make a list of things to {verb} with {a noun}.|The {quality} {noun} is under the {other}.
What do you call someone who likes to {verb}?"""
NUMBERS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred""".split()
COUNTRIES = """France Germany Italy Spain Portugal Poland Sweden Norway Denmark Finland Greece Turkey Egypt Kenya Nigeria Morocco India
China Japan Korea Thailand Vietnam Indonesia Australia Canada Mexico Brazil Argentina Chile Peru Cuba Ireland Scotland Austria Hungary
Russia Ukraine Iceland Israel Iran Iraq""".split()
N_NOUNS, N_OTHERS = 2500, 500      # the most common ones


def plain(spoken):
    """What the split's rule hashes: lower case, letters, digits, single spaces."""
    return " ".join(re.sub(r"[^a-z0-9 ]", "", spoken.lower().replace("-", " ")).split())


def to_words(spoken):
    """What is to be heard: lower case, apostrophes kept."""
    return " ".join(re.sub(r"[^a-z' ]", " ", spoken.lower()).split())


def part_by_hash(spoken):
    first = hashlib.sha256(plain(spoken).encode()).digest()[0]
    return "test" if first < 51 else "validation" if first < 77 else "training"


def is_speakable(spoken):
    if not re.fullmatch(r"[A-Za-z][A-Za-z' ,\-]*[A-Za-z][.?!]?", spoken) or len(spoken) > MAX_CHARACTERS:
        return False
    words = spoken.rstrip(".?!").replace("-", " ").replace(",", " ").split()
    return (MIN_WORDS <= len(words) <= MAX_WORDS and not any(word[1:] != word[1:].lower() for word in words)
            and all(len(word) > 1 or word in "aAIO" for word in words) and not any(word[0] == "'" or word[-1] == "'" for word in words))


class Sentences:
    def __init__(self, wordnet_folder, split_path):
        self.folder = wordnet_folder
        self.wordnet = WordNet(wordnet_folder)
        with open(split_path, encoding="utf-8") as file:
            split = json.load(file)
        self.part_of_concept = {name: part for part in ("validation", "test") for name in split[part]}

    def _part(self, spoken, concepts):
        """A sentence about a concept goes where the concept goes; the strictest of several counts."""
        parts = {self.part_of_concept[name] for name in concepts if name in self.part_of_concept}
        return "test" if "test" in parts else "validation" if "validation" in parts else part_by_hash(spoken)

    def _from_glosses(self):
        for kind in ("noun", "verb", "adj", "adv"):
            with open(os.path.join(self.folder, "data." + kind), encoding="ascii") as file:
                for line in file:
                    if line[0] == " ":
                        continue
                    fields, _, gloss = line.partition("|")
                    number = fields.split()[0]
                    concepts = [self.wordnet.key(number)] if kind == "noun" else []
                    examples = re.findall(r'"([^"]+)"', gloss)
                    definition = re.split(r'[;"]', re.sub(r"\([^)]*\)", "", gloss))[0].strip()
                    yield from ((example.strip(), "example", concepts) for example in examples)
                    yield definition, "definition", concepts

    def _common(self, pos, n):
        """Lemmas by how often WordNet's texts have them, single words that are one meaning's own."""
        counts = collections.Counter()
        with open(os.path.join(self.folder, "cntlist.rev"), encoding="ascii") as file:
            for line in file:
                key, _, count = line.split()
                lemma, _, rest = key.partition("%")
                if rest[0] in pos and re.fullmatch(r"[a-z]{3,}", lemma):
                    counts[lemma] += int(count)
        return [lemma for lemma, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:n]]

    def _from_templates(self, n, chance):
        nouns, verbs, qualities = self._common("1", N_NOUNS), self._common("2", N_OTHERS), self._common("35", N_OTHERS)
        nouns = [noun for noun in nouns if noun in self.wordnet.senses]
        templates = re.split(r"[|\n]", TEMPLATES)

        def article(word):
            return ("an " if word[0] in "aeiou" else "a ") + word

        def plural(word):
            if word.endswith(("leaf", "loaf", "shelf", "half", "wolf", "calf", "thief")):
                return word[:-1] + "ves"
            if word[-1] == "y" and word[-2] not in "aeiou":
                return word[:-1] + "ies"
            return word + ("es" if word.endswith(("s", "x", "ch", "sh", "z")) else "s")

        for _ in range(n):
            template, noun, other = chance.choice(templates), chance.choice(nouns), chance.choice(nouns)
            verb, quality = chance.choice(verbs), chance.choice(qualities)
            spoken = (template.replace("{a noun}", article(noun)).replace("{a other}", article(other))
                      .replace("{a quality}", article(quality)).replace("{nouns of other}", plural(other)).replace("{nouns}", plural(noun))
                      .replace("{noun}", noun).replace("{other}", other).replace("{verb}", verb).replace("{quality}", quality)
                      .replace("{country}", chance.choice(COUNTRIES)))
            while "{number}" in spoken:
                spoken = spoken.replace("{number}", chance.choice(NUMBERS), 1)
            yield spoken, "question", [self.wordnet.key(self.wordnet.senses[word][0]) for word in (noun, other) if word in spoken]

    def all(self, seed=6):
        """Lists of sentences by part, none twice, in an order that @seed chooses: half examples, a fifth definitions, the rest
        questions."""
        chance = random.Random(seed)
        by_source = collections.defaultdict(lambda: collections.defaultdict(list))
        seen = set()
        sources = list(self._from_glosses()) + list(self._from_templates(25000, chance))
        for spoken, source, concepts in sources:
            if plain(spoken) not in seen and is_speakable(spoken):
                seen.add(plain(spoken))
                part = self._part(spoken, concepts)
                by_source[part][source].append(Sentence(spoken, to_words(spoken), source, part))
        result = {}
        for part in PARTS:
            lists = by_source[part]
            for sentences in lists.values():
                chance.shuffle(sentences)
            n = min(len(lists["example"]), len(lists["question"]) * 5 // 3, len(lists["definition"]) * 5 // 2)
            result[part] = lists["example"][:n] + lists["definition"][:n * 2 // 5] + lists["question"][:n * 3 // 5]
            chance.shuffle(result[part])
        return result

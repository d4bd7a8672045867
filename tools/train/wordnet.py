# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""Nouns of WordNet 3.0 (Debian's wordnet-base): which meaning a word has, and what kind of thing that is."""

import os

# Kinds of things, narrow before wide, each by senses of WordNet: "lemma#n" is the n-th sense of a noun.
KINDS = {
    "bird": ["bird#1"],
    "fish": ["fish#1"],
    "insect": ["insect#1", "arachnid#1"],
    "animal": ["animal#1"],
    "flower": ["flower#1", "flower#2"],
    "fruit": ["edible_fruit#1", "fruit#1"],
    "vegetable": ["vegetable#1"],
    "tree": ["tree#1"],
    "plant": ["plant#2", "fungus#1", "plant_organ#1"],
    "drink": ["beverage#1"],
    "food": ["food#1", "food#2"],
    "vehicle": ["vehicle#1"],
    "furniture": ["furniture#1"],
    "clothing": ["clothing#1", "headdress#1", "footwear#1", "footwear#2", "fashion#3", "jewelry#1", "neckwear#1"],
    "weapon": ["weapon#1", "ammunition#1", "armor#1"],
    "musical instrument": ["musical_instrument#1"],
    "toy": ["plaything#1", "game_equipment#1", "sports_equipment#1"],
    "machine": ["electronic_device#1", "electronic_equipment#1", "machine#1", "telephone#1", "computer#1", "home_appliance#1",
                "optical_instrument#1", "timepiece#1", "lamp#1", "lamp#2", "camera#1"],
    "container": ["container#1", "vessel#3"],
    "tool": ["tool#1", "implement#1", "tableware#1", "kitchen_utensil#1", "writing_implement#1"],
    "building": ["building#1", "structure#1"],
    "body part": ["body_part#1"],
    "person": ["person#1", "imaginary_being#1"],
    "sky": ["celestial_body#1", "atmospheric_phenomenon#1", "weather#1"],
    "place": ["geological_formation#1", "body_of_water#1", "land#4", "region#3"],
}


class WordNet:
    def __init__(self, folder):
        self.senses = {}
        with open(os.path.join(folder, "index.noun"), encoding="ascii") as file:
            for line in file:
                if line[0] != " ":
                    fields = line.split()
                    self.senses[fields[0]] = fields[-int(fields[2]):]
        self.names, self.parents, self.is_instance = {}, {}, set()
        self.synonyms, self.glosses = {}, {}
        with open(os.path.join(folder, "data.noun"), encoding="ascii") as file:
            for line in file:
                if line[0] != " ":
                    head, _, gloss = line.partition("|")
                    self._read_meaning(head.split(), gloss)
        self.irregular = {}
        with open(os.path.join(folder, "noun.exc"), encoding="ascii") as file:
            for line in file:
                plural, *singular = line.split()
                self.irregular[plural] = singular[0]
        self.roots = [(kind, {self._sense(name) for name in names}) for kind, names in KINDS.items()]

    def _read_meaning(self, fields, gloss):
        number, n_words = fields[0], int(fields[3], 16)
        self.names[number] = fields[4].lower()
        self.synonyms[number] = [word.replace("_", " ") for word in fields[4:4 + 2 * n_words:2]]
        self.glosses[number] = gloss.partition('; "')[0].strip()
        pointers = fields[4 + 2 * n_words + 1:]
        above = [pointers[i + 1] for i in range(0, len(pointers), 4) if pointers[i] in ("@", "@i")]
        self.parents[number] = above
        if "@i" in pointers:
            self.is_instance.add(number)

    def _sense(self, name):
        lemma, _, nth = name.partition("#")
        return self.senses[lemma][int(nth) - 1]

    def lemma(self, word):
        """The singular under which @word is listed, or None."""
        if word in self.irregular and self.irregular[word] in self.senses:
            return self.irregular[word]
        if word in self.senses:
            return word
        for end, other in (("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("ses", "s"), ("zes", "z"), ("men", "man"),
                           ("s", "")):
            if word.endswith(end) and len(word) > len(end) + 2 and word[:-len(end)] + other in self.senses:
                return word[:-len(end)] + other
        return None

    def kind(self, meaning):
        """The first of KINDS that @meaning is one of, or None."""
        above, waiting = set(), [meaning]
        while waiting:
            number = waiting.pop()
            if number not in above:
                above.add(number)
                waiting += self.parents[number]
        return next((kind for kind, roots in self.roots if roots & above), None)

    def meaning(self, lemma, hints):
        """The most frequent meaning of @lemma whose kind is among @hints; the most frequent of all where there is none. Names of
        single people and places are no meanings."""
        meanings = [number for number in self.senses[lemma] if number not in self.is_instance]
        fitting = [number for number in meanings if self.kind(number) in hints]
        return (fitting or meanings or [None])[0]

    def key(self, meaning):
        """A readable name of @meaning that no other has: synonyms share it."""
        name = self.names[meaning]
        nth = self.senses[name].index(meaning) + 1
        return name if nth == 1 else f"{name}#{nth}"

    def number(self, key):
        """The meaning whose key() is @key."""
        name, _, nth = key.partition("#")
        return self.senses[name][int(nth or 1) - 1]

    def above(self, meaning, n_levels):
        """What @meaning is one of, nearest first, at most @n_levels up."""
        found, level = [], [meaning]
        for _ in range(n_levels):
            level = [parent for number in level for parent in self.parents[number]]
            found += level
        return found

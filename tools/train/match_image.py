# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""The head that brings pictures to where all-MiniLM-L6-v2 has their names, in closed form: a ridge regression onto the embeddings of
what a picture is called and of its kind, in a space where directions in which all names differ count less (half-whitened, as linear
discriminants do it). With some thousand pictures that was better on the validation part than contrastive training (Radford et al. 2021).
Two regressions, one with the pictures of the sources of the test and one with those of more_pictures.py too, are averaged."""

import os
from dataclasses import dataclass

import numpy as np

import features

N_TEXT = 384


@dataclass
class Recipe:
    layers: tuple[int, ...] = (0, 1, 2, 3, 4, 5)      # of features.LAYERS
    ridge: float = 600
    kind: float = 0.25      # share of the kind in the target; noun and words have the rest in equal parts
    power: float = 0.5      # 0: the space as it is, 1: white
    floor: float = 0.1      # of the mean variance, added to all
    centre: float = 0.5     # share of the mean name that is taken away


@dataclass
class Head:
    """y = weight x + bias, to be brought to unit length; cosine times scale are logits."""
    weight: np.ndarray
    bias: np.ndarray
    scale: float = 20.0

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return to_unit(x @ self.weight.T + self.bias)


def to_unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def pooled(path: str) -> np.ndarray:
    """f32 [n][layers][2][384]: class token and mean of the patches."""
    kept = path.replace(".f16", ".pooled.npy")
    n = features.n_done(path)
    if os.path.exists(kept):
        array = np.load(kept)
        if len(array) == n:
            return array
    all_features = features.load(path)
    array = np.empty((n, len(features.LAYERS), 2, features.N_EMBD), np.float32)
    for i in range(n):
        tokens = np.asarray(all_features[i], np.float32)
        array[i, :, 0] = tokens[:, 0]
        array[i, :, 1] = tokens[:, 1:].mean(1)
    np.save(kept, array)
    return array


def regress(x: np.ndarray, target: np.ndarray, ridge: float) -> tuple[np.ndarray, np.ndarray]:
    """Weight and bias of the linear map from @x [n][n_in] nearest to @target [n][n_out]; the bias is not shrunk."""
    x_mean, mean = x.mean(0), target.mean(0)
    centred = x - x_mean
    square = centred.T @ centred
    square[np.diag_indices_from(square)] += ridge
    weight = np.linalg.solve(square, centred.T @ (target - mean)).T
    return weight, mean - weight @ x_mean


@dataclass
class Samples:
    """Features [n][n_in] of pictures and the embeddings [n][N_TEXT] of their nouns, words and kinds (nouns where there is no kind)."""
    x: np.ndarray
    nouns: np.ndarray
    words: np.ndarray
    kinds: np.ndarray

    def __add__(self, other: "Samples") -> "Samples":
        return Samples(*(np.concatenate([getattr(self, name), getattr(other, name)]) for name in ("x", "nouns", "words", "kinds")))


def fit(samples: list[Samples], recipe: Recipe) -> Head:
    """The mean of the regressions on each of @samples, in the space of the first ones' nouns."""
    rest = (1 - recipe.kind) / 2
    weight, bias = (np.mean(parts, axis=0) for parts in zip(*(
        regress(s.x, rest * s.nouns + rest * s.words + recipe.kind * s.kinds, recipe.ridge) for s in samples)))
    nouns = samples[0].nouns
    variances, directions = np.linalg.eigh(np.cov(nouns.T).astype(np.float64))
    shrink = (variances + recipe.floor * variances.mean()) ** -recipe.power
    space = ((directions * (shrink / shrink.mean())) @ directions.T).astype(np.float32)
    return Head(space @ weight, space @ (bias - recipe.centre * nouns.mean(0)))


def recall(head, x: np.ndarray, queries: np.ndarray, concepts: list[str]) -> dict[str, float]:
    """Of @queries[n], for which pictures @x[i] are looked up: how often the own picture is the first, among the first ten, and
    how often any of its concept is among the first ten."""
    likeness = queries @ head(x).T
    rank = (likeness > np.diagonal(likeness)[:, None]).sum(1)
    first = np.argsort(-likeness, axis=1)[:, :10]
    same = [any(concepts[k] == concepts[i] for k in row) for i, row in enumerate(first.tolist())]
    shares = {"@1": (rank < 1).mean(), "@10": (rank < 10).mean(), "concept@10": np.mean(same)}
    return {name: round(float(share), 3) for name, share in shares.items()}

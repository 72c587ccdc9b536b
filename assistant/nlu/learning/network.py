"""One hidden layer over sparse counts and word vectors, in numpy; of several such networks, one with all their units.

A step touches only the rows of the words it saw: the frameworks at hand update every row of a sparse input at every step.
The same seed gives the same weights, and it answers without a graph.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from assistant.nlu.learning.features import Vectorised

Matrix = NDArray[np.float32]
Adam = tuple[Matrix, Matrix]
"""Means of the gradient and of its square."""
FADING = np.float32(0.9), np.float32(0.999)
AT_ONCE = 512
"""Rows of weights changed together: what they need stays in the processor's cache, twice as fast as all at once."""


@dataclass(frozen=True)
class Shape:
    """What `make quality-compare` was run with to choose."""

    networks: int = 2
    """Learnt apart and asked together: what one of them believes by chance, the other seldom does."""
    hidden: int = 256
    """Units of each."""
    epochs: int = 7
    batch: int = 256
    rate: float = 2e-3
    hidden_dropout: float = 0.3
    count_dropout: float = 0.3
    """Share of a text's counts left out at each step: no single word may decide alone."""
    seed: int = 1
    """Of the first network; the others count on from it."""


@dataclass(frozen=True)
class Network:
    """Weights: counts (c, h) and vectors (v, h) to the hidden layer, that to labels (h, k) and to "several" (h, 1)."""

    counts: Matrix
    """Once learnt, in half precision: they are most of the memory of a model, and no answer turns on the fourth figure."""
    vectors: Matrix
    hidden: Matrix
    labels: Matrix
    labels_bias: Matrix
    several: Matrix
    several_bias: Matrix

    def run(self, rows: Vectorised) -> tuple[Matrix, Matrix]:
        """Logits over labels (n, k), and over "several requests" (n, 1)."""
        hidden = np.maximum(self.pull(rows) + self.hidden, 0.0)
        return hidden @ self.labels + self.labels_bias, hidden @ self.several + self.several_bias

    def pull(self, rows: Vectorised) -> Matrix:
        """(n, h): what each row adds to the hidden layer, before it is switched on."""
        seen, counts = _compact(rows.counts)
        return np.asarray(counts @ self.counts[seen].astype(np.float32) + rows.vectors @ self.vectors, dtype=np.float32)

    def evidence(self, whole: Vectorised, pulls: Matrix, labels: Sequence[int]) -> Matrix:
        """(parts, labels): how far the pull of each part of one text goes towards each label, away from what was expected.

        Exact but for the scale of the counts: with the units that the whole text switched on, the rest is linear.
        """
        before = self.pull(whole) + self.hidden
        expected = softmax(np.maximum(before, 0.0) @ self.labels + self.labels_bias)
        direction = self.labels[:, list(labels)] - self.labels @ expected.T
        return np.asarray(pulls * (before > 0) @ direction)


def learn(rows: Vectorised, targets: Matrix, shape: Shape) -> Network:
    """Fit to targets (n, k), rows of which sum to 1; a row with two labels or more is a text with several requests.

    Each network has a thread and a core of its own: most of a step is numpy on one core, outside Python's lock.
    """
    shapes = [replace(shape, seed=shape.seed + n) for n in range(shape.networks)]
    with threadpool_limits(1), ThreadPoolExecutor(os.cpu_count()) as pool:
        return _together(list(pool.map(lambda own: _learn(rows, targets, own), shapes)))


def _together(networks: Sequence[Network]) -> Network:
    """One network that answers the mean of their logits: their hidden units stand side by side."""
    share, biases = np.float32(1 / len(networks)), ("labels_bias", "several_bias")
    side_by_side = {name: [getattr(network, name) for network in networks] for name in vars(networks[0])}
    return Network(
        counts=np.concatenate(side_by_side["counts"], axis=1).astype(np.float16),
        vectors=np.concatenate(side_by_side["vectors"], axis=1),
        hidden=np.concatenate(side_by_side["hidden"]),
        labels=np.concatenate(side_by_side["labels"]) * share,
        several=np.concatenate(side_by_side["several"]) * share,
        **{name: np.sum(side_by_side[name], axis=0) * share for name in biases},
    )


def _learn(rows: Vectorised, targets: Matrix, shape: Shape) -> Network:
    random = np.random.default_rng(shape.seed)
    network = _untrained(rows, targets.shape[1], shape, random)
    moments = {name: (np.zeros_like(w), np.zeros_like(w)) for name, w in vars(network).items()}
    several = (np.count_nonzero(targets, axis=1) > 1).astype(np.float32)[:, None]
    steps = shape.epochs * -(-len(targets) // shape.batch)
    for step, chosen in enumerate(_batches(len(targets), shape, random)):
        rate = shape.rate * (1 - 0.9 * step / steps)
        seen, gradients = _gradients(network, rows, targets, several, chosen, shape, random)
        for name, gradient in gradients.items():
            weights, moment = getattr(network, name), moments[name]
            _adam(weights, moment, gradient, seen if name == "counts" else None, step + 1, rate)
    return network


def _untrained(rows: Vectorised, labels: int, shape: Shape, random: np.random.Generator) -> Network:
    def uniform(inputs: int, outputs: int) -> Matrix:
        bound = np.float32(np.sqrt(6 / (inputs + outputs)))
        return (random.random((inputs, outputs), dtype=np.float32) * 2 - 1) * bound

    def zeros(outputs: int) -> Matrix:
        return np.zeros(outputs, dtype=np.float32)

    return Network(
        uniform(rows.counts.shape[1], shape.hidden),
        uniform(rows.vectors.shape[1], shape.hidden),
        zeros(shape.hidden),
        uniform(shape.hidden, labels),
        zeros(labels),
        uniform(shape.hidden, 1),
        zeros(1),
    )


def _batches(texts: int, shape: Shape, random: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    for _ in range(shape.epochs):
        order = random.permutation(texts)
        yield from (order[start : start + shape.batch] for start in range(0, texts, shape.batch))


def _gradients(
    network: Network,
    rows: Vectorised,
    targets: Matrix,
    several: Matrix,
    chosen: NDArray[np.int64],
    shape: Shape,
    random: np.random.Generator,
) -> tuple[NDArray[np.int64], dict[str, Matrix]]:
    """The columns of counts that were seen, and the gradient of each weight (of `counts`: of those columns)."""
    seen, counts = _visible(rows.counts[chosen], shape.count_dropout, random)
    vectors = rows.vectors[chosen]
    before = counts @ network.counts[seen] + vectors @ network.vectors + network.hidden
    kept = (random.random(before.shape, dtype=np.float32) >= shape.hidden_dropout) / np.float32(
        1 - shape.hidden_dropout
    )
    hidden = np.maximum(before, 0) * kept

    size = np.float32(len(chosen))
    to_labels = (softmax(hidden @ network.labels + network.labels_bias) - targets[chosen]) / size
    to_several = (sigmoid(hidden @ network.several + network.several_bias) - several[chosen]) / size
    to_hidden = (to_labels @ network.labels.T + to_several @ network.several.T) * kept * (before > 0)
    return seen, {
        "counts": counts.T @ to_hidden,
        "vectors": vectors.T @ to_hidden,
        "hidden": to_hidden.sum(0),
        "labels": hidden.T @ to_labels,
        "labels_bias": to_labels.sum(0),
        "several": hidden.T @ to_several,
        "several_bias": to_several.sum(0),
    }


def _visible(counts: csr_matrix, dropout: float, random: np.random.Generator) -> tuple[NDArray[np.int64], csr_matrix]:
    """The columns left after some counts were hidden, and the rows over these columns alone."""
    kept = random.random(counts.nnz, dtype=np.float32) >= dropout
    ends = np.concatenate([[0], np.cumsum(kept)])[counts.indptr]
    values = counts.data[kept] / np.float32(1 - dropout)
    return _compact(csr_matrix((values, counts.indices[kept], ends), shape=counts.shape))


def _compact(counts: csr_matrix) -> tuple[NDArray[np.int64], csr_matrix]:
    """The columns that hold something, and the rows over these columns alone."""
    seen, columns = np.unique(counts.indices, return_inverse=True)
    return seen, csr_matrix((counts.data, columns, counts.indptr), shape=(counts.shape[0], len(seen)))


def _adam(
    weights: Matrix, moment: Adam, gradient: Matrix, rows: NDArray[np.int64] | None, step: int, rate: float
) -> None:
    """Adam's rule, in place; for `counts` on the rows seen only, as the rule for sparse gradients has it."""
    scale = np.float32(rate * np.sqrt(1 - FADING[1] ** step) / (1 - FADING[0] ** step))
    for start in range(0, len(gradient), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        at, slope = some if rows is None else rows[some], gradient[some]
        mean, square = moment[0][at], moment[1][at]
        mean += (1 - FADING[0]) * (slope - mean)
        square += (1 - FADING[1]) * (slope * slope - square)
        moment[0][at], moment[1][at] = mean, square
        weights[at] -= scale * mean / (np.sqrt(square) + np.float32(1e-7))


def softmax(logits: Matrix) -> Matrix:
    """Rows of probabilities that sum to 1."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


def sigmoid(logits: Matrix) -> Matrix:
    """Probabilities between 0 and 1."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), dtype=np.float32)

"""Moons of two domains, the first weights and the batches, drawn by NumPy."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import make_moons

from examples.common.job import Array

POINTS = 300  # in a domain
TESTED = 1000  # other points of each domain, on which the accuracy is measured
ANGLE = 35.0  # degrees, by which the target domain is rotated
NOISE = 0.05
HIDDEN = 15
BATCH = 32  # of each domain


def start(seed: int, steps: int, dtype: str = "float32") -> dict[str, Array]:
    """What a training starts from.

    Returns:
        source_x, target_x (POINTS, 2) and source_y (POINTS,); test_x, test_y of the target and
        source_test_x, source_test_y of the source domain; source_batches and target_batches
        (steps, BATCH), the numbers of points; and the weights, by the layer's name, each of shape
        (inputs, outputs), with biases of 0.
    """
    rng = np.random.RandomState(seed)  # whose numbers no version of NumPy changes
    source, target = _moons(rng, POINTS), _moons(rng, POINTS)
    source_test, test = _moons(rng, TESTED), _moons(rng, TESTED)
    return {
        "source_x": source[0].astype(dtype),
        "source_y": source[1],
        "target_x": _rotated(target[0]).astype(dtype),
        "source_test_x": source_test[0].astype(dtype),
        "source_test_y": source_test[1],
        "test_x": _rotated(test[0]).astype(dtype),
        "test_y": test[1],
        "source_batches": rng.randint(0, POINTS, (steps, BATCH)),
        "target_batches": rng.randint(0, POINTS, (steps, BATCH)),
        "features": _glorot(rng, 2, HIDDEN).astype(dtype),
        "label": _glorot(rng, HIDDEN, 2).astype(dtype),
        "domain": np.zeros((HIDDEN, 1), dtype),  # as in the authors' code
    }


def _moons(rng: np.random.RandomState, number: int) -> tuple[Array, Array]:
    """Two half circles around each other, centred, twice as large; as in the authors' code."""
    x, y = make_moons(number, noise=NOISE, random_state=rng)
    return 2 * (x - x.mean(0)), y.astype(np.int32)


def _rotated(x: Array) -> Array:
    angle = np.deg2rad(ANGLE)
    return x @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def _glorot(rng: np.random.RandomState, inputs: int, outputs: int) -> Array:
    """Uniform in a range that keeps the variance (Glorot and Bengio, AISTATS 2010)."""
    limit = np.sqrt(6 / (inputs + outputs))
    return rng.uniform(-limit, limit, (inputs, outputs))

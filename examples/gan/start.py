"""Digits, first weights, and what the samples are generated from; drawn by NumPy."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from sklearn.datasets import load_digits

from examples.common.job import Array
from examples.gan.draws import LATENT

REAL = 1200  # digits to train on; the judge is tested on the 597 others
GENERATOR = (LATENT + 10, 128, 128, 64)
DISCRIMINATOR = (64 + 10, 128, 128, 1)
SHOWN = 4  # of each class, in the figure
JUDGED = 200  # of each class


def digits(seed: int) -> tuple[Array, Array, Array, Array]:
    """Real digits (REAL, 64) in [-1, 1] and their classes, and those of the 597 others."""
    data = load_digits()
    order = np.random.RandomState(seed).permutation(len(data.target))
    x, y = (data.data[order] / 8 - 1).astype(np.float32), data.target[order].astype(np.int32)
    return x[:REAL], y[:REAL], x[REAL:], y[REAL:]


def start(seed: int, dtype: str = "float32", he: bool = False) -> dict[str, Array]:
    """What a training starts from; ``he`` for the first weights of He et al.

    Returns:
        x (REAL, 64), y (REAL,); shown_z, shown_y and judged_z, judged_y, what samples are to be
        generated from, classes one-hot; generator0..2 and discriminator0..2, weights of shape
        (inputs, outputs). All biases are 0.
    """
    rng = np.random.RandomState(seed)
    x, y, _, _ = digits(seed)
    given = {"x": x, "y": y}
    for name, number in (("shown", SHOWN), ("judged", JUDGED)):
        given[f"{name}_z"] = rng.standard_normal((10 * number, LATENT))
        given[f"{name}_y"] = np.eye(10).repeat(number, 0)
    for network, sizes in (("generator", GENERATOR), ("discriminator", DISCRIMINATOR)):
        for i, (inputs, outputs) in enumerate(pairwise(sizes)):
            given[f"{network}{i}"] = _weights(rng, inputs, outputs, he)
    return {n: a.astype(dtype) if a.dtype.kind == "f" else a for n, a in given.items()}


def _weights(rng: np.random.RandomState, inputs: int, outputs: int, he: bool) -> Array:
    """Of He et al. (ICCV 2015), or uniform in ±1/√inputs, as PyTorch draws them.

    The variances are 2/inputs, which a ReLU network keeps, and 1/(3 inputs), which it shrinks.
    """
    if he:
        return rng.standard_normal((inputs, outputs)) * np.sqrt(2 / inputs)
    return rng.uniform(-1, 1, (inputs, outputs)) / np.sqrt(inputs)

"""Digits, the first weights and the batches, drawn by NumPy; and the same network rescaled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from sklearn.datasets import load_digits

from examples.common.job import Array

TRAINED = 1200  # of the 1797 digits; the others are the test set
BATCH = 100
EPOCH = TRAINED // BATCH  # steps


def start(seed: int, steps: int, sizes: Sequence[int], dtype: str = "float32") -> dict[str, Array]:
    """What a training starts from.

    Args:
        seed: of all that is drawn.
        steps: of the training.
        sizes: the number of inputs, of each layer's hidden units, and of outputs.
        dtype: of the images and the weights.

    Returns:
        x (TRAINED, 64) and test_x (597, 64), pixels in [0, 1]; their labels y and test_y; batches
        (steps, BATCH), the numbers of images, each once an epoch; sizes; and for each layer i
        weight<i> (inputs, outputs), from N(0, 1 / inputs), and bias<i> (outputs,), which are 0.
    """
    rng = np.random.RandomState(seed)  # whose numbers no version of NumPy changes
    digits = load_digits()
    order = rng.permutation(len(digits.target))
    x, y = (digits.data[order] / 16).astype(dtype), digits.target[order].astype(np.int32)
    weights = {}
    for number, (inputs, outputs) in enumerate(pairwise(sizes)):
        weight = rng.standard_normal((inputs, outputs)) / np.sqrt(inputs)
        weights[f"weight{number}"] = weight.astype(dtype)
        weights[f"bias{number}"] = np.zeros(outputs, dtype)
    epochs = [rng.permutation(TRAINED).reshape(-1, BATCH) for _ in range(-(-steps // EPOCH))]
    return {
        "x": x[:TRAINED],
        "y": y[:TRAINED],
        "test_x": x[TRAINED:],
        "test_y": y[TRAINED:],
        "batches": np.concatenate(epochs)[:steps],
        "sizes": np.array(sizes),
        **weights,
    }


Factors = Callable[[np.random.RandomState, int], Array]


def rescaled(given: Mapping[str, Array], factors: Factors, seed: int) -> dict[str, Array]:
    """The same function and batches, and other weights.

    What goes into a hidden unit is multiplied by a factor and what comes out of it is divided by
    the same, which a ReLU lets through. ``factors`` draws those of a layer, one for each unit.
    """
    rng, found = np.random.RandomState(seed), dict(given)
    for number in range(len(given["sizes"]) - 2):
        factor = factors(rng, given["sizes"][number + 1])
        for name, by in (
            (f"weight{number}", factor),
            (f"bias{number}", factor),
            (f"weight{number + 1}", 1 / factor[:, None]),
        ):
            found[name] = (found[name] * by).astype(given[name].dtype)
    return found


def tens(rng: np.random.RandomState, units: int) -> Array:
    """10^U(-1, 1)."""
    return 10 ** rng.uniform(-1, 1, units)


def unbalanced(rng: np.random.RandomState, units: int) -> Array:
    """After the paper's: by 10 c, log c normal, for a quarter of the units, drawn with return."""
    factors = np.ones(units)
    np.multiply.at(factors, rng.randint(0, units, units // 4), 10 * rng.lognormal(size=units // 4))
    return factors


def powers_of_two(rng: np.random.RandomState, units: int) -> Array:
    """From 1/8 to 8: to multiply by them rounds nothing."""
    return 2.0 ** rng.randint(-3, 4, units)

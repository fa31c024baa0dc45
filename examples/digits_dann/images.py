"""Images of the two domains: scikit-learn's digits, or an IDX set, and shifts of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.ndimage import rotate, zoom
from sklearn.datasets import load_digits

from examples.common.idx import load_images
from examples.common.job import Array

SHIFTS = ("rotation-30", "rotation-45", "texture", "blend", "inversion")


@dataclass(frozen=True)
class Split:
    """Images (N, height, width), uint8, and labels (N,), for source, target and test: disjoint."""

    source: tuple[Array, Array]
    target: tuple[Array, Array]
    test: tuple[Array, Array]


def split(rng: np.random.RandomState, data: Path | None) -> Split:
    """700, 700 and 397 digits of 8×8; or the halves and the test images of an IDX set."""
    if data is not None:
        train, test = load_images(data, "train"), load_images(data, "test")
        order, half = rng.permutation(len(train.x)), len(train.x) // 2
        first, second = order[:half], order[half:]
        return Split(
            (train.x[first], train.y[first]), (train.x[second], train.y[second]), (test.x, test.y)
        )
    digits = load_digits()
    x = np.rint(digits.images * (255 / 16)).astype(np.uint8)
    y, order = digits.target.astype(np.int32), rng.permutation(len(x))
    parts = [(x[rows], y[rows]) for rows in np.split(order, [700, 1400])]
    return Split(*parts)


def shifted(rng: np.random.RandomState, x: Array, shift: str) -> Array:
    """Images (N, height, width) as the target domain has them.

    Returns:
        (N, channels, height, width), uint8; three channels for "texture" and "blend".
    """
    kind, _, angle = shift.partition("-")
    if kind == "rotation":  # bilinear; what turns in is black
        return rotate(x, float(angle), axes=(2, 1), reshape=False, order=1)[:, None]
    if kind == "inversion":
        return 255 - x[:, None]
    background = _textures(rng, len(x), *x.shape[1:])
    if kind == "texture":
        return np.maximum(x[:, None], background)
    if kind == "blend":  # |background - digit|, as in MNIST-M (Ganin and Lempitsky, 2015)
        return np.abs(background.astype(int) - x[:, None]).astype(np.uint8)
    raise ValueError(f"shift must be one of {', '.join(SHIFTS)}, got {shift!r}")


def _textures(rng: np.random.RandomState, number: int, height: int, width: int) -> Array:
    """Smooth random colours (number, 3, height, width), uint8: 3×3 values, interpolated."""
    coarse = rng.uniform(0, 255, (number, 3, 3, 3))
    smooth = zoom(coarse, (1, 1, height / 3, width / 3), order=1)
    return np.rint(smooth).astype(np.uint8)

"""What each step takes, the same for the three frameworks. Python 3.10 and NumPy.

Everything is drawn from the seed and the number of the step, so that a training that goes on from
a checkpoint draws what it would have drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from examples.common.job import Array, Arrays, Settings, load, save

PADDING = 4  # pixels on each side, from which the augmentation crops
TESTED = 500  # test images at once
PASSES = 3  # over the test images in training mode, each with other coefficients


def batch(start: Arrays, settings: Settings, step: int) -> tuple[Array, Array]:
    """Images (batch, channels, height, width), normalised, and labels (batch,) of a step.

    Each epoch takes the images in another order, and leaves out those that fill no batch.
    """
    seed, size = settings.options["seed"], settings.options["batch"]
    epoch, number = divmod(step, len(start["x"]) // size)
    order = np.random.RandomState([seed, 0, epoch]).permutation(len(start["x"]))
    chosen = order[number * size : (number + 1) * size]
    images = _normalised(start, start["x"][chosen], settings.dtype)
    if settings.options["augment"]:
        images = augmented(images, np.random.RandomState([seed, 1, step]))
    return images, start["y"][chosen]


def augmented(images: Array, rng: np.random.RandomState) -> Array:
    """Each image moved by up to four pixels, with a border of zeros; every other one mirrored."""
    height, width = images.shape[2:]
    padded = np.pad(images, ((0, 0), (0, 0), (PADDING, PADDING), (PADDING, PADDING)))
    places = rng.randint(0, 2 * PADDING + 1, (len(images), 2))
    mirrored = rng.randint(0, 2, len(images))
    moved = np.empty_like(images)
    for i, ((top, left), mirror) in enumerate(zip(places, mirrored, strict=True)):
        image = padded[i, :, top : top + height, left : left + width]
        moved[i] = image[:, :, ::-1] if mirror else image
    return moved


def coefficients(settings: Settings, step: int) -> Array:
    """Alpha and beta of each block and image, (blocks, 2, batch, 1, 1, 1), for the comparison.

    The layers of PyTorch draw theirs from a generator of PyTorch, the others' from one of NumPy.
    """
    options = settings.options
    rng = np.random.RandomState([options["seed"], 2, step])
    shape = (len(options["blocks"]), 2, options["batch"], 1, 1, 1)
    return rng.random_sample(shape).astype(settings.dtype)


def cosine(progress: float) -> float:
    """By what the learning rate is multiplied (Loshchilov and Hutter, ICLR 2017, equation 5)."""
    return (1 + math.cos(math.pi * progress)) / 2


def tests(start: Arrays, settings: Settings) -> Iterator[tuple[Array, Array]]:
    """All test images and labels, some at a time."""
    for i in range(0, len(start["test_x"]), TESTED):
        images = _normalised(start, start["test_x"][i : i + TESTED], settings.dtype)
        yield images, start["test_y"][i : i + TESTED]


def save_generator(folder: Path, rng: np.random.RandomState) -> None:
    """Write the state of a generator."""
    _, keys, position, *_ = rng.get_state()
    save(folder / "generator.npz", {"keys": keys, "position": np.array(position)})


def load_generator(folder: Path, rng: np.random.RandomState) -> None:
    """Set the state of a generator to the one that was written."""
    state = load(folder / "generator.npz")
    rng.set_state(("MT19937", state["keys"], int(state["position"]), 0, 0.0))


def _normalised(start: Arrays, images: Array, dtype: str) -> Array:
    return ((images - start["mean"]) / start["std"]).astype(dtype)

"""Images, the first weights and the shape of the network, drawn by NumPy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from examples.common.job import Array, Arrays
from examples.shake_shake.cifar import read

TRAINED, TESTED = 100, 1000  # digits; so few that the network learns each of them by heart
# The width after the first convolution, and that of each stage of blocks.
DIGITS: dict[str, Any] = {"widths": (8, 8, 16), "depth": 1}
CIFAR: dict[str, Any] = {"widths": (16, 32, 64, 128), "depth": 4}  # the paper's 26 2x32d


def digits(seed: int) -> dict[str, Array]:
    """A training of a small network on scikit-learn's digits; returns what :func:`_start` does."""
    rng = np.random.RandomState(seed)  # whose numbers no version of NumPy changes
    images, labels = load_digits(return_X_y=True)
    chosen = rng.permutation(len(images))[: TRAINED + TESTED]
    images = images[chosen].reshape(-1, 1, 8, 8).astype(np.uint8)
    train, test = slice(TRAINED), slice(TRAINED, None)
    return _start(rng, images[train], labels[chosen][train], images[test], labels[chosen][test])


def cifar(seed: int, folder: Path) -> dict[str, Array]:
    """A training of the paper's network on CIFAR-10; returns and raises as its parts do."""
    rng = np.random.RandomState(seed)
    return _start(rng, *read(folder), **CIFAR)


def blocks(widths: tuple[int, ...], depth: int) -> list[tuple[int, int, int]]:
    """Inputs, outputs and stride of each residual block: ``depth`` of them in each stage."""
    found, inputs = [], widths[0]
    for stage, outputs in enumerate(widths[1:]):
        for number in range(depth):
            found.append((inputs, outputs, 2 if stage > 0 and number == 0 else 1))
            inputs = outputs
    return found


def one_batch(start: Arrays, size: int) -> dict[str, Array]:
    """The same with ``size`` training images only, so that every batch holds the same."""
    return {**start, "x": start["x"][:size], "y": start["y"][:size]}


def _start(
    rng: np.random.RandomState,
    x: Array,
    y: Array,
    test_x: Array,
    test_y: Array,
    widths: tuple[int, ...] = DIGITS["widths"],
    depth: int = DIGITS["depth"],
) -> dict[str, Array]:
    """What a training starts from.

    Returns:
        x, test_x (N, channels, height, width) of uint8, y, test_y (N,) of int32; mean and std
        (channels, 1, 1) of the training images; and the weights, by the layer's name: those of a
        convolution (outputs, inputs, height, width), those of the linear layer (10, inputs). The
        biases are 0.
    """
    weights = {"stem": _he(rng, widths[0], x.shape[1], 3)}
    for i, (inputs, outputs, _) in enumerate(blocks(widths, depth)):
        for branch in (f"blocks.{i}.branch0", f"blocks.{i}.branch1"):
            weights[f"{branch}.conv1"] = _he(rng, outputs, inputs, 3)
            weights[f"{branch}.conv2"] = _he(rng, outputs, outputs, 3)
        if inputs != outputs:
            for conv in ("conv1", "conv2"):
                weights[f"blocks.{i}.shortcut.{conv}"] = _he(rng, outputs // 2, inputs, 1)
    limit = 1 / np.sqrt(widths[-1])
    weights["linear"] = rng.uniform(-limit, limit, (10, widths[-1]))
    axes = 0, 2, 3
    return {
        "x": x,
        "y": y.astype(np.int32),
        "test_x": test_x,
        "test_y": test_y.astype(np.int32),
        "mean": x.mean(axes)[:, None, None],
        "std": x.std(axes)[:, None, None],
        **weights,
    }


def _he(rng: np.random.RandomState, outputs: int, inputs: int, kernel: int) -> Array:
    """Normal, so that the gradient keeps its variance (He et al., ICCV 2015, equation 14)."""
    shape = (outputs, inputs, kernel, kernel)
    return rng.normal(0, np.sqrt(2 / (outputs * kernel**2)), shape)

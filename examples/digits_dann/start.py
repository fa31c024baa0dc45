"""Images, first weights and batches, drawn by NumPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from examples.common.job import Array
from examples.digits_dann.images import shifted, split

BATCH = 32  # of each domain
FILTERS = (16, 32)
HIDDEN = 64
TESTED = 2000  # at most, of the images on which the accuracy is measured


def start(
    seed: int, steps: int, shift: str = "rotation-30", data: Path | None = None
) -> dict[str, Array]:
    """What a training starts from.

    Returns:
        source_x, target_x, test_x (N, channels, height, width), uint8, the last two shifted;
        source_y, target_y, test_y (N,); source_batches and target_batches (steps, BATCH), the
        numbers of images; and the weights by the layer's name: of convolutions (outputs, inputs,
        3, 3), of linear layers (inputs, outputs). All biases are 0.
    """
    rng = np.random.RandomState(seed)
    images = split(rng, data)
    source, labels = images.source
    test, test_labels = images.test
    height, width = source.shape[1:]
    target = shifted(rng, images.target[0], shift)
    channels = target.shape[1]
    flat = FILTERS[1] * (height // 4) * (width // 4)
    return {
        "source_x": np.repeat(source[:, None], channels, 1),
        "source_y": labels,
        "target_x": target,
        "target_y": images.target[1],
        "test_x": shifted(rng, test[:TESTED], shift),
        "test_y": test_labels[:TESTED],
        "source_batches": rng.randint(0, len(labels), (steps, BATCH)),
        "target_batches": rng.randint(0, len(images.target[1]), (steps, BATCH)),
        "conv1": _lecun(rng, (FILTERS[0], channels, 3, 3), 9 * channels),
        "conv2": _lecun(rng, (FILTERS[1], FILTERS[0], 3, 3), 9 * FILTERS[0]),
        "label1": _lecun(rng, (flat, HIDDEN), flat),
        "label2": _lecun(rng, (HIDDEN, int(max(labels.max(), test_labels.max())) + 1), HIDDEN),
        "domain1": _lecun(rng, (flat, HIDDEN), flat),
        "domain2": _lecun(rng, (HIDDEN, 1), HIDDEN),
    }


def _lecun(rng: np.random.RandomState, shape: tuple[int, ...], inputs: int) -> Array:
    """Uniform in ±1/√inputs, as PyTorch draws the weights of its layers."""
    return rng.uniform(-1, 1, shape) / np.sqrt(inputs)

"""Writes image sets in the IDX format."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

from examples.common.job import Array


def idx(array: Array) -> bytes:
    """An array (uint8) as an IDX file has it."""
    shape = b"".join(length.to_bytes(4, "big") for length in array.shape)
    magic = (0x00000800 + array.ndim).to_bytes(4, "big")
    return b"".join([magic, shape, array.tobytes()])


def write_set(folder: Path, size: int = 28, number: int = 80) -> None:
    """A set as MNIST's: random images, of which the test images are compressed."""
    rng = np.random.RandomState(0)
    for part in ("train", "t10k"):
        images = rng.randint(0, 256, (number, size, size)).astype(np.uint8)
        labels = (np.arange(number) % 10).astype(np.uint8)
        end = ".gz" if part == "t10k" else ""
        for name, array in (("images-idx3", images), ("labels-idx1", labels)):
            content = idx(array)
            path = folder / f"{part}-{name}-ubyte{end}"
            path.write_bytes(gzip.compress(content) if end else content)

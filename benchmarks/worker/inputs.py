"""What goes into a row: the same arrays in every interpreter, and a sample of their elements."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from benchmarks.model import ALPHA, BETA, SCALE, Workload
from benchmarks.worker.frameworks.bench import Arrays
from conformance.remote import Bits

CHECKED = 4096  # so many elements of each array go to the controller to be checked
SEED = 20170521


def arrays_of(work: Workload) -> Arrays:
    """What the rows of a workload share."""
    x0, x1, dy, dx0, dx1 = values_of(work.shape, work.dtype)
    inputs, gradients = (x0, x1), (dx0, dx1)
    if work.layer != "shake_shake":
        name = "scalar" if work.layer == "mul_scalar" else "scale"
        return Arrays(inputs[:1], dy, {name: SCALE}, gradients[:1])
    coefficients: dict[str, Any] = {"alpha": ALPHA, "beta": BETA}
    if work.level == "image":
        # One number for each image, spread over [0, 1).
        per_image = (work.shape[0], *(1,) * (len(work.shape) - 1))
        turns = np.arange(work.shape[0]).reshape(per_image)
        compute = np.float64 if work.dtype == "float64" else np.float32
        coefficients = {
            name: ((value + 0.618 * turns) % 1).astype(compute)
            for name, value in coefficients.items()
        }
    return Arrays(inputs, dy, coefficients, gradients)


@lru_cache(maxsize=1)  # the next rows need the same ones; more would fill the memory
def values_of(shape: tuple[int, ...], dtype: str) -> list[Any]:
    """Five arrays of numbers between -1 and 1."""
    random = np.random.default_rng(SEED)
    drawn = [random.random(shape, np.float32) for _ in range(5)]
    for array in drawn:
        np.multiply(array, 2, out=array)
        np.subtract(array, 1, out=array)
    if dtype == "bfloat16":  # the upper half of a float32; this numpy has no such type
        return [Bits(dtype, (a.view(np.uint32) >> 16).astype(np.uint16)) for a in drawn]
    return [array.astype(dtype, copy=False) for array in drawn]


def checked_indices(size: int) -> Any:
    """Which elements are checked: both ends, and as many others as there is room for."""
    if size <= CHECKED:
        return np.arange(size)
    random = np.random.default_rng(SEED)
    inner = random.choice(size, CHECKED - 128, replace=False)
    return np.unique([*range(64), *inner.tolist(), *range(size - 64, size)])


def taken(array: Any, indices: Any) -> Any:
    """A copy of these elements of an array, counted in C order."""
    if isinstance(array, Bits):
        return Bits(array.dtype, array.bits.reshape(-1)[indices])
    return np.asarray(array).reshape(-1)[indices]


def taken_per_image(values: Any, work: Workload, indices: Any) -> Any:
    """For each of these elements the number of its image."""
    return values.reshape(-1)[indices // (work.size // work.shape[0])]

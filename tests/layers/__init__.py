"""Tests of the layers that are the same in the three packages, by way of the suite's drivers.

Each package imports them into its own files, and adds what only its framework has.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]

each_dtype = pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])


class Unprintable:
    """Has no text that a message could show."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")


def printed(code: str, *arguments: str, **variables: str) -> str:
    """What a program prints, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "NNABLA_LOG_LEVEL": "ERROR", **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout


def normal(shape: tuple[int, ...], dtype: Any = np.float32, seed: int = 0) -> Any:
    return np.asarray(np.random.RandomState(seed).standard_normal(shape)).astype(dtype)


def own_generator(package: Any, seed: int = 0) -> dict[str, Any]:
    """A generator of its own, as the argument of a layer that draws."""
    if package.__name__ == "grl_torch":
        return {"generator": import_module("torch").Generator().manual_seed(seed)}
    return {"rng": np.random.RandomState(seed)}


def compute_type(dtype: Any) -> Any:
    return np.float64 if np.dtype(dtype) == np.float64 else np.float32


def product(coefficient: Any, values: Any) -> Any:
    """``coefficient * values`` as the layers promise it: two roundings, one if float64."""
    compute = compute_type(values.dtype)
    rounded = np.asarray(coefficient).astype(compute)
    return np.asarray(np.multiply(rounded, values, dtype=compute)).astype(values.dtype)

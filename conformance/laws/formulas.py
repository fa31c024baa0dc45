"""Functions that several laws use."""

from __future__ import annotations

from typing import Any

import numpy as np


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def step(x: Any) -> Any:
    return (x > 0) * 1.0


def softmax(x: Any, t: Any = 1.0) -> Any:
    e = np.exp((x - np.max(x, axis=-1, keepdims=True)) / t)
    return e / np.sum(e, axis=-1, keepdims=True)


def of_softmax(p: Any, dy: Any, t: Any) -> Any:
    return p * (dy - np.sum(p * dy, axis=-1, keepdims=True)) / t

"""The numbers of the formula, and the data and first weights of the network, drawn by NumPy."""

from __future__ import annotations

import numpy as np

from examples.common.job import Array

# Of PyTorch's tutorial on autograd: Q = 3 a^3 - b^2, with a cotangent of ones from outside.
A, B, COTANGENT = (2, 3), (6, 4), (1, 1)
# Of PyTorch's "Learning PyTorch with examples": random points and a network of one hidden layer.
POINTS, INPUTS, HIDDEN, OUTPUTS = 64, 1000, 100, 10


def start(seed: int, dtype: str = "float32") -> dict[str, Array]:
    """What the gradients and the fits start from.

    Returns:
        a, b and cotangent (2,); and, all from N(0, 1), x (POINTS, INPUTS), y (POINTS, OUTPUTS) and
        the weights w1 (INPUTS, HIDDEN) and w2 (HIDDEN, OUTPUTS).
    """
    rng = np.random.RandomState(seed)  # whose numbers no version of NumPy changes
    shapes = {
        "x": (POINTS, INPUTS),
        "y": (POINTS, OUTPUTS),
        "w1": (INPUTS, HIDDEN),
        "w2": (HIDDEN, OUTPUTS),
    }
    return {
        "a": np.array(A, dtype),
        "b": np.array(B, dtype),
        "cotangent": np.array(COTANGENT, dtype),
        **{name: rng.standard_normal(shape).astype(dtype) for name, shape in shapes.items()},
    }

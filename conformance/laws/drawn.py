"""Laws of layers that draw, and return what they drew after their output."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..law.law import Law
from .formulas import of_softmax, softmax


def _largest(z: Any) -> Any:
    return (z == np.max(z, axis=-1, keepdims=True)) * 1.0


gumbel_straight_through = Law(
    forward=lambda x, g: _largest(x + g),
    backward=lambda dy, x, g: (of_softmax(softmax(x + g, 0.5), dy, 0.5), None),
    draws=("g",),
    ndim=1,
    name="gumbel_straight_through",
)
"""y = 1 at the largest x + g along the last axis, else 0, with g drawn from a Gumbel distribution;
dx is the gradient of softmax((x + g) / t), t = 1/2 (Jang, Gu and Poole, ICLR 2017, section 2.2).
The layer returns y and g."""

shake_shake_drawn = Law(
    forward=lambda x0, x1, alpha, beta: alpha * x0 + (1 - alpha) * x1,
    backward=lambda dy, x0, x1, alpha, beta: (beta * dy, (1 - beta) * dy, None, None),
    draws=("alpha", "beta"),
    given={"alpha": (0.25, 0.7, 0.5), "beta": (0.6, 0.25, 0.9)},
    name="shake_shake_drawn",
)
"""As ``shake_shake``, of a layer that draws alpha and beta, and returns y, alpha and beta."""

gradient_noise = Law(
    forward=lambda x, noise: x,
    backward=lambda dy, x, noise: (dy + noise, None),
    draws=("noise",),
    linear=False,
    name="gradient_noise",
)
"""y = x; dx = dy + noise (Neelakantan et al., arXiv:1511.06807); the layer returns y and noise."""

"""Surrogate gradients of spiking neurons, whose output is 1 above 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..law.law import Law
from .formulas import sigmoid, step

spike_sigmoid = Law(
    forward=step,
    surrogate=lambda x: sigmoid(25 * x),
    points=(-5.0, 0.0, 5.0),
    name="spike_sigmoid",
)
"""y = 1 where x > 0; dx by the derivative of a sigmoid of slope 25 (snnTorch's sigmoid)."""

spike_arctan = Law(
    forward=step,
    surrogate=lambda x: np.arctan(np.pi * x) / np.pi,
    points=(-5.0, 0.0, 5.0),
    name="spike_arctan",
)
"""y = 1 where x > 0; dx = dy / (1 + (pi x)^2) (Fang et al., ICCV 2021, with an alpha of 2)."""

spike_fast_sigmoid = Law(
    forward=step,
    surrogate=lambda x: x / (1 + 25 * np.abs(x)),
    points=(-5.0, 5.0),  # at 0 the surrogate has a kink, at which a formula gives 1
    name="spike_fast_sigmoid",
)
"""y = 1 where x > 0; dx = dy / (1 + 25 |x|)^2 (Zenke and Ganguli, Neural Computation, 2018)."""

spike_triangle = Law(
    forward=step,
    backward=lambda dy, x: dy * 0.3 * np.maximum(1 - np.abs(x), 0.0),
    points=(-1.0, 0.0, 1.0, 2.0),
    name="spike_triangle",
)
"""y = 1 where x > 0; dx = 0.3 max(1 - |x|, 0) dy (Bellec et al., NeurIPS 2018, equation 2)."""


def _gaussian(x: Any, mean: float, deviation: float) -> Any:
    z = (x - mean) / deviation
    return np.exp(-z * z / 2) / (deviation * np.sqrt(2 * np.pi))


spike_gaussian = Law(
    forward=step,
    backward=lambda dy, x: dy * _gaussian(x, 0.0, 0.5),
    points=(-2.0, 0.0, 2.0),
    name="spike_gaussian",
)
"""y = 1 where x > 0; dx = dy times the density of N(0, 1/2) (Yin, Corradi and Bohte, 2020)."""

spike_multi_gaussian = Law(
    forward=step,
    backward=lambda dy, x: (
        dy
        * (
            1.15 * _gaussian(x, 0.0, 0.5)
            - 0.15 * (_gaussian(x, 0.5, 3.0) + _gaussian(x, -0.5, 3.0))
        )
    ),
    points=(-2.0, 0.0, 2.0),
    name="spike_multi_gaussian",
)
"""y = 1 where x > 0; dx = dy (1.15 N(0, s) - 0.15 N(s, 6 s) - 0.15 N(-s, 6 s)), s = 1/2
(Yin, Corradi and Bohte, Nature Machine Intelligence 2021, equation 4)."""

spike_slayer = Law(
    forward=step,
    backward=lambda dy, x: dy * 0.5 * np.exp(-5 * np.abs(x)),
    points=(-2.0, 0.0, 2.0),
    name="spike_slayer",
)
"""y = 1 where x > 0; dx = dy exp(-5 |x|) / 2 (Shrestha and Orchard, NeurIPS 2018, section 3)."""

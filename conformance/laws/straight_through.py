"""Straight-through laws: a step with the gradient of something else."""

from __future__ import annotations

import numpy as np

from ..law.law import Law
from .formulas import step

round_straight_through = Law(
    forward=np.round,
    backward=lambda dy, x: dy,
    points=(0.5, 1.5, 2.5, -0.5, -0.0, 1e6),
    exact=True,
    name="round_straight_through",
)
"""y = x rounded to even; dx = dy (Bengio, Leonard and Courville, arXiv:1308.3432)."""

floor_straight_through = Law(
    forward=np.floor,
    backward=lambda dy, x: dy,
    points=(0.0, 1.0, -1.0, -0.0, 1e6),
    exact=True,
    name="floor_straight_through",
)
"""y = floor(x); dx = dy."""

sign_straight_through = Law(
    forward=lambda x: np.where(x >= 0, 1.0, -1.0),
    backward=lambda dy, x: np.where(np.abs(x) <= 1, dy, 0.0),
    points=(0.0, -0.0, 1.0, -1.0, 1.5, -1.5),
    exact=True,
    name="sign_straight_through",
)
"""y = 1 where x >= 0, else -1; dx = dy where |x| <= 1 (Hubara et al., NIPS 2016, equation 4)."""

step_straight_through = Law(
    forward=step,
    backward=lambda dy, x: dy,
    points=(0.0, -0.0, 1.0),
    exact=True,
    name="step_straight_through",
)
"""y = 1 where x > 0, else 0; dx = dy (Hinton, Coursera lecture 15b, 2012)."""

ternary_straight_through = Law(
    forward=lambda x: np.where(x > 0.5, 1.0, np.where(x < -0.5, -1.0, 0.0)),
    backward=lambda dy, x: dy,
    points=(0.5, -0.5, 0.0),
    exact=True,
    name="ternary_straight_through",
)
"""y = 1 above 1/2, -1 below -1/2, else 0; dx = dy (Li, Zhang and Liu, arXiv:1605.04711)."""

clamp_straight_through = Law(
    forward=lambda x: np.clip(x, -1.0, 1.0),
    backward=lambda dy, x: dy,
    points=(-1.0, 1.0, -2.0, 2.0),
    exact=True,
    name="clamp_straight_through",
)
"""y = x, clipped to [-1, 1]; dx = dy, outside as well."""

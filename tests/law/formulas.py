"""Forwards and backwards in NumPy, right and wrong, for frameworks whose functions compute in it.

Each gradient is a function of dy, the input and a number; each keeps the dtype.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Array = Any


class Formula(NamedTuple):
    """What a function of an array and, maybe, a number computes."""

    forward: Callable[..., Array]
    backward: Callable[..., Array]


def step(x: Array) -> Array:
    return x > 0


def sign(x: Array) -> Array:
    return np.where(x >= 0, 1, -1)


def straight(dy: Array, x: Array) -> Array:
    return dy


def of_sigmoid(dy: Array, x: Array) -> Array:
    with np.errstate(over="ignore"):
        s = 1 / (1 + np.exp(-25 * x))
    return dy * 25 * s * (1 - s)


def swish(x: Array) -> Array:
    return x / (1 + np.exp(-x))


def of_swish(dy: Array, x: Array) -> Array:
    s = 1 / (1 + np.exp(-x))
    return dy * (s + x * s * (1 - s))


RIGHT = {
    "gradient_reversal": Formula(lambda x, c: x, lambda dy, x, c: -c * dy),
    "gradient_scale": Formula(lambda x, c: x, lambda dy, x, c: c * dy),
    "gradient_clip": Formula(lambda x, c: x, lambda dy, x, c: np.clip(dy, -c, c)),
    "mul_scalar": Formula(lambda x, c: c * x, lambda dy, x, c: c * dy),
    "round_straight_through": Formula(np.rint, straight),
    "floor_straight_through": Formula(np.floor, straight),
    "sign_straight_through": Formula(sign, lambda dy, x: np.where(np.abs(x) <= 1, dy, 0)),
    "clamp_straight_through": Formula(lambda x: np.clip(x, -1, 1), straight),
    "spike_sigmoid": Formula(step, of_sigmoid),
    "spike_arctan": Formula(step, lambda dy, x: dy / (1 + (np.pi * x) ** 2)),
    "spike_fast_sigmoid": Formula(step, lambda dy, x: dy / (1 + 25 * np.abs(x)) ** 2),
    "swish": Formula(swish, of_swish),
}

# By law: the formula, and what the message must say.
WRONG = [
    ("gradient_reversal", RIGHT["gradient_scale"], "the declared gradient is"),
    ("gradient_reversal", Formula(lambda x, c: x, lambda dy, x, c: dy), r"is \+dy everywhere"),
    (
        "gradient_reversal",
        Formula(lambda x, c: x, lambda dy, x, c: -c * c * dy),
        "declared gradient",
    ),
    ("gradient_scale", Formula(lambda x, c: c * x, lambda dy, x, c: c * dy), "output of values"),
    ("gradient_clip", Formula(lambda x, c: x, lambda dy, x, c: dy), "the declared gradient is"),
    ("mul_scalar", Formula(lambda x, c: c * x, lambda dy, x, c: dy), r"is \+dy everywhere"),
    ("round_straight_through", Formula(np.rint, lambda dy, x: 0 * dy), "is 0 everywhere"),
    ("round_straight_through", Formula(lambda x: np.floor(x + 0.5), straight), "output of points"),
    ("floor_straight_through", Formula(np.trunc, straight), "output of values"),
    (
        "sign_straight_through",
        Formula(sign, lambda dy, x: np.where(np.abs(x) < 1, dy, 0)),
        "at x = 1 the declared gradient",
    ),
    (
        "sign_straight_through",
        Formula(np.sign, RIGHT["sign_straight_through"].backward),
        "output of points",
    ),
    (
        "clamp_straight_through",
        Formula(lambda x: np.clip(x, -1, 1), lambda dy, x: np.where(np.abs(x) <= 1, dy, 0)),
        "points.*at x = -?2",
    ),
    ("spike_sigmoid", Formula(step, lambda dy, x: of_sigmoid(dy, x) / 25), "declared gradient"),
    ("spike_sigmoid", Formula(lambda x: x >= 0, of_sigmoid), "output of points"),
    ("spike_arctan", Formula(step, lambda dy, x: dy / (1 + x**2)), "declared gradient"),
    ("swish", Formula(swish, lambda dy, x: dy / (1 + np.exp(-x))), "declared gradient"),
]

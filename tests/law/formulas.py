"""Forwards and backwards of layers, right and wrong, in NumPy or in PyTorch.

``m`` is the module ``numpy`` or ``torch``: both have the functions that are used here. Each
backward is a function of dy, the input and numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Array = Any


class Formula(NamedTuple):
    """What a function of an array and, maybe, of numbers computes; both keep the dtype."""

    forward: Callable[..., Array]
    backward: Callable[..., Array]


def in_numpy(formula: Formula, declare: Callable[..., Any]) -> Callable[..., Any]:
    """A function of a variable and numbers, by a ``declare`` of ``tests.mutants``."""

    def function(x: Any, *numbers: float) -> Any:
        seen: list[Array] = []

        def forward(array: Array) -> Array:
            seen[:] = [array.copy()]
            return np.asarray(formula.forward(array, *numbers)).astype(array.dtype)

        def backward(dy: Array, _: int) -> Array:
            return np.asarray(formula.backward(dy, *seen, *numbers)).astype(dy.dtype)

        return declare((x,), forward, backward)

    return function


def straight(dy: Array, x: Array, *numbers: float) -> Array:
    return dy


def gaussian(m: Any, x: Array, mean: float, deviation: float) -> Array:
    z = (x - mean) / deviation
    return m.exp(-z * z / 2) / (deviation * (2 * m.pi) ** 0.5)


def right(m: Any) -> dict[str, Formula]:
    """A right implementation of each law, by name."""

    def step(x: Array) -> Array:
        return m.where(x > 0, 1.0, 0.0)

    def sigmoid(x: Array) -> Array:
        return 1 / (1 + m.exp(-x))

    def of_sigmoid(dy: Array, x: Array) -> Array:
        e = m.exp(-abs(25 * x))
        return dy * 25 * e / (1 + e) ** 2

    def of_swish(dy: Array, x: Array) -> Array:
        s = sigmoid(x)
        return dy * (s + x * s * (1 - s))

    def quantised(x: Array, s: float) -> Array:
        return m.clip(m.round(x / s), -128, 127) * s

    def in_range(dy: Array, x: Array, s: float) -> Array:
        q = m.round(x / s)
        return m.where((q >= -128) & (q <= 127), dy, 0.0 * dy)

    def affine(x: Array, s: float, z: int) -> Array:
        return (m.clip(m.round(x / s) + z, 0, 255) - z) * s

    def in_affine(dy: Array, x: Array, s: float, z: int) -> Array:
        q = m.round(x / s) + z
        return m.where((q >= 0) & (q <= 255), dy, 0.0 * dy)

    def multi_gaussian(dy: Array, x: Array) -> Array:
        sides = gaussian(m, x, 0.5, 3.0) + gaussian(m, x, -0.5, 3.0)
        return dy * (1.15 * gaussian(m, x, 0.0, 0.5) - 0.15 * sides)

    def same(x: Array, *numbers: float) -> Array:
        return x

    return {
        "gradient_reversal": Formula(same, lambda dy, x, c: -c * dy),
        "gradient_scale": Formula(same, lambda dy, x, c: c * dy),
        "gradient_clip": Formula(same, lambda dy, x, c: m.clip(dy, -c, c)),
        "gradient_sign": Formula(same, lambda dy, x: m.sign(dy)),
        "gradient_stop": Formula(same, lambda dy, x: 0.0 * dy),
        "mul_scalar": Formula(lambda x, c: c * x, lambda dy, x, c: c * dy),
        "round_straight_through": Formula(m.round, straight),
        "floor_straight_through": Formula(m.floor, straight),
        "sign_straight_through": Formula(
            lambda x: m.where(x >= 0, 1.0, -1.0), lambda dy, x: m.where(abs(x) <= 1, dy, 0.0 * dy)
        ),
        "step_straight_through": Formula(step, straight),
        "ternary_straight_through": Formula(
            lambda x: m.where(x > 0.5, 1.0, 0.0) - m.where(x < -0.5, 1.0, 0.0), straight
        ),
        "clamp_straight_through": Formula(lambda x: m.clip(x, -1, 1), straight),
        "dorefa": Formula(
            lambda x: m.round(m.clip(x, 0, 1) * 3) / 3,
            lambda dy, x: m.where((x >= 0) & (x <= 1), dy, 0.0 * dy),
        ),
        "fake_quantise_int8": Formula(quantised, in_range),
        "fake_quantise_affine": Formula(affine, in_affine),
        "soft_threshold": Formula(
            lambda x, t: m.sign(x) * m.clip(abs(x) - t, 0, None),
            lambda dy, x, t: m.where(abs(x) > t, dy, 0.0 * dy),
        ),
        "guided_relu": Formula(
            lambda x: m.clip(x, 0, None), lambda dy, x: m.where((x > 0) & (dy > 0), dy, 0.0 * dy)
        ),
        "deconvolution_relu": Formula(
            lambda x: m.clip(x, 0, None), lambda dy, x: m.clip(dy, 0, None)
        ),
        "spike_sigmoid": Formula(step, of_sigmoid),
        "spike_arctan": Formula(step, lambda dy, x: dy / (1 + (m.pi * x) ** 2)),
        "spike_fast_sigmoid": Formula(step, lambda dy, x: dy / (1 + 25 * abs(x)) ** 2),
        "spike_triangle": Formula(step, lambda dy, x: dy * 0.3 * m.clip(1 - abs(x), 0, None)),
        "spike_gaussian": Formula(step, lambda dy, x: dy * gaussian(m, x, 0.0, 0.5)),
        "spike_multi_gaussian": Formula(step, multi_gaussian),
        "spike_slayer": Formula(step, lambda dy, x: dy * 0.5 * m.exp(-5 * abs(x))),
        "swish": Formula(lambda x: x * sigmoid(x), of_swish),
    }


def wrong(m: Any) -> list[tuple[str, Formula, str]]:
    """Laws, implementations of them that are wrong, and what the message must say."""
    good = right(m)

    def forward(name: str, function: Callable[..., Array], said: str) -> tuple[str, Formula, str]:
        return name, Formula(function, good[name].backward), said

    def backward(name: str, function: Callable[..., Array], said: str) -> tuple[str, Formula, str]:
        return name, Formula(good[name].forward, function), said

    declared = "the declared gradient is"
    return [
        backward("gradient_reversal", lambda dy, x, c: c * dy, declared),
        backward("gradient_reversal", straight, r"is \+dy everywhere"),
        backward("gradient_reversal", lambda dy, x, c: -c * c * dy, declared),
        forward("gradient_scale", lambda x, c: c * x, "output of values"),
        backward("gradient_clip", straight, declared),
        backward("gradient_clip", lambda dy, x, c: m.clip(dy, -1, 1), declared),
        backward("gradient_sign", straight, r"is \+dy everywhere"),
        backward("gradient_stop", straight, r"is \+dy everywhere"),
        backward("mul_scalar", straight, r"is \+dy everywhere"),
        backward("round_straight_through", lambda dy, x: 0 * dy, "is 0 everywhere"),
        forward("round_straight_through", lambda x: m.floor(x + 0.5), "output of points"),
        forward("floor_straight_through", m.trunc, "output of values"),
        backward(
            "sign_straight_through",
            lambda dy, x: m.where(abs(x) < 1, dy, 0.0 * dy),
            "at x = 1 the declared gradient",
        ),
        forward("sign_straight_through", m.sign, "output of points"),
        forward("step_straight_through", lambda x: m.where(x >= 0, 1.0, 0.0), "output of points"),
        forward("ternary_straight_through", m.sign, "output of"),
        backward(
            "clamp_straight_through",
            lambda dy, x: m.where(abs(x) <= 1, dy, 0.0 * dy),
            "points.*at x = -?2",
        ),
        backward("dorefa", straight, declared),
        forward("dorefa", lambda x: m.floor(m.clip(x, 0, 1) * 3) / 3, "output of"),
        backward("fake_quantise_int8", straight, declared),
        # The edge of the clamp: a rounded value of 127 is in the range.
        backward(
            "fake_quantise_int8",
            lambda dy, x, s: m.where(abs(m.round(x / s)) < 127, dy, 0.0 * dy),
            declared,
        ),
        forward(
            "fake_quantise_affine",
            lambda x, s, z: good["fake_quantise_int8"].forward(x, s),
            "output of",
        ),
        backward("soft_threshold", straight, declared),
        backward("guided_relu", lambda dy, x: m.where(x > 0, dy, 0.0 * dy), declared),
        backward("deconvolution_relu", straight, declared),
        backward(
            "spike_sigmoid", lambda dy, x: good["spike_sigmoid"].backward(dy, x) / 25, declared
        ),
        forward("spike_sigmoid", lambda x: m.where(x >= 0, 1.0, 0.0), "output of points"),
        backward("spike_arctan", lambda dy, x: dy / (1 + x**2), declared),
        backward("spike_fast_sigmoid", lambda dy, x: dy / (1 + 25 * abs(x)), declared),
        backward("spike_triangle", lambda dy, x: dy * m.clip(1 - abs(x), 0, None), declared),
        backward("spike_gaussian", lambda dy, x: dy * m.exp(-2 * x * x), declared),
        backward("spike_multi_gaussian", good["spike_gaussian"].backward, declared),
        backward("spike_slayer", lambda dy, x: dy * 0.5 * m.exp(-5 * x), declared),
        backward("swish", lambda dy, x: dy / (1 + m.exp(-x)), declared),
    ]

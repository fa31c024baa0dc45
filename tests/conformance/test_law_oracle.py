"""A second oracle for the published laws: written again, number by number, with 40 digits.

It shares no code with the laws: neither NumPy, nor their formulas, nor their derivatives, which
are those of mpmath's differences.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from conformance import laws
from conformance.law.checked import arguments_of
from conformance.law.derived import gradients

FLOAT64 = np.dtype(np.float64)
mpmath.mp.dps = 40
Number = Any
Rows = Sequence[Number]
Oracle = Callable[..., tuple[list[Number], list[Any]]]  # dy, arrays, numbers: y, gradients


def each(y: Callable[..., Number], dx: Callable[..., Number]) -> Oracle:
    """Element by element: y(x, *numbers) and dx(dy, x, *numbers)."""
    return lambda dys, xs, *n: (
        [y(x, *n) for x in xs],
        [[dx(dy, x, *n) for dy, x in zip(dys, xs, strict=True)]],
    )


def derived(y: Callable[..., Number], surrogate: Callable[..., Number]) -> Oracle:
    return each(y, lambda dy, x: dy * mpmath.diff(surrogate, x))


def same(x: Number, *_: Number) -> Number:
    return x


def straight(dy: Number, *_: Number) -> Number:
    return dy


def clip(x: Number, low: Number, high: Number) -> Number:
    return low if x < low else high if x > high else x


def spike(x: Number) -> Number:
    return mpf(x > 0)


def sigmoid(x: Number) -> Number:
    return 1 / (1 + mpmath.e**-x)


def density(x: Number, mean: Number, deviation: Number) -> Number:
    return mpmath.npdf(x, mean, deviation)


def two(dys: Rows, a: Rows, b: Rows, alpha: Number, beta: Number) -> tuple[list[Number], list[Any]]:
    ys = [b_ + alpha * (a_ - b_) for a_, b_ in zip(a, b, strict=True)]
    return ys, [[beta * dy for dy in dys], [dy - beta * dy for dy in dys]]


def with_learned(
    y: Callable[..., Number], dx: Callable[..., Number], ds: Callable[..., Number]
) -> Oracle:
    """Element by element, with a number s that is learned: y(x, s), and its two derivatives."""
    return lambda dys, xs, s: (
        [y(x, s[0]) for x in xs],
        [
            [dy * dx(x, s[0]) for dy, x in zip(dys, xs, strict=True)],
            [sum(dy * ds(x, s[0]) for dy, x in zip(dys, xs, strict=True))],
        ],
    )


def lsq_of_step(x: Number, s: Number) -> Number:
    return mpmath.nint(x / s) - x / s if -4 < x / s < 3 else mpf(-4 if x < 0 else 3)


def probabilities(zs: Rows, t: Number) -> list[Number]:
    return [1 / sum(mpmath.exp((other - z) / t) for other in zs) for z in zs]


def pulled(dys: Rows, zs: Rows, t: Number) -> list[Number]:
    """By the Jacobian, entry by entry."""
    p = probabilities(zs, t)
    return [
        sum(dys[i] * p[i] * ((i == j) - p[j]) for i in range(len(p))) / t for j in range(len(p))
    ]


def quantised(x: Number, code: Rows) -> Number:
    return min(code, key=lambda entry: abs(x - entry))


def coded(dys: Rows, xs: Rows, code: Rows) -> tuple[list[Number], list[Any]]:
    return [quantised(x, code) for x in xs], [list(dys)]


def largest(zs: Rows) -> list[Number]:
    return [mpf(z == max(zs)) for z in zs]


def within(dy: Number, inside: bool) -> Number:
    return dy if inside else mpf(0)


ORACLES: dict[str, Oracle] = {
    "gradient_reversal": each(same, lambda dy, x, c: -(c * dy)),
    "gradient_scale": each(same, lambda dy, x, c: dy * c),
    "gradient_clip": each(same, lambda dy, x, c: clip(dy, -c, c)),
    "gradient_sign": each(same, lambda dy, x: mpmath.sign(dy)),
    "gradient_stop": each(same, lambda dy, x: mpf(0)),
    "gradient_noise": each(same, lambda dy, x, noise: noise + dy),
    "mul_scalar": each(lambda x, c: c * x, lambda dy, x, c: dy * c),
    "shake_shake": two,
    "shake_shake_drawn": two,
    "round_straight_through": each(mpmath.nint, straight),
    "floor_straight_through": each(mpmath.floor, straight),
    "sign_straight_through": each(
        lambda x: mpf(-1 if x < 0 else 1), lambda dy, x: within(dy, -1 <= x <= 1)
    ),
    "step_straight_through": each(spike, straight),
    "ternary_straight_through": each(lambda x: spike(2 * x - 1) - spike(-2 * x - 1), straight),
    "clamp_straight_through": each(lambda x: clip(x, -1, 1), straight),
    "dorefa": each(
        lambda x: mpmath.nint(clip(x, 0, 1) * 3) / 3, lambda dy, x: within(dy, 0 <= x <= 1)
    ),
    "fake_quantise_int8": each(
        lambda x, s: clip(mpmath.nint(x / s), -128, 127) * s,
        lambda dy, x, s: within(dy, -128 <= mpmath.nint(x / s) <= 127),
    ),
    "fake_quantise_affine": each(
        lambda x, s, z: clip(mpmath.nint(x / s), -z, 255 - z) * s,
        lambda dy, x, s, z: within(dy, -z <= mpmath.nint(x / s) <= 255 - z),
    ),
    "lsq": with_learned(
        lambda x, s: clip(mpmath.nint(x / s), -4, 3) * s,
        lambda x, s: mpf(-4 * s < x < 3 * s),
        lsq_of_step,
    ),
    "pact": with_learned(
        lambda x, a: (abs(x) - abs(x - a) + a) / 2,  # equation 1, as it stands in the paper
        lambda x, a: mpf(0 < x < a),
        lambda x, a: mpf(x >= a),
    ),
    "vector_quantisation": coded,
    "vector_quantisation_index": coded,
    "soft_threshold": each(
        lambda x, t: x - clip(x, -t, t), lambda dy, x, t: within(dy, x < -t or x > t)
    ),
    "guided_relu": each(lambda x: (x + abs(x)) / 2, lambda dy, x: within(dy, x > 0 and dy > 0)),
    "deconvolution_relu": each(lambda x: (x + abs(x)) / 2, lambda dy, x: (dy + abs(dy)) / 2),
    "swish": derived(lambda x: x * sigmoid(x), lambda x: x * sigmoid(x)),
    "tempered_softmax": lambda dys, xs, t: (probabilities(xs, 1), [pulled(dys, xs, t)]),
    "gumbel_straight_through": lambda dys, xs, g: (
        largest([x + g for x in xs]),
        [pulled(dys, [x + g for x in xs], mpf("0.5"))],
    ),
    "spike_sigmoid": derived(spike, lambda x: sigmoid(25 * x)),
    "spike_arctan": derived(spike, lambda x: mpmath.atan(mpmath.pi * x) / mpmath.pi),
    "spike_fast_sigmoid": derived(spike, lambda x: x / (1 + 25 * abs(x))),
    "spike_triangle": each(spike, lambda dy, x: dy * 3 * clip(1 - abs(x), 0, 1) / 10),
    "spike_gaussian": each(spike, lambda dy, x: dy * density(x, 0, mpf("0.5"))),
    "spike_multi_gaussian": each(
        spike,
        lambda dy, x: dy
        * (
            density(x, 0, mpf("0.5")) * 23 / 20
            - (density(x, mpf("0.5"), 3) + density(x, mpf("-0.5"), 3)) * 3 / 20
        ),
    ),
    "spike_slayer": derived(spike, lambda x: mpmath.sign(x) * (1 - mpmath.exp(-5 * abs(x))) / 10),
}  # fmt: skip


def test_each_law_has_an_oracle() -> None:
    assert set(ORACLES) == set(laws.__all__)


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("name", ORACLES)
def test_two_oracles_agree(name: str, number: int) -> None:
    law = getattr(laws, name)
    rng = np.random.RandomState(number)
    points = [p for p in law.points if p or name != "spike_slayer"]  # which has a kink at 0
    x = np.concatenate([rng.standard_normal(9) * 2, rng.uniform(-1, 1, 8), points])
    arguments = arguments_of(law, x, number)
    dy = rng.standard_normal(x.shape)
    dys = [dy, *(None for _ in law.outputs[1:])]
    y, *_ = law.values(arguments, FLOAT64)
    declared = [g for g in gradients(law, dys, arguments, FLOAT64) if g is not None]

    given = [
        [mpf(float(v)) for v in np.ravel(a)] if isinstance(a, np.ndarray) else mpf(a)
        for a in arguments
    ]
    expected, pulls = ORACLES[name]([mpf(float(v)) for v in dy], *given)
    for found, right in zip([y, *declared], [expected, *pulls], strict=True):
        value, error = np.ravel(found.running.value), np.ravel(found.running.error)
        for i, (got, wanted) in enumerate(zip(value, right, strict=True)):
            # At a tie the bound has the error of a step.
            bound = min(float(error[i]), 1e-12 * max(1, abs(wanted)))
            apart = abs(mpf(float(got)) + mpf(float(got - float(got))) - wanted)
            # A long double is not exact either, in some twenty operations.
            assert apart <= bound + 2e-18 * abs(wanted), f"{name}[{i}] at {x[i % x.size]}"

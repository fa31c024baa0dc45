"""dann_scale: the published formula to the last bits, its ends and its errors."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from tests.layers import Unprintable

Schedule = Callable[..., float]


@pytest.fixture
def dann_scale(package: Any) -> Schedule:
    scale: Schedule = package.dann_scale
    return scale


def _published(progress: float, gamma: float) -> float:
    """``2 / (1 + exp(-gamma * progress)) - 1`` of these very floats, to 400 digits."""
    with localcontext() as context:
        context.prec = 400
        return float(2 / (1 + (-Decimal(gamma) * Decimal(progress)).exp()) - 1)


@pytest.mark.parametrize("gamma", [0.1, 1.0, 10.0, 37.0])
@pytest.mark.parametrize("progress", [1e-300, 1e-9, 0.001, 0.1, 1 / 3, 0.5, 0.9, 1.0])
def test_dann_scale_is_its_formula(dann_scale: Schedule, progress: float, gamma: float) -> None:
    """The literal formula in floats loses all digits near 0, and this one none."""
    scale = dann_scale(progress, gamma)
    assert abs(scale - _published(progress, gamma)) <= 2 * math.ulp(scale)


def test_dann_scale_at_its_ends(dann_scale: Schedule) -> None:
    assert dann_scale(0.0) == 0.0
    assert dann_scale(0.5, 0.0) == 0.0
    assert dann_scale(1.0, 1e308) == 1.0
    assert dann_scale(1.0) == pytest.approx(0.9999092042625951, rel=1e-15)


def test_dann_scale_rises(dann_scale: Schedule) -> None:
    scales = [dann_scale(step / 1000) for step in range(1001)]
    assert scales == sorted(set(scales))


def test_progress_that_is_added_up(dann_scale: Schedule) -> None:
    """49 steps of 1/49 make 1.0000000000000007."""
    for steps in range(1, 2000):
        progress = 0.0
        for _ in range(steps):
            progress += 1 / steps
        assert dann_scale(progress) == pytest.approx(dann_scale(1.0), rel=1e-12), steps
    assert dann_scale(-1e-10) == 0.0
    assert dann_scale(1 + 1e-10) == dann_scale(1.0)


@pytest.mark.parametrize("number", [1, np.float32(0.5), np.float64(0.5), np.int64(1)])
def test_dann_scale_takes_numbers(dann_scale: Schedule, number: Any) -> None:
    scale = dann_scale(number)
    assert type(scale) is float
    assert scale == dann_scale(float(number))


@pytest.mark.parametrize(
    ("progress", "gamma", "error", "message"),
    [
        (None, 10.0, TypeError, "progress must be a real number, got NoneType: None"),
        (True, 10.0, TypeError, "progress must be a real number, got bool: True"),
        (0.5, "10", TypeError, "gamma must be a real number, got str: '10'"),
        (-0.1, 10.0, ValueError, "progress must be from 0 to 1, got -0.1"),
        (1.0000001, 10.0, ValueError, "progress must be from 0 to 1, got 1.0000001"),
        (10**400, 10.0, ValueError, "progress must be from 0 to 1, got inf"),
        (float("nan"), 10.0, ValueError, "progress must be from 0 to 1, got nan"),
        (0.5, -1.0, ValueError, "gamma must be finite and at least 0, got -1.0"),
        (0.5, float("inf"), ValueError, "gamma must be finite and at least 0, got inf"),
        (0.5, float("nan"), ValueError, "gamma must be finite and at least 0, got nan"),
        (
            Unprintable(),
            10.0,
            TypeError,
            "progress must be a real number, got Unprintable: an object that cannot be shown",
        ),
        (0.5, 10**400, ValueError, "gamma must be finite and at least 0, got inf"),
        (0.5, Fraction(10**400), ValueError, "gamma must be finite and at least 0, got inf"),
        (0.5, -(10**400), ValueError, "gamma must be finite and at least 0, got -inf"),
    ],
)
def test_dann_scale_refuses(
    dann_scale: Schedule, progress: Any, gamma: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as raised:
        dann_scale(progress, gamma)
    assert str(raised.value) == message

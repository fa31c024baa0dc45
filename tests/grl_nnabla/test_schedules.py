"""dann_scale: the published formula, its range and its errors."""

from __future__ import annotations

import math
from typing import Any

import pytest

from grl_nnabla import dann_scale


@pytest.mark.parametrize("progress", [0, 0.01, 0.25, 0.5, 1])
@pytest.mark.parametrize("gamma", [0, 0.5, 10, 700])
def test_is_the_published_formula(progress: float, gamma: float) -> None:
    published = 2 / (1 + math.exp(-gamma * progress)) - 1
    assert dann_scale(progress, gamma) == pytest.approx(published, rel=1e-13, abs=1e-15)


def test_rises_from_0_to_nearly_1() -> None:
    scales = [dann_scale(step / 100) for step in range(101)]
    assert scales[0] == 0
    assert scales[-1] == pytest.approx(0.9999092, abs=1e-7)
    assert scales == sorted(set(scales))


@pytest.mark.parametrize(
    ("progress", "gamma", "error", "message"),
    [
        ("0", 10, TypeError, "progress must be a real number, got str: '0'"),
        (True, 10, TypeError, "progress must be a real number, got bool: True"),
        (0.5, None, TypeError, "gamma must be a real number, got NoneType: None"),
        (1.5, 10, ValueError, "progress must be from 0 to 1, got 1.5"),
        (math.nan, 10, ValueError, "progress must be from 0 to 1, got nan"),
        (0.5, -1, ValueError, "gamma must be finite and at least 0, got -1"),
        (0.5, math.inf, ValueError, "gamma must be finite and at least 0, got inf"),
    ],
)
def test_bad_input(progress: Any, gamma: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"^{message}$"):
        dann_scale(progress, gamma)

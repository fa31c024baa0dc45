"""The three layers with what they do to ones, for tests of what they have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pytest

from grl_nnabla import (
    GradientReversal,
    MulScalar,
    ShakeShake,
    gradient_reversal,
    mul_scalar,
    shake_shake,
)
from tests.grl_nnabla.graphs import leaf


@dataclass(frozen=True)
class Layer:
    """One layer with fixed coefficients, each a power of two: so every result is exact."""

    function: Callable[..., Any]
    module: Callable[[], Any]
    forward: Sequence[float]
    backward: Sequence[float]

    def leaves(self, shape: tuple[int, ...] = (2, 3)) -> list[Any]:
        rng = np.random.RandomState(0)
        return [leaf(rng.randint(-8, 8, shape)) for _ in self.forward]

    def value(self, xs: Sequence[Any]) -> Any:
        return sum(weight * x.d for weight, x in zip(self.forward, xs, strict=True))


def _shake() -> Any:
    return ShakeShake()


LAYERS = {
    "gradient_reversal": Layer(
        lambda x: gradient_reversal(x, 0.5), lambda: GradientReversal(0.5), [1], [-0.5]
    ),
    "mul_scalar": Layer(lambda x: mul_scalar(x, 0.5), lambda: MulScalar(0.5), [0.5], [0.5]),
    "shake_shake": Layer(
        lambda x0, x1: shake_shake(x0, x1, 0.25, 0.75),
        lambda: partial(_shake(), alpha=0.25, beta=0.75),
        [0.25, 0.75],
        [0.75, 0.25],
    ),
}

every_layer = pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)

# Each factor, and a function that takes it.
FACTORS: dict[str, Callable[..., Any]] = {
    "scale": gradient_reversal,
    "scalar": mul_scalar,
    "alpha": lambda x, alpha: shake_shake(x, x, alpha, 0.5),
    "beta": lambda x, beta: shake_shake(x, x, 0.5, beta),
}

every_factor = pytest.mark.parametrize(("name", "layer"), FACTORS.items(), ids=FACTORS)

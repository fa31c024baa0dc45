"""SpikingJelly's surrogate gradients, from ``spikingjelly.activation_based.surrogate``.

The docstring of each states g'(x), the derivative, with the defaults of its arguments; the step is
1 from 0 on.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from conformance import Law
from tests.scoreboard.declared import Declared, sigmoid, step_from

PI = np.pi


def _declared(
    name: str, derivative: Callable[[Any], Any], points: tuple[float, ...] = (), note: str = ""
) -> Declared:
    """One of the module, with its defaults; ``points`` besides 0 and some ordinary ones."""
    law = Law(
        forward=step_from,
        backward=lambda dy, x: dy * derivative(x),
        points=(0.0, 0.3, -0.3, 2.0, -2.0, *points),
        name=name,
    )

    def make() -> Any:
        return getattr(import_module("spikingjelly.activation_based.surrogate"), name)()

    return Declared(f"surrogate.{name}()", make, law, note)


def _sigmoid(x: Any) -> Any:
    return 4 * (1 - sigmoid(4 * x)) * sigmoid(4 * x)


DECLARED = [
    _declared("PiecewiseQuadratic", lambda x: np.maximum(1 - np.abs(x), 0.0), (1.0, -1.0)),
    _declared("PiecewiseExp", lambda x: np.exp(-np.abs(x)) / 2),
    _declared("Sigmoid", _sigmoid),
    _declared("SoftSign", lambda x: 1 / (1 + 2 * np.abs(x)) ** 2),
    _declared("SuperSpike", lambda x: 1 / (1 + np.abs(x)) ** 2),
    _declared("ATan", lambda x: 1 / (1 + (PI * x) ** 2)),
    _declared("NonzeroSignLogAbs", lambda x: 1 / (1 + np.abs(x))),
    _declared("Erf", lambda x: 2 / np.sqrt(PI) * np.exp(-4 * (x * x))),
    _declared("PiecewiseLeakyReLU", lambda x: np.where(np.abs(x) <= 1, 0.5, 0.01), (1.0, -1.0)),
    _declared("SquarewaveFourierSeries", lambda x: np.cos(PI / 4 * x) / 2),
    _declared("S2NN", lambda x: np.where(x < 0, _sigmoid(x), 1 / (np.abs(x) + 1))),
    _declared("QPseudoSpike", lambda x: 1 / (1 + 2 * np.abs(x)) ** 2),
    _declared("LeakyKReLU", lambda x: np.where(x >= 0, 1.0, 0.0)),
    _declared(
        "LogTailedReLU",
        lambda x: np.where(x <= 0, 0.0, np.where(x <= 1, 1.0, 1 / np.maximum(np.abs(x), 1.0))),
        (1.0,),
    ),
    _declared("Rect", lambda x: np.where(np.abs(x) < 0.5, 1.0, 0.0), (0.5, -0.5)),
    _declared("DeterministicPass", lambda x: 0 * x + 1),
    _declared(
        "FakeNumericalGradient",
        lambda x: np.minimum(1 / np.maximum(np.abs(x), 0.1), 0.3),
        note="g'(x) = clip(sign(x) / x, 0.3); at 0, where that has no value, the law takes 0.3.",
    ),
]

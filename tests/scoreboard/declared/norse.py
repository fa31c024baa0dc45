"""norse's threshold functions, from the docstrings of ``norse.torch.functional.threshold``.

Each has a number, k or alpha, which is tried at 1, 2 and 100, the default of norse's cells.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from conformance import Law
from tests.scoreboard.declared import Declared, step_above

NUMBERS = (1.0, 2.0, 100.0)


def _declared(name: str, note: str, derivative: Any = None, primitive: Any = None) -> Declared:
    """One of the module, with the derivative or the function whose derivative is meant."""

    def backward(dy: Any, x: Any, k: Any) -> Any:
        return dy * derivative(x, k), None

    law = Law(
        forward=lambda x, k: step_above(x),
        backward=backward if derivative else None,
        surrogate=primitive,
        points=(0.0, 0.5, -0.5, 2.0, -2.0),
        given={"k": NUMBERS},
        name=name,
    )
    return Declared(
        f"threshold.{name}(x, k)",
        lambda: getattr(import_module("norse.torch.functional.threshold"), name),
        law,
        note,
    )


DECLARED = [
    _declared(
        "triangle_fn",
        "The formula of the two papers that the docstring cites.",
        derivative=lambda x, k: k * np.maximum(1 - np.abs(x), 0.0),
    ),
    _declared(
        "heavi_tanh_fn",
        "The derivative of the docstring's 1/2 + 1/2 tanh(k x).",
        primitive=lambda x, k: 0.5 + 0.5 * np.tanh(k * x),
    ),
    _declared(
        "heavi_erfc_fn",
        "The derivative of the docstring's 1/2 + 1/2 erfc(k x), with erf for erfc, which falls.",
        derivative=lambda x, k: k / np.sqrt(np.pi) * np.exp(-((k * x) * (k * x))),
    ),
    _declared(
        "heavi_circ_fn",
        "The derivative of the docstring's 1/2 + 1/2 x / sqrt(x² + k²).",
        primitive=lambda x, k: 0.5 + 0.5 * (x / np.sqrt(x * x + k * k)),
    ),
    _declared(
        "superspike_fn",
        "Section 3.3.2 of Zenke and Ganguli (2018), which the docstring names: 1 / (k |x| + 1)².",
        derivative=lambda x, k: 1 / (k * np.abs(x) + 1) ** 2,
    ),
]

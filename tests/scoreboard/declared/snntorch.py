"""snnTorch's surrogate gradients, from the docstrings of ``snntorch.surrogate``.

Their x is the membrane potential minus the threshold. All document a step that is 1 from the
threshold on, x >= 0.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from conformance import Law
from tests.scoreboard.declared import Declared, sigmoid, step_from


def _declared(name: str, backward: Any, note: str = "", **given: Any) -> Declared:
    """One of the module, with the derivative of x that its docstring states."""
    law = Law(
        forward=step_from,
        backward=lambda dy, x: dy * backward(x),
        points=(0.0, 0.5, -0.5, 2.0, -5.0),
        name=name,
    )
    return Declared(
        f"surrogate.{name}()",
        lambda: getattr(import_module("snntorch.surrogate"), name)(**given),
        law,
        note,
    )


DECLARED = [
    _declared("fast_sigmoid", lambda x: 1 / (1 + 25 * np.abs(x)) ** 2),
    _declared(
        "atan",
        lambda x: 1 / (1 + (np.pi * x) ** 2),
        "The derivative of the docstring's S; its formula for ∂S/∂U has a further 1/π.",
    ),
    _declared("sigmoid", lambda x: 25 * sigmoid(25 * x) * sigmoid(-25 * x)),
    _declared("straight_through_estimator", lambda x: 0 * x + 1),
    _declared("triangular", lambda x: np.where(x < 0, 1.0, -1.0)),
    _declared("heaviside", step_from),
    _declared("spike_rate_escape", lambda x: 25 * np.exp(-np.abs(x - 1))),
    _declared("LSO", lambda x: np.where(x >= 0, 1.0, 0.1)),
    _declared("SFS", lambda x: np.where(x > 1, 1 / (1 + 25 * np.abs(x)) ** 2, 0.0)),
]

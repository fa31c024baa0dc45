"""Brevitas's straight-through estimators, from the docstrings of ``brevitas.function.ops_ste``."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from conformance import Law
from tests.scoreboard.declared import Declared


def _sign(x: Any) -> Any:
    return np.where(x >= 0, 1.0, -1.0)


def _clip(x: Any, low: Any, high: Any) -> Any:
    return np.clip(x, low, high)


def _clip_below(x: Any, low: Any) -> Any:
    return np.maximum(x, low)


def _declared(
    name: str, forward: Callable[..., Any], backward: Callable[..., Any] = lambda dy, *_: dy
) -> Declared:
    """One of the module; the numbers of its law take no gradient."""

    def gradients(dy: Any, x: Any, *numbers: Any) -> Any:
        return (backward(dy, x), *(None for _ in numbers))

    law = Law(
        forward=forward,
        backward=gradients,
        points=(0.0, 0.5, -0.5, 1.0, -1.0, 1.5, -1.5, 2.5, -2.5),
        given={"low": (-1.0, -0.5), "high": (1.0, 0.25)} if "scalar_clamp_ste" in name else {},
        exact=True,
        name=name,
    )
    return Declared(
        f"ops_ste.{name}", lambda: getattr(import_module("brevitas.function.ops_ste"), name), law
    )


DECLARED = [
    _declared("round_ste", np.round),
    _declared("ceil_ste", np.ceil),
    _declared("floor_ste", np.floor),
    _declared("round_to_zero_ste", np.trunc),
    _declared(
        "dpu_round_ste",  # as its example: of the halves, the negative ones go up
        lambda x: np.where((x < 0) & (x - np.floor(x) == 0.5), np.ceil(x), np.round(x)),
    ),
    _declared("binary_sign_ste", _sign),
    _declared("ternary_sign_ste", np.sign),
    _declared("scalar_clamp_ste", _clip),
    _declared("scalar_clamp_min_ste", _clip_below),
    _declared("abs_binary_sign_grad", np.abs, lambda dy, x: dy * _sign(x)),
]

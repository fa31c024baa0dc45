"""A law is judged before it judges: a wrong one is refused, and no subject is blamed for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .carried import Carried
from .errors import LawError
from .law import NUMBERS, Law

FLOAT64 = np.dtype(np.float64)


def arguments_of(law: Law, x: Any, number: int = 0) -> list[Any]:
    """Arguments: ``x`` for each that takes a gradient, moved a little so that they differ."""
    found: list[Any] = []
    for i, (name, wanted) in enumerate(zip(law.arguments, law.differentiable, strict=True)):
        if wanted:
            found.append(np.asarray(np.roll(x, i)))
        else:
            values = law.given.get(name, NUMBERS)
            found.append(values[number % len(values)])
    return found


def check_law(law: Law, seed: int = 0) -> None:
    """Judge a law by itself.

    Raises:
        LawError: its shapes do not fit, it gives NaN for ordinary numbers, its backward is not
            linear though it says so, or backward and surrogate do not agree.
    """
    rng = np.random.RandomState(seed)
    x = rng.standard_normal(12) * 2 + 1e-3
    for number in range(3):
        arguments = arguments_of(law, x, number)
        y = law.output(arguments, FLOAT64)
        dy = rng.standard_normal(y.shape)
        _check_shapes(law, y, dy, arguments)
        if law.backward is not None and law.linear:
            _check_linear(law, dy, arguments)
        if law.backward is not None and law.surrogate is not None:
            _check_agreement(law, dy, arguments)


def _check_shapes(law: Law, y: Carried, dy: Any, arguments: Sequence[Any]) -> None:
    if np.isnan(y.running.value).any():
        raise LawError(f"{law.name}: forward gives NaN for ordinary numbers")
    for name, argument, gradient in zip(
        law.arguments, arguments, law.gradients(dy, arguments, FLOAT64), strict=True
    ):
        if gradient is None:
            continue
        if gradient.shape != np.shape(argument):
            raise LawError(
                f"{law.name}: the gradient of {name} must have its shape {np.shape(argument)}, "
                f"got {gradient.shape}"
            )
        if np.isnan(gradient.running.value).any():
            raise LawError(f"{law.name}: the gradient of {name} is NaN for ordinary numbers")


def _check_linear(law: Law, dy: Any, arguments: Sequence[Any]) -> None:
    one, three = (law.gradients(k * dy, arguments, FLOAT64) for k in (1, 3))
    for name, a, b in zip(law.arguments, one, three, strict=True):
        if a is None or b is None:
            continue
        error = 3 * a.running.error + b.running.error
        if (np.abs(3 * a.running.value - b.running.value) > error + 1e-12).any():
            raise LawError(
                f"{law.name}: the gradient of {name} is not linear in that of the output; "
                "say linear=False if it is meant so"
            )


def _check_agreement(law: Law, dy: Any, arguments: Sequence[Any]) -> None:
    declared = law.gradients(dy, arguments, FLOAT64)
    derived = law.derivatives(dy, arguments, FLOAT64)
    for name, a, b in zip(law.arguments, declared, derived, strict=True):
        if a is None or b is None:
            continue
        apart = np.abs(a.running.value - b.running.value)
        worst = int(np.argmax(apart - a.running.error - b.running.error))
        if (apart > a.running.error + b.running.error + 1e-12).any():
            at = np.unravel_index(worst, apart.shape)
            raise LawError(
                f"{law.name}: backward gives {float(a.running.value[at]):.6g} for {name}, and the "
                f"derivative of the surrogate is {float(b.running.value[at]):.6g}"
            )

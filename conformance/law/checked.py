"""A law is judged before it judges: a wrong one is refused, and no subject is blamed for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .arithmetic import Carried
from .derived import derivatives, gradients
from .errors import LawError
from .law import NUMBERS, Law

FLOAT64 = np.dtype(np.float64)


def arguments_of(law: Law, x: Any, number: int = 0) -> list[Any]:
    """Arguments: ``x`` for each that takes a gradient, moved a little so that they differ.

    Of the others, and of a learned number, the ``number``-th value that is tried.
    """
    found: list[Any] = []
    for i, (name, wanted) in enumerate(zip(law.arguments, law.differentiable, strict=True)):
        values = law.given.get(name, NUMBERS)
        value = values[number % len(values)]
        if not wanted:
            found.append(value)
        elif name in law.given:
            found.append(np.asarray(value, float))
        else:
            found.append(np.asarray(np.roll(x, i)))
    return found


def check_law(law: Law, seed: int = 0) -> None:
    """Judge a law by itself.

    Raises:
        LawError: its shapes do not fit, it gives NaN for ordinary numbers, its backward is not
            linear though it says so, or backward and surrogate do not agree.
    """
    rng = np.random.RandomState(seed)
    x = rng.standard_normal((12,) + (3,) * (law.ndim - 1)) * 2 + 1e-3
    for number in range(3):
        arguments = arguments_of(law, x, number)
        ys = law.values(arguments, FLOAT64)
        dys = law.cotangents(ys, rng.standard_normal)
        _check_shapes(law, ys, dys, arguments)
        if law.backward is not None and law.linear:
            _check_linear(law, dys, arguments)
        if law.backward is not None and law.surrogate is not None:
            _check_agreement(law, dys, arguments)


def _check_shapes(
    law: Law, ys: Sequence[Carried], dys: Sequence[Any], arguments: Sequence[Any]
) -> None:
    if any(np.isnan(y.running.value).any() for y in ys):
        raise LawError(f"{law.name}: forward gives NaN for ordinary numbers")
    for name, argument, gradient in zip(
        law.arguments, arguments, gradients(law, dys, arguments, FLOAT64), strict=True
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


def _check_linear(law: Law, dys: Sequence[Any], arguments: Sequence[Any]) -> None:
    one, three = (
        gradients(law, [dy if dy is None else k * dy for dy in dys], arguments, FLOAT64)
        for k in (1, 3)
    )
    for name, a, b in zip(law.arguments, one, three, strict=True):
        if a is None or b is None:
            continue
        error = 3 * a.running.error + b.running.error
        if (np.abs(3 * a.running.value - b.running.value) > error + 1e-12).any():
            raise LawError(
                f"{law.name}: the gradient of {name} is not linear in that of the output; "
                "say linear=False if it is meant so"
            )


def _check_agreement(law: Law, dys: Sequence[Any], arguments: Sequence[Any]) -> None:
    declared = gradients(law, dys, arguments, FLOAT64)
    derived = derivatives(law, dys[0], arguments, FLOAT64)
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


def is_ordinary(law: Law) -> bool:
    """Whether the declared gradient is the forward's own derivative, as that of a Swish.

    A layer that follows such a law passes an ordinary gradient check too, for output and gradient
    are compared each with one of two formulas that fit.
    """
    if law.surrogate is law.forward:
        return True
    if len(law.outputs) > 1 or not law.linear:
        return False
    rng = np.random.RandomState(0)
    arguments = arguments_of(law, rng.standard_normal((12,) + (3,) * (law.ndim - 1)) * 2, 2)
    (y,) = law.values(arguments, FLOAT64)
    dy = rng.standard_normal(y.shape)
    own = replace(law, backward=None, surrogate=law.forward, wrt=_places(law))
    try:
        derived = derivatives(own, dy, arguments, FLOAT64)
    except LawError:  # no table has the derivative of what it uses
        return False
    return all(
        a is None or (b is not None and np.allclose(a.running.value, b.running.value))
        for a, b in zip(gradients(law, [dy], arguments, FLOAT64), derived, strict=True)
    )


def _places(law: Law) -> tuple[int, ...]:
    return tuple(i for i, wanted in enumerate(law.differentiable) if wanted)

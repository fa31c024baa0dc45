"""The gradients of a law: by its backward or by its surrogate, and second ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..spec.rounding import Array, Running, unit_roundoff
from .arithmetic import Carried, Dual, carried
from .errors import LawError
from .law import NUMBERS, Law

# 4: how much more s(1 - s) moves than its maximum, by an error of s; 4: that of a sigmoid, in ULP.
TERMS = 4 * 4


def gradients(
    law: Law, dys: Sequence[Any], arguments: Sequence[Any], compute: np.dtype[Any]
) -> list[Carried | None]:
    """The declared gradient of each argument, with bounds; None where there is none."""
    if law.backward is None:
        return derivatives(law, dys[0], arguments, compute)
    arrived = [dy if dy is None or isinstance(dy, Carried) else carried(dy, compute) for dy in dys]
    return [
        g if g is None or isinstance(g, Carried) else carried(np.asarray(g), compute)
        for g in law.pull_back(arrived, law.carried(arguments, compute))
    ]


def derivatives(
    law: Law, dy: Any, arguments: Sequence[Any], compute: np.dtype[Any]
) -> list[Carried | None]:
    """The surrogate's, transposed and applied to ``dy``.

    A formula in terms of the output, as s(1 - s) for a sigmoid, loses digits where another
    does not, and is as right. So the bound has ``TERMS`` u times the largest derivative too.
    """
    assert law.surrogate is not None
    given = law.carried(arguments, compute)
    found: list[Carried | None] = []
    for place, wanted in enumerate(law.differentiable):
        if not wanted:
            found.append(None)
            continue
        alone = given[place].shape == np.shape(dy) and elementwise(law)
        pull = _pulled_alone if alone else _pulled
        pulled = pull(law.surrogate, given, place, dy, compute).running
        slack = TERMS * unit_roundoff(compute) * _steepest(law, given, place, compute)
        error = pulled.error + slack * np.abs(dy).max(initial=0)
        found.append(Carried(Running(pulled.value, error, compute)))
    return found


def second_derivatives(
    law: Law, vs: Sequence[Array | None], arguments: Sequence[Any], compute: np.dtype[Any]
) -> list[Carried | None]:
    """Of the declared gradient g of the half of y squared: the gradient of the sum of <g, v>.

    With b the backward, g is b(y, x). Its own derivative goes by way of y, whose gradient is the
    declared one again, and by way of x.

    Raises:
        LawError: the law has no backward, or one that cannot be differentiated.
    """
    if law.backward is None or law.outputs != ("float",):
        raise LawError(f"{law.name}: second derivatives need a backward, and one output")
    given = law.carried(arguments, compute)
    (y,) = law.values(arguments, compute)
    contracted = [None if v is None else carried(v, compute) for v in vs]

    def penalty(dy: Any, *x: Any) -> Any:
        pulled = law.pull_back([dy], x)
        terms = [g * v for g, v in zip(pulled, contracted, strict=True) if v is not None]
        return sum(term.sum() for term in terms)

    one = np.ones(())
    by_y = _pulled(penalty, [y, *given], 0, one, compute)
    through = gradients(law, [by_y], arguments, compute)
    found: list[Carried | None] = []
    for place, g in enumerate(through, 1):
        found.append(g if g is None else g + _pulled(penalty, [y, *given], place, one, compute))
    return found


def _pulled(
    function: Callable[..., Any], given: Sequence[Any], place: int, dy: Any, compute: np.dtype[Any]
) -> Carried:
    """The gradient of <function, dy> in one argument: one tangent for each of its elements."""
    x = given[place]
    values, errors = np.zeros(x.shape, np.longdouble), np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        tangent = np.zeros(x.shape)
        tangent[at] = 1.0
        moved = function(*given[:place], Dual(x, carried(tangent, compute)), *given[place + 1 :])
        if isinstance(moved, Dual):  # else it does not depend on this argument
            column = (moved.tangent * carried(dy, compute)).sum()
            values[at], errors[at] = column.running.value, column.running.error
    return Carried(Running(values, errors, compute))


def _pulled_alone(
    function: Callable[..., Any], given: Sequence[Any], place: int, dy: Any, compute: np.dtype[Any]
) -> Carried:
    """As ``_pulled``, where each element depends on its own one alone: one tangent for all."""
    x = given[place]
    ones = carried(np.ones(x.shape), compute)
    moved = function(*given[:place], Dual(x, ones), *given[place + 1 :])
    found: Carried = moved.tangent * carried(dy, compute)
    return found


def elementwise(law: Law) -> bool:
    """Whether the surrogate takes each element by itself: tried on five."""
    assert law.surrogate is not None
    x, compute = np.linspace(-1.3, 1.7, 5), np.dtype(np.float64)
    given = law.carried(
        [
            np.roll(x, i) if wanted else law.given.get(name, NUMBERS)[0]
            for i, (name, wanted) in enumerate(zip(law.arguments, law.differentiable, strict=True))
        ],
        compute,
    )
    for place, wanted in enumerate(law.differentiable):
        for k, unit in enumerate(np.eye(5)):
            if wanted:
                dual = Dual(given[place], carried(unit, compute))
                moved = law.surrogate(*given[:place], dual, *given[place + 1 :])
                if not isinstance(moved, Dual) or moved.shape != x.shape:
                    return False
                if np.delete(moved.tangent.running.value, k).any():
                    return False
    return True


def _steepest(law: Law, given: Sequence[Any], place: int, compute: np.dtype[Any]) -> float:
    """The largest derivative of the surrogate between -8 and 8."""
    assert law.surrogate is not None
    probe = carried(np.linspace(-8, 8, 65), compute)
    probes = [probe if w and a.ndim else a for a, w in zip(given, law.differentiable, strict=True)]
    x = probes[place]
    dual = Dual(x, carried(np.ones(x.shape), compute))
    moved = law.surrogate(*probes[:place], dual, *probes[place + 1 :])
    if not isinstance(moved, Dual):
        raise LawError(f"the surrogate does not depend on {law.arguments[place]}")
    return float(np.abs(moved.tangent.running.value).max())

"""A law: what a layer with a declared gradient must give, written in NumPy."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..spec.rounding import Array, Running, unit_roundoff
from .carried import Carried, carried
from .dual import Dual
from .errors import LawError

# 4: how much more s(1 - s) moves than its maximum, by an error of s; 4: that of a sigmoid, in ULP.
TERMS = 4 * 4
NUMBERS = (0.5, 1.0, 2.0)  # for an argument that takes no gradient, unless the law gives others


@dataclass(frozen=True)
class Law:
    """What a layer must give. It imports no framework.

    Attributes:
        forward: from the arguments, arrays and numbers, the output (an array), in NumPy.
        backward: from the gradient of the output and the arguments, the gradient of each, None
            where there is none. One array where there is one argument.
        surrogate: the function whose derivative is the declared gradient. One of the two is
            needed; if both are given, they must agree.
        points: values at which the gradient is looked at as well, such as the kinks of a round.
        exact: nothing may be off, not by one unit in the last place.
        linear: the backward is linear in the output's gradient, as all derivatives are.
        given: by argument, the values that are tried for one which takes no gradient.
        tolerance: an error that is permitted beyond the derived bound, relative to the largest
            expected value of an array; reports say so.
        name: for messages.
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any] | None = None
    surrogate: Callable[..., Any] | None = None
    points: Sequence[float] = ()
    exact: bool = False
    linear: bool = True
    given: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    tolerance: float = 0.0
    name: str = "law"

    def __post_init__(self) -> None:
        if self.backward is None and self.surrogate is None:
            raise LawError(f"{self.name} needs a backward or a surrogate, got neither")
        if not self.linear and self.backward is None:
            raise LawError(f"{self.name}: a surrogate's derivative is linear; give a backward")
        unknown = set(self.given) - set(self.arguments)
        if unknown:
            raise LawError(f"given names {sorted(unknown)}, forward takes {self.arguments}")

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """The names that ``forward`` gives to its arguments; those with a default are no part."""
        if isinstance(self.forward, np.ufunc):
            return ("x", "y", "z")[: self.forward.nin]
        parameters = inspect.signature(self.forward).parameters.values()
        return tuple(p.name for p in parameters if p.default is inspect.Parameter.empty)

    @cached_property
    def differentiable(self) -> tuple[bool, ...]:
        """Which arguments take a gradient: all that ``backward`` gives one."""
        if self.backward is None:
            return tuple(name not in self.given for name in self.arguments)
        arguments = [self.given.get(name, [1.0])[0] for name in self.arguments]
        trial = [np.full(3, 0.3) if np.ndim(a) == 0 else np.asarray(a) for a in arguments]
        dy = np.ones_like(np.asarray(self.forward(*trial), float))
        return tuple(gradient is not None for gradient in self._gradients(dy, trial))

    def output(self, arguments: Sequence[Any], compute: np.dtype[Any]) -> Carried:
        """What the layer must give, with the bound of the arithmetic."""
        found = self.forward(*self._carried(arguments, compute))
        return found if isinstance(found, Carried) else carried(found, compute)

    def gradients(
        self, dy: Array, arguments: Sequence[Any], compute: np.dtype[Any]
    ) -> list[Carried | None]:
        """The gradient of each argument, with bounds; None where there is none."""
        if self.backward is None:
            return self.derivatives(dy, arguments, compute)
        found = self._gradients(carried(dy, compute), self._carried(arguments, compute))
        return [
            g if g is None or isinstance(g, Carried) else carried(np.asarray(g), compute)
            for g in found
        ]

    def derivatives(
        self, dy: Array, arguments: Sequence[Any], compute: np.dtype[Any]
    ) -> list[Carried | None]:
        """The surrogate's, transposed and applied to ``dy``: one tangent for each element.

        A formula in terms of the output, as s(1 - s) for a sigmoid, loses digits where another
        does not, and is as right. So the bound has ``TERMS`` u times the largest derivative too.
        """
        assert self.surrogate is not None
        given, gradients = self._carried(arguments, compute), []
        for place, wanted in enumerate(self.differentiable):
            gradients.append(self._derivative(dy, given, place, compute) if wanted else None)
        return gradients

    def _derivative(
        self, dy: Array, given: Sequence[Any], place: int, compute: np.dtype[Any]
    ) -> Carried:
        assert self.surrogate is not None
        x = given[place]
        values, errors = np.zeros(x.shape, np.longdouble), np.zeros(x.shape)
        for at in np.ndindex(x.shape):
            tangent = np.zeros(x.shape)
            tangent[at] = 1.0
            dual = Dual(x, carried(tangent, compute))
            moved = self.surrogate(*given[:place], dual, *given[place + 1 :])
            if not isinstance(moved, Dual):
                raise LawError(f"the surrogate does not depend on {self.arguments[place]}")
            column = (moved.tangent * carried(dy, compute)).sum()
            values[at], errors[at] = column.running.value, column.running.error
        slack = TERMS * unit_roundoff(compute) * self._steepest(given, place, compute)
        return Carried(Running(values, errors + slack * np.abs(dy).max(initial=0), compute))

    def _steepest(self, given: Sequence[Any], place: int, compute: np.dtype[Any]) -> float:
        """The largest derivative between -8 and 8."""
        assert self.surrogate is not None
        probe = carried(np.linspace(-8, 8, 65), compute)
        given = [
            probe if wanted else a for a, wanted in zip(given, self.differentiable, strict=True)
        ]
        dual = Dual(probe, carried(np.ones(probe.shape), compute))
        moved = self.surrogate(*given[:place], dual, *given[place + 1 :])
        return float(np.abs(moved.tangent.running.value).max())

    def _gradients(self, dy: Any, arguments: Sequence[Any]) -> Sequence[Any]:
        assert self.backward is not None
        found = self.backward(dy, *arguments)
        gradients = found if isinstance(found, tuple) else (found,)
        if len(gradients) != len(self.arguments):
            raise LawError(
                f"{self.name}: backward must give {len(self.arguments)} gradients, one for each of "
                f"{', '.join(self.arguments)}, got {len(gradients)}"
            )
        return gradients

    def _carried(self, arguments: Sequence[Any], compute: np.dtype[Any]) -> list[Any]:
        """Arrays that take a gradient carry their bound; numbers stay numbers."""
        return [
            carried(a, compute) if wanted else a
            for a, wanted in zip(arguments, self.differentiable, strict=True)
        ]

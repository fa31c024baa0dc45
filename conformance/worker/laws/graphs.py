"""Laws in the frameworks that have a driver: leaves, a graph, a backward pass into the leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

try:
    import ml_dtypes

    BFLOAT16: np.dtype[Any] | None = np.dtype(ml_dtypes.bfloat16)
except ImportError:  # laws then do without it
    BFLOAT16 = None

from ...law.errors import Unusable
from ...law.framework import EAGER, Seen, seen_of, wired
from ...procedures.driver import Driver, Variable
from ...procedures.wiring import fits
from ...remote.wire import Bits

# Takes a function of variables that returns a list, its variables and the outputs' gradients (None
# for integers). Returns the outputs and the variables' gradients.
Function = Callable[..., list[Variable]]
Pulled = tuple[Sequence[Variable], Sequence[Variable | None]]
Transform = Callable[[Function, Sequence[Variable], Sequence[Any]], Pulled]
HELD = 1.0


class Graphs:
    """See :class:`..law.framework.Framework`."""

    def __init__(self, driver: Driver, transforms: Mapping[str, Transform]) -> None:
        known = driver.describe()
        self.name = driver.name
        self.dtypes = [name for name in known["dtypes"] if name != "bfloat16" or BFLOAT16]
        self.layouts = [name for name in ("transposed", "strided") if name in known["layouts"]]
        self.wirings = ("twice", "shared", "held", "between", "again")
        self.transforms = tuple(transforms)
        self._driver, self._transforms = driver, transforms

    def as_function(self, subject: Any, inputs: int) -> Callable[..., Any] | None:
        return self._driver.as_function(subject, inputs)

    def run(
        self,
        function: Callable[..., Any],
        arguments: Sequence[Any],
        cotangents: Sequence[Any],
        *,
        layout: str = "contiguous",
        wiring: str = "plain",
        transform: str = EAGER,
    ) -> Seen:
        driver = self._driver
        leaves = [
            driver.variable(sent(a), layout=layout if a.ndim else "contiguous")
            for a in arguments
            if isinstance(a, np.ndarray)
        ]
        arrived = [
            c if c is None else driver.variable(sent(c), needs_grad=False) for c in cotangents
        ]
        if transform == EAGER:
            outputs, found = self._backward(function, arguments, wiring, leaves, arrived)
        else:
            called = wired(function, arguments, wiring, driver.add)
            ys, pulled = self._transforms[transform](called, leaves, arrived)
            outputs, found = self._outputs(ys, len(arrived)), self._values(pulled)
        return seen_of(arguments, outputs, found, self._values(leaves), self._values(arrived))

    def _backward(
        self,
        function: Callable[..., Any],
        arguments: Sequence[Any],
        wiring: str,
        leaves: Sequence[Variable],
        arrived: Sequence[Variable | None],
    ) -> tuple[list[Any], list[Any]]:
        """As a training step does it: the gradients go into the leaves."""
        driver = self._driver
        if wiring == "held":
            for x in leaves:
                driver.set_gradient(x, sent(np.full_like(self._value(x), HELD)))
        ys = wired(function, arguments, wiring, driver.add)(*leaves)
        kind = type(leaves[0])
        for i, (y, dy) in enumerate(zip(ys, arrived, strict=False)):
            if dy is not None and not isinstance(y, kind):
                raise Unusable(f"output {i} must be a {kind.__name__}, got {type(y).__name__}")
        outputs = self._outputs(ys, len(arrived))
        pairs = of_floats(ys, arrived)
        if not all(driver.has_graph(y) and fits(y, dy) for y, dy in pairs):
            return outputs, [None for _ in leaves]  # nothing can be pulled back
        if wiring == "between":
            self._another(function, arguments, arrived)
        if len(pairs) > 1:  # a driver's backward pass starts at one output
            pulled = driver.differentiate([y for y, _ in pairs], leaves, [dy for _, dy in pairs])
            return outputs, self._values(pulled)
        ((y, dy),) = pairs
        driver.backward(y, dy, keep=wiring == "again")
        if wiring == "again":
            for x in leaves:
                driver.clear_gradient(x)
            driver.backward(y, dy)
        return outputs, [received(driver.gradient(x)) for x in leaves]

    def _another(
        self,
        function: Callable[..., Any],
        arguments: Sequence[Any],
        arrived: Sequence[Variable | None],
    ) -> None:
        """A call on other arrays and numbers, forward and backward."""
        driver = self._driver
        others = [
            np.asarray(-a) if isinstance(a, np.ndarray) else 2 * a if isinstance(a, float) else a
            for a in arguments
        ]
        leaves = [driver.variable(sent(a)) for a in others if isinstance(a, np.ndarray)]
        (y, dy), *_ = of_floats(wired(function, others, "plain")(*leaves), arrived)
        driver.value(y)
        driver.backward(y, dy)

    def _outputs(self, ys: Sequence[Variable], count: int) -> list[Any]:
        """The values; behind them is what was drawn, numbers and arrays too, as it is stored."""
        drawn = [
            np.asarray(y) if isinstance(y, (int, float, np.ndarray)) else self._driver.stored(y)
            for y in ys[count:]
        ]
        return self._values(ys[:count]) + [received(y) for y in drawn]

    def _values(self, variables: Sequence[Variable | None]) -> list[Any]:
        return [None if variable is None else self._value(variable) for variable in variables]

    def _value(self, variable: Variable) -> Any:
        return received(self._driver.value(variable))


def sent(array: Any) -> Any:
    """An array in the form that a driver takes: bfloat16 as its bits."""
    is_bfloat16 = BFLOAT16 is not None and array.dtype == BFLOAT16
    return Bits("bfloat16", array.view(np.uint16)) if is_bfloat16 else array


def received(array: Any) -> Any:
    """An array as a law compares it."""
    return array.bits.view(BFLOAT16) if isinstance(array, Bits) else array


def of_floats(ys: Sequence[Variable], dys: Sequence[Any]) -> list[tuple[Variable, Any]]:
    """The outputs of floats, each with its gradient; what comes after them has none."""
    return [(y, dy) for y, dy in zip(ys, dys, strict=False) if dy is not None]


def by_gradient(
    pull: Callable[[list[Variable], Sequence[Variable], list[Variable]], Sequence[Variable | None]],
) -> Transform:
    """The gradients as values: ``pull`` takes outputs, variables and the outputs' gradients."""

    def through(function: Function, leaves: Sequence[Variable], dys: Sequence[Any]) -> Pulled:
        ys = function(*leaves)
        pairs = of_floats(ys, dys)
        return ys, pull([y for y, _ in pairs], leaves, [dy for _, dy in pairs])

    return through


def second_order(driver: Driver) -> Transform:
    """With v for each array, the gradient of <g, v>; g that of the half of y squared."""

    def double_backward(
        function: Function, leaves: Sequence[Variable], vs: Sequence[Any]
    ) -> Pulled:
        (y,) = function(*leaves)
        half = driver.variable(sent(np.full_like(received(driver.value(y)), 0.5)), needs_grad=False)
        first = driver.differentiate([driver.multiply(y, y)], leaves, [half])
        pairs = [
            (g, v)
            for g, v in zip(first, (v for v in vs if v is not None), strict=True)
            if g is not None
        ]
        return [y], driver.differentiate([g for g, _ in pairs], leaves, [v for _, v in pairs])

    return double_backward

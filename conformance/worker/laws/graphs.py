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
from ...law.framework import EAGER, Seen, outputs_of
from ...procedures.driver import Driver, Variable
from ...remote.wire import Bits

# Takes a function that returns a list, its arguments, which of them are arrays, and the outputs'
# gradients (None for integers). Returns the outputs and the gradient of each argument.
Transform = Callable[..., tuple[Sequence[Variable], Sequence[Variable | None]]]
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
            if isinstance(a, np.ndarray)
            else a
            for a in arguments
        ]
        are_arrays = [isinstance(a, np.ndarray) for a in arguments]
        arrived = [
            c if c is None else driver.variable(sent(c), needs_grad=False) for c in cotangents
        ]
        wired = self._wired(function, wiring)
        if transform == EAGER:
            outputs, gradients = self._backward(wired, leaves, are_arrays, arrived, wiring)
        else:
            found, pulled = self._transforms[transform](wired, leaves, are_arrays, arrived)
            outputs = [self._value(y) for y in found]
            gradients = [g if g is None else self._value(g) for g in pulled]
        after = [
            self._value(x) if is_array else None
            for x, is_array in zip(leaves, are_arrays, strict=True)
        ]
        still = [c if c is None else self._value(c) for c in arrived]
        return Seen(outputs, gradients, after, still)

    def _wired(self, function: Callable[..., Any], wiring: str) -> Callable[..., list[Variable]]:
        add = self._driver.add

        def wired(*arguments: Any) -> list[Variable]:
            if wiring == "shared":
                arguments = (arguments[0], arguments[0], *arguments[2:])
            ys = outputs_of(function(*arguments))
            if wiring == "twice":
                return [add(ys[0], outputs_of(function(*arguments))[0]), *ys[1:]]
            return ys

        return wired

    def _backward(
        self,
        function: Callable[..., list[Variable]],
        leaves: Sequence[Any],
        are_arrays: Sequence[bool],
        arrived: Sequence[Variable | None],
        wiring: str,
    ) -> tuple[list[Any], list[Any]]:
        """As a training step does it: the gradients go into the leaves."""
        driver = self._driver
        variables = [x for x, is_array in zip(leaves, are_arrays, strict=True) if is_array]
        if wiring == "held":
            for x in variables:
                driver.set_gradient(x, sent(np.full_like(self._value(x), HELD)))
        ys = function(*leaves)
        kind = type(variables[0])
        for i, (y, dy) in enumerate(zip(ys, arrived, strict=False)):
            if dy is not None and not isinstance(y, kind):
                raise Unusable(f"output {i} must be a {kind.__name__}, got {type(y).__name__}")
        outputs = [self._value(y) for y in ys]
        shapes = [None if dy is None else self._value(dy).shape for dy in arrived]
        if not all(
            dy is None or (driver.has_graph(y) and found.shape == shape)
            for y, found, dy, shape in zip(ys, outputs, arrived, shapes, strict=False)
        ):
            return outputs, [None for _ in leaves]  # nothing can be pulled back
        if wiring == "between":
            self._another(function, leaves, are_arrays, arrived)
        pairs = [(y, dy) for y, dy in zip(ys, arrived, strict=False) if dy is not None]
        if len(pairs) == 1:
            ((y, dy),) = pairs
            driver.backward(y, dy, keep=wiring == "again")
            if wiring == "again":
                for x in variables:
                    driver.clear_gradient(x)
                driver.backward(y, dy)
            found = [received(driver.gradient(x)) for x in variables]
        else:  # a driver's backward pass starts at one output
            pulled = driver.differentiate([y for y, _ in pairs], variables, [dy for _, dy in pairs])
            found = [g if g is None else self._value(g) for g in pulled]
        rest = iter(found)
        return outputs, [next(rest) if is_array else None for is_array in are_arrays]

    def _another(
        self,
        function: Callable[..., list[Variable]],
        leaves: Sequence[Any],
        are_arrays: Sequence[bool],
        arrived: Sequence[Variable | None],
    ) -> None:
        """A call on other arrays and numbers, forward and backward."""
        driver = self._driver
        others = [
            driver.variable(sent(np.asarray(-self._value(x))))
            if is_array
            else 2 * x
            if isinstance(x, float)
            else x
            for x, is_array in zip(leaves, are_arrays, strict=True)
        ]
        ys = function(*others)
        for y, dy in zip(ys, arrived, strict=False):
            if dy is not None:
                driver.value(y)
                driver.backward(y, dy)
                break

    def _value(self, variable: Variable) -> Any:
        if isinstance(variable, (int, float, np.ndarray)):  # of what a layer drew
            return np.asarray(variable)
        return received(self._driver.value(variable))


def sent(array: Any) -> Any:
    """An array in the form that a driver takes: bfloat16 as its bits."""
    is_bfloat16 = BFLOAT16 is not None and array.dtype == BFLOAT16
    return Bits("bfloat16", array.view(np.uint16)) if is_bfloat16 else array


def received(array: Any) -> Any:
    """An array as a law compares it."""
    return array.bits.view(BFLOAT16) if isinstance(array, Bits) else array


def by_gradient(
    pull: Callable[[list[Variable], list[Variable], list[Variable]], Sequence[Variable | None]],
) -> Transform:
    """The gradients as values: ``pull`` takes outputs, variables and the outputs' gradients."""

    def through(
        function: Callable[..., list[Variable]],
        leaves: Sequence[Any],
        are_arrays: Sequence[bool],
        arrived: Sequence[Variable | None],
    ) -> tuple[list[Variable], list[Variable | None]]:
        ys = function(*leaves)
        pairs = [(y, dy) for y, dy in zip(ys, arrived, strict=False) if dy is not None]
        xs = [x for x, is_array in zip(leaves, are_arrays, strict=True) if is_array]
        found = iter(pull([y for y, _ in pairs], xs, [dy for _, dy in pairs]))
        return ys, [next(found) if is_array else None for is_array in are_arrays]

    return through


def second_order(driver: Driver) -> Transform:
    """With v for each array, the gradient of <g, v>; g that of the half of y squared."""

    def double_backward(
        function: Callable[..., list[Variable]],
        leaves: Sequence[Any],
        are_arrays: Sequence[bool],
        vs: Sequence[Variable | None],
    ) -> tuple[list[Variable], list[Variable | None]]:
        (y,) = function(*leaves)
        weights = [v for v in vs if v is not None]
        half = driver.variable(sent(np.full_like(received(driver.value(y)), 0.5)), needs_grad=False)
        xs = [x for x, is_array in zip(leaves, are_arrays, strict=True) if is_array]
        first = driver.differentiate([driver.multiply(y, y)], xs, [half])
        pairs = [(g, v) for g, v in zip(first, weights, strict=True) if g is not None]
        found = iter(driver.differentiate([g for g, _ in pairs], xs, [v for _, v in pairs]))
        return [y], [next(found) if is_array else None for is_array in are_arrays]

    return double_backward

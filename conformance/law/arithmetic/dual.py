"""Derivatives of a surrogate, by forward mode through NumPy's functions, with error bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from ..errors import LawError
from .carried import FUNCTIONS, PLAIN, Carried, carried, lifted

Partial = Callable[..., Any]


def _zero(*_: Any) -> float:
    return 0.0


# The partial derivatives of a function, in its arguments.
PARTIALS: dict[str, tuple[Partial, ...]] = {
    "add": (lambda a, b: 1.0, lambda a, b: 1.0),
    "subtract": (lambda a, b: 1.0, lambda a, b: -1.0),
    "multiply": (lambda a, b: b, lambda a, b: a),
    "divide": (lambda a, b: 1 / b, lambda a, b: -a / (b * b)),
    "negative": (lambda a: -1.0,),
    "positive": (lambda a: 1.0,),
    "square": (lambda a: 2 * a,),
    "reciprocal": (lambda a: -1 / (a * a),),
    "sqrt": (lambda a: 0.5 / np.sqrt(a),),
    "power": (lambda a, n: n * a ** (n - 1), _zero),
    "exp": (np.exp,),
    "expm1": (np.exp,),
    "log": (lambda a: 1 / a,),
    "log1p": (lambda a: 1 / (1 + a),),
    "sin": (np.cos,),
    "cos": (lambda a: -np.sin(a),),
    "sinh": (np.cosh,),
    "cosh": (np.sinh,),
    "tanh": (lambda a: 1 - np.tanh(a) ** 2,),
    "arctan": (lambda a: 1 / (1 + a * a),),
    "erf": (lambda a: 2 / np.sqrt(np.pi) * np.exp(-a * a),),
    "expit": (lambda a: np.exp(-np.abs(a)) / (1 + np.exp(-np.abs(a))) ** 2,),
    "absolute": (np.sign,),
    "maximum": (lambda a, b: (a > b) * 1.0, lambda a, b: (a < b) * 1.0),
    "minimum": (lambda a, b: (a < b) * 1.0, lambda a, b: (a > b) * 1.0),
    **dict.fromkeys(("rint", "floor", "ceil", "trunc", "sign"), (_zero,)),
    "heaviside": (_zero, _zero),
}
PARTIALS["true_divide"] = PARTIALS["divide"]


class Dual(NDArrayOperatorsMixin):
    """Values with a tangent, both with error bounds."""

    def __init__(self, value: Carried, tangent: Carried) -> None:
        self.value, self.tangent = value, tangent

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def ndim(self) -> int:
        return self.value.ndim

    def __getitem__(self, place: Any) -> Dual:
        return Dual(self.value[place], self.tangent[place])

    def sum(self, axis: Any = None, keepdims: bool = False) -> Dual:
        return Dual(self.value.sum(axis, keepdims), self.tangent.sum(axis, keepdims))

    def max(self, axis: Any = None, keepdims: bool = False) -> Dual:
        """The tangent of the largest; of several, their mean."""
        value = self.value.running.value
        largest = (value == value.max(axis=axis, keepdims=True)) * 1.0
        share = largest / largest.sum(axis=axis, keepdims=True)
        tangent: Any = self.tangent * share
        return Dual(self.value.max(axis, keepdims), tangent.sum(axis, keepdims))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **more: Any) -> Any:
        name = ufunc.__name__
        values = [x.value if isinstance(x, Dual) else x for x in inputs]
        if name in PLAIN:
            return ufunc(*(x.running.value if isinstance(x, Carried) else x for x in values))
        if name not in PARTIALS:
            raise LawError(f"the surrogate uses numpy.{name}, whose derivative no table here has")
        value = getattr(ufunc, method)(*values, **more)
        compute = self.value.running.compute
        total: Any = carried(np.zeros(value.shape), compute)
        for x, partial in zip(inputs, PARTIALS[name], strict=True):
            if isinstance(x, Dual):
                total = total + partial(*values) * x.tangent
        return Dual(value, total)

    def __array_function__(
        self, function: Any, types: Any, args: Sequence[Any], named: Mapping[str, Any]
    ) -> Any:
        if function is np.where:
            condition, a, b = args
            pairs = [(x.value, x.tangent) if isinstance(x, Dual) else (x, 0.0) for x in (a, b)]
            compute = self.value.running.compute
            a, b = ([Carried(lifted(part, compute)) for part in pair] for pair in pairs)
            return Dual(*(np.where(condition, *both) for both in zip(a, b, strict=True)))
        if function is np.clip:
            low, high = [*args[1:], None, None][:2]
            found = args[0] if low is None else np.maximum(args[0], low)
            return found if high is None else np.minimum(found, high)
        if function is np.sum:
            return args[0].sum(*args[1:], **named)
        if function is np.max:
            return args[0].max(*args[1:], **named)
        if function in FUNCTIONS:  # of the shape alone
            return FUNCTIONS[function](args[0].value, *args[1:], **named)
        raise LawError(f"the surrogate uses numpy.{function.__name__}, which no rule has")

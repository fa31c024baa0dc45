"""Arrays that carry a bound on their rounding error through NumPy's functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from ...spec.rounding import Array, Running, half_tiny, unit_roundoff
from ..errors import LawError

Rule = Callable[..., Any]

# The largest error in units in the last place, of the mathematical functions that frameworks use:
# the larger of CUDA's (CUDA C++ Programming Guide, "Mathematical Functions", single precision) and
# of SLEEF's and glibc's, which are at most 2.
ULPS = {
    "exp": 2, "exp2": 2, "expm1": 2, "log": 2, "log1p": 2, "log2": 2, "sin": 2, "cos": 2, "tan": 4,
    "sinh": 3, "cosh": 2, "tanh": 2, "arctan": 2, "erf": 2, "erfc": 4, "expit": 4, "power": 8,
    "logaddexp": 6,
}  # fmt: skip
# What is computed exactly from what is exact.
STEPS = ("rint", "floor", "ceil", "trunc", "sign", "absolute", "heaviside", "maximum", "minimum")
PLAIN = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "isnan", "isinf",
         "isfinite", "signbit")  # fmt: skip


class Carried(NDArrayOperatorsMixin):
    """Values, and how far the same operations in the compute type can be off.

    It takes part in NumPy code: operators, ufuncs and some functions (``FUNCTIONS``). Comparisons
    give plain arrays of booleans, of the values.
    """

    def __init__(self, running: Running) -> None:
        self.running = running

    @property
    def shape(self) -> tuple[int, ...]:
        return self.running.value.shape

    @property
    def ndim(self) -> int:
        return self.running.value.ndim

    @property
    def size(self) -> int:
        return self.running.value.size

    def __len__(self) -> int:
        return len(self.running.value)

    def __getitem__(self, place: Any) -> Carried:
        return self._each(lambda array: array[place])

    def reshape(self, *shape: Any) -> Carried:
        return self._each(lambda array: array.reshape(*shape))

    def sum(self, axis: Any = None, keepdims: bool = False) -> Carried:
        """The error of a sum of n numbers, in any order: (n - 1) u times the sum of their sizes."""
        running = self.running
        value = running.value.sum(axis=axis, keepdims=keepdims)
        size = (np.abs(running.value) + running.error).sum(axis=axis, keepdims=keepdims)
        terms = running.value.size // max(1, np.size(value))
        error = running.error.sum(axis=axis, keepdims=keepdims)
        return self._like(value, error + max(0, terms - 1) * unit_roundoff(running.compute) * size)

    def max(self, axis: Any = None, keepdims: bool = False) -> Carried:
        """The largest moves by no more than the largest error."""
        running = self.running
        value = running.value.max(axis=axis, keepdims=keepdims)
        return self._like(value, running.error.max(axis=axis, keepdims=keepdims))

    def clip(self, low: Any = None, high: Any = None) -> Carried:
        found: Any = self
        for bound, nearer in ((low, np.maximum), (high, np.minimum)):
            found = found if bound is None else nearer(found, bound)
        return found  # type: ignore[no-any-return]

    def round(self, decimals: int = 0) -> Carried:
        if decimals:
            raise LawError("a law may round to whole numbers only (decimals=0)")
        found: Any = np.rint(self)
        return found  # type: ignore[no-any-return]

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **more: Any) -> Any:
        if any(_is_more(type(x)) for x in inputs):
            return NotImplemented
        name = ufunc.__name__
        if method != "__call__" or more:
            raise LawError(
                f"the law uses numpy.{name}.{method} or its arguments, which no rule has"
            )
        given = [lifted(x, self.running.compute) for x in inputs]
        if name in PLAIN:
            return ufunc(*(x.value for x in given))
        if name in RULES:
            return Carried(RULES[name](*given))
        if name in STEPS:
            return Carried(_over_interval(ufunc, given))
        if name in ULPS:
            return Carried(_rounded(_over_interval(ufunc, given), ULPS[name]))
        raise LawError(f"the law uses numpy.{name}, whose rounding error no table here has")

    def __array_function__(
        self, function: Any, types: Any, args: Sequence[Any], named: Mapping[str, Any]
    ) -> Any:
        if any(map(_is_more, types)):
            return NotImplemented
        if function not in FUNCTIONS:
            raise LawError(f"the law uses numpy.{function.__name__}, which no rule has")
        return FUNCTIONS[function](*args, **named)

    def __float__(self) -> float:
        """Of `math` and `numpy.vectorize`: nothing could be carried through them."""
        raise LawError(
            "the law turns an array into a number, as math.erf does; use NumPy functions"
        )

    def _like(self, value: Array, error: Array) -> Carried:
        return Carried(Running(np.asarray(value), np.asarray(error), self.running.compute))

    def _each(self, function: Callable[[Array], Array]) -> Carried:
        return self._like(function(self.running.value), function(self.running.error))


def _is_more(kind: type) -> bool:
    """Whether values of a type carry more than these do, such as a tangent: they take over."""
    return issubclass(kind, NDArrayOperatorsMixin) and kind is not Carried


def carried(values: Any, compute: np.dtype[Any]) -> Carried:
    """Numbers that are known exactly."""
    return Carried(Running.of(values, compute))


def lifted(x: Any, compute: np.dtype[Any]) -> Running:
    """What takes part in a calculation; a number of the law has the error of rounding it."""
    if isinstance(x, Carried):
        return x.running
    exact = Running.of(x, compute)
    with np.errstate(all="ignore"):
        rounded = exact.value.astype(compute).astype(exact.value.dtype)
    error = np.where(np.isfinite(exact.value), np.abs(rounded - exact.value), 0)
    return Running(exact.value, error, compute)


def _over_interval(function: Any, given: Sequence[Running]) -> Running:
    """The values, and how far they move within the errors: of a function that is monotone there."""
    values = [x.value for x in given]
    with np.errstate(all="ignore"):
        value = _wide(function, values)
        error = np.zeros_like(value)
        for i, x in enumerate(given):
            if not x.error.any():
                continue
            for end in (x.value - x.error, x.value + x.error):
                moved = _wide(function, [*values[:i], end, *values[i + 1 :]])
                error = error + np.where(moved == value, 0, np.abs(moved - value))
    return Running(value, error, given[0].compute)


def _wide(function: Any, values: Sequence[Array]) -> Array:
    """Evaluated in the widest type that the function has."""
    try:
        return np.asarray(function(*values))
    except TypeError:  # of SciPy's some have no long double
        return np.asarray(function(*(x.astype(np.float64) for x in values))).astype(np.longdouble)


def _rounded(x: Running, ulps: float) -> Running:
    u, tiny = unit_roundoff(x.compute), half_tiny(x.compute)
    return x._rounded(2 * ulps * u, 2 * ulps * tiny)


def _divided(a: Running, b: Running) -> Running:
    with np.errstate(all="ignore"):
        value = a.value / b.value
        error = (a.error + np.abs(value) * b.error) / np.maximum(np.abs(b.value) - b.error, 0)
        error = np.where((a.error == 0) & (b.error == 0), 0, error)
    return _rounded(Running(value, error, a.compute), 0.5)


def _power(x: Running, n: Running) -> Running:
    if n.value.ndim == 0 and n.value == 2:
        return x * x
    return _rounded(_over_interval(np.power, [x, n]), ULPS["power"])


def _conditional(condition: Any, a: Any, b: Any) -> Carried:
    compute = next(x.running.compute for x in (condition, a, b) if isinstance(x, Carried))
    chosen = condition.running.value != 0 if isinstance(condition, Carried) else condition
    one, other = lifted(a, compute), lifted(b, compute)
    return Carried(
        Running(
            np.where(chosen, one.value, other.value),
            np.where(chosen, one.error, other.error),
            compute,
        )
    )


RULES: dict[str, Rule] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": _divided,
    "true_divide": _divided,
    "reciprocal": lambda a: _divided(Running.of(1.0, a.compute), a),
    "negative": lambda a: -a,
    "positive": lambda a: a,
    "square": lambda a: a * a,
    "power": _power,
    "sqrt": lambda a: _rounded(_over_interval(np.sqrt, [a]), 0.5),
}
FUNCTIONS: dict[Any, Rule] = {
    np.where: _conditional,
    np.clip: lambda x, low=None, high=None: x.clip(low, high),
    np.round: lambda x, decimals=0: x.round(decimals),
    np.max: lambda x, axis=None, keepdims=False: x.max(axis, keepdims),
    np.sum: lambda x, axis=None, keepdims=False: x.sum(axis, keepdims),
    np.zeros_like: lambda x: carried(np.zeros(x.shape), x.running.compute),
    np.ones_like: lambda x: carried(np.ones(x.shape), x.running.compute),
    np.shape: lambda x: x.shape,
}

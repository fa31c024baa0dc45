"""Floating-point error: bounds that are derived, operation by operation, and comparisons.

``Running`` does the arithmetic of a law and carries along a bound on what the same operations,
done in the compute type, can be off by (running error analysis: Higham, "Accuracy and Stability
of Numerical Algorithms", 2nd ed., section 3.3). No tolerance is typed in by hand.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

with suppress(ImportError):  # in a framework's interpreter, where laws do without bfloat16
    import ml_dtypes

Array = NDArray[Any]

# The widest type at hand evaluates the laws. Its own error counts too, which matters where it
# is no wider than float64 (arm64 macOS).
_WIDE = np.longdouble
_WIDE_U = float(np.finfo(_WIDE).eps) / 2


def dtype_named(name: str) -> np.dtype[Any]:
    """The dtype of this name, bfloat16 included."""
    return np.dtype(ml_dtypes.bfloat16) if name == "bfloat16" else np.dtype(name)


def compute_type(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type that arithmetic is done in: float32 for 16- and 32-bit floats, else float64."""
    return np.dtype(np.float64) if dtype == np.float64 else np.dtype(np.float32)


def unit_roundoff(dtype: np.dtype[Any]) -> float:
    """Half the distance from 1 to the next larger number: the relative error of one rounding."""
    return float(finfo(dtype).eps) / 2


def half_tiny(dtype: np.dtype[Any]) -> np.longdouble:
    """Half the smallest positive number: the absolute error of one rounding near 0."""
    smallest = _WIDE(finfo(dtype).smallest_subnormal)
    # Where the widest type is float64, that half is not there: the whole is the next bound.
    return smallest / 2 or smallest


def finfo(dtype: np.dtype[Any]) -> Any:
    """numpy.finfo, for bfloat16 too."""
    of: Any = np.finfo if dtype.kind == "f" else ml_dtypes.finfo
    return of(dtype)


@dataclass(frozen=True)
class Running:
    """Values, and a bound on the error of computing them in ``compute``."""

    value: Array
    error: Array
    compute: np.dtype[Any]

    @classmethod
    def of(cls, values: Any, compute: np.dtype[Any]) -> Running:
        """Numbers that are known exactly."""
        wide = np.asarray(values).astype(_WIDE)
        return cls(wide, np.zeros_like(wide), compute)

    def __add__(self, other: Running) -> Running:
        with np.errstate(all="ignore"):
            exact = Running(self.value + other.value, self.error + other.error, self.compute)
        # A sum that is subnormal is exact, so nothing absolute comes with it.
        return exact._rounded(unit_roundoff(self.compute), 0.0)

    def __sub__(self, other: Running) -> Running:
        return self + -other

    def __neg__(self) -> Running:
        return Running(-self.value, self.error, self.compute)

    def __mul__(self, other: Running) -> Running:
        with np.errstate(all="ignore"):
            error = (
                _times(np.abs(self.value), other.error)
                + _times(np.abs(other.value), self.error)
                + _times(self.error, other.error)
            )
            exact = Running(self.value * other.value, error, self.compute)
        return exact._rounded(unit_roundoff(self.compute), half_tiny(self.compute))

    def stored(self, dtype: np.dtype[Any]) -> Running:
        """After the rounding to ``dtype``, which costs nothing where it is the compute type."""
        if dtype == self.compute:
            return self
        return self._rounded(unit_roundoff(dtype), half_tiny(dtype))

    def _rounded(self, relative: float, absolute: float | np.longdouble) -> Running:
        with np.errstate(all="ignore"):
            size = np.abs(self.value) + self.error
            error = self.error + (relative + _WIDE_U) * size + absolute
        return Running(self.value, error, self.compute)


def _times(a: Array, b: Array) -> Array:
    """A product in which 0 times an infinite bound is 0: what is exact stays so."""
    return np.where((a == 0) | (b == 0), 0, a * b)


# By unit: from where on an error is only large, that number in words, and the unit in words.
FAR = {"ULP": (1e6, "a million", "ULP"), "bound": (1e3, "1000", "times the error bound")}


@dataclass(frozen=True)
class Comparison:
    """How far what was got is from what was expected.

    ``error`` is in ``unit``: "ULP", or "bound" (1 is the most that the arithmetic explains).
    """

    agrees: bool
    error: float
    unit: str
    detail: str

    @property
    def amount(self) -> str:
        """The error in words, such as "3 ULP"; one that no rounding explains has no digits."""
        most, in_words, words = FAR[self.unit]
        if self.error <= most:
            digits = f"{self.error:.0f}" if self.error >= 100 else f"{self.error:.3g}"
            return f"{digits} {words}"
        return f"more than {in_words} {words}"


def compare_bound(
    got: Array, expected: Running, dtype: np.dtype[Any], strict: bool = True
) -> Comparison:
    """Compare with values and their derived bound; NaN and infinities must be where they are.

    Unless ``strict`` one may stand for the other, and either for the largest numbers, which
    overflow on the way: what is not finite must not become finite.
    """
    with np.errstate(all="ignore"):
        actual = got.astype(_WIDE)
        stored = expected.value.astype(dtype).astype(_WIDE)
        difference = np.abs(actual - expected.value)
        error = np.where(difference == 0, 0, difference / expected.error).astype(np.float64)
        # Where the exact value is at the edge of the range, it may round to infinity.
        reach = np.abs(expected.value) + expected.error
        edge = np.isfinite(expected.value) & (reach >= float(finfo(dtype).max))
        same_special = (np.isnan(actual) & np.isnan(stored)) | (actual == stored)
        if not strict:
            large = np.isfinite(stored) & (np.abs(expected.value) > float(finfo(dtype).max) / 4)
            same_special |= large & ~np.isfinite(actual)
            same_special |= np.isnan(actual) & np.isinf(stored)
            same_special |= np.isinf(actual) & np.isnan(stored)
        special = ~np.isfinite(actual) | ~np.isfinite(stored)
        near = edge & (np.sign(actual) == np.sign(stored)) & ~np.isnan(actual)
        error = np.where(special, np.where(same_special | near, 0.0, np.inf), error)
    return _worst(got, stored, error, error <= 1, "bound")


def compare_exact(got: Array, *alternatives: Array) -> Comparison:
    """Compare bit by bit with the one right answer, or with one of several; any NaN is a NaN."""
    if got.tobytes() == alternatives[0].tobytes():
        return Comparison(True, 0.0, "ULP", "the same bits")
    distances = np.stack([ulp_distance(got, expected) for expected in alternatives])
    error = distances.min(axis=0)
    return _worst(got, alternatives[0], error, error == 0, "ULP")


def ulp_distance(a: Array, b: Array) -> Array:
    """How many representable numbers lie between, as float64; 0 only for the same bits.

    NaN is 0 away from NaN and infinitely far from a number; -0.0 is 1 away from 0.0.
    """
    bits = np.dtype(f"int{8 * a.dtype.itemsize}")

    def ordinal(x: Array) -> Array:
        whole = np.ascontiguousarray(x).reshape(x.shape).view(bits)
        magnitude = whole & np.iinfo(bits).max
        # All bits of a negative number inverted but the sign: -0.0 comes just below 0.0.
        return np.where(whole < 0, -1 - magnitude, magnitude).astype(_WIDE)

    nan_a, nan_b = np.isnan(a), np.isnan(b)
    distance = np.abs(ordinal(a) - ordinal(b)).astype(np.float64)
    return np.where(nan_a & nan_b, 0.0, np.where(nan_a | nan_b, np.inf, distance))


def _worst(got: Array, expected: Array, error: Array, good: Array, unit: str) -> Comparison:
    if error.size == 0:
        return Comparison(True, 0.0, unit, "empty")
    at = np.unravel_index(int(np.argmax(np.where(good, -1.0, error))), error.shape)
    place = f"[{', '.join(str(i) for i in at)}]"
    detail = (
        f"expected{place} = {float(expected[at])!r}, got{place} = {float(got[at])!r}; "
        f"{int((~good).sum())} of {good.size} elements are wrong"
    )
    return Comparison(bool(good.all()), float(error.max()), unit, detail)

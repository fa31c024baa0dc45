"""What comes of one clause in one case: comparisons that pass or do not, and the worst error."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..spec import Array, Comparison, Running, compare_bound, compare_exact, dtype_named


class NotConforming(AssertionError):
    """The subject does not do what the clause says.

    ``clause`` is set where the failure falls under another clause than the one that was tried:
    a layer that refuses a dtype has not computed a wrong gradient.
    """

    def __init__(self, detail: str, clause: str | None = None) -> None:
        super().__init__(detail)
        self.clause = clause


class Score:
    """The errors that it measures go into the report, whether or not they pass.

    ``clause``, here and in ``Observation``: the one that a wrong value falls under, where it is
    not the clause under test.
    """

    def __init__(self) -> None:
        self.error: float | None = None
        self.unit = ""

    def check(self, condition: bool, detail: str, clause: str | None = None) -> None:
        """The condition holds, or the subject does not conform."""
        if not condition:
            raise NotConforming(detail, clause)

    def check_exact(self, what: str, got: Any, *expected: Array, clause: str | None = None) -> None:
        """``got`` has the shape, the dtype and the bits of one of the expected arrays."""
        array = self._array(what, got, expected[0].shape, expected[0].dtype)
        self._keep(what, compare_exact(array, *expected), clause)

    def check_within(
        self,
        what: str,
        got: Any,
        expected: Running,
        dtype: str,
        clause: str | None = None,
        strict: bool = False,
    ) -> None:
        """``got`` has the shape and the dtype, and lies within the derived bound.

        Unless ``strict`` NaN and infinity may stand for each other (G14).
        """
        array = self._array(what, got, expected.value.shape, dtype_named(dtype))
        self._keep(what, compare_bound(array, expected, dtype_named(dtype), strict), clause)

    def measure(self, error: float, unit: str) -> None:
        """Keep an error that was measured in another way."""
        if self.error is None or not error <= self.error:
            self.error, self.unit = error, unit

    def _array(self, what: str, got: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        self.check(got is not None, f"{what}: expected values, got none", None)
        array = np.asarray(got)
        self.check(array.shape == shape, f"{what}: expected shape {shape}, got {array.shape}", "G1")
        self.check(array.dtype == dtype, f"{what}: expected dtype {dtype}, got {array.dtype}", "G2")
        return array

    def _keep(self, what: str, comparison: Comparison, clause: str | None) -> None:
        self.measure(comparison.error, comparison.unit)
        self.check(
            comparison.agrees,
            f"{what}: off by {comparison.amount}; {comparison.detail}",
            clause,
        )

"""A judge holds one subject to one clause in one case: it observes, compares, and keeps score."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case
from ..remote import RemoteError, RemoteRaised
from ..results import Agreement
from ..spec import (
    Array,
    Comparison,
    Running,
    compare_bound,
    compare_exact,
    dtype_named,
)
from .observation import Observation
from .plan import Plan
from .subject import SUBJECT_ERROR, Changed, Subject

# A subject that hangs costs a time-out a case; after so many its other cases are not run.
BREAKS_IN_A_ROW = 3


# The clauses on numbers of other kinds, and on arrays of them.
REFUSED_NUMBERS = {
    "gradient_reversal": ("R6", "R7"),
    "mul_scalar": ("M6", "M7"),
    "shake_shake": ("S12", "S12"),
}


class Broken(Exception):
    """The harness or the interpreter broke: nothing can be said about the subject."""


class NotConforming(AssertionError):
    """The subject does not do what the clause says.

    ``clause`` is set where the failure falls under another clause than the one that was tried:
    a layer that refuses a dtype has not computed a wrong gradient.
    """

    def __init__(self, detail: str, clause: str | None = None) -> None:
        super().__init__(detail)
        self.clause = clause


def refusal(case: Case) -> str | None:
    """The SHOULD clause that a layer misses if it raises in this case, rather than answers.

    None where nothing is asked but a batch of images in float32 and an ordinary number.
    """
    x = case.inputs[0]
    if x.dtype.name != "float32":
        return "G23"
    if x.ndim != 4 or x.size == 0:
        return "G13"
    for number in case.coefficients.values():
        kinds, arrays = REFUSED_NUMBERS[case.layer]
        if np.ndim(number):
            return arrays
        if not isinstance(number, float) or not 0 < number <= 1:
            return kinds
    return None


class Judge:
    """The errors that it measures go into the report, whether or not they pass.

    ``clause``, here and in ``Observation``: the one that a wrong value falls under, where it is
    not the clause under test.
    """

    def __init__(self, subject: Subject, plan: Plan) -> None:
        self.subject = subject
        self.plan = plan
        self.error: float | None = None
        self.unit = ""
        self.note = ""  # something that was found by measurement
        self.agreement: list[Agreement] = []

    def observe(self, case: Case, may_refuse: str | None = "") -> Observation:
        """Run the case.

        ``may_refuse``: the clause that a subject misses when it raises instead of answering, if
        it is not that of :func:`refusal`; None is the one under test.
        """
        breaks = self.subject.breaks
        if len(breaks) >= BREAKS_IN_A_ROW:
            raise Broken(f"not run: {len(breaks)} cases in a row broke; the last: {breaks[-1]}")
        try:
            seen = self.subject.observe(case)
        except RemoteRaised as error:
            breaks.clear()
            if error.type == SUBJECT_ERROR:
                raise Broken(error.message) from error
            detail = f"raised {error.type}: {error.message}\n{error.traceback}"
            raise NotConforming(
                detail, may_refuse if may_refuse != "" else refusal(case)
            ) from error
        except Changed as error:
            raise Broken(str(error)) from error
        except RemoteError as error:
            breaks.append(str(error).splitlines()[0])
            raise Broken(str(error)) from error
        breaks.clear()
        return Observation(self, case, seen)

    def check(self, condition: bool, detail: str, clause: str | None = None) -> None:
        """The condition holds, or the subject does not conform."""
        if not condition:
            raise NotConforming(detail, clause)

    def check_exact(self, what: str, got: Any, *expected: Array, clause: str | None = None) -> None:
        """``got`` has the shape, the dtype and the bits of one of the expected arrays."""
        array = self._array(what, got, expected[0].shape, expected[0].dtype)
        self._keep(what, compare_exact(array, *expected), clause)

    def check_within(
        self, what: str, got: Any, expected: Running, dtype: str, clause: str | None = None
    ) -> None:
        """``got`` has the shape and the dtype, and lies within the derived bound."""
        array = self._array(what, got, expected.value.shape, dtype_named(dtype))
        self._keep(what, compare_bound(array, expected, dtype_named(dtype)), clause)

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

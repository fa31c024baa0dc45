"""A judge holds one subject to one clause in one case: it observes, compares, and keeps score."""

from __future__ import annotations

import numpy as np

from ..case import Case
from ..remote import RemoteError, RemoteRaised
from ..results import RAISED, Agreement
from .observation import Observation
from .plan import Plan
from .score import NotConforming, Score
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


class Judge(Score):
    """One subject, held to one clause."""

    def __init__(self, subject: Subject, plan: Plan) -> None:
        super().__init__()
        self.subject = subject
        self.plan = plan
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
            detail = f"{RAISED}{error.type}: {error.message}\n{error.traceback}"
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

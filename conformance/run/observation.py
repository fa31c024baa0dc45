"""What was seen in a case, beside what the law gives for it: it checks itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ..case import Case
from ..seen import Seen
from ..spec import Array, Expected, Running
from .score import Score

# What a wrong output, a wrong gradient and a wrong last bit of one fall under, where the clause
# under test asks for something else: to accept an argument, for example.
VALUES = {
    "gradient_reversal": ("R1", "R2", "R3"),
    "mul_scalar": ("M1", "M2", "M3"),
    "shake_shake": ("S1", "S2", "S3"),
}


class Observation(Seen):
    """What was seen, the case, and where the score is kept."""

    runs: Sequence[Observation]

    def __init__(self, score: Score, case: Case, seen: Mapping[str, Any]) -> None:
        super().__init__(**seen)
        self.score = score
        self.case = case
        if "runs" in seen:
            self.runs = [Observation(score, case, run) for run in seen["runs"]]

    @cached_property
    def law(self) -> Expected:
        """The law, applied to the case, with the bounds of the MUST clauses."""
        return Expected(self.case, must=True)

    def under(self, case: Case) -> Observation:
        """The same, to be judged by another case, such as that with the coefficients in use."""
        return Observation(self.score, case, {n: v for n, v in self.seen.items() if n != "runs"})

    @property
    def seen(self) -> dict[str, Any]:
        """What the procedure looked at, by name."""
        return {name: value for name, value in vars(self).items() if name in Seen.__annotations__}

    def check_output(self, clause: str | None = None) -> None:
        """The output is the law's, within the bound."""
        self.score.check_within("y", self.output, self.law.output(), self.law.dtype.name, clause)

    def check_gradients(
        self, expected: Sequence[Running | None] | None = None, clause: str | None = None
    ) -> None:
        """The wanted gradients lie within the bounds of the law, or of given values."""
        for i, want in enumerate(expected or self.law.gradients()):
            if want is None or not self.case.wanted[i]:
                continue
            got, dtype = self.gradients[i], self.law.dtype.name
            try:
                self.score.check_within(f"dx{i}", got, want, dtype, clause)
            except AssertionError as error:
                if expected is None:
                    error.args = (f"{error}{self._multiple(i)}",)
                raise

    def check_fine(self, clause: str | None = None) -> None:
        """Output and gradients are as near to the law as the specification would have them.

        At 0 ULP where there is one right answer, otherwise within the bound of the compute type.
        """
        fine = Expected(self.case)
        bounds = zip(fine.gradients(), fine.exact_gradients(), strict=True)
        values = [("y", True, self.output, fine.output(), fine.exact_output())]
        values += [
            (f"dx{i}", self.case.wanted[i], self.gradients[i], *bound)
            for i, bound in enumerate(bounds)
        ]
        for name, wanted, got, bound, exact in values:
            if wanted and exact:
                self.score.check_exact(name, got, *exact, clause=clause)
            elif wanted:
                self.score.check_within(name, got, bound, fine.dtype.name, clause, strict=True)

    def check_values(self) -> None:
        """Output and gradients follow the law; a wrong one falls under the clause about it."""
        output, gradient, last_bits = VALUES[self.case.layer]
        self.check_output(output)
        self.check_gradients(clause=gradient)
        self.check_fine(last_bits)

    def check_inputs(self) -> None:
        """The inputs are afterwards what they were."""
        for i, after in enumerate(self.inputs):
            self.score.check_exact(f"x{i} afterwards", after, self.case.inputs[i])

    def check_cotangent(self) -> None:
        """The gradient that arrived is afterwards what it was."""
        self.score.check_exact("dy afterwards", self.cotangent, self.case.cotangent)

    def arrays(self) -> list[Array]:
        """The output and the gradients."""
        return [np.asarray(array) for array in (self.output, *self.gradients)]

    def _multiple(self, i: int) -> str:
        """The number that a gradient is dy times of, if it is one: it tells what a layer does."""
        dy, gradient = self.case.cotangent, self.gradients[i]
        if np.shape(gradient) != np.shape(dy):
            return ""
        with np.errstate(all="ignore"):
            ratios = gradient.astype(np.float64) / dy.astype(np.float64)
        ratios = ratios[np.isfinite(ratios)]
        number = float(np.median(ratios)) if ratios.size else 0.0
        if not ratios.size or np.ptp(ratios) > 0.01 * max(1, abs(number)):
            return ""
        if any(map(np.ndim, self.case.coefficients.values())):
            return ""
        wanted = float(factors(self.case)[i])
        if abs(number - wanted) <= 0.01 * max(abs(wanted), 1e-3):
            return ""
        cause = reason(self.case, number)
        return f"\nmeasured: dx{i} = {number:.4g} * dy, not {wanted:.4g} * dy{cause}"


def factors(case: Case) -> tuple[Any, ...]:
    """What dy is multiplied by, for each input."""
    c = case.coefficients
    if case.layer == "shake_shake":
        return c["beta"], 1 - c["beta"]
    return (-c["scale"],) if case.layer == "gradient_reversal" else (c["scalar"],)


def reason(case: Case, number: float) -> str:
    """What a wrong factor of dy comes from, where it has a well-known cause."""
    c = {name: float(value) for name, value in case.coefficients.items()}
    if case.layer == "gradient_reversal":
        s = c["scale"]
        causes = {1.0: "it never reverses", s: "the sign is lost", -1.0: "the scale is ignored"}
        causes[-s * s] = "the scale acts twice"
    elif case.layer == "mul_scalar":
        s = c["scalar"]
        causes = {
            1.0: "the gradient is not scaled",
            -s: "the sign is wrong",
            s * s: "it acts twice",
        }
    else:
        causes = {c["alpha"]: "alpha is used for beta", 1.0: "the gradient is not scaled"}
    for factor, cause in causes.items():
        if abs(number - factor) <= 1e-3 * max(1, abs(factor)):
            return f": {cause}"
    return ""

"""Comparisons that many clauses share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from conformance.case import Case
from conformance.run.judge import Judge, NotConforming
from conformance.spec.expect import Expected
from conformance.spec.rounding import Array, Running


def refusal(case: Case) -> str | None:
    """The SHOULD clause that a layer misses if it raises in this case, rather than answers."""
    if case.inputs[0].dtype.name != "float32":
        return "G23"
    return "G13" if case.inputs[0].ndim == 0 or case.inputs[0].size == 0 else None


def check_output(judge: Judge, case: Case, got: Any, clause: str | None = None) -> None:
    """The output is the law's: at 0 ULP where that is asked for, otherwise within the bound.

    ``clause``, here and below: what a wrong value falls under, if not the clause under test.
    """
    expected = Expected(case)
    exact = expected.exact_output()
    if exact:
        judge.check_exact("y", got, *exact, clause=clause)
    else:
        judge.check_within("y", got, expected.output(), expected.dtype.name, clause)


def check_gradients(
    judge: Judge,
    case: Case,
    got: Sequence[Any],
    expected: Sequence[Running] | None = None,
    clause: str | None = None,
) -> None:
    """The wanted gradients lie within the bounds of the law, or of given values."""
    law = Expected(case)
    for i, (gradient, want, wanted) in enumerate(
        zip(got, expected or law.gradients(), case.wanted, strict=True)
    ):
        if wanted:
            try:
                judge.check_within(f"dx{i}", gradient, want, law.dtype.name, clause)
            except NotConforming as error:
                hint = "" if expected else _multiple(f"dx{i}", gradient, case.cotangent)
                raise NotConforming(f"{error}{hint}", error.clause) from None


def _multiple(name: str, gradient: Any, dy: Array) -> str:
    """The number that the gradient is dy times of, if it is: it tells what a layer does instead."""
    with np.errstate(all="ignore"):
        ratios = np.asarray(gradient).astype(np.float64) / dy.astype(np.float64)
    ratios = ratios[np.isfinite(ratios)]
    if not ratios.size or np.ptp(ratios) > 0.01 * max(1, abs(float(np.median(ratios)))):
        return ""
    return f"\nmeasured: {name} = {float(np.median(ratios)):.4g} * dy"


def check_exact_gradients(
    judge: Judge, case: Case, got: Sequence[Any], clause: str | None = None
) -> None:
    """The gradients that the specification wants at 0 ULP are so."""
    exact_gradients = Expected(case).exact_gradients()
    for i, (gradient, exact, wanted) in enumerate(
        zip(got, exact_gradients, case.wanted, strict=True)
    ):
        if exact and wanted:
            judge.check_exact(f"dx{i}", gradient, *exact, clause=clause)


def check_plain(judge: Judge, case: Case) -> dict[str, Any]:
    """Observe a case and hold output and gradients to the law."""
    seen = judge.observe(case, refusal(case))
    check_output(judge, case, seen["output"])
    check_gradients(judge, case, seen["gradients"])
    return seen


# What wrong outputs, gradients and last bits fall under where the clause asks to be accepted.
VALUES = {
    "gradient_reversal": ("R1", "R2", "R3"),
    "mul_scalar": ("M1", "M2", "M3"),
    "shake_shake": ("S1", "S2", "S3"),
}


def check_accepted(judge: Judge, case: Case) -> None:
    """The layer does not raise; where its values are wrong, it is the clause on them that fails."""
    seen = judge.observe(case)
    output, gradient, last_bits = VALUES[case.layer]
    check_output(judge, case, seen["output"], output)
    check_gradients(judge, case, seen["gradients"], clause=gradient)
    check_exact_gradients(judge, case, seen["gradients"], last_bits)

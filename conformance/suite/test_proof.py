"""P1 to P4 and M4: that a backward which is not the derivative is the declared one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..case import Case
from ..procedures import derivatives
from ..run.judge import Judge
from ..run.plan import Plan
from ..run.subject import Subject
from ..spec import Running, compare_exact
from .cases import Cases
from .marks import cases, clause
from .proof import check_difference, on_grid, require_control, slope_of_surrogate

DISCRIMINATING: dict[str, dict[str, dict[str, float]]] = {
    "gradient_reversal": {"one": {"scale": 1.0}, "third": {"scale": 1 / 3}, "zero": {"scale": 0.0}},
    "shake_shake": {"apart": {"alpha": 0.75, "beta": 0.125}, "near": {"alpha": 0.5, "beta": 0.375}},
    "mul_scalar": {"half": {"scalar": 0.5}, "minus": {"scalar": -3.0}},
}
DEGENERATE: dict[str, dict[str, dict[str, float]]] = {
    "gradient_reversal": {"minus-one": {"scale": -1.0}},
    "shake_shake": {
        "equal": {"alpha": 0.375, "beta": 0.375},
        "halves": {"alpha": 0.5, "beta": 0.5},
    },
    "mul_scalar": {},
}


def _discriminating(subject: Subject, plan: Plan) -> Cases:
    chosen = DISCRIMINATING[subject.layer]
    return {name: on_grid(subject, plan, **numbers) for name, numbers in chosen.items()}


def _degenerate(subject: Subject, plan: Plan) -> Cases:
    chosen = DEGENERATE[subject.layer]
    return {name: on_grid(subject, plan, **numbers) for name, numbers in chosen.items()}


@clause("P1")
@cases(_discriminating)
def test_derivative_of_surrogate(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    slopes = [slope_of_surrogate(case, i) for i in range(len(case.inputs))]
    seen.check_gradients(
        [
            Running(slope.value, slope.error + gradient.error, seen.law.compute)
            for slope, gradient in zip(slopes, seen.law.gradients(), strict=True)
        ]
    )


def _linear(subject: Subject, plan: Plan) -> Cases:
    base = on_grid(subject, plan)
    rng = plan.generator("linear", subject.layer)
    shape = base.cotangent.shape
    # On a grid, so that dy + dz is exact.
    dy, dz = (np.round(rng.standard_normal((2, *shape)) * 64) / 64).astype(np.float32)
    cotangents = {"cotangents": [dy, 2 * dy, dz, dy + dz]}
    return {"float32": replace(base, procedure=derivatives.vjps, options=cotangents)}


@clause("P2")
@cases(_linear)
def test_linear_in_cotangent(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    law, rows = seen.law, [run.gradients for run in seen.runs]
    bounds = [law.gradients(law.running(dy)) for dy in case.options["cotangents"]]
    for i in range(len(case.inputs)):
        single, doubled, other, both = (np.asarray(row[i]) for row in rows)
        comparison = compare_exact(doubled, 2 * single)
        judge.check(comparison.agrees, f"vjp(2 dy) is not 2 vjp(dy): {comparison.detail}")
        error = bounds[0][i].error + bounds[2][i].error + bounds[3][i].error
        total = single.astype(np.float64) + other.astype(np.float64)
        judge.check_within("vjp(dy + dz)", both, Running(total, error, law.compute), "float32")


@clause(gradient_reversal="P3", shake_shake="P3")
@cases(_discriminating)
def test_negative_control(judge: Judge, case: Case) -> None:
    require_control(case)
    check_difference(judge, case)


@clause(mul_scalar="M4")
@cases(lambda s, p: {f"{c:g}": on_grid(s, p, scalar=c) for c in (0.5, 1 / 3, -3.0)})
def test_ordinary_gradient_check(judge: Judge, case: Case) -> None:
    check_difference(judge, case)


@clause("P4")
@cases(_degenerate)
def test_degenerate_coefficients(judge: Judge, case: Case) -> None:
    check_difference(judge, case)

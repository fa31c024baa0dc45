"""R1 to R3, M1 to M3 and S1 to S3: outputs and gradients, over many values and any.

Hypothesis searches among shapes, dtypes, values, coefficients and wanted gradients.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from conformance.case import COEFFICIENTS, Case, branches
from conformance.procedures import wiring
from conformance.run.judge import Judge
from conformance.run.plan import Plan
from conformance.run.subject import Subject
from conformance.spec import compute_type, dtype_named
from conformance.suite import cases as make
from conformance.suite.cases import Cases
from conformance.suite.marks import cases, clause

WIDTHS = {"float16": 16, "bfloat16": 16, "float32": 32, "float64": 64}


def _cancelling(subject: Subject, plan: Plan) -> Cases:
    """Branches whose mix nearly cancels: where a wrong order of evaluation loses all digits."""
    made = {}
    for dtype in subject.facts["dtypes"] if subject.layer == "shake_shake" else ():
        for name, alpha in (("low", 2**-12), ("middle", 0.375), ("high", 1 - 2**-12)):
            base = make.case(subject, plan, dtype=dtype, shape=(64, 3, 8, 8))
            x0 = base.inputs[0]
            x1 = (-alpha / (1 - alpha) * x0.astype(np.float64)).astype(x0.dtype)
            numbers = {"alpha": alpha, "beta": 0.25}
            made[f"{dtype}-{name}"] = replace(base, inputs=(x0, x1), coefficients=numbers)
    return made


@clause(gradient_reversal="R1", mul_scalar="M1", shake_shake="S1")
@cases(lambda s, p: {**make.scales(s, p), **_cancelling(s, p)})
def test_output(judge: Judge, case: Case) -> None:
    judge.observe(case).check_output()


@clause(gradient_reversal="R2", mul_scalar="M2", shake_shake="S2")
@cases(make.scales)
def test_gradients(judge: Judge, case: Case) -> None:
    judge.observe(case).check_gradients()


@clause(gradient_reversal="R3", mul_scalar="M3", shake_shake="S3")
@cases(make.scales)
def test_exact_gradients(judge: Judge, case: Case) -> None:
    judge.observe(case).check_exact_gradients()


@st.composite
def _cases(draw: st.DrawFn, subject: Subject) -> Case:
    dtype = draw(st.sampled_from(subject.facts["dtypes"]))
    shape = draw(npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
    count = branches(subject.layer)
    inputs = tuple(draw(_arrays(dtype, shape)) for _ in range(count))
    wanted = draw(st.tuples(*[st.booleans()] * count).filter(any))
    numbers = {
        name: draw(_coefficients(subject.layer, dtype, shape))
        for name in COEFFICIENTS[subject.layer]
    }
    dy = draw(_arrays(dtype, shape))
    return Case(subject.layer, wiring.plain, inputs, numbers, dy, wanted)


def _arrays(dtype: str, shape: tuple[int, ...]) -> st.SearchStrategy[Any]:
    elements = st.floats(width=WIDTHS[dtype])  # type: ignore[arg-type]
    # NumPy knows no bfloat16: its numbers come from float32's, rounded.
    made = npst.arrays(
        np.float32 if dtype == "bfloat16" else np.dtype(dtype), shape, elements=elements
    )
    return made.map(lambda array: array.astype(dtype_named(dtype)))


def _coefficients(layer: str, dtype: str, shape: tuple[int, ...]) -> st.SearchStrategy[Any]:
    """A number; for Shake-Shake also one for each image, where there are images."""
    if layer != "shake_shake":
        return st.floats(-1e4, 1e4)
    # Numbers that the compute type holds: see cases.coefficients.
    compute = compute_type(dtype_named(dtype))
    number = st.floats(0, 1, exclude_max=True, width=8 * compute.itemsize)  # type: ignore[arg-type]
    per_image = npst.arrays(compute, (*shape[:1], *(1,) * (len(shape) - 1)), elements=number)
    return st.one_of(number, per_image) if shape else number


@clause(gradient_reversal="R3", mul_scalar="M3", shake_shake="S1")
def test_any(judge: Judge) -> None:
    """Search for a case in which the law does not hold; the smallest one found is reported."""

    @seed(judge.plan.seed)
    @settings(
        max_examples=10 if judge.plan.quick else 400,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(_cases(judge.subject))
    def holds(case: Case) -> None:
        seen = judge.observe(case)
        seen.check_output()
        seen.check_gradients()
        seen.check_exact_gradients()

    holds()

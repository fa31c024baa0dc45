"""The value clauses over whatever Hypothesis thinks of: shapes, dtypes, values, numbers, wants."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from conformance.case import COEFFICIENTS, Case, branches
from conformance.run.judge import Judge
from conformance.run.subject import Subject
from conformance.spec.rounding import compute_type, dtype_named
from conformance.suite.checks import check_exact_gradients, check_gradients, check_output, refusal
from conformance.suite.marks import clause, layers

WIDTHS = {"float16": 16, "bfloat16": 16, "float32": 32, "float64": 64}


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
    return Case(subject.layer, "plain", inputs, numbers, draw(_arrays(dtype, shape)), wanted)


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


def _check_anywhere(judge: Judge) -> None:
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
        seen = judge.observe(case, refusal(case))
        check_output(judge, case, seen["output"])
        check_gradients(judge, case, seen["gradients"])
        check_exact_gradients(judge, case, seen["gradients"])

    holds()


@clause("R3")
@layers("gradient_reversal")
def test_any_gradient_reversal(judge: Judge) -> None:
    _check_anywhere(judge)


@clause("M3")
@layers("mul_scalar")
def test_any_mul_scalar(judge: Judge) -> None:
    _check_anywhere(judge)


@clause("S1")
@layers("shake_shake")
def test_any_shake_shake(judge: Judge) -> None:
    _check_anywhere(judge)

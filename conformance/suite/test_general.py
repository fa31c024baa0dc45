"""G1 to G6, G11 to G17: what holds for every layer in a single application."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from conformance.case import Case
from conformance.run.judge import Judge
from conformance.run.plan import Plan
from conformance.run.subject import Subject
from conformance.spec.expect import Expected
from conformance.spec.rounding import compare_exact
from conformance.suite import cases as make
from conformance.suite.cases import Cases
from conformance.suite.checks import (
    check_accepted,
    check_exact_gradients,
    check_gradients,
    check_output,
    check_plain,
    refusal,
)
from conformance.suite.marks import cases, clause


@clause("G1")
@cases(make.shapes)
def test_shape(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    for array in (seen["output"], *seen["gradients"]):
        got, want = np.shape(array), case.inputs[0].shape
        judge.check(got == want, f"expected shape {want}, got {got}")


@clause("G2")
@cases(make.dtypes)
def test_dtype(judge: Judge, case: Case) -> None:
    seen = judge.observe(case, refusal(case))
    for array in (seen["output"], *seen["gradients"]):
        got, want = array.dtype, case.inputs[0].dtype
        judge.check(got == want, f"expected dtype {want}, got {got}")


@clause("G2")
@cases(lambda s, p: {f"0-d-{d}": make.case(s, p, shape=(), dtype=d) for d in s.facts["dtypes"]})
def test_dtype_of_0d(judge: Judge, case: Case) -> None:
    seen = judge.observe(case, "G13")
    for array in (seen["output"], *seen["gradients"]):
        got, want = array.dtype, case.inputs[0].dtype
        judge.check(got == want, f"expected dtype {want}, got {got}")


@clause("G3")
@cases(make.layouts)
def test_layout(judge: Judge, case: Case) -> None:
    seen = check_plain(judge, case)
    if case.layout in ("transposed", "channels_last"):
        got, want = seen["output_strides"], seen["input_strides"][0]
        judge.check(got == want, f"expected the input's strides {want}, got {got}")


@clause("G4")
@cases(make.layouts)
def test_inputs_are_kept(judge: Judge, case: Case) -> None:
    for i, after in enumerate(judge.observe(case)["inputs"]):
        judge.check_exact(f"x{i} afterwards", after, case.inputs[i])


@clause("G5")
@cases(make.one("plain"))
def test_cotangent_is_kept(judge: Judge, case: Case) -> None:
    judge.check_exact("dy afterwards", judge.observe(case)["cotangent"], case.cotangent)


def _stale(subject: Subject, plan: Plan) -> Cases:
    base = make.case(subject, plan, "stale_gradient")
    return {"float32": replace(base, options={"nans": np.full_like(base.cotangent, np.nan)})}


@clause("G6")
@cases(_stale)
def test_stale_gradient(judge: Judge, case: Case) -> None:
    check_gradients(judge, case, judge.observe(case)["gradients"])


@clause("G11")
@cases(make.subsets)
def test_wanted_gradients(judge: Judge, case: Case) -> None:
    gradients = judge.observe(case)["gradients"]
    check_gradients(judge, case, gradients)
    for i, wanted in enumerate(case.wanted):
        judge.check(wanted or gradients[i] is None, f"dx{i} was not wanted, but is there")


@clause("G11")
@cases(lambda s, p: {n: replace(c, procedure="computed") for n, c in make.subsets(s, p).items()})
def test_computed_gradients(judge: Judge, case: Case) -> None:
    computed = judge.observe(case)["computed"]
    wanted = list(case.wanted)
    judge.check(computed == wanted, f"wanted gradients: {wanted}, computed: {computed}")


@clause("G12")
@cases(make.one("no_grad"))
def test_no_grad(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    check_output(judge, case, seen["output"])
    judge.check(not seen["graph"], "a graph is kept in no-grad mode")
    judge.check(seen["graph_outside"], "no graph is kept outside of no-grad mode")


@clause("G13")
@cases(make.degenerate_shapes)
def test_0d_and_empty(judge: Judge, case: Case) -> None:
    check_accepted(judge, case)


@clause("G14")
@cases(make.special_values)
def test_special_values(judge: Judge, case: Case) -> None:
    seen = check_plain(judge, case)
    check_exact_gradients(judge, case, seen["gradients"])
    zeros = np.asarray(Expected(case).output().value == 0)
    if case.layer == "shake_shake":  # elsewhere 0 ULP has the sign of zero in it
        zeros = (case.inputs[0] == 0) & (case.inputs[1] == 0)
        signs = np.signbit(case.inputs[0]) & np.signbit(case.inputs[1])
        wrong = np.signbit(seen["output"])[zeros] != signs[zeros]
        judge.check(not wrong.any(), "a zero of two zeros has the wrong sign")


@clause("G15")
@cases(make.one("twice"))
def test_two_runs(judge: Judge, case: Case) -> None:
    _check_same_bits(judge, judge.observe(case)["runs"])


@clause("G16")
@cases(make.one("backward_twice"))
def test_two_backwards(judge: Judge, case: Case) -> None:
    runs = judge.observe(case)["runs"]
    check_gradients(judge, case, runs[0]["gradients"])
    _check_same_bits(judge, runs)


@clause("G17")
@cases(make.one("retained"))
def test_retained(judge: Judge, case: Case) -> None:
    retained = judge.observe(case)["retained"]
    judge.check(not retained, f"the graph keeps {', '.join(retained)} alive")


def _check_same_bits(judge: Judge, runs: list[dict[str, object]]) -> None:
    first, second = (
        [np.asarray(array) for array in (run["output"], *run["gradients"])]  # type: ignore[misc]
        for run in runs
    )
    for a, b in zip(first, second, strict=True):
        comparison = compare_exact(a, b)
        judge.measure(comparison.error, comparison.unit)
        judge.check(comparison.agrees, f"two runs differ: {comparison.detail}")

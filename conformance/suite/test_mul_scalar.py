"""M1 to M7: scalar multiply."""

from __future__ import annotations

from conformance.case import Case
from conformance.run.judge import Judge
from conformance.suite import cases as make
from conformance.suite.checks import (
    check_accepted,
    check_exact_gradients,
    check_gradients,
    check_output,
    refusal,
)
from conformance.suite.marks import cases, clause, layer_objects, layers
from conformance.suite.proof import check_difference, on_grid
from conformance.suite.scaling import (
    check_late_change,
    check_rounding_type,
    late_changes,
    many_products,
    number_types,
    per_sample,
)

pytestmark = layers("mul_scalar")


@clause("M1")
@cases(make.scales)
def test_forward_is_exact(judge: Judge, case: Case) -> None:
    check_output(judge, case, judge.observe(case, refusal(case))["output"])


@clause("M2")
@cases(make.scales)
def test_gradient(judge: Judge, case: Case) -> None:
    check_gradients(judge, case, judge.observe(case, refusal(case))["gradients"])


@clause("M2")
@layer_objects
@cases(make.one("evaluated"))
def test_evaluation_changes_nothing(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    check_output(judge, case, seen["output"])
    check_gradients(judge, case, seen["gradients"])


@clause("M3")
@cases(make.scales)
def test_gradient_is_exact(judge: Judge, case: Case) -> None:
    check_exact_gradients(judge, case, judge.observe(case, refusal(case))["gradients"])


@clause("M3")
@cases(many_products)
def test_rounding_type(judge: Judge, case: Case) -> None:
    check_rounding_type(judge, case)


@clause("M4")
@cases(lambda s, p: {f"{c:g}": on_grid(s, p, scalar=c) for c in (0.5, 1 / 3, -3.0)})
def test_ordinary_gradient_check(judge: Judge, case: Case) -> None:
    check_difference(judge, case)


@clause("M5")
@cases(late_changes)
def test_scalar_is_captured(judge: Judge, case: Case) -> None:
    check_late_change(judge, case)


@clause("M6")
@cases(number_types)
def test_types_of_scalar(judge: Judge, case: Case) -> None:
    check_accepted(judge, case)


@clause("M7")
@cases(per_sample)
def test_scalar_per_sample(judge: Judge, case: Case) -> None:
    check_accepted(judge, case)

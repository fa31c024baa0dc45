"""R1 to R7: the gradient reversal layer."""

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
from conformance.suite.marks import cases, clause, layer_objects, layers, needs
from conformance.suite.scaling import (
    check_late_change,
    check_rounding_type,
    late_changes,
    many_products,
    number_types,
    per_sample,
)

pytestmark = layers("gradient_reversal")


@clause("R1")
@cases(make.scales)
def test_forward_is_identity(judge: Judge, case: Case) -> None:
    check_output(judge, case, judge.observe(case, refusal(case))["output"])


@clause("R2")
@cases(make.scales)
def test_gradient_is_reversed(judge: Judge, case: Case) -> None:
    check_gradients(judge, case, judge.observe(case, refusal(case))["gradients"])


@clause("R2")
@layer_objects
@cases(make.one("evaluated"))
def test_evaluation_changes_nothing(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    check_output(judge, case, seen["output"])
    check_gradients(judge, case, seen["gradients"])


@clause("R3")
@cases(make.scales)
def test_gradient_is_exact(judge: Judge, case: Case) -> None:
    check_exact_gradients(judge, case, judge.observe(case, refusal(case))["gradients"])


@clause("R3")
@cases(many_products)
def test_rounding_type(judge: Judge, case: Case) -> None:
    check_rounding_type(judge, case)


@clause("R4")
@needs("views")
@cases(make.one("plain"))
def test_forward_shares_memory(judge: Judge, case: Case) -> None:
    judge.check(judge.observe(case)["shares_memory"], "the output is a copy")


@clause("R5")
@cases(late_changes)
def test_scale_is_captured(judge: Judge, case: Case) -> None:
    check_late_change(judge, case)


@clause("R6")
@cases(number_types)
def test_types_of_scale(judge: Judge, case: Case) -> None:
    check_accepted(judge, case)


@clause("R7")
@cases(per_sample)
def test_scale_per_sample(judge: Judge, case: Case) -> None:
    check_accepted(judge, case)

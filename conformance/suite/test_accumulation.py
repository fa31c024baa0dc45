"""G7 to G10 and G24: gradients that meet, in one variable or in one layer, and layers that meet.

G4 and G5 as well, where gradients meet: there a layer may add in place to what is not its own.
"""

from __future__ import annotations

from dataclasses import replace

from conformance.case import Case
from conformance.procedures import wiring
from conformance.run.judge import Judge
from conformance.run.plan import Plan
from conformance.run.subject import Subject
from conformance.suite import cases as make
from conformance.suite.cases import Cases
from conformance.suite.marks import cases, clause


@clause("G7")
@cases(make.one(wiring.fan_out))
def test_fan_out(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    law = seen.law
    first, *others = law.gradients(law.twice(law.cotangent))
    seen.check_gradients([law.sum(first, law.cotangent), *others])


@clause("G8")
@cases(make.one(wiring.same_variable))
def test_same_variable(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    gradients = seen.law.gradients() * (2 if len(case.inputs) == 1 else 1)
    seen.check_gradients([seen.law.sum(*gradients)])


def _held(subject: Subject, plan: Plan) -> Cases:
    base = make.case(subject, plan, wiring.existing_gradient)
    rng = plan.generator("held")
    held = [make.values(rng, x.shape, x.dtype.name) for x in base.inputs]
    return {"float32": replace(base, options={"held": held})}


@clause("G9")
@cases(_held)
def test_existing_gradient(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    law = seen.law
    held = [law.running(array) for array in case.options["held"]]
    seen.check_gradients([law.sum(h, g) for h, g in zip(held, law.gradients(), strict=True)])


@clause("G10")
@cases(make.one(wiring.layer_twice))
def test_layer_twice(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    law = seen.law
    inner = law.output()
    judge.check_within("y", seen.output, law.output([inner, *law.inputs[1:]]), law.dtype.name)
    outer = law.gradients()
    expected = law.gradients(outer[0])
    if len(case.inputs) == 2:  # the second branch is read by both applications
        expected[1] = law.sum(expected[1], outer[1])
    seen.check_gradients(expected)


def _meeting(subject: Subject, plan: Plan) -> Cases:
    made = {
        procedure.__name__: make.case(subject, plan, procedure)
        for procedure in (wiring.fan_out, wiring.same_variable, wiring.layer_twice)
    }
    return {**made, "existing_gradient": _held(subject, plan)["float32"]}


@clause("G4")
@cases(_meeting)
def test_inputs_are_kept_where_gradients_meet(judge: Judge, case: Case) -> None:
    judge.observe(case).check_inputs()


@clause("G5")
@cases(_meeting)
def test_cotangent_is_kept_where_gradients_meet(judge: Judge, case: Case) -> None:
    judge.observe(case).check_cotangent()


def _interleaved(subject: Subject, plan: Plan) -> Cases:
    base = make.case(subject, plan, wiring.interleaved, per_image=False)
    other = dict.fromkeys(base.coefficients, 0.75)
    return {"float32": replace(base, options={"other": other})}


@clause("G24")
@cases(_interleaved)
def test_interleaved(judge: Judge, case: Case) -> None:
    runs = judge.observe(case).runs
    for run, numbers in zip(runs, (case.coefficients, case.options["other"]), strict=True):
        own = run.under(replace(case, coefficients=numbers))
        own.check_output()
        own.check_gradients()

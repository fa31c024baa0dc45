"""G18, G19 and G25: higher orders, also where gradients meet, and forward mode."""

from __future__ import annotations

from dataclasses import replace

from conformance.case import Case
from conformance.procedures import derivatives
from conformance.run.judge import Judge, NotConforming
from conformance.run.plan import Plan
from conformance.run.subject import Subject
from conformance.suite import cases as make
from conformance.suite.cases import Cases
from conformance.suite.marks import cases, clause, needs


def _orders(subject: Subject, plan: Plan) -> Cases:
    made = {}
    for per_image in (True, False) if subject.layer == "shake_shake" else (True,):
        base = make.case(subject, plan, derivatives.higher_orders, per_image=per_image)
        rng = plan.generator("orders", subject.layer)
        v = [make.values(rng, x.shape, "float32") for x in base.inputs]
        options = {"v": v, "w": make.values(rng, base.cotangent.shape, "float32")}
        name = "float32" if per_image else "float32-per-batch"
        made[name] = replace(base, options=options)
    return made


@clause("G18")
@cases(_orders)
def test_higher_orders(judge: Judge, case: Case) -> None:
    seen = judge.observe(case, "G18")
    law = seen.law
    seen.check_gradients()
    second = law.tangent([law.running(v) for v in case.options["v"]])
    judge.check_within("the second order", seen.second, second, law.dtype.name)
    for i, third in enumerate(law.gradients(law.running(case.options["w"]))):
        judge.check_within(f"the third order, {i}", seen.third[i], third, law.dtype.name)


@clause("G25")
@cases(_orders)
def test_gradient_penalty(judge: Judge, case: Case) -> None:
    try:
        test_higher_orders(judge, case)
    except NotConforming as error:  # there is no double backward that could be right or wrong here
        raise NotConforming(str(error), "G18") from error
    seen = judge.observe(replace(case, procedure=derivatives.penalised))
    law = seen.law
    w = law.running(case.options["w"])
    tangent = law.twice(law.tangent([law.running(v) * w for v in case.options["v"]]))
    second = law.twice(law.twice(law.output()) * tangent)
    judge.check_within("the second order", seen.second, second, law.dtype.name)
    gradients = law.gradients(law.twice(law.cotangent * tangent))
    seen.check_gradients([law.twice(g) for g in gradients])
    for i, after in enumerate(seen.v):
        judge.check_exact(f"v{i} afterwards", after, case.options["v"][i], clause="G5")


def _tangents(subject: Subject, plan: Plan) -> Cases:
    made = {}
    for dtype in plan.few(tuple(subject.facts["dtypes"]), 4):
        base = make.case(subject, plan, derivatives.forward_mode, dtype=dtype)
        rng = plan.generator("tangents", dtype)
        tangents = [make.values(rng, x.shape, dtype) for x in base.inputs]
        made[dtype] = replace(base, options={"tangents": tangents})
    return made


@clause("G19")
@needs("forward_mode")
@cases(_tangents)
def test_forward_mode(judge: Judge, case: Case) -> None:
    seen = judge.observe(case, "G19")
    law = seen.law
    seen.check_output()
    expected = law.tangent([law.running(t) for t in case.options["tangents"]])
    judge.check_within("the tangent", seen.tangent, expected, law.dtype.name)

"""G18, G19, G25 and G31: higher orders, also where gradients meet, and forward mode."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..case import Case
from ..procedures import derivatives
from ..run.judge import Judge
from ..run.plan import Plan
from ..run.score import NotConforming
from ..run.subject import Subject
from . import cases as make
from .cases import Cases
from .marks import cases, clause, needs


def _order(subject: Subject, plan: Plan, training: bool = True, **what: Any) -> Case:
    base = make.case(subject, plan, derivatives.higher_orders, **what)
    rng, dtype = plan.generator("orders", subject.layer), base.cotangent.dtype.name
    v = [make.values(rng, x.shape, dtype) for x in base.inputs]
    w = make.values(rng, base.cotangent.shape, dtype)
    return replace(base, options={"v": v, "w": w, "training": training})


def _orders(subject: Subject, plan: Plan) -> Cases:
    made = {"float32": _order(subject, plan)}
    if subject.layer == "shake_shake":
        made["float32-per-batch"] = _order(subject, plan, per_image=False)
    return made


def _orders_elsewhere(subject: Subject, plan: Plan) -> Cases:
    """Every rank and dtype, a large array, and evaluation mode."""
    made = {"x".join(map(str, s)): _order(subject, plan, shape=s) for s in make.SHAPES[1:]}
    made |= {dtype: _order(subject, plan, dtype=dtype) for dtype in subject.facts["dtypes"]}
    made["large"] = _order(subject, plan, shape=(64, 3, 37, 37))
    if subject.is_layer and not subject.draws:
        made["evaluation"] = _order(subject, plan, training=False)
    return made


@clause("G18")
@cases(lambda s, p: {**_orders(s, p), **_orders_elsewhere(s, p)})
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


@clause("G31")
@cases(_orders)
def test_penalty_in_a_loss(judge: Judge, case: Case) -> None:
    seen = judge.observe(replace(case, procedure=derivatives.in_a_loss), "G18")
    law = seen.law
    w = law.running(case.options["w"])
    penalty = law.tangent([law.running(v) * w for v in case.options["v"]])
    expected = law.total([penalty, law.twice(law.cotangent * w)])
    judge.check_within("the gradient of the loss", seen.second, expected, law.dtype.name)


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

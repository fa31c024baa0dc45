"""S1 to S4 and S11: Shake-Shake with coefficients that are given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from conformance.case import Case
from conformance.run.judge import Judge
from conformance.run.plan import Plan
from conformance.run.subject import Subject
from conformance.suite import cases as make
from conformance.suite.cases import Cases
from conformance.suite.checks import check_exact_gradients, check_gradients, check_output, refusal
from conformance.suite.marks import cases, clause, layers

pytestmark = layers("shake_shake")


def _cancelling(subject: Subject, plan: Plan) -> Cases:
    """Branches whose mix nearly cancels: where a wrong order of evaluation loses all digits."""
    made = {}
    for dtype in subject.facts["dtypes"]:
        for name, alpha in (("low", 2**-12), ("middle", 0.375), ("high", 1 - 2**-12)):
            base = make.case(subject, plan, dtype=dtype, shape=(64, 3, 8, 8))
            x0 = base.inputs[0]
            x1 = (-alpha / (1 - alpha) * x0.astype(np.float64)).astype(x0.dtype)
            numbers = {"alpha": alpha, "beta": 0.25}
            made[f"{dtype}-{name}"] = replace(base, inputs=(x0, x1), coefficients=numbers)
    return made


@clause("S1")
@cases(lambda s, p: {**make.scales(s, p), **_cancelling(s, p)})
def test_mix(judge: Judge, case: Case) -> None:
    check_output(judge, case, judge.observe(case, refusal(case))["output"])


@clause("S2")
@cases(make.scales)
def test_gradients(judge: Judge, case: Case) -> None:
    check_gradients(judge, case, judge.observe(case, refusal(case))["gradients"])


@clause("S3")
@cases(make.scales)
def test_first_gradient_is_exact(judge: Judge, case: Case) -> None:
    check_exact_gradients(judge, case, judge.observe(case, refusal(case))["gradients"])


def _per_image(subject: Subject, plan: Plan) -> Cases:
    shapes = ((5,), (4, 3), (2, 3, 4), (4, 3, 2, 2), (1, 3, 2, 2))
    return {"x".join(map(str, s)): make.case(subject, plan, shape=s) for s in shapes}


@clause("S4")
@cases(_per_image)
def test_coefficients_per_image(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    check_output(judge, case, seen["output"])
    check_gradients(judge, case, seen["gradients"])


def _mismatched(subject: Subject, plan: Plan) -> Cases:
    """Branches and coefficients that NumPy's rules would broadcast or promote."""
    base = make.case(subject, plan, "refused", per_image=False)
    bad: dict[str, tuple[int | str, object]] = {
        f"x1-{'x'.join(map(str, shape))}": (1, np.ones(shape, np.float32))
        for shape in ((1, 3, 2, 2), (4, 1, 2, 2), (3, 2, 2), (4, 3, 2, 1), (2, 2))
    }
    if len(subject.facts["dtypes"]) > 1:
        other = next(d for d in subject.facts["dtypes"] if d not in ("float32", "bfloat16"))
        bad[f"x1-{other}"] = (1, np.ones((4, 3, 2, 2), other))
    for name in base.coefficients:
        for shape in ((2,), (4, 3), (4, 3, 1, 1), (1, 3, 1, 1), (1, 4, 1, 1, 1)):
            bad[f"{name}-{'x'.join(map(str, shape))}"] = (name, np.full(shape, 0.5, np.float32))
    return {kind: replace(base, options={"bad": list(pair)}) for kind, pair in bad.items()}


@clause("S11")
@cases(_mismatched)
def test_nothing_broadcasts(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    place, bad = case.options["bad"]
    got = f"{place} of shape {np.shape(bad)} and dtype {np.asarray(bad).dtype}"
    judge.check(seen["raised"] is not None, f"accepted: {got}")
    good = {"TypeError", "ValueError"} & set(seen["bases"])
    judge.check(bool(good), f"{got}: {seen['raised']}: {seen['message']}")

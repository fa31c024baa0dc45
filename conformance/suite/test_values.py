"""R1 to R3, M1 to M3 and S1 to S3: outputs and gradients, over many values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..case import Case
from ..run.judge import Judge
from ..run.plan import Plan
from ..run.subject import Subject
from . import cases as make
from .cases import Cases
from .marks import cases, clause


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
@cases(lambda s, p: {**make.scales(s, p), **_cancelling(s, p)})
def test_last_bits(judge: Judge, case: Case) -> None:
    judge.observe(case).check_fine()

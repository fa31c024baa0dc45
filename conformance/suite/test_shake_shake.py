"""S4 and S11: Shake-Shake with coefficients that are given, one an image or wrong ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..case import Case
from ..procedures import hygiene
from ..run.judge import Judge
from ..run.plan import Plan
from ..run.subject import Subject
from . import cases as make
from .cases import Cases
from .marks import cases, clause


def _per_image(subject: Subject, plan: Plan) -> Cases:
    shapes = ((5,), (4, 3), (2, 3, 4), (4, 3, 2, 2), (1, 3, 2, 2))
    return {"x".join(map(str, s)): make.case(subject, plan, shape=s) for s in shapes}


@clause(shake_shake="S4")
@cases(_per_image)
def test_coefficients_per_image(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    seen.check_output()
    seen.check_gradients()


def _kinds(subject: Subject, plan: Plan) -> Cases:
    return {
        f"per-{'image' if each else 'batch'}": make.case(subject, plan, per_image=each)
        for each in (False, True)
    }


@clause(shake_shake="S12")
@cases(_kinds)
def test_kinds_of_coefficients(judge: Judge, case: Case) -> None:
    kind = judge.subject.description["coefficients"]
    judge.check(kind in ("number", "none"), f"it takes {kind}, not numbers")
    judge.observe(case, None).check_values()


def _mismatched(subject: Subject, plan: Plan) -> Cases:
    """Branches and coefficients that NumPy's rules would broadcast or promote."""
    base = make.case(subject, plan, hygiene.refused, per_image=False)
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


@clause(shake_shake="S11")
@cases(_mismatched)
def test_nothing_broadcasts(judge: Judge, case: Case) -> None:
    seen = judge.observe(case)
    place, bad = case.options["bad"]
    got = f"{place} of shape {np.shape(bad)} and dtype {np.asarray(bad).dtype}"
    judge.check(seen.raised is not None, f"accepted: {got}")
    good = {"TypeError", "ValueError"} & set(seen.bases)
    judge.check(bool(good), f"{got}: {seen.raised}: {seen.message}")

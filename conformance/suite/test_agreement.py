"""A1: the implementations of a layer, in every two frameworks, on the same cases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..case import Case
from ..results import Agreement
from ..run.judge import Judge
from ..run.subject import Subject
from ..spec import Array, Comparison, Expected, Running, compare_bound, compare_exact
from . import cases as make
from .marks import cases, clause, pairs


@clause("A1")
@pairs
@cases(make.dtypes)
def test_agreement(judge: Judge, other: Subject, case: Case) -> None:
    first, second = judge.observe(case), Judge(other, judge.plan).observe(case)
    law = Expected(case)
    expected = [(law.output(), law.exact_output())]
    expected += zip(law.gradients(), law.exact_gradients(), strict=True)
    names = ["y", *(f"dx{i}" for i in range(len(case.inputs)))]
    values = [seen.arrays() for seen in (first, second)]
    for name, (bound, exact), a, b in zip(names, expected, *values, strict=True):
        comparison = _distance(a, b, bound, exact)
        judge.measure(comparison.error, comparison.unit)
        judge.agreement.append(
            Agreement(
                layer=judge.subject.layer,
                quantity=name,
                dtype=law.dtype.name,
                subjects=(judge.subject.id, other.id),
                bitwise_equal=compare_exact(a, b).agrees,
                largest_error=comparison.error,
                unit=comparison.unit,
            )
        )
        detail = f"{name} of {judge.subject.id} and of {other.id}: {comparison.detail}"
        judge.check(comparison.agrees, detail)


def _distance(a: Array, b: Array, bound: Running, exact: list[Array]) -> Comparison:
    """In ULP, as far as the exact answers are apart; or in units of the sum of both bounds."""
    if not exact:
        apart = Running(b.astype(np.longdouble), 2 * bound.error, bound.compute)
        return compare_bound(a, apart, a.dtype)
    comparison = compare_exact(a, b)
    permitted = max(compare_exact(one, exact[0]).error for one in exact)
    return replace(comparison, agrees=comparison.error <= permitted)

"""G26: the law holds under every combination of conditions, in a life each."""

from __future__ import annotations

import numpy as np

from ..case import branches
from ..remote import RemoteRaised
from ..run.judge import Judge
from ..run.observation import VALUES
from ..run.score import NotConforming
from ..spec import Array
from ..spec.factors import Row, covering, possible
from . import conditions
from .cases import coefficients, values
from .life import Life
from .marks import clause, drawing_too, long

# Where a layer may raise instead of answering: other clauses ask for these.
REFUSABLE = ("rank", "batch", "dtype", "input", "coefficients")


@clause("G26")
@long
@drawing_too("S1", "S2", "G3", "G9", "G11", "G16")
def test_conditions(judge: Judge) -> None:
    """All rows are tried until one fails, which is reduced to what it takes to fail."""
    factors = conditions.values(judge.subject)
    ordinary = {name: found[0] for name, found in factors.items()}
    failure = _failure(judge, ordinary)
    if failure is not None:
        output, gradient, _ = VALUES[judge.subject.layer]
        what = output if str(failure).startswith("forward") else gradient
        raise NotConforming(str(failure), failure.clause or what)
    factors = {
        name: tuple(v for v in found if not _refused(judge, ordinary, name, v))
        for name, found in factors.items()
    }
    rows = list(map(conditions.salted, covering(factors, 2 if judge.plan.quick else 3)))
    judge.note = f"{len(rows)} combinations of {sum(map(len, factors.values()))} conditions"
    refused: list[Row] = []
    for row in rows:
        if any(combination.items() <= row.items() for combination in refused):
            continue
        failure = _failure(judge, row)
        if failure is None:
            continue
        least, failure = _reduced(judge, row, ordinary, failure)
        found = {name: value for name, value in least.items() if value != ordinary[name]}
        if _raised(failure) and set(found) <= set(REFUSABLE):
            refused.append(found)
            continue
        words = ", ".join(f"{name} = {value}" for name, value in found.items())
        raise NotConforming(f"with {words}:\n{failure}") from failure
    if refused:
        judge.note += f", but it raises with {'; '.join(map(str, refused))}"


@clause("G26")
@drawing_too
def test_large_and_repeated(judge: Judge) -> None:
    """Above 2**20 elements, and after 300 passes."""
    subject, life = judge.subject, Life(judge.subject)
    large, small = (16, 4, 129, 128), (16, 4, 2, 2)
    rng = judge.plan.generator("large", subject.layer)

    def arrays(shape: tuple[int, ...], count: int = branches(subject.layer)) -> list[Array]:
        return [values(rng, shape, "float32") for _ in range(count)]

    numbers = coefficients(subject.layer, rng, large, "float32", per_image=False)
    layer = life.build(subject.fitting(numbers, np.empty(small, np.float32)))
    first = life.forward(layer, arrays(large))
    life.backward(first, *arrays(large, 1))
    life.repeat(layer, 300, arrays(small), *arrays(small, 1))
    second = life.forward(layer, arrays(small))
    life.backward(second, *arrays(small, 1))
    life.look(first)
    life.check(judge.observe(life.case()))


def _failure(judge: Judge, row: Row) -> NotConforming | None:
    life = conditions.life_of(judge.subject, judge.plan, row)
    try:
        life.check(judge.observe(life.case(), None))
    except NotConforming as error:
        return error
    return None


def _refused(judge: Judge, ordinary: Row, name: str, value: str) -> bool:
    if name not in REFUSABLE or value == ordinary[name]:
        return False
    failure = _failure(judge, {**ordinary, name: value})
    return failure is not None and _raised(failure)


def _raised(failure: NotConforming) -> bool:
    return isinstance(failure.__cause__, RemoteRaised)


def _reduced(
    judge: Judge, row: Row, ordinary: Row, failure: NotConforming
) -> tuple[Row, NotConforming]:
    """The row with as many ordinary conditions as it fails with, one tried after the other."""
    for name in row:
        fewer = {**row, name: ordinary[name]}
        if fewer != row and possible(fewer):
            again = _failure(judge, fewer)
            if again is not None:
                row, failure = fewer, again
    return row, failure

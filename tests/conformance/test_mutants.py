"""The suite catches every wrong layer, by the clause that it breaks, and blames no right one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from conformance.interpreters import BACKENDS, known
from conformance.results import Outcome, Run
from conformance.run import session as suite
from conformance.run.subject import Interpreter, Subject

PYTHONS = known().pythons
# The layer that each is; for a wrong one the clause that it must fail, and the one whose test
# finds that, where it is another.
Table = dict[str, tuple[str, ...]]


def _judge(
    backend: str, file: str, table: str, wanted: Callable[[Table, Subject, str], bool]
) -> tuple[Table, Run]:
    """Run the quick suite on every layer of a table, in one go."""
    if backend not in PYTHONS:
        pytest.skip(f"{backend} is not set up here")
    interpreter = Interpreter(backend, "cpu", PYTHONS[backend], timeout=60)
    module = f"tests.mutants.{file}"
    # The table's own method: a worker calls functions by name, and this one returns the table.
    named: Table = interpreter.worker.call(f"{module}:{table}.copy")
    subjects = [
        Subject(interpreter, row if isinstance(row, str) else row[0], f"{module}:{name}", True)
        for name, row in named.items()
    ]
    # The searches cost as much as all other cases together: here the declared cases must do.
    settings = suite.Settings(quick=True, pytest_args=("-k", "not test_any", "--tb=no"))
    try:
        header = suite.header(settings, subjects, {})
        return named, suite.run(settings, subjects, header, wanted=partial(wanted, named))
    finally:
        suite.close(subjects)


def _breaks(table: Table, subject: Subject, clause: str) -> bool:
    """Whether it is the clause that a wrong layer must die to: the others would cost minutes."""
    return clause == table[subject.name.rpartition(":")[2]][-1]


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_mutant_dies_to_its_clause(backend: str) -> None:
    table, run = _judge(backend, backend, "MUTANTS", _breaks)
    failed = {
        name: {
            result.clause
            for result in run.results
            if result.subject.endswith(f":{name}") and result.outcome is Outcome.FAILED
        }
        for name in table
    }
    survivors = {name: table[name][1] for name in table if table[name][1] not in failed[name]}
    assert not survivors, f"not caught by the clause they break: {survivors}"
    errored = {r.subject: r.detail for r in run.results if r.outcome is Outcome.ERRORED}
    assert not errored
    assert len(table) >= 10


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_right_layer_is_blamed(backend: str) -> None:
    table, run = _judge(backend, f"{backend}_right", "RIGHT", lambda *_: True)
    blamed = [f"{r.subject} {r.clause} {r.case}: {r.detail[:300]}" for r in run.failures()]
    assert not blamed, "\n".join(blamed)
    judged = {result.subject.rpartition(":")[2] for result in run.results}
    assert judged == set(table)

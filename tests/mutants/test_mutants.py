"""The suite catches every wrong layer, by the clause that it breaks, and blames no right one."""

from __future__ import annotations

import pytest

from conformance.interpreters import BACKENDS, known
from conformance.results import Outcome, Run
from conformance.run import session as suite
from conformance.run.subject import Interpreter, Subject

PYTHONS = known().pythons
# By "module:name": the layer that each claims to be, and the clauses of ``tests.mutants.mutant``.
Registered = dict[str, tuple[str, str]]


def _judge(backend: str, kind: str) -> tuple[Registered, Run]:
    """Run the quick suite on every right layer or mutant, in one go."""
    if backend not in PYTHONS:
        pytest.skip(f"{backend} is not set up here")
    interpreter = Interpreter(backend, "cpu", PYTHONS[backend], timeout=60)
    layers: Registered = interpreter.worker.call("tests.mutants:registered", backend)[kind]

    def wanted(subject: Subject, clause: str) -> bool:
        """Of a mutant, only the clause that it must die to: the others would cost minutes."""
        clauses = layers[subject.name][1].split()
        return not clauses or clause == clauses[-1]

    subjects = [Subject(interpreter, layers[name][0], name, foreign=True) for name in layers]
    # The searches cost as much as all other cases together: here the declared cases must do.
    settings = suite.Settings(quick=True, pytest_args=("-k", "not test_any", "--tb=no"))
    try:
        header = suite.header(settings, subjects, {})
        return layers, suite.run(settings, subjects, header, wanted=wanted)
    finally:
        suite.close(subjects)


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_mutant_dies_to_its_clause(backend: str) -> None:
    mutants, run = _judge(backend, "mutant")
    failed = {(r.subject, r.clause) for r in run.results if r.outcome is Outcome.FAILED}
    broken = {name: clauses.split()[0] for name, (_, clauses) in mutants.items()}
    survivors = {name: broken[name] for name in mutants if (name, broken[name]) not in failed}
    assert not survivors, f"not caught by the clause they break: {survivors}"
    errored = {r.subject: r.detail for r in run.results if r.outcome is Outcome.ERRORED}
    assert not errored
    assert len(mutants) >= 10


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_right_layer_is_blamed(backend: str) -> None:
    layers, run = _judge(backend, "right")
    blamed = [f"{r.subject} {r.clause} {r.case}: {r.detail[:300]}" for r in run.failures()]
    assert not blamed, "\n".join(blamed)
    assert {result.subject for result in run.results} == set(layers)

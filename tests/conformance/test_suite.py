"""Whole runs: a killed worker costs one case, a hung one a few, and the verdicts are kept apart."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from conformance.case import LAYERS
from conformance.interpreters import BACKENDS, Unavailable, known
from conformance.results import Outcome, Run
from conformance.run import session as suite
from conformance.run.subject import Interpreter, Subject
from conformance.spec.limitations import Limitation

PYTHONS = known().pythons
# Chainer starts fastest; what is tested here is the same for all.
BACKEND = next((b for b in ("chainer", "torch", "nnabla") if b in PYTHONS), "")
pytestmark = pytest.mark.skipif(not BACKEND, reason="no backend is set up here")


def _run(
    source: str,
    folder: Path,
    clauses: tuple[str, ...],
    timeout: float = 60,
    foreign: bool = True,
) -> Run:
    """Judge the function f(x, scalar) of a source as a scalar multiply."""
    path = folder / "layer.py"
    path.write_text(textwrap.dedent(source), "utf-8")
    interpreter = Interpreter(BACKEND, "cpu", PYTHONS[BACKEND], timeout)
    subjects = [Subject(interpreter, "mul_scalar", f"{path}:f", foreign)]
    settings = suite.Settings(clauses=clauses, quick=True)
    try:
        return suite.run(settings, subjects, suite.header(settings, subjects, {}))
    finally:
        suite.close(subjects)


OURS = f"from grl_{BACKEND} import mul_scalar\n"


def test_a_killed_worker_costs_one_case(tmp_path: Path) -> None:
    source = f"""
        import os, pathlib, signal
        from grl_{BACKEND} import mul_scalar
        killed = pathlib.Path(__file__).with_name("killed")

        def f(x, scalar):
            if len(x.shape) == 2 and not killed.exists():
                killed.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return mul_scalar(x, scalar)
    """
    run = _run(source, tmp_path, ("G1",))
    outcomes = [result.outcome for result in run.results]
    assert outcomes.count(Outcome.ERRORED) == 1
    assert outcomes.count(Outcome.PASSED) == len(outcomes) - 1 > 3
    (errored,) = (r for r in run.results if r.outcome is Outcome.ERRORED)
    assert "SIGKILL" in errored.detail
    assert run.verdict == 2


def test_a_layer_that_always_hangs_is_given_up_and_its_place_is_told(tmp_path: Path) -> None:
    source = """
        import time

        def f(x, scalar):
            time.sleep(600)
    """
    run = _run(source, tmp_path, ("G1",), timeout=0.5)
    assert {result.outcome for result in run.results} == {Outcome.ERRORED}
    assert "within 0.5 s" in run.results[0].detail
    assert "time.sleep" in run.results[0].detail or "in f" in run.results[0].detail
    assert "not run" in run.results[-1].detail
    assert sum(result.seconds for result in run.results) < 10


def test_what_a_layer_raises_is_a_failure_with_its_traceback(tmp_path: Path) -> None:
    source = """
        def f(x, scalar):
            raise RuntimeError("a defect of mine")
    """
    run = _run(source, tmp_path, ("G1", "G23"))
    assert {result.outcome for result in run.results} == {Outcome.FAILED}
    assert "a defect of mine" in run.results[0].detail
    assert "layer.py" in run.results[0].detail
    refused = {result.clause for result in run.results if "float16" in result.case}
    assert refused == {"G23"}, "to refuse a dtype is not to compute a wrong value in it"


def test_a_right_layer_conforms_and_should_clauses_do_not_decide(tmp_path: Path) -> None:
    source = f"""
        from grl_{BACKEND} import mul_scalar

        def f(x, scalar):
            if isinstance(scalar, str):
                return mul_scalar(x, 2.0)  # an unclear input is let through: G20
            return mul_scalar(x, scalar)
    """
    run = _run(source, tmp_path, ("G1", "G20", "M1", "M3"))
    assert run.verdict == 0
    assert list(run.missed_should().values()) == [{"G20": 1}]
    ours = _run(source, tmp_path, ("G1", "G20", "M1", "M3"), foreign=False)
    assert ours.verdict == 1


def test_a_limitation_is_skipped_while_it_holds_and_fails_when_it_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = Limitation(BACKEND, "mul_scalar", "G1", "shape*", "a reason")
    monkeypatch.setattr("conformance.run.plugin.limitations", lambda: (declared,))
    wrong = "def f(x, scalar):\n    return x.reshape((-1, 1))\n"
    run = _run(wrong, tmp_path, ("G1",), foreign=False)
    assert {(r.outcome, r.detail) for r in run.results} == {(Outcome.SKIPPED, "a reason")}
    right = f"{OURS}\ndef f(x, scalar):\n    return mul_scalar(x, scalar)\n"
    (tmp_path / "right").mkdir()
    run = _run(right, tmp_path / "right", ("G1",), foreign=False)
    assert {result.outcome for result in run.results} == {Outcome.FAILED}
    assert "no longer holds" in run.results[0].detail


def test_a_subject_that_cannot_be_imported_is_told_of_before_anything_runs(tmp_path: Path) -> None:
    for name, reason in {
        "no_such_module:f": "No module named 'no_such_module'",
        f"{tmp_path}/none.py:f": "no such file",
        f"grl_{BACKEND}:no_such_name": "mul_scalar",
    }.items():
        settings = suite.Settings(subjects=((BACKEND, name, "mul_scalar"),))
        with pytest.raises(Unavailable, match=reason):
            suite.open_subjects(settings)


def test_every_layer_of_every_backend_is_judged_as_function_and_as_class() -> None:
    subjects, skipped = suite.open_subjects(suite.Settings())
    try:
        forms = {(s.backend, s.layer, s.is_layer) for s in subjects}
    finally:
        suite.close(subjects)
    wanted = {(b, layer, form) for b in PYTHONS for layer in LAYERS for form in (False, True)}
    assert forms == wanted
    assert set(skipped) == set(BACKENDS) - set(PYTHONS)


def test_the_same_seed_gives_the_same_cases_and_another_seed_others(tmp_path: Path) -> None:
    source = f"{OURS}\ndef f(x, scalar):\n    return mul_scalar(x, scalar)\n"
    errors = [
        [result.error for result in _run(source, tmp_path, ("P1",)).results] for _ in range(2)
    ]
    assert errors[0] == errors[1]
    assert any(errors[0])


@pytest.mark.skipif(len(PYTHONS) < 2, reason="only one backend is set up here")
def test_a_comparison_of_two_backends_is_run_again_with_both() -> None:
    settings = suite.Settings(backends=tuple(PYTHONS)[:2], clauses=("A1",), seed=3, quick=True)
    subjects, skipped = suite.open_subjects(settings)
    try:
        run = suite.run(settings, subjects, suite.header(settings, subjects, skipped))
    finally:
        suite.close(subjects)
    assert run.verdict == 0
    assert {agreement.layer for agreement in run.agreement} == set(LAYERS)
    for result in run.results:
        assert result.rerun.count("--backend") == 2
        assert "--quick --seed 3" in result.rerun

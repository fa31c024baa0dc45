"""Whole runs: a killed worker costs one case, a hung one a few, and the verdicts are kept apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.case import LAYERS
from conformance.interpreters import BACKENDS, Unavailable
from conformance.results import Outcome
from conformance.run import session as suite
from conformance.spec.limitations import Limitation
from tests.conformance.whole_runs import (
    BACKEND,
    PYTHONS,
    RIGHT,
    judge,
    needs_backend,
    right_unless,
    run,
)

pytestmark = needs_backend


def test_a_killed_worker_costs_one_case(tmp_path: Path) -> None:
    killed = f"pathlib.Path({str(tmp_path / 'killed')!r})"
    kill = f"{killed}.touch(); os.kill(os.getpid(), signal.SIGKILL)"
    found = judge(tmp_path, right_unless(f"len(x.shape) == 2 and not {killed}.exists()", kill))
    outcomes = [result.outcome for result in found.results]
    assert outcomes.count(Outcome.ERRORED) == 1
    assert outcomes.count(Outcome.PASSED) == len(outcomes) - 1 > 3
    (errored,) = (r for r in found.results if r.outcome is Outcome.ERRORED)
    assert "SIGKILL" in errored.detail
    assert found.verdict == 2


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("raise RuntimeError('a defect of mine')", r"a defect of mine \(layer0.py, line 2\)"),
        ("os.abort()", "the first call of .* ended its interpreter by SIGABRT"),
        ("time.sleep(600)", "the first call of .* did not return within 0.5 s"),
        ("return 'no variable'", "gives str"),
    ],
)
def test_a_layer_that_never_answers_cannot_be_judged(tmp_path: Path, does: str, said: str) -> None:
    with pytest.raises(Unavailable, match=said):
        judge(tmp_path, f"def f(x, scalar): {does}\n", timeout=0.5)


def test_a_layer_that_hangs_from_some_call_on_is_given_up_and_its_place_is_told(
    tmp_path: Path,
) -> None:
    found = judge(tmp_path, right_unless("len(x.shape) != 4", "time.sleep(600)"), timeout=0.5)
    errored = [result for result in found.results if result.outcome is Outcome.ERRORED]
    assert len(errored) > 3
    assert "within 0.5 s" in errored[0].detail
    assert "time.sleep" in errored[0].detail or "in f" in errored[0].detail
    assert "not run" in errored[-1].detail
    assert sum(result.seconds for result in found.results) < 10


def test_what_a_layer_raises_is_a_failure_with_its_traceback(tmp_path: Path) -> None:
    where = "str(x.dtype).endswith('float16') or len(x.shape) == 3"
    source = right_unless(where, "raise RuntimeError('a defect of mine')")
    found = judge(tmp_path, source, clauses=("G1", "G23"))
    failed = [result for result in found.results if result.outcome is Outcome.FAILED]
    # To refuse a shape or a dtype is not to compute a wrong value.
    assert {result.clause for result in failed} == {"G13", "G23"}
    for result in failed:
        assert "a defect of mine" in result.detail
        assert "layer0.py" in result.detail
    assert found.verdict == 0


def test_a_right_layer_conforms_and_should_clauses_do_not_decide(tmp_path: Path) -> None:
    # An unclear input is let through: G20.
    source = right_unless("isinstance(scalar, str)", "return mul_scalar(x, 2.0)")
    found = judge(tmp_path, source, clauses=("G1", "G20", "M1", "M3"))
    assert found.verdict == 0
    assert list(found.missed_should().values()) == [{"G20": 1}]
    ours = judge(tmp_path, source, clauses=("G1", "G20", "M1", "M3"), foreign=False)
    assert ours.verdict == 1


def test_a_limitation_is_skipped_while_it_holds_and_fails_when_it_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = Limitation(BACKEND, "mul_scalar", "G1", "shape*", "a reason")
    monkeypatch.setattr("conformance.run.plugin.limitations", lambda: (declared,))
    wrong = "def f(x, scalar):\n    return x.reshape((-1, 1, 1))\n"
    found = judge(tmp_path, wrong, foreign=False)
    assert {(r.outcome, r.detail) for r in found.results} == {(Outcome.SKIPPED, "a reason")}
    found = judge(tmp_path, RIGHT, foreign=False)
    assert {result.outcome for result in found.results} == {Outcome.FAILED}
    assert "no longer holds" in found.results[0].detail


def test_every_layer_of_every_backend_is_judged_as_function_and_as_class() -> None:
    subjects, skipped = suite.open_subjects(suite.Settings())
    try:
        forms = {(s.backend, s.layer, s.is_layer) for s in subjects}
    finally:
        suite.close(subjects)
    wanted = {(b, layer, form) for b in PYTHONS for layer in LAYERS for form in (False, True)}
    assert forms == wanted
    assert set(skipped) == set(BACKENDS) - set(PYTHONS)


def test_the_same_seed_gives_the_same_cases(tmp_path: Path) -> None:
    errors = [
        [result.error for result in judge(tmp_path, RIGHT, clauses=("P1",)).results]
        for _ in range(2)
    ]
    assert errors[0] == errors[1]
    assert any(errors[0])


@pytest.mark.skipif(len(PYTHONS) < 2, reason="only one backend is set up here")
def test_a_comparison_of_two_backends_is_run_again_with_both() -> None:
    settings = suite.Settings(backends=tuple(PYTHONS)[:2], clauses=("A1",), seed=3, quick=True)
    found = run(settings)
    assert found.verdict == 0
    assert {agreement.layer for agreement in found.agreement} == set(LAYERS)
    for result in found.results:
        assert result.rerun.count("--backend") == 2
        assert "--quick --seed 3" in result.rerun


@pytest.mark.parametrize(
    ("draws", "quick", "told"), [(64, False, ("--draws 64",)), (64, True, ()), (1000, False, ())]
)
def test_fewer_draws_than_usual_are_a_part(draws: int, quick: bool, told: tuple[str, ...]) -> None:
    assert suite.Settings(draws=draws, quick=quick).narrowing() == told

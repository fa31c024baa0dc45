"""What results say together, and above all the verdict."""

import math
from dataclasses import replace
from typing import Any

import pytest

from conformance.results import Outcome, Run, counts, worst_errors
from tests.conformance.report_examples import failure, header, info, large, result, run

PASSED, FAILED, ERRORED, SKIPPED = Outcome


@pytest.mark.parametrize("foreign", [False, True])
@pytest.mark.parametrize("level", ["MUST", "SHOULD"])
@pytest.mark.parametrize("outcome", Outcome)
def test_one_result_decides_the_verdict(outcome: Outcome, level: str, foreign: bool) -> None:
    forgiven = outcome is FAILED and level == "SHOULD" and foreign
    conforms = outcome in (PASSED, SKIPPED) or forgiven
    verdict = run(result(), result(outcome, level=level), foreign=foreign).verdict
    assert verdict == (0 if conforms else 2 if outcome is ERRORED else 1)


def test_a_run_that_judged_nothing_or_was_cut_short_is_no_verdict_but_a_failure_stays_one() -> None:
    assert run().verdict == 2
    assert run(result(SKIPPED), result(SKIPPED)).verdict == 2
    assert run(result(), complete=False).verdict == 2
    assert Run(header((info(),)), (result(),), ()).verdict == 2
    assert run(result(FAILED), complete=False).verdict == 1


@pytest.mark.parametrize("other", [{"subject": "x:y"}, {"backend": "nnabla"}, {"layer": "z"}])
def test_only_the_foreign_subject_itself_may_miss_should_clauses(other: dict[str, Any]) -> None:
    missed = result(FAILED, level="SHOULD")
    assert run(result(), missed, foreign=True).verdict == 0
    assert run(result(), replace(missed, **other), foreign=True).verdict == 1


def test_failures_are_what_failed_and_what_errored() -> None:
    results = [result(outcome) for outcome in Outcome]
    assert run(*results).failures() == (results[1], results[2])


def test_missed_should_clauses_are_told_by_subject_and_clause() -> None:
    missed = [
        failure(level="SHOULD", clause="G13"),
        failure(level="SHOULD", clause="G13"),
        failure(level="SHOULD", clause="G18", subject="other:layer"),
    ]
    told = run(*missed, failure(), result(level="SHOULD"), foreign=True).missed_should()
    assert told == {"grl_torch:gradient_reversal": {"G13": 2}, "other:layer": {"G18": 1}}


def test_counts_keep_the_four_outcomes_apart() -> None:
    results = [result(), result(FAILED), result(FAILED), result(SKIPPED)]
    assert counts(results) == {PASSED: 1, FAILED: 2, ERRORED: 0, SKIPPED: 1}


@pytest.mark.parametrize(
    ("errors", "worst"),
    [
        ((0.5, 2.0, None), {"ULP": 2.0}),
        ((2.0, math.inf, 0.5), {"ULP": math.inf}),
        ((0.0, -0.0), {"ULP": 0.0}),
        ((math.nan, math.inf, 1.0), {"ULP": math.nan}),
        ((1.0, math.inf, math.nan), {"ULP": math.nan}),
        ((None,), {}),  # no measured error is not an error of 0
    ],
)
def test_the_worst_error(errors: tuple[float | None, ...], worst: dict[str, float]) -> None:
    assert repr(worst_errors(result(error=error) for error in errors)) == repr(worst)


def test_errors_in_different_units_are_not_compared() -> None:
    results = [result(error=3.0), result(error=0.5, unit="bound")]
    assert worst_errors(results) == {"ULP": 3.0, "bound": 0.5}


def test_cells_hold_every_result_once() -> None:
    large_run = large(broken=True)
    cells = large_run.cells()
    assert sum(map(len, cells.values())) == len(large_run.results)
    for key, results in cells.items():
        assert {(item.group, item.backend, item.layer) for item in results} == {key}
    assert result(clause="RV12").group == "RV"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"level": "MAY"}, r"level must be 'MUST' or 'SHOULD', not 'MAY'"),
        ({"clause": "12"}, r"clause must be letters and a number, as 'R3', not '12'"),
    ],
)
def test_a_result_refuses(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        result(**changes)


@pytest.mark.parametrize("path", ["/home/someone/venv/bin/python", r"C:\Users\someone\python.exe"])
def test_a_subject_info_refuses_the_path_of_an_interpreter(path: str) -> None:
    with pytest.raises(ValueError, match="interpreter must be an implementation and a version"):
        replace(info(), interpreter=path)

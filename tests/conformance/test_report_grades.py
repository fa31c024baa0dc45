"""The grade of a foreign subject, which its author reads first."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from conformance.report import print_report, words
from conformance.report.grades import grades
from conformance.results import Outcome, Result, Run, Untried
from tests.conformance.report_examples import TITLES, failure, result, run

WRONG = "dx0: off by 3e7 bound\nmeasured: dx0 = 1 * dy, not -0.37 * dy: it never reverses"


@pytest.mark.parametrize(
    ("results", "text"),
    [
        ([result(level="SHOULD")], "conforms exactly"),
        ([result(clause="R2")], "conforms"),  # nothing of the last bits was tried
        ([result(clause="R2"), failure(level="SHOULD")], "conforms"),
        ([result(), failure(level="SHOULD", clause="G20")], "conforms exactly"),
        ([result(), failure(clause="R2")], "does NOT conform"),
        ([result(), result(Outcome.ERRORED)], "no verdict"),
        ([failure(clause="R2"), result(Outcome.ERRORED)], "does NOT conform"),
        ([], "no verdict"),
    ],
)
def test_a_grade(results: list[Result], text: str) -> None:
    (grade,) = grades(run(*results, foreign=True))
    assert (grade.text, grade.good) == (text, text.startswith("conforms"))


def test_what_explains_most_is_told_and_the_rest_is_folded() -> None:
    found = run(
        failure(clause="G7"),
        failure(clause="P1"),
        failure(clause="R2", detail=WRONG),
        failure(clause="G7"),
        failure(clause="G13", level="SHOULD"),
        foreign=True,
    )
    (grade,) = grades(found)
    assert words.failure_lines(grade, {**TITLES, "R2": "dx is -scale * dy"}) == [
        "fails R2 dx is -scale * dy: dx0 = 1 * dy, not -0.37 * dy: it never reverses",
    ]
    assert words.other_lines(grade, TITLES) == [
        "fails as well, often for the same reason: G7 (2), P1",
        "misses SHOULD clauses: G13",
    ]


def test_of_what_explains_others_the_most_frequent_is_told() -> None:
    found = run(*[failure(clause="G2")] * 2, *[failure(clause="R2")] * 3, foreign=True)
    (grade,) = grades(found)
    assert grade.root is not None
    assert grade.root.clause == "R2"


def test_what_is_raised_is_told_in_a_line_and_where_below_it() -> None:
    detail = (
        "raised builtins.ValueError: a defect of mine\n"
        "Traceback (most recent call last):\n"
        '  File "worker.py", line 1, in observe\n'
        "    call(x)\n"
        '  File "mine.py", line 7, in backward\n'
        "    raise ValueError\n"
        "    ^^^^^~~~~~~~~~~~\n"
        "ValueError: a defect of mine"
    )
    (grade,) = grades(run(failure(clause="G1", detail=detail), foreign=True))
    assert words.failure_lines(grade, {}) == [
        "fails G1: raised builtins.ValueError: a defect of mine"
    ]
    assert grade.root is not None
    below = ['  File "mine.py", line 7, in backward', "    raise ValueError"]
    assert words.detail_lines(grade.root) == below


def test_what_was_not_tried_is_told_by_clause_with_the_reason() -> None:
    info = run(foreign=True).header.subjects[0]
    must = Untried(info.subject, info.backend, info.layer, "R5", "MUST", "it takes no scale")
    untried = (must, replace(must, clause="R6", level="SHOULD"), replace(must, clause="P4"))
    found = Run(run(foreign=True).header, (result(),), (), untried).ended(True, 1)
    (grade,) = grades(found)
    line = "MUST clauses not tried, for it takes no scale: R5 P4"
    assert line in words.other_lines(grade, TITLES)


def test_the_first_line_of_a_report_is_the_grade() -> None:
    file = io.StringIO()
    console = Console(file=file, width=100)
    print_report(console, run(failure(clause="R2", detail=WRONG), foreign=True), TITLES)
    lines = file.getvalue().strip().splitlines()
    assert lines[0] == "grl_torch:gradient_reversal (torch) as gradient_reversal: does NOT conform"
    assert len(lines) <= 20

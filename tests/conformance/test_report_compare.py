"""What changed between two runs: clause by clause, the verdicts, and how it is told."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from conformance.report import compare, print_comparison
from conformance.results import Outcome, Result, Run, Untried
from tests.conformance.report_examples import TITLES, failure, header, info, large, result, run

CASES = "abcdefgh"
OUTCOMES = {outcome[0]: outcome for outcome in Outcome}
WHO = "grl_torch:gradient_reversal (torch) as gradient_reversal"
WHO_KEY = ("grl_torch:gradient_reversal", "torch", "gradient_reversal")
CHAINER = {"subject": "grl_chainer:gradient_reversal", "backend": "chainer"}
WRONG = "dx0: off by 3e7 bound\nmeasured: dx0 = 1 * dy, not -0.37 * dy: it never reverses"


def cases(outcomes: str, **changes: Any) -> list[Result]:
    """A clause with a case for each letter: p, f, e, s, or a blank where it is not tried."""
    pairs = zip(CASES, outcomes, strict=False)
    return [result(OUTCOMES[o], case=case, **changes) for case, o in pairs if o != " "]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("pp", "pp", "unchanged"),
        ("pp", "p", "unchanged"),
        ("pf", "pf", "unchanged"),
        ("f", "e", "unchanged"),  # an error judged nothing: neither is better
        ("e", "f", "unchanged"),
        ("s", "s", "unchanged"),
        ("pp", "pf", "regressed"),
        ("pp", "pe", "regressed"),
        ("pp", "ps", "regressed"),
        ("ps", "pf", "regressed"),
        ("pf", "ff", "regressed"),
        ("pf", "fp", "regressed"),  # one was mended, and another one broke
        ("pp ", "  f", "regressed"),  # it passed in all cases, and does not in a new one
        ("pp ", "pps", "unchanged"),  # a new limitation, which says nothing of the old cases
        ("pf ", "pff", "unchanged"),
        ("pf", "pp", "improved"),
        ("ef", "ff", "unchanged"),
        ("ee", "ep", "improved"),
        ("sf", "ps", "improved"),
        ("", "p", "added"),
        ("", "f", "added"),
        ("p", "", "removed"),
        ("f", "", "removed"),
        ("pf", "p", "removed"),  # the case that failed was not mended: it is not tried
    ],
)
def test_a_clause(before: str, after: str, kind: str) -> None:
    old, new = (
        run(*cases(outcomes), result(clause="G1", case="x")) for outcomes in (before, after)
    )
    found = {change.clause: change.kind for change in compare(old, new).changes}
    assert found == {"R3": kind, "G1": "unchanged"}


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({"detail": "other", "seconds": 9.0, "error": 1.0}, ["regressed"]),
        ({"subject": "other:layer"}, ["removed", "added"]),
        ({"backend": "chainer"}, ["removed", "added"]),
        ({"layer": "mul_scalar"}, ["removed", "added"]),
        ({"case": "b"}, ["regressed"]),  # the clause passed in all cases
        ({"clause": "G9", "case": "b"}, ["removed", "added"]),
    ],
)
def test_what_is_compared_with_what(changes: dict[str, Any], kinds: list[str]) -> None:
    before, after = result(case="a"), failure(**{"case": "a", **changes})
    assert [change.kind for change in compare(run(before), run(after)).changes] == kinds


def test_a_case_that_fails_under_another_clause_is_the_same_case() -> None:
    same = result(clause="G1", case="x")
    right = run(*cases("pp", clause="R6"), same)
    wrong = run(*cases("ff", clause="R2"), same)
    there, back = (compare(*runs).changes for runs in ((right, wrong), (wrong, right)))
    assert [(c.clause, c.kind, c.elsewhere) for c in there] == [
        ("R6", "regressed", True),
        ("G1", "unchanged", False),
        ("R2", "regressed", False),
    ]
    assert {c.clause: c.kind for c in back} == {
        "R6": "improved",
        "G1": "unchanged",
        "R2": "improved",
    }
    text = printed(right, wrong)
    assert "  R2: 2 passed under R6 -> 2 failed\n" in text
    assert "  R6: 2 passed -> 2 failed under R2\n" in text


def test_a_name_that_several_clauses_have_does_not_tell_which_case_it_was() -> None:
    before = run(*cases("p", clause="R6"), *cases("p", clause="R7"))
    found = compare(before, run(*cases("f", clause="R2")))
    assert [change.kind for change in found.changes] == ["removed", "removed", "added"]
    assert found.regressed  # the verdict did


@pytest.mark.parametrize(
    ("before", "after", "changed", "regressed"),
    [
        (run(result()), run(result()), [], False),
        (
            run(result()),
            run(failure()),
            [("conforms exactly", "does NOT conform"), ("conforms", "does NOT conform")],
            True,
        ),
        (  # what was not tried in all cases is no verdict
            run(result()),
            run(result(), complete=False),
            [("conforms exactly", "no verdict"), ("conforms", "no verdict")],
            True,
        ),
        (
            run(result(), complete=False),
            run(result()),
            [("no verdict", "conforms exactly"), ("no verdict", "conforms")],
            False,
        ),
        (  # a clause that was not tried before, and fails
            run(result()),
            run(result(), failure(clause="G2")),
            [("conforms exactly", "does NOT conform"), ("conforms", "does NOT conform")],
            True,
        ),
        (  # R3 is not tried any more, and that is no regression
            run(result(), result(clause="R2")),
            run(result(clause="R2")),
            [("conforms exactly", "conforms")],
            False,
        ),
    ],
)
def test_verdicts(before: Run, after: Run, changed: list[tuple[str, str]], regressed: bool) -> None:
    found = compare(before, after)
    assert [(verdict.before, verdict.after) for verdict in found.verdicts] == changed
    assert [verdict.regressed for verdict in found.verdicts] == [regressed] * len(changed)
    assert found.regressed == regressed


def test_a_new_subject_that_fails_changes_the_verdict_of_the_whole_run() -> None:
    both = Run(header([info(), info("chainer")]), (result(), failure(**CHAINER)), ())
    found = compare(run(result()), both.ended(True, 1))
    assert found.of("regressed") == []
    (verdict,) = found.verdicts
    assert (verdict.subject, verdict.regressed, found.regressed) == (None, True, True)


def printed(before: Run, after: Run, width: int = 100) -> str:
    file = io.StringIO()
    names = ("old.json", "new.json")
    print_comparison(Console(file=file, width=width), compare(before, after), names, TITLES)
    return file.getvalue()


def test_a_regression_is_told_first_with_the_words_of_its_first_case() -> None:
    before = run(*cases("pppf"), *cases("f", clause="S1"), result(clause="G2"))
    after = run(
        *cases("pfff", detail=WRONG), result(clause="S1", case="a"), result(clause="G13", case="z")
    )
    text = printed(before, after)
    title = TITLES["R3"]
    told = f"""
== Regressed ==
{WHO}
  R3 {title}: 3 passed, 1 failed -> 1 passed, 3 failed
    b: dx0 = 1 * dy, not -0.37 * dy: it never reverses

== Improved ==
{WHO}
  S1 forward within the derived bound: 1 failed -> 1 passed

== Added ==
{WHO}
  G13

== Removed: not tried any more ==
{WHO}
  G2

REGRESSED: 1 clause regressed, 1 improved, 1 added, 1 removed, 0 unchanged
"""
    assert text.endswith(told)
    assert text.startswith("OLD: old.json\n  Conformance suite 1.0.0, ")


def test_what_explains_most_is_told_first_and_what_falls_under_another_clause_last() -> None:
    before = run(*(result(clause=clause, case=clause) for clause in ("G1", "P1", "R2")))
    after = [failure(clause=clause, case=clause, detail=WRONG) for clause in ("P1", "R2")]
    text = printed(before, run(failure(clause="R2", case="G1", detail=WRONG), *after))
    told = [line.split()[0] for line in text.splitlines() if ": 1 passed -> " in line]
    assert told == ["R2:", "P1:", "G1:"]
    assert text.count("it never reverses") == 2  # G1 has no words of its own


def test_a_long_comparison_stays_short() -> None:
    before, after = large(), large(["torch"], broken=True, chainer="no wheel")
    text = printed(before, after)
    assert "  torch 2.13.0+cpu on cpu" not in text  # both have it
    assert "  nnabla 1.39.0 on cpu" in text
    assert "grl_chainer:mul_scalar (chainer) as mul_scalar: all its 18 clauses" in text
    assert len(text.splitlines()) < 45


def test_why_a_clause_is_not_tried_any_more_is_told_where_it_is_known() -> None:
    reason = "torch has no views"
    untried = Untried(*WHO_KEY, "R4", "SHOULD", reason)
    before = run(result(), result(clause="R4"), *cases("pf", clause="G2"))
    after = replace(run(result(), *cases("p", clause="G2")), untried=(untried,))
    text = printed(before, after)
    assert f"  R4: 1 passed -> not tried: {reason}\n" in text
    assert "  G2 the dtype is kept: 1 passed, 1 failed -> 1 passed; those that failed" in text


@pytest.mark.parametrize("text", ["[red]x[/red]", "\x1b[31m"])
def test_what_a_subject_says_commands_no_terminal(text: str) -> None:
    shown = printed(run(*cases("p")), run(*cases("f", detail=text)))
    assert text.replace("\x1b", r"\x1b") in shown
    assert "\x1b" not in shown

"""The summary for a pull request: what it tells, in which order, and that nothing breaks out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from conformance.report import append_summary
from conformance.report.markdown import text
from conformance.results import Outcome, Result, Run, SubjectInfo, Untried
from tests.conformance.report_examples import TITLES, failure, header, info, large, result, run

HOSTILE = "</code>`` ` | [a](https://example.org) @someone #1 <img src=x>"


def html(found: Run) -> str:
    """The summary as a page: GitHub's tables, and its links where an address stands bare."""
    return str(MarkdownIt("commonmark").enable("table").render(text(found, TITLES)))


def wrong(number: int, detail: str) -> tuple[SubjectInfo, list[Result]]:
    """A foreign subject of which all that a summary tells is long."""
    about = replace(info(foreign=True), subject=f"yours{number}.py:f", call="f(x, scale)")
    mine: dict[str, Any] = {"subject": about.subject, "detail": detail}
    missed = failure(clause="G13", level="SHOULD", **mine)
    errored = result(Outcome.ERRORED, clause="G5", **mine)
    return about, [*(failure(clause=f"R{n}", **mine) for n in range(1, 40)), missed, errored]


def many(number: int, detail: str = "many\n" * 500) -> Run:
    """A run of many subjects that do not conform."""
    found = [wrong(n, detail) for n in range(number)]
    head = header([about for about, _ in found], nnabla="no Python 3.10", chainer="no wheel")
    untried = [
        Untried(about.subject, "torch", about.layer, f"G{n}", "MUST", f"reason {n}")
        for about, _ in found
        for n in range(20)
    ]
    results = [result for _, mine in found for result in mine]
    return Run(head, tuple(results), (), tuple(untried)).ended(True, 65.4)


def test_a_run_in_which_all_conform() -> None:
    lines = text(large(), TITLES).splitlines()
    assert lines[0] == "## Conformance: All conform, every MUST clause was tried"
    assert lines[2] == "`486 passed, 0 failed, 0 errored, 0 skipped in 65 s`"
    start = lines.index("|  | `torch` | `nnabla` | `chainer` |")
    assert lines[start + 1 : start + 3] == [
        "| --- | --- | --- | --- |",
        "| `gradient_reversal` | ok 54/54<br>0 ULP | ok 54/54<br>0 ULP | ok 54/54<br>0 ULP |",
    ]
    conforming = next(line for line in lines if line.startswith("- conforms exactly: "))
    assert conforming.count(") as ") == 9
    assert "```" not in lines  # no failure
    assert len(lines) < 30


def test_what_fails_comes_first_with_the_clause_and_the_words() -> None:
    lines = text(large(broken=True), TITLES).splitlines()
    at = lines.index(
        "`grl_torch:gradient_reversal (torch) as gradient_reversal` does NOT conform: "
        f"**R3 {TITLES['R3']}**"
    )
    assert at < lines.index("|  | `torch` | `nnabla` | `chainer` |")
    assert "error     3.2e+04 ULP, 0 allowed" in lines[at:]
    assert failure().rerun in lines[at:]
    (table,) = (line for line in lines if line.startswith("| `gradient_reversal` |"))
    assert "**FAIL 54/59**<br>3.2e+04 ULP<br>5 failed" in table


@pytest.mark.parametrize("number", [1, 2, 3, 40])
def test_it_stays_short_however_much_fails(number: int) -> None:
    summary = text(many(number), TITLES)
    assert len(summary.splitlines()) <= 60
    assert max(map(len, summary.splitlines())) < 1000
    assert summary.count("does NOT conform") == min(number, 6)
    assert ("And 1 more subject<" in summary, "- and 34 more" in summary) == (
        number == 3,
        number == 40,
    )


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (large(["torch"], nnabla="no Python 3.10"), "- NOT RUN: `nnabla: no Python 3.10`"),
        (run(result(Outcome.ERRORED, detail="died of SIGSEGV")), "1 case errored: died of SIGSEGV"),
        (
            run(result(clause="R2"), failure(level="SHOULD", clause="G13"), foreign=True),
            "- `grl_torch:gradient_reversal misses SHOULD clauses: G13`",
        ),
        (
            replace(
                run(result()),
                untried=(Untried("s", "torch", "l", "R4", "SHOULD", "torch has no views"),),
            ),
            "- not tried: `R4 (SHOULD): torch has no views (1 subject)`",
        ),
    ],
)
def test_what_else_is_told(found: Run, line: str) -> None:
    assert line in text(found, TITLES).splitlines()


def test_what_a_subject_says_stays_in_code() -> None:
    about = replace(info(foreign=True), subject=f"a`b|c{HOSTILE}", call=HOSTILE)
    mine: dict[str, Any] = {"subject": about.subject, "rerun": HOSTILE}
    detail = f"{HOSTILE}\n```\n# heading\n\x1b[31m\u202e"
    results = (failure(detail=detail, **mine), result(Outcome.SKIPPED, detail=HOSTILE, **mine))
    found = Run(header([about], nnabla=HOSTILE), results, ()).ended(True, 1)
    page = html(replace(found, untried=(Untried("s", "b", "l", "R4", "SHOULD", HOSTILE),)))
    assert page.count("https://example.org") >= 6
    for tag in ("<a ", "<img", "<h1", "\x1b", "\u202e"):
        assert tag not in page
    outside = "".join(part.partition("</code>")[2] for part in page.split("<code")[1:])
    assert "example.org" not in outside
    assert page.count("<table>") == page.count("</table>") == 1
    assert page.count("<details>") == page.count("</details>") == 1


def test_a_title_is_no_markup() -> None:
    titles = {"R3": "on [0, 1](x) <b> `it` *is* _so_"}
    page = str(MarkdownIt("commonmark").render(text(run(failure()), titles)))
    assert "<strong>R3 on [0, 1](x) &lt;b&gt; `it` *is* _so_</strong>" in page


def test_it_is_appended_to_what_the_file_holds(tmp_path: Path) -> None:
    file = tmp_path / "summary.md"
    for found in (run(result()), run(failure(detail="\udcff"))):
        append_summary(found, file, TITLES)
    both = [text(found, TITLES) for found in (run(result()), run(failure(detail="\udcff")))]
    assert file.read_text("utf-8") == "\n".join(both)
    assert file.read_text("utf-8").count("## Conformance: ") == 2

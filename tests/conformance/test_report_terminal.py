"""The report on a terminal, as a person reads it: without colour, at several widths."""

import io
import re
from dataclasses import replace
from typing import Literal

import pytest
from rich.console import Console

from conformance.report import print_header, print_report
from conformance.results import Agreement, Outcome, Run
from tests.conformance.report_examples import (
    FRAMEWORKS,
    LAYERS,
    TITLES,
    failure,
    header,
    info,
    large,
    result,
    run,
)


def printed(of: Run, width: int = 100, color: bool = False, verbose: bool = True) -> str:
    file = io.StringIO()
    system: Literal["standard"] | None = "standard" if color else None
    console = Console(
        file=file, width=width, force_terminal=color, color_system=system, no_color=not color
    )
    print_header(console, of.header)
    print_report(console, of, TITLES, verbose)
    return file.getvalue()


def row(text: str, name: str) -> list[str]:
    """The cells of the first row with this name, its further lines joined to the first."""
    lines = iter(text.splitlines())
    first = next(line for line in lines if line.startswith(name))
    cells = [cell.strip() for cell in first.split("|")]
    for line in lines:
        if "|" not in line or line.split("|")[0].strip():
            break
        cells = [f"{a} {b.strip()}".strip() for a, b in zip(cells, line.split("|"), strict=True)]
    return [" ".join(cell.split()) for cell in cells]


@pytest.mark.parametrize(
    ("outcomes", "foreign", "cell"),
    [
        ("passed passed", False, "ok 2/2"),
        ("passed failed", False, "FAIL 1/2 1 failed"),
        ("passed errored", False, "ERROR 1/2 1 errored"),
        ("passed skipped", False, "ok 1/2 1 skipped"),
        ("skipped skipped", False, "skip 0/2 2 skipped"),
        ("errored failed skipped passed", False, "FAIL 1/4 1 failed, 1 errored, 1 skipped"),
        ("passed failed", True, "miss 1/2 1 SHOULD missed"),
        ("errored failed", True, "ERROR 0/2 1 errored, 1 SHOULD missed"),
    ],
)
@pytest.mark.parametrize("width", [60, 100])
def test_a_cell_tells_the_outcomes_without_colour(
    outcomes: str, foreign: bool, cell: str, width: int
) -> None:
    results = [result(Outcome(o), level="SHOULD", error=None) for o in outcomes.split()]
    text = printed(run(*results, foreign=foreign), width)
    assert row(text, "Gradient reversal")[1] == cell


def test_colour_changes_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    colored = printed(large(broken=True), color=True)
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == printed(large(broken=True))


def test_every_backend_has_its_table_of_all_layers() -> None:
    text = printed(large())
    for backend in FRAMEWORKS:
        assert row(text, f"{backend}  ") == [backend, *LAYERS]
    assert text.count("Proof  ") == len(FRAMEWORKS)


def test_rows_follow_the_titles_and_then_the_alphabet() -> None:
    clauses = ["Z1", "P1", "X2", "G1"]
    text = printed(run(*(result(clause=clause) for clause in clauses)))
    names = [line.split("|")[0].strip() for line in text.splitlines() if "ok 1/1" in line]
    assert names == ["General", "Proof", "X", "Z"]


@pytest.mark.parametrize(
    ("width", "first"), [(80, "FAIL 18/23"), (100, "FAIL 18/23  3.2e+04 ULP  5 failed")]
)
def test_a_cell_breaks_between_its_parts_alone(width: int, first: str) -> None:
    lines = printed(large(broken=True), width).splitlines()
    line = next(line for line in lines if line.startswith("Gradient reversal"))
    assert line.split("|")[1].strip() == first


@pytest.mark.parametrize("width", [50, 80, 100, 160])
@pytest.mark.parametrize("broken", [False, True])
def test_only_commands_and_the_verdict_may_be_wider_than_the_terminal(
    width: int, broken: bool
) -> None:
    lines = printed(large(broken=broken, cupy="no device " * 20), width).splitlines()
    wide = {line for line in lines[:-1] if len(line) > width}
    assert all(line.startswith("    python dev.py") for line in wide)
    assert not [line for line in lines if "…" in line]


def test_a_command_is_one_line_at_any_width() -> None:
    rerun = "python dev.py conformance " + "--option " * 30 + "--end"
    assert f"\n    {rerun}\n" in printed(run(failure(rerun=rerun)), width=60)


def test_a_failure_is_told_in_full_and_apart_from_an_error() -> None:
    text = printed(run(failure(), result(Outcome.ERRORED, detail="died of SIGSEGV")))
    for told in (
        "FAILED R3 0 ULP: the scale is rounded once, the product once (MUST): 1 case",
        "grl_torch:gradient_reversal (torch): float32-contiguous-0.37",
        *failure().detail.splitlines(),
        "ERRORED R3",
        "    died of SIGSEGV\n",
    ):
        assert told in text


def test_failures_of_a_clause_are_grouped_and_each_subject_is_shown_first() -> None:
    results = [failure(case=f"case-{n}") for n in range(5)]
    results.append(failure(case="case-5", subject="other:layer", backend="nnabla"))
    text = printed(run(*results))
    shown = [n for n in range(6) if f"case-{n}\n" in text]
    assert shown == [0, 1, 5]
    assert "and 3 more: grl_torch:gradient_reversal (torch) 3" in text
    assert text.count("FAILED R3") == 1


def test_what_a_foreign_subject_misses_is_told_after_what_fails_it() -> None:
    missed = failure(level="SHOULD", clause="G13")
    text = printed(run(missed, failure(), foreign=True))
    assert text.index("FAILED R3") < text.index("MISSED G13 0-d and empty inputs (SHOULD): 1 case")
    short = printed(run(missed, failure(), foreign=True), verbose=False)
    assert "FAILED R3" not in short
    assert len(short.splitlines()) < 20
    assert "\ngrl_torch:gradient_reversal\n  G13 0-d and empty inputs: 1 case\n" in text


def test_skips_are_told_with_their_reason() -> None:
    skip = result(Outcome.SKIPPED, clause="G19", detail="it has no forward mode")
    text = printed(run(result(), skip, skip))
    assert "gradient_reversal (torch), G19 forward mode: 2 cases\n  it has no forward mode" in text


def test_the_header_tells_each_framework_once() -> None:
    text = printed(large(["torch", "nnabla"]))
    assert text.count("  torch 2.13.0+cpu on cpu, CPython 3.11.7, numpy 1.26.4\n") == 1
    assert text.count("  nnabla 1.39.0 on cpu, CPython 3.11.7, numpy 1.26.4\n") == 1


def test_a_skipped_backend_is_told_before_and_after() -> None:
    text = printed(large(["torch"], chainer="it is not installed"))
    assert text.count("NOT RUN: chainer: it is not installed\n") == 2
    assert text.splitlines()[-1].startswith("All that was tried conforms: ")
    assert text.splitlines()[-1].endswith("; NOT RUN: chainer")


EVERY = "All conform, every MUST clause was tried: "


@pytest.mark.parametrize(
    ("of", "verdict"),
    [
        (run(result()), EVERY + "1 passed, 0 failed, 0 errored, 0 skipped in 65 s"),
        (
            run(result(), result(Outcome.SKIPPED)),
            EVERY + "1 passed, 0 failed, 0 errored, 1 skipped (declared limitations) in 65 s",
        ),
        (
            run(result(), failure(level="SHOULD"), foreign=True),
            EVERY + "1 passed, 1 failed (1 of SHOULD clauses, which a foreign layer may "
            "miss), 0 errored, 0 skipped in 65 s",
        ),
        (run(failure()), "NOT conforming: 0 passed, 1 failed, 0 errored, 0 skipped in 65 s"),
        (
            run(),
            "No verdict, no case was judged: 0 passed, 0 failed, 0 errored, 0 skipped in 65 s",
        ),
        (
            run(result(), complete=False),
            "No verdict, the run was cut short: 1 passed, 0 failed, 0 errored, 0 skipped in 65 s",
        ),
        (
            replace(run(result()), footer=None),
            "No verdict, the run was cut short: 1 passed, 0 failed, 0 errored, 0 skipped",
        ),
        (
            run().ended(False, 1, interrupted=True),
            "No verdict, the run was interrupted: 0 passed, 0 failed, 0 errored, 0 skipped in 1 s",
        ),
        (
            run(result(), result(Outcome.ERRORED)),
            "No verdict, cases errored: 1 passed, 0 failed, 1 errored, 0 skipped in 65 s",
        ),
    ],
)
@pytest.mark.parametrize("width", [60, 160])
def test_the_last_line_is_the_verdict(of: Run, verdict: str, width: int) -> None:
    assert printed(of, width).splitlines()[-1] == verdict


@pytest.mark.parametrize(
    ("equal", "error", "text"),
    [(True, 0.0, "bitwise"), (False, 0.25, "0.25 bound"), (False, 0.0, "0 bound, other bits")],
)
def test_agreement_tells_how_far_two_are_apart(equal: bool, error: float, text: str) -> None:
    pairs = [("a", "b"), ("a", "c")]
    items = [
        Agreement("mul_scalar", "y", "float32", pairs[0], equal, error, "bound"),
        Agreement("mul_scalar", "dx", "float16", pairs[1], True, 0.0, "bound"),
    ]
    out = printed(Run(header((info(),)), (result(),), tuple(items)).ended(True, 1))
    assert row(out, "mul_scalar") == ["mul_scalar", "", "float32", "float16"]
    lines = [[cell.strip() for cell in line.split("|")] for line in out.splitlines()]
    assert ["a", "y", text, "-"] in lines
    assert ["a", "dx", "-", "bitwise"] in lines
    assert ["c", "", "", ""] in lines


def test_a_subjects_text_commands_neither_the_terminal_nor_the_colours() -> None:
    text = printed(run(failure(detail="\x1b[2J\r[red]x[/red]", case="[bold]")))
    assert r"    \x1b[2J\r[red]x[/red]" in text
    assert "(torch): [bold]" in text

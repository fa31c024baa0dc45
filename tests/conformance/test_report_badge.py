"""The badge, and the files that a run of the command line writes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.report import write_badge
from conformance.results import Outcome, Run
from tests.conformance.report_examples import failure, large, result, run
from tests.conformance.whole_runs import BACKEND, conformance, needs_backend

PART = run(result())
PART = replace(PART, header=replace(PART.header, chosen=("--clause R3",)))


@pytest.mark.parametrize(
    ("found", "message", "color"),
    [
        (large(), "486 passed", "brightgreen"),
        (run(result(), result(Outcome.SKIPPED)), "1 passed", "brightgreen"),
        (run(result(), failure(level="SHOULD"), foreign=True), "1 passed", "brightgreen"),
        (PART, "1 passed, of a part", "yellow"),
        (large(["torch"], nnabla="no Python"), "162 passed, without nnabla", "yellow"),
        (
            run(failure(clause="P1"), failure(clause="R2"), failure(clause="P1")),
            "does not conform: R2, P1",
            "red",
        ),
        (run(failure(), complete=False), "does not conform: R3", "red"),
        (
            run(*(failure(clause=f"G{n}") for n in range(10, 17))),
            "does not conform: G10, G11, G12, G13 and 3 more",
            "red",
        ),
        (run(result(), result(Outcome.ERRORED)), "no verdict, cases errored", "lightgrey"),
        (run(), "no verdict, no case was judged", "lightgrey"),
        (run(result(), complete=False), "no verdict, the run was cut short", "lightgrey"),
        (
            run(failure()).ended(complete=False, seconds=1, interrupted=True),
            "no verdict, the run was interrupted",
            "lightgrey",
        ),
    ],
)
def test_a_badge(found: Run, message: str, color: str, tmp_path: Path) -> None:
    write_badge(found, tmp_path / "badge.json")
    assert json.loads((tmp_path / "badge.json").read_bytes()) == {
        "schemaVersion": 1,
        "label": "conformance",
        "message": message,
        "color": color,
    }


@needs_backend
def test_a_run_writes_what_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def reversal(x, scale):\n    return x * 1\n", "utf-8")
    (tmp_path / "summary.md").write_text("# Of the step before\n", "utf-8")
    arguments = ["--subject", f"{BACKEND}:mine.py:reversal", "--layer", "gradient_reversal"]
    arguments += ["--quick", "--clause", "R2", "--json", "new/report.json"]
    done = conformance(tmp_path, *arguments, "--summary", "summary.md", "--badge", "new/badge.json")
    assert done.returncode == 1, done.stderr + done.stdout
    badge = json.loads((tmp_path / "new/badge.json").read_bytes())
    assert (badge["message"], badge["color"]) == ("does not conform: R2", "red")
    summary = (tmp_path / "summary.md").read_text("utf-8")
    assert summary.startswith("# Of the step before\n\n## Conformance: NOT conforming\n")
    assert "does NOT conform: **R2 dx is " in summary
    assert "\nmeasured: dx0 = 1 * dy, not " in summary
    written = "new/report.json, new/report.html, new/badge.json, summary.md"
    assert done.stdout.endswith(f"\nReports: {written}\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--summary", "folder"), "folder cannot be written: folder is a folder"),
        (("--summary", "file/summary.md"), "file/summary.md cannot be written"),
        (("--badge", "folder"), "folder cannot be written: folder is a folder"),
        (("--badge", "file/badge.json"), "file/badge.json cannot be written"),
        (("--badge", "x", "--summary", "./x"), "--badge and --summary cannot both be x"),
        (("--json", "x", "--badge", "x.html"), "--json and --badge cannot both be x.html"),
        (("--json", "x.json", "--summary", "x.json"), "--json and --summary cannot both be x.json"),
    ],
)
def test_what_cannot_be_written_is_said_before_the_run(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    done = conformance(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert not (tmp_path / "x").exists()

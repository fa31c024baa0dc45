"""What docs/reports.md quotes of reports, beside what comes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from conformance import __main__ as command_line
from conformance.report import write_json
from conformance.results import Result
from tests.conformance.report_examples import failure, result, run
from tests.docs.blocks import ROOT, blocks

PAGE = ROOT / "docs" / "reports.md"


def test_a_report_begins_so(tmp_path: Path) -> None:
    (block,) = (block for block in blocks(PAGE) if block.language == "json")
    write_json(run(result()), tmp_path / "report.json")
    said, report = json.loads(block.text), json.loads((tmp_path / "report.json").read_bytes())
    assert list(report)[: len(said)] == list(said)
    assert said["header"].keys() <= report["header"].keys()
    assert [said[key] for key in ("kind", "schema")] == [report[key] for key in ("kind", "schema")]


def test_a_comparison_ends_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (said,) = re.findall(r"such as `(REGRESSED: .*?)`", PAGE.read_text("utf-8"))
    same = [result(clause=f"G{number}") for number in range(int(re.findall(r"\d+", said)[4]))]

    def written(name: str, *results: Result) -> str:
        write_json(run(*same, *results), tmp_path / name)
        return str(tmp_path / name)

    old = written("old.json", result(clause="R2"), result(clause="R3"))
    new = written("new.json", failure(clause="R2"), failure(clause="R3"))
    assert command_line.main(["compare", old, new]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == said


def test_the_badge_has_the_number_of_the_readme() -> None:
    (passed,) = re.findall(r"says `(\d+ passed)` in green", PAGE.read_text("utf-8"))
    assert f"{passed}, 0 failed" in (ROOT / "README.md").read_text("utf-8")

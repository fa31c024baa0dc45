"""The command that writes docs/which.json and the table of README.md: both files, or neither."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from benchmarks.model import store
from conformance.report import write_json
from conformance.results import Run
from docs.which import __main__ as command
from docs.which.table import BEGIN, END, put, table
from tests.docs.reported import run_of

FACTS = json.loads(command.FACTS.read_text("utf-8"))
README = command.README.read_text("utf-8")
RUN = run_of(FACTS["judged"])
LOAD = cache(store.load)  # of the committed run: it takes a second


def of_another_version() -> Run:
    infos = RUN.header.subjects
    others = tuple(replace(info, framework_version="1.0") for info in infos)
    return replace(RUN, header=replace(RUN.header, subjects=others))


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for what the command writes, with a README.md whose table is an old one."""
    monkeypatch.setattr(command, "FACTS", tmp_path / "which.json")
    monkeypatch.setattr(command, "README", tmp_path / "README.md")
    monkeypatch.setattr(store, "load", LOAD)
    (tmp_path / "README.md").write_text(put(README, f"{BEGIN}\nold\n{END}"), "utf-8")
    return tmp_path


def test_the_command_writes_both(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_json(RUN, files / "report.json")
    assert command.main([str(files / "report.json")]) == 0
    assert (files / "which.json").read_text("utf-8") == json.dumps(
        FACTS, indent=1, ensure_ascii=False
    ) + "\n"
    assert (files / "README.md").read_text("utf-8") == put(README, table(FACTS))
    assert "written: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("report", "readme", "said"),
    [
        (None, README, r"report\.json cannot be read: .* Run `python3 dev\.py conformance`, which"),
        ("{}", README, r"report\.json is not a conformance report"),
        (
            replace(RUN, header=replace(RUN.header, quick=True)),
            README,
            r"report\.json is not taken: it is of a run with --quick\. Wanted the report of a full "
            r"run that passed: run `python3 dev\.py conformance` without options",
        ),
        (
            of_another_version(),
            README,
            r"report\.json is out of date: torch was judged with torch 1\.0",
        ),
        (RUN, README.replace(END, ""), r"README\.md has to have <!-- .* once"),
        (RUN, README.replace(BEGIN, ""), r"README\.md has to have"),
        (RUN, README + END, r"README\.md has to have"),
        (RUN, README.replace(BEGIN, BEGIN * 2), r"README\.md has to have"),
    ],
)
def test_a_command_that_is_refused_writes_nothing(
    report: Run | str | None,
    readme: str,
    said: str,
    files: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (files / "README.md").write_text(readme, "utf-8")
    path = files / "report.json"
    if isinstance(report, Run):
        write_json(report, path)
    elif report:
        path.write_text(report, "utf-8")
    assert command.main([str(path)]) == 2
    assert re.match(f"which: .*{said}", capsys.readouterr().err)
    assert (files / "README.md").read_text("utf-8") == readme
    assert not (files / "which.json").exists()


def test_a_run_of_the_benchmarks_that_cannot_be_read_is_refused(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_json(RUN, files / "report.json")
    assert command.main([str(files / "report.json"), str(files / "report.json")]) == 2
    assert "wanted the results of a run of the benchmarks" in capsys.readouterr().err

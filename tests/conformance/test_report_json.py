"""The JSON report: it comes back as it went, is strict, whole, or refused."""

import json
import math
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.report import read_json, write_json
from conformance.results import Outcome
from tests.conformance.report_examples import failure, large, result, run


def test_a_run_comes_back_as_it_went(tmp_path: Path) -> None:
    # nan is not equal to itself, so this run holds none.
    sent = replace(
        large(broken=False, chainer="it is not installed"), results=(result(), failure())
    )
    sent = sent.ended(True, 1.5)
    write_json(sent, tmp_path / "report.json")
    came = read_json(tmp_path / "report.json")
    assert came == sent
    assert isinstance(came.results[0].outcome, Outcome)


@pytest.mark.parametrize(
    ("error", "text"), [(math.inf, "inf"), (-math.inf, "-inf"), (math.nan, "nan")]
)
def test_what_json_has_no_number_for_is_a_string(tmp_path: Path, error: float, text: str) -> None:
    path = tmp_path / "report.json"
    write_json(run(failure(error=error)), path)
    written = json.loads(path.read_text(), parse_constant=pytest.fail)
    assert written["results"][0]["error"] == text
    assert repr(read_json(path).results[0].error) == text


def test_text_that_is_no_unicode_comes_back(tmp_path: Path) -> None:
    detail = "a path that is not UTF-8: \udcff, a line\nand \x1b[31m"
    write_json(run(failure(detail=detail)), tmp_path / "report.json")
    assert read_json(tmp_path / "report.json").results[0].detail == detail


def test_the_keys_are_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write_json(large(["torch"]), path)
    keys = ["kind", "schema", "header", "results", "agreement", "untried", "footer"]
    assert list(json.loads(path.read_text())) == keys


def test_folders_are_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "report.json"
    write_json(run(result()), path)
    assert os.listdir(path.parent) == ["report.json"]


def test_others_may_read_the_report_where_the_umask_lets_them(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_json(run(result()), tmp_path / "report.json")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "report.json").stat().st_mode) == 0o644


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "report.json"
    write_json(run(result()), path)
    old = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="no space left"):
        write_json(run(failure()), path)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == ["report.json"]


def _partial(report: dict[str, Any]) -> None:
    report["footer"]["complete"] = False


def _no_footer(report: dict[str, Any]) -> None:
    report["footer"] = None


def _without_footer(report: dict[str, Any]) -> None:
    del report["footer"]


def _other_kind(report: dict[str, Any]) -> None:
    report["kind"] = "benchmark report"


def _newer(report: dict[str, Any]) -> None:
    report["schema"] = 2


def _lost_result(report: dict[str, Any]) -> None:
    del report["results"][0]


def _invented_outcome(report: dict[str, Any]) -> None:
    report["results"][0]["outcome"] = "xfailed"


def _error_of_text(report: dict[str, Any]) -> None:
    report["results"][0]["error"] = "small"


def _number_for_a_name(report: dict[str, Any]) -> None:
    report["results"][0]["case"] = 3


def _missing_key(report: dict[str, Any]) -> None:
    del report["results"][0]["rerun"]


def _path_of_an_interpreter(report: dict[str, Any]) -> None:
    report["header"]["subjects"][0]["interpreter"] = "/usr/bin/python3"


@pytest.mark.parametrize(
    ("change", "came"),
    [
        (_partial, "it is partial: its footer says that the run was cut short"),
        (_no_footer, "it is partial: it has no footer"),
        (_without_footer, "it is partial: it has no footer"),
        (_other_kind, "its kind is 'benchmark report'"),
        (_newer, "it has schema 2, not 1"),
        (_lost_result, "it has other results than its footer counts"),
        (_invented_outcome, r"results\[0\].outcome: wanted one of .*, got 'xfailed'"),
        (_error_of_text, r"results\[0\].error: wanted float, got str 'small'"),
        (_number_for_a_name, r"results\[0\].case: wanted str, got int 3"),
        (_missing_key, r"results\[0\]: wanted the keys .*'rerun'"),
        (_path_of_an_interpreter, "interpreter must be an implementation and a version"),
    ],
)
def test_reading_refuses_a_report(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], came: str
) -> None:
    path = tmp_path / "report.json"
    write_json(run(result(), failure()), path)
    report = json.loads(path.read_text())
    change(report)
    path.write_text(json.dumps(report))
    with pytest.raises(ValueError, match=rf"report\.json: .*{came}.*; wanted the JSON report of"):
        read_json(path)


@pytest.mark.parametrize(
    ("content", "came"),
    [
        (b"", "it is not JSON"),
        (b'{"kind": ', "it is not JSON"),
        (b"\xff\xfe\xfd", "it is not JSON"),
        (b'{"error": NaN}', "NaN is not JSON"),
        (b"[1, 2]", "it is another kind of file"),
        (b'{"version": 3}', "it is another kind of file"),
    ],
)
def test_reading_refuses_another_file(tmp_path: Path, content: bytes, came: str) -> None:
    path = tmp_path / "other.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"other\.json: .*{came}.*; wanted the JSON report of"):
        read_json(path)


def test_a_report_of_a_run_that_was_cut_short_can_be_written_but_not_read(tmp_path: Path) -> None:
    write_json(run(result(), complete=False), tmp_path / "report.json")
    with pytest.raises(ValueError, match="partial"):
        read_json(tmp_path / "report.json")

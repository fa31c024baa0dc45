"""The JSON report: strict, and whole or not there."""

import json
import math
import os
import stat
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from conformance.report import write_html, write_json
from tests.conformance.report_examples import TITLES, failure, large, result, run


def test_a_report_holds_what_was_found(tmp_path: Path) -> None:
    odd = failure(detail="a path that is not UTF-8: \udcff, a line\nand \x1b[31m")
    write_json(run(result(), odd), tmp_path / "report.json")
    found = json.loads((tmp_path / "report.json").read_bytes())
    assert found["results"] == [vars(result()), vars(odd)]
    assert found["footer"]["counts"] == {"passed": 1, "failed": 1, "errored": 0, "skipped": 0}


@pytest.mark.parametrize(
    ("error", "text"), [(math.inf, "inf"), (-math.inf, "-inf"), (math.nan, "nan")]
)
def test_what_json_has_no_number_for_is_a_string(tmp_path: Path, error: float, text: str) -> None:
    path = tmp_path / "report.json"
    write_json(run(failure(error=error)), path)
    written = json.loads(path.read_text(), parse_constant=pytest.fail)
    assert written["results"][0]["error"] == text


def test_the_keys_are_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write_json(large(["torch"]), path)
    keys = ["kind", "schema", "header", "results", "agreement", "untried", "footer"]
    assert list(json.loads(path.read_text())) == keys


def test_others_may_read_the_report_where_the_umask_lets_them(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_json(run(result()), tmp_path / "report.json")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "report.json").stat().st_mode) == 0o644


@pytest.mark.parametrize("write", [write_json, partial(write_html, titles=TITLES)])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_folders_are_made_and_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, write: Any
) -> None:
    path = tmp_path / "new" / "folder" / "report"
    write(run(result()), path)
    old = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="no space left"):
        write(run(failure()), path)
    assert path.read_bytes() == old
    assert os.listdir(path.parent) == ["report"]

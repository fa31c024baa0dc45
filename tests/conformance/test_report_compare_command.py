"""``conformance compare``: exit statuses, and what is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance import __main__ as command_line
from conformance.report import write_json
from conformance.results import Run
from tests.conformance.report_examples import failure, header, info, result, run

OTHER = Run(header([info("chainer")]), (), ()).ended(True, 1)


@pytest.mark.parametrize(
    ("before", "after", "status", "said"),
    [
        (run(result()), run(result()), 0, "No regression: 0 clauses regressed"),
        (run(failure()), run(result()), 0, "1 improved"),
        (run(result()), run(failure()), 1, "REGRESSED: 1 clause regressed"),
        (run(result()), run(complete=False), 1, "; 2 verdicts got worse"),
        (run(result()), OTHER, 2, "old.json and new.json have no subject in common"),
    ],
)
def test_exit_statuses(
    before: Run,
    after: Run,
    status: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write_json(before, "old.json")
    write_json(after, "new.json")
    assert command_line.main(["compare", "old.json", "new.json"]) == status
    out, err = capsys.readouterr()
    assert said in (err if status == 2 else out)
    assert not (out if status == 2 else err)


def test_every_file_that_cannot_be_read_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "old.json").write_text("{")
    (tmp_path / "new.json").write_text("{}")
    files = [str(tmp_path / name) for name in ("old.json", "new.json")]
    assert command_line.main(["compare", *files]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith(f"conformance compare: {files[0]} is damaged: it is not JSON")
    assert second.startswith(f"conformance compare: {files[1]} is not a conformance report: ")

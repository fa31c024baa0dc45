"""A JSON report is read back as it was written, or it is said what is wrong with the file."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.report import Unreadable, read_json, write_json
from conformance.report.json_report import KIND
from conformance.results import Run, Untried
from tests.conformance.report_examples import failure, large, result, run

APART = {"layer": "mul_scalar", "quantity": "y", "dtype": "float32"}  # the order is the model's
UNTRIED = Untried("s", "torch", "mul_scalar", "R4", "SHOULD", "it has no views")


@pytest.mark.parametrize(
    "found",
    [
        run(result(), complete=False),
        replace(run(foreign=True), footer=None, untried=(UNTRIED,)),
        run(*(failure(error=error) for error in (math.nan, math.inf, -math.inf, 0.1))),
        run(failure(detail="a path that is not UTF-8: \udcff\n")),
        large(["torch", "nnabla"], broken=True, chainer="no wheel"),
    ],
)
def test_what_was_written_is_read(found: Run, tmp_path: Path) -> None:
    write_json(found, tmp_path / "report.json")
    # As text, in which nan is nan, and a name is no enum's member.
    assert repr(read_json(tmp_path / "report.json")) == repr(found)


def test_fields_of_other_versions_are_passed_over(tmp_path: Path) -> None:
    document = written(tmp_path)
    document["results"][0]["retries"] = 3
    del document["footer"]["interrupted"], document["header"]["subjects"][0]["call"]
    (tmp_path / "report.json").write_text(json.dumps(document))
    assert read_json(tmp_path / "report.json") == run(result())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is damaged: it is not JSON: Expecting value"),
        (b'{"kind": "custom-gra', "is damaged: it is not JSON: Unterminated string"),
        (b"\xff", "is damaged: it is not JSON: 'utf-8' codec"),
        (b'{"seconds": NaN}', "is damaged: it is not JSON: NaN is no number"),
        (b"[" * 100_000, "is damaged: it is not JSON: "),
        (b"[]", f"is not a conformance report: it has no kind, wanted '{KIND}'"),
        (b'{"kind": "pyperf"}', "is not a conformance report: its kind is 'pyperf', wanted"),
    ],
)
def test_a_file_that_is_no_report(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_bytes(content)
    assert refusal(tmp_path / "report.json").startswith(said)


@pytest.mark.parametrize(("name", "said"), [("none", "No such file"), (".", "Is a directory")])
def test_a_file_that_cannot_be_opened(name: str, said: str, tmp_path: Path) -> None:
    assert refusal(tmp_path / name).startswith(f"cannot be read: {said}")


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("schema", 2, "is of schema 2, and this suite reads 1: a newer suite wrote it"),
        ("schema", 0, "is damaged: schema: got 0, wanted 1"),
        ("schema", True, "is damaged: schema: got True, wanted 1"),
        ("results", {}, "is damaged: results: got {}, wanted a list"),
        ("results.0", 3, "is damaged: results[0]: got 3, wanted an object"),
        ("results.0.outcome", "lost", "is damaged: results[0].outcome: got 'lost', wanted one of"),
        ("results.0.level", "MAY", "is damaged: results[0].level: got 'MAY', wanted MUST or"),
        ("results.0.clause", "12", "is damaged: results[0]: clause must be letters and a number"),
        ("results.0.seconds", "1", "is damaged: results[0].seconds: got '1', wanted a number"),
        ("results.0.seconds", True, "is damaged: results[0].seconds: got True, wanted a number"),
        ("results.0.seconds", 10**400, "is damaged: results[0].seconds: got 1000"),
        ("results.0.error", "huge", "is damaged: results[0].error: got 'huge', wanted a number"),
        ("results.0.case", None, "is damaged: results[0].case: got None, wanted a text"),
        ("header.subjects", None, "is damaged: header.subjects: got None, wanted a list"),
        ("agreement", [{**APART, "subjects": ["a"]}], "is damaged: agreement[0].subjects: got ['a"),
        ("header.seed", 1.5, "is damaged: header.seed: got 1.5, wanted int"),
        ("header.skipped_backends", {"torch": 1}, "is damaged: header.skipped_backends.torch: got"),
        ("header.subjects.0.interpreter", "/bin/python", "is damaged: header.subjects[0]: interp"),
        ("footer.counts", {"lost": 1}, "is damaged: footer.counts: got 'lost', wanted one of"),
    ],
)
def test_a_report_that_is_damaged(path: str, value: Any, said: str, tmp_path: Path) -> None:
    document = part = written(tmp_path)
    *above, last = [int(name) if name.isdigit() else name for name in path.split(".")]
    for name in above:
        part = part[name]
    part[last] = value
    (tmp_path / "report.json").write_text(json.dumps(document))
    assert refusal(tmp_path / "report.json").startswith(said)


@pytest.mark.parametrize(
    ("path", "said"),
    [("results", "the report has no results"), ("header.machine", "header has no machine")],
)
def test_what_is_missing_is_named(path: str, said: str, tmp_path: Path) -> None:
    document = part = written(tmp_path)
    *above, last = path.split(".")
    for name in above:
        part = part[name]
    del part[last]
    (tmp_path / "report.json").write_text(json.dumps(document))
    assert refusal(tmp_path / "report.json") == f"is damaged: {said}"


def written(folder: Path) -> Any:
    write_json(run(result()), folder / "report.json")
    return json.loads((folder / "report.json").read_bytes())


def refusal(path: Path) -> str:
    """What is said of the file, behind its name."""
    with pytest.raises(Unreadable) as refused:
        read_json(path)
    name, _, said = str(refused.value).partition(f"{path} ")
    assert name == ""
    return said

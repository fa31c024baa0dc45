"""The JSON report: written whole or not at all, as the published schema says, and read back."""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no types

from conformance import report
from conformance.report import Unreadable, read_json, write_html, write_json
from conformance.report.json_report import KIND, SCHEMA
from conformance.results import Agreement, Run, Untried
from tests.conformance.report_examples import TITLES, failure, header, info, large, result, run

DOCUMENT = json.loads(Path(report.__file__).with_name("schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(DOCUMENT)
UNTRIED = Untried("s", "torch", "mul_scalar", "R4", "SHOULD", "it has no views")
APART = Agreement("mul_scalar", "dx0", "float16", ("a", "b"), False, math.inf, "ULP")
FULL = replace(run(result()), untried=(UNTRIED,), agreement=(APART,))


def written(found: Run, folder: Path) -> Any:
    write_json(found, folder / "report.json")
    return json.loads((folder / "report.json").read_bytes())


def problems(document: Any) -> list[str]:
    """Where the document breaks the schema, and how."""
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(document)]


def refusal(path: Path) -> str:
    """What is said of the file, behind its name."""
    with pytest.raises(Unreadable) as refused:
        read_json(path)
    name, _, said = str(refused.value).partition(f"{path} ")
    assert name == ""
    return said


def changed(document: Any, path: str, *value: Any) -> Any:
    """The document with another value at a place, or without one."""
    part = document
    *above, last = [int(name) if name.isdigit() else name for name in path.split(".")]
    for name in above:
        part = part[name]
    if value:
        (part[last],) = value
    else:
        del part[last]
    return document


def test_it_is_a_schema_of_this_version() -> None:
    Draft202012Validator.check_schema(DOCUMENT)
    assert DOCUMENT["properties"]["schema"]["const"] == SCHEMA
    assert DOCUMENT["properties"]["kind"]["const"] == KIND
    assert DOCUMENT["$id"].endswith(f":{SCHEMA}")


def test_everything_is_described_and_required_and_nothing_else_is_let_in() -> None:
    found = list(parts(DOCUMENT))
    assert len(found) > 50
    for part in found:
        assert "$ref" in part or part["description"]
        if "properties" in part:
            assert part["additionalProperties"] is False
            assert part["required"] == list(part["properties"])


def parts(schema: Any) -> Iterator[Any]:
    """A schema, and every one that it gives a name."""
    yield schema
    for inner in (*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()):
        yield from parts(inner)


@pytest.mark.parametrize(
    "found",
    [
        FULL,
        run(),
        run(result(), complete=False),
        replace(run(result(), foreign=True), footer=None),
        run(result()).ended(complete=False, seconds=0.5, interrupted=True),
        run(*(failure(error=error) for error in (math.nan, math.inf, -math.inf, 0.1))),
        run(failure(detail="a path that is not UTF-8: \udcff, a line\nand \x1b[31m")),
        Run(replace(header([info()]), chosen=("--clause R3",)), (result(),), ()),
        large(),
        large(["torch"], broken=True, nnabla="no Python 3.10", chainer="no wheel"),
    ],
)
def test_a_report_meets_the_schema_and_is_read_back(found: Run, tmp_path: Path) -> None:
    assert problems(written(found, tmp_path)) == []
    # As text, in which nan is nan, and a name is no enum's member.
    assert repr(read_json(tmp_path / "report.json")) == repr(found)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("results.0.outcome", "lost", "results[0].outcome: got 'lost', wanted one of"),
        ("results.0.level", "MAY", "results[0].level: got 'MAY', wanted MUST or"),
        ("results.0.clause", "12", "results[0]: clause must be letters and a number"),
        ("results.0.seconds", "1", "results[0].seconds: got '1', wanted a number"),
        ("results.0.seconds", True, "results[0].seconds: got True, wanted a number"),
        ("results.0.error", "huge", "results[0].error: got 'huge', wanted a number"),
        ("results.0.case", None, "results[0].case: got None, wanted a text"),
        ("results", {}, "results: got {}, wanted a list"),
        ("results.0", 3, "results[0]: got 3, wanted an object"),
        ("header.subjects", None, "header.subjects: got None, wanted a list"),
        ("header.seed", 1.5, "header.seed: got 1.5, wanted int"),
        ("header.skipped_backends", {"torch": 1}, "header.skipped_backends.torch: got"),
        ("header.subjects.0.interpreter", "/bin/python", "header.subjects[0]: interp"),
        ("agreement.0.subjects", ["a"], "agreement[0].subjects: got ['a"),
        ("schema", 0, "schema: got 0, wanted 1"),
    ],
)
def test_a_report_that_is_damaged_breaks_the_schema_and_is_not_read(
    path: str, value: Any, said: str, tmp_path: Path
) -> None:
    document = changed(written(FULL, tmp_path), path, value)
    (tmp_path / "report.json").write_text(json.dumps(document))
    assert refusal(tmp_path / "report.json").startswith(f"is damaged: {said}")
    place = f"$.{path.replace('.0', '[0]')}"
    assert [problem.startswith(place) for problem in problems(document)] == [True]


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("kind", "other", "$.kind"),
        ("schema", SCHEMA + 1, "$.schema"),
        ("results.0.seconds", -1, "$.results[0].seconds"),
        ("results.0.case", "", "$.results[0].case"),
        ("header.time", "yesterday", "$.header.time"),
        ("footer.counts.passed", 1.5, "$.footer.counts.passed"),
    ],
)
def test_what_the_schema_alone_refuses(path: str, value: Any, place: str, tmp_path: Path) -> None:
    document = changed(written(FULL, tmp_path), path, value)
    assert [problem.partition(": ")[0] for problem in problems(document)] == [place]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("schema", [2], "is of schema 2, and this suite reads 1: a newer suite wrote it"),
        ("schema", [True], "is damaged: schema: got True, wanted 1"),
        ("results.0.seconds", [10**400], "is damaged: results[0].seconds: got 1000"),
        ("footer.counts", [{"lost": 1}], "is damaged: footer.counts: got 'lost', wanted one of"),
        ("results", [], "is damaged: the report has no results"),
        ("header.machine", [], "is damaged: header has no machine"),
    ],
)
def test_what_is_not_read(path: str, value: list[Any], said: str, tmp_path: Path) -> None:
    document = changed(written(FULL, tmp_path), path, *value)
    (tmp_path / "report.json").write_text(json.dumps(document))
    assert refusal(tmp_path / "report.json").startswith(said)


def test_fields_of_other_versions_are_passed_over(tmp_path: Path) -> None:
    document = written(run(result()), tmp_path)
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

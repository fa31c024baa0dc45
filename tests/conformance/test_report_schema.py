"""The published schema of the JSON report: real reports meet it, and the model has no more."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import fields, make_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no types

from conformance import report, results
from conformance.report.json_report import KIND, SCHEMA
from conformance.results import Agreement, Outcome, Result, Run, Untried
from conformance.run import session
from tests.conformance.report_examples import failure, header, info, large, result, run
from tests.conformance.whole_runs import BACKEND, judge, needs_backend

DOCUMENT = json.loads(Path(report.__file__).with_name("schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(DOCUMENT)
WRONG = "def f(x, scalar):\n    return x * 1\n"
UNTRIED = Untried("s", "torch", "mul_scalar", "R4", "SHOULD", "it has no views")
APART = Agreement("mul_scalar", "dx0", "float16", ("a", "b"), False, math.inf, "ULP")
MODEL = {  # each part of the model, and where the schema describes it
    "header": results.Header,
    "subject_info": results.SubjectInfo,
    "result": Result,
    "agreement": Agreement,
    "untried": Untried,
    "footer": results.Footer,
}


def written(found: Run, folder: Path) -> Any:
    report.write_json(found, folder / "report.json")
    return json.loads((folder / "report.json").read_bytes())


def problems(document: Any) -> list[str]:
    """Where the document breaks the schema, and how."""
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(document)]


def test_it_is_a_schema_of_this_version() -> None:
    Draft202012Validator.check_schema(DOCUMENT)
    assert DOCUMENT["properties"]["schema"]["const"] == SCHEMA
    assert DOCUMENT["properties"]["kind"]["const"] == KIND
    assert DOCUMENT["$id"].endswith(f":{SCHEMA}")


def test_everything_is_described_and_nothing_else_is_let_in() -> None:
    found = list(parts(DOCUMENT))
    assert len(found) > 50
    for part in found:
        assert "$ref" in part or part["description"]
        assert "properties" not in part or part["additionalProperties"] is False


def parts(schema: Any) -> Iterator[Any]:
    """A schema, and every one that it gives a name."""
    yield schema
    for inner in (*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()):
        yield from parts(inner)


@pytest.mark.parametrize(
    "found",
    [
        run(result()),
        run(),
        run(result(), complete=False),
        replace(run(result(), foreign=True), footer=None),
        run(result()).ended(complete=False, seconds=0, interrupted=True),
        run(*(failure(error=error) for error in (math.nan, math.inf, -math.inf))),
        run(failure(detail="a path that is not UTF-8: \udcff, a line\nand \x1b[31m")),
        replace(run(result()), untried=(UNTRIED,), agreement=(APART,)),
        Run(replace(header([info()]), chosen=("--clause R3",)), (result(),), ()),
        large(),
        large(["torch"], broken=True, nnabla="no Python 3.10", chainer="no wheel"),
    ],
)
def test_a_report_meets_the_schema(found: Run, tmp_path: Path) -> None:
    assert problems(written(found, tmp_path)) == []


@needs_backend
def test_a_whole_run_of_a_wrong_layer_meets_it(tmp_path: Path) -> None:
    found = judge(tmp_path, WRONG, clauses=())
    assert {r.outcome for r in found.results} == {Outcome.PASSED, Outcome.FAILED}
    assert len({r.clause for r in found.results}) > 30
    assert problems(written(found, tmp_path)) == []


@needs_backend
def test_a_run_that_was_interrupted_meets_it(tmp_path: Path) -> None:
    def interrupt(_: Result) -> None:
        raise KeyboardInterrupt

    settings = session.Settings(backends=(BACKEND,), clauses=("G1",), quick=True)
    subjects, skipped = session.open_subjects(settings)
    try:
        head = session.header(settings, subjects, skipped)
        found = session.run(settings, subjects, head, ended=interrupt)
    finally:
        session.close(subjects)
    assert found.verdict == results.INTERRUPTED
    document = written(found, tmp_path)
    assert (document["footer"]["interrupted"], len(document["results"])) == (True, 1)
    assert problems(document) == []


@pytest.mark.parametrize("name", MODEL)
def test_the_schema_has_the_fields_of_the_model(name: str) -> None:
    names = [field.name for field in fields(MODEL[name])]
    assert list(DOCUMENT["$defs"][name]["properties"]) == names
    assert DOCUMENT["$defs"][name]["required"] == names


def test_a_report_has_the_fields_of_a_run() -> None:
    names = ["kind", "schema", *(field.name for field in fields(Run))]
    assert list(DOCUMENT["properties"]) == DOCUMENT["required"] == names


@pytest.mark.parametrize(
    ("part", "place"),
    [("results", "$.results[0]"), ("untried", "$.untried[0]"), ("agreement", "$.agreement[0]")],
)
def test_a_field_that_only_the_model_has_breaks_the_schema(
    part: str, place: str, tmp_path: Path
) -> None:
    full = replace(run(result()), untried=(UNTRIED,), agreement=(APART,))
    (item,) = getattr(full, part)
    wider = make_dataclass("Wider", [("retries", int, 0)], bases=(type(item),), frozen=True)
    changes: dict[str, Any] = {part: (wider(**vars(item)),)}
    document = written(replace(full, **changes), tmp_path)
    (problem,) = problems(document)
    assert problem.startswith(place)
    assert "'retries' was unexpected" in problem


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("kind", "other", "$.kind"),
        ("schema", SCHEMA + 1, "$.schema"),
        ("results.0.outcome", "lost", "$.results[0].outcome"),
        ("results.0.error", "infinite", "$.results[0].error"),
        ("results.0.level", "MAY", "$.results[0].level"),
        ("results.0.clause", "12", "$.results[0].clause"),
        ("results.0.seconds", -1, "$.results[0].seconds"),
        ("results.0.case", "", "$.results[0].case"),
        ("header.time", "yesterday", "$.header.time"),
        ("header.skipped_backends", {"torch": 1}, "$.header.skipped_backends.torch"),
        ("header.subjects.0.interpreter", "/home/me/python", "$.header.subjects[0].interpreter"),
        ("footer.counts.passed", 1.5, "$.footer.counts.passed"),
        ("agreement.0.subjects", ["a"], "$.agreement[0].subjects"),
    ],
)
def test_what_the_schema_refuses(path: str, value: Any, said: str, tmp_path: Path) -> None:
    document = part = written(replace(run(result()), agreement=(APART,)), tmp_path)
    *above, last = path.split(".")
    for name in above:
        part = part[int(name) if name.isdigit() else name]
    part[last] = value
    assert [problem.partition(": ")[0] for problem in problems(document)] == [said]

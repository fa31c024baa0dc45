"""The badge: the verdict in a line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.report import write_badge
from conformance.results import Outcome, Run
from tests.conformance.report_examples import failure, large, result, run

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

"""The table of docs/porting.md: what each line says of a framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "porting.md"
COLUMNS = ("torch", "nnabla", "chainer")
Measure = Callable[[], str]
Facts = Mapping[str, Measure]


def facts(
    before: Callable[[], object] = lambda: None,
) -> tuple[dict[str, Measure], Callable[[str], Callable[[Measure], Measure]]]:
    """Measurements by line, and a decorator that adds one; ``before`` is called before each."""
    found: dict[str, Measure] = {}

    def fact(line: str) -> Callable[[Measure], Measure]:
        def register(measure: Measure) -> Measure:
            def measured() -> str:
                before()
                return measure()

            found[line] = measured
            return measure

        return register

    return found, fact


def rows(framework: str) -> dict[str, str]:
    """The framework's cells, by the first cell of the line."""
    found = {}
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 4 and cells[1] != "PyTorch":
            found[cells[0]] = cells[1 + COLUMNS.index(framework)]
    return found


def cases(framework: str, facts: Facts) -> pytest.MarkDecorator:
    """A test for each line; a line without a measurement, or the reverse, is a failure."""
    said = rows(framework)
    names = [*said, *(name for name in facts if name not in said)]
    pairs = [(said.get(name, "no line"), facts.get(name, lambda: "not measured")) for name in names]
    return pytest.mark.parametrize(("said", "measure"), pairs, ids=names)

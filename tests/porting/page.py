"""The table of docs/porting.md: what each line says of a framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "porting.md"
COLUMNS = ("torch", "nnabla", "chainer")
Measurements = Mapping[str, Callable[[], object]]  # by line; a cell holds the str of what comes


def rows(framework: str) -> dict[str, str]:
    """The framework's cells, by the first cell of the line."""
    found = {}
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 4 and cells[1] != "PyTorch":
            found[cells[0]] = cells[1 + COLUMNS.index(framework)]
    return found


def cases(framework: str, measured: Measurements) -> pytest.MarkDecorator:
    """A test for each line; a line without a measurement, or the reverse, is a failure."""
    said = rows(framework)
    names = [*said, *(name for name in measured if name not in said)]
    pairs = [(said.get(n, "no line"), measured.get(n, lambda: "not measured")) for n in names]
    return pytest.mark.parametrize(("said", "measure"), pairs, ids=names)

"""Runs with figures that are known, for the tests of what is told about them."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from rich.console import Console

from benchmarks.model import Results, Row, Sample, Workload
from tests.benchmarks import made

# Of a row, in seconds: of every round, or of each of them.
Seconds = float | Sequence[float]
ROUNDS = 5
What = TypeVar("What")


def run(rows: Mapping[tuple[Workload, str, str], Seconds]) -> Results:
    """A run of five rounds with these rows: a workload, a framework, a subject."""
    results = Results(header=made.header(list(made.BACKENDS), ROUNDS))
    for (workload, backend, subject), seconds in rows.items():
        each = [seconds] * ROUNDS if isinstance(seconds, float) else seconds
        for number, value in enumerate(each):
            results.add(Row(workload, backend, subject), Sample(number, 1, (value,)))
    return results


def of(workload: Workload, backend: str = "torch", **seconds: Seconds) -> Results:
    """A run of one workload in one framework; an underscore stands for a space."""
    rows = {(workload, backend, name.replace("_", " ")): each for name, each in seconds.items()}
    return run(rows)


def printed(show: Callable[[Console, What], None], what: What, width: int = 100) -> str:
    """What is printed of something on a terminal without colours."""
    console = Console(file=io.StringIO(), width=width, color_system=None)
    show(console, what)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def lines(text: str) -> dict[str, list[list[str]]]:
    """The cells of the tables' lines, by the first of them."""
    found: dict[str, list[list[str]]] = {}
    for line in text.splitlines():
        if "|" in line:
            first, *cells = (cell.strip() for cell in line.split("|"))
            found.setdefault(first, []).append(cells)
    return found

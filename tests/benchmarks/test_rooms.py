"""Imports between the rooms run one way, and the controller has no worker code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2] / "benchmarks"
# What each room may import, besides itself.
BELOW = {
    "model": set(),
    "worker": {"model"},
    "idioms": set(),
    "analysis": {"model"},
    "run": {"model"},
    "report": {"model", "analysis"},
}


def imported(file: Path) -> Iterator[str]:
    """The rooms that a file imports."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "benchmarks" and len(parts) > 1:
                yield parts[1]


@pytest.mark.parametrize("room", BELOW)
def test_a_room_imports_what_is_below_it(room: str) -> None:
    files = sorted((HOME / room).rglob("*.py"))
    assert files
    for file in files:
        assert set(imported(file)) <= {room} | BELOW[room], file


def test_the_controller_imports_no_worker_code() -> None:
    assert not {"worker", "idioms"} & set(imported(HOME / "__main__.py"))

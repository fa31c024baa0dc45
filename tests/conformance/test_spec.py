"""No clause of the specification without a test, and no test of the suite without a clause."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from conformance import LAYERS
from conformance.clauses import SPEC, clauses, groups

SUITE = sorted((SPEC.parent / "suite").glob("test_*.py"))


def _cited(path: Path) -> dict[str, list[str]]:
    """The clauses that each test of a file cites."""
    found: dict[str, list[str]] = {}
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            calls = [d for d in node.decorator_list if isinstance(d, ast.Call)]
            found[node.name] = [
                ast.literal_eval(cited)
                for call in calls
                if isinstance(call.func, ast.Name) and call.func.id == "clause"
                for cited in (*call.args, *(keyword.value for keyword in call.keywords))
            ]
    return found


@pytest.mark.parametrize("path", SUITE, ids=lambda path: path.name)
def test_every_test_cites_a_clause_and_no_layer_two(path: Path) -> None:
    for name, cited in _cited(path).items():
        assert cited, f"{path.name}::{name} cites no clause"
        assert len(cited) <= len(LAYERS), f"{path.name}::{name} cites {cited}"


def test_every_clause_is_tested_and_every_cited_clause_exists() -> None:
    cited = {id for path in SUITE for ids in _cited(path).values() for id in ids}
    assert cited == {id for id in clauses() if id[0] not in "LT"}  # those are of any law


def test_every_heading_of_the_specification_is_read() -> None:
    headings = [line for line in SPEC.read_text("utf-8").splitlines() if line.startswith("### ")]
    assert len(headings) == len(clauses())


def test_every_clause_belongs_to_a_group_and_has_a_text() -> None:
    text = SPEC.read_text("utf-8")
    for clause in clauses().values():
        assert clause.id[0] in groups()
        body = text.partition(f"### {clause.id} {clause.level} {clause.title}\n")[2]
        assert body.strip(), f"{clause.id} has no text"
        assert not body.lstrip().startswith("#"), f"{clause.id} has no text"


def test_every_clause_is_in_the_table_of_what_is_tried_once() -> None:
    table = SPEC.read_text("utf-8").partition("## What is tried\n")[2].partition("\n## ")[0]
    named: list[str] = []
    for row in re.findall(r"^\| ([A-Z].*?) \|", table, re.MULTILINE):
        for entry in row.split(", "):
            first, _, last = entry.partition(" to ")
            numbers = range(int(first[1:]), int(last[1:] or first[1:]) + 1)
            named += [f"{first[0]}{number}" for number in numbers]
    assert sorted(named) == sorted(clauses())

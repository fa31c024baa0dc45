"""The page of a framework in docs/ names tests and files that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parents[1]
DOCS = TESTS.parent / "docs"


@pytest.fixture
def page(package: Any) -> str:
    framework = package.__name__.removeprefix("grl_")
    return (DOCS / f"{framework}.md").read_text("utf-8")


@pytest.fixture
def rows(page: str) -> list[str]:
    """The table of what works, without its head."""
    table = page.partition("## What works")[2].partition("\n## ")[0]
    return re.findall(r"^\| (?!\||---).*\|$", table, re.M)


def test_every_row_names_tests_that_exist(package: Any, page: str, rows: list[str]) -> None:
    assert len(rows) > 10
    for row in rows:
        assert re.findall(r"`test_\w+`", row), row
    files = [*(TESTS / package.__name__).rglob("test_*.py"), *(TESTS / "layers").glob("*.py")]
    nodes = [node for file in files for node in ast.parse(file.read_text("utf-8")).body]
    known = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    assert set(re.findall(r"`(test_\w+)`", page)) <= known


def test_each_shared_test_has_a_name_of_its_own() -> None:
    """Or one would hide another where all are imported into one module."""
    files = [path for folder in ("layers", "drivers") for path in (TESTS / folder).glob("*.py")]
    names = [
        name for path in files for name in re.findall(r"^def (test_\w+)", path.read_text(), re.M)
    ]
    assert len(names) == len(set(names)) > 30


def test_links_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page)
    assert links
    for link in links:
        assert (DOCS / link).exists(), link

"""docs/torch.md names tests that are there, and its links lead somewhere."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import torch

from tests.grl_torch import test_tracing

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGE = (ROOT / "docs" / "torch.md").read_text("utf-8")


def _tests() -> set[str]:
    trees = (ast.parse(path.read_text("utf-8")) for path in HERE.rglob("test_*.py"))
    return {node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_row_names_tests_that_exist() -> None:
    table = PAGE.partition("## What works")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (?!\||---).*\|$", table, re.M)
    assert len(rows) > 30
    for row in rows:
        assert re.findall(r"`test_\w+`", row), row
        assert re.search(r"\| 2\.\d+ \|", row), row
    assert set(re.findall(r"`(test_\w+)`", PAGE)) <= _tests()


def test_files_that_the_page_names_exist() -> None:
    links = re.findall(r"\]\((?!https:|#)([^)#]+)", PAGE)
    assert len(links) > 1
    for link in links:
        assert (ROOT / "docs" / link).exists(), link
    for name in re.findall(r"\| (test_\w+\.py)", PAGE):
        assert list(HERE.rglob(name)), name


def test_the_tracer_is_on_the_page() -> None:
    assert f"```python\n{inspect.getsource(test_tracing.Tracer)}```" in PAGE


def test_the_versions_are_those_of_the_environments() -> None:
    pins = [
        re.search(r"^torch==([\d.]+)", (ROOT / "environments" / f"{name}.txt").read_text(), re.M)
        for name in ("torch-oldest", "torch", "torch-newest")
    ]
    for pin in pins:
        assert pin
        assert pin[1] in PAGE
    assert torch.__version__ >= "2.7"

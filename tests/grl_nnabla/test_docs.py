"""docs/nnabla.md: its examples run as they stand, and it names tests that are there."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGE = (ROOT / "docs" / "nnabla.md").read_text("utf-8")


def test_examples_print_what_they_say() -> None:
    """One after the other, as a reader would; in a process that the last one may change."""
    examples = re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S)
    assert len(examples) == 4
    code = "".join(examples)
    said = re.findall(r"^(?:print\(.*\)  )?# (.*)$", code, re.M)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT), "NNABLA_LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    printed = [line for line in done.stdout.splitlines() if "[nnabla]" not in line]
    assert len(said) == 5
    assert printed == said


def test_every_row_names_tests_that_exist() -> None:
    table = PAGE.partition("## What works")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (?!\||---).*\|$", table, re.M)
    assert len(rows) > 10
    trees = (ast.parse(path.read_text("utf-8")) for path in HERE.glob("test_*.py"))
    known = {node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)}
    for row in rows:
        assert re.findall(r"`test_\w+`", row), row
    assert set(re.findall(r"`(test_\w+)`", PAGE)) <= known


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)", PAGE)
    assert len(links) > 5
    for link in links:
        assert (ROOT / "docs" / link).exists(), link

"""The table in docs/torch.md is what the tests give, and its check finds what it is there for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.grl_torch import table
from tests.grl_torch.cells import ROWS
from tests.grl_torch.declared import LAYERS
from tests.grl_torch.rows import row, works


def test_the_page_is_what_the_tests_give() -> None:
    command = [sys.executable, "-m", "tests.grl_torch.table", "--check"]
    run = subprocess.run(
        command, cwd=table.ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]


def test_each_row_once() -> None:
    names = [row.what for row in ROWS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("proof", "tests", "missing"),
    [
        ("a.py::test", ["a.py::test"], []),
        ("a.py::test", ["a.py::test_other"], ["gradient_reversal", "mul_scalar", "shake_shake"]),
        ("a.py::test", ["a.py::test[x-mul_scalar]"], ["gradient_reversal", "shake_shake"]),
        ("a.py::test[x]", ["a.py::test[y]"], ["gradient_reversal", "mul_scalar", "shake_shake"]),
        ("a.py::test[x]", ["a.py::test[y-x]"], []),
    ],
)
def test_a_cell_without_a_test_is_found(
    proof: str, tests: list[str], missing: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "ROWS", [row("what", works(proof))])
    found = table.unproved(f"{table.FOLDER}/{test}" for test in tests)
    assert found == [f"what, {layer}: {proof}" for layer in missing]


def test_a_cell_that_names_no_test_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "ROWS", [row("what", works())])
    assert table.unproved(["a.py::test"]) == [f"what, {name}: no test is named" for name in LAYERS]

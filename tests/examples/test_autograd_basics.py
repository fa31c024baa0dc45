"""The basics of autograd: docs/autograd.md prints what it says, and the fits are those by hand."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from conformance.interpreters import BACKENDS, known
from examples.autograd_basics import by_hand
from examples.autograd_basics.show import RATE, VARIANTS
from examples.autograd_basics.start import start
from examples.common.request import Request

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "autograd.md").read_text("utf-8")
STEPS = 20
APART = 1e-6  # from the fit by hand over 20 steps of seed 0; 4.1e-7 was measured


def _python(backend: str) -> str:
    if backend not in known().pythons:
        pytest.skip(f"{backend} is not set up here")
    return known().pythons[backend]


def _columns() -> dict[str, str]:
    """The program in each framework's column of the page."""
    columns: dict[str, list[str]] = {backend: [] for backend in BACKENDS}
    for section in PAGE.split("\n## ")[1:]:
        cells = re.findall(r"<td>\n\n```python\n(.*?)```\n\n</td>", section, re.S)
        for backend, cell in zip(("torch", "nnabla", "chainer"), cells, strict=True):
            columns[backend].append(cell)
    return {backend: "".join(cells) for backend, cells in columns.items()}


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_page_prints_what_it_says(backend: str) -> None:
    program = _columns()[backend]
    said = re.findall(r"^print\(.*\)  # (.*)$", program, re.M)
    assert len(said) == program.count("print(") >= 10
    command = [_python(backend), "-c", program]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == said


@pytest.mark.parametrize("backend", BACKENDS)
def test_gradients_and_fits_are_those_by_hand(backend: str, tmp_path: Path) -> None:
    _python(backend)
    given = start(0)
    starts = {name: (given, {"rate": RATE, "optimiser": by}) for name, by in VARIANTS.items()}
    results = Request("autograd_basics", [backend], tmp_path).train(backend, starts, STEPS)
    expected, losses = by_hand.gradients(given), by_hand.fit(given, STEPS, RATE)
    assert losses[-1] < losses[0] / 10
    for result in results.values():
        assert result["da"].tolist() == expected["da"].tolist() == [36, 81]
        assert result["db"].tolist() == expected["db"].tolist() == [-12, -8]
        assert result["frozen"]
        assert result["off"]
        assert (np.abs(result["loss"] - losses) <= APART * losses).all()

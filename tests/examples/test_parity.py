"""The curve of each example is the same in every framework, up to rounding."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.interpreters import BACKENDS, known
from examples.common.parity import CONTROL, measure, numbers, table
from examples.common.request import Request
from examples.parity import curves

STEPS = 20
# The moons are small, and without a kink. A round of the flock takes Chainer half a second, and
# after five it is as far from the others as after twenty.
OTHER_STEPS = {"moons": 100, "flock": 5}
# Measured: at most 3.1e-7, and 4.7e-16. PyTorch in float32 beside itself in float64, which only
# rounding sets apart, is at 2.5e-7. The table stands in docs/examples.md.
BOUNDS = (5e-7, 1e-15)
# A sum of 640 squares that falls fast: 5.1e-7, 1.8e-15, and 3.5e-7 for PyTorch beside itself.
# A simulation of 30 moments: 5.1e-7, 4.1e-16, and 2.3e-7.
WIDER = {"autograd_basics": (1e-6, 4e-15), "flock": (1e-6, 1e-15)}
CURVES = curves()


@pytest.mark.parametrize("name", CURVES)
def test_curves_are_the_same(name: str, tmp_path: Path) -> None:
    there = [backend for backend in BACKENDS if backend in known().pythons]
    if len(there) < len(BACKENDS):
        pytest.skip(f"only {there} are set up here")
    steps = OTHER_STEPS.get(name, STEPS)
    pairs = measure(Request(name, there, tmp_path, steps=steps), CURVES[name])
    assert len(pairs) == 5
    assert CONTROL in pairs
    for pair, row in pairs.items():
        bound = WIDER.get(name, BOUNDS)[pair == "torch and chainer float64"]
        assert len(row) == steps
        assert row[-1] < bound, f"{pair}: {row[-1]:.1e}"
    assert len(table(pairs)) == 6
    shown = ["20", "100"] if steps == 100 else [str(steps)]
    assert all(list(row) == shown for row in numbers(pairs).values())

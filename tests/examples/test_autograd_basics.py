"""The basics of autograd: the gradients and the fits are those by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from examples.autograd_basics import by_hand
from examples.autograd_basics.show import RATE, VARIANTS
from examples.autograd_basics.start import start
from examples.common.request import Request

STEPS = 20
APART = 1e-6  # from the fit by hand over 20 steps of seed 0; 4.1e-7 was measured


def test_gradients_and_fits_are_those_by_hand(backend: str, tmp_path: Path) -> None:
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

"""The gradient of a shared weight is that of the chain rule: -0.3116 without, exactly 0 with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from examples.branch_reversal.show import VARIANTS
from examples.branch_reversal.start import by_hand, start
from examples.common.request import Request

U = 2.0**-24  # half the distance between float32 numbers near 1


def test_gradients_are_those_of_the_chain_rule(backend: str, tmp_path: Path) -> None:
    given = start(3)
    starts = {name: (given, {"scale": scale}) for name, scale in VARIANTS.items()}
    results = Request("branch_reversal", [backend], tmp_path).train(backend, starts, steps=1)
    assert f"{results['without']['dw'][0, 0]:.4f}" == "-0.3116"
    assert (results["scale-1"]["dw"] == 0).all()
    for name, result in results.items():
        expected = by_hand(given, VARIANTS[name])
        branches = np.abs(expected["above"]) + np.abs(expected["below"])
        assert (np.abs(result["dw"] - expected["dw"]) <= 4 * U * branches).all()
        assert (np.abs(result["z"] - expected["z"]) <= 4 * U * np.abs(expected["z"])).all()

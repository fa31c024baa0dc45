"""One optimiser beside two: how far the weights are apart after the same steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from examples.common.job import Arrays
from examples.common.request import Request, Results
from examples.gan.start import start

STEPS = 200
OPTIMISERS = {"sgd": 0.1, "momentum": 0.05, "adam": 1e-3}  # with their rates
SCALE = 0.3  # other than 1, of the reversal
TRAININGS = (
    ("one", 1.0),
    ("one", SCALE),
    ("together", 1.0),
    ("together", SCALE),
    ("in turn", 1.0),
)


def compare(request: Request, most: int) -> tuple[dict[str, Any], list[str]]:
    """The largest difference of a weight, by framework and optimiser; and the same in words."""
    steps = min(STEPS, request.steps or most)
    numbers: dict[str, Any] = {}
    lines = [f"one optimiser and two, {steps} steps: largest difference of a weight, if they step"]
    lines.append(f"together; together, at a scale of {SCALE}; in turn; and what the scale changes")
    lines.append("in the generator")
    for backend in request.backends:
        results = request.train(backend, _starts(request.seed), steps, part="two")
        for optimiser in OPTIMISERS:
            found = _apart(results, optimiser)
            numbers.setdefault(backend, {})[optimiser] = found
            words = "; ".join(f"{value:.2g}" for value in found.values())
            lines.append(f"  {backend}, {optimiser}: {words}")
    return {"steps": steps, **numbers}, lines


def _starts(seed: int) -> dict[str, Any]:
    given, options = start(seed), {"noise": 0.0, "r1": 0.0, "seed": seed}
    return {
        f"{optimiser}, {way} {scale}": (
            given,
            {**options, "optimiser": optimiser, "rate": rate, "way": way, "scale": scale},
        )
        for optimiser, rate in OPTIMISERS.items()
        for way, scale in TRAININGS
    }


def _apart(results: Results, optimiser: str) -> dict[str, float]:
    one, scaled, together, together_scaled, in_turn = (
        results[f"{optimiser}, {way} {scale}"] for way, scale in TRAININGS
    )
    return {
        "together": _largest(one, together),
        "together, scaled": _largest(scaled, together_scaled),
        "in turn": _largest(one, in_turn),
        "generator by scale": float(np.abs(one["generator"] - scaled["generator"]).max()),
    }


def _largest(a: Arrays, b: Arrays) -> float:
    return max(float(np.abs(a[name] - b[name]).max()) for name in ("generator", "discriminator"))

"""One optimiser beside two: how far the weights are apart after the same steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from examples.common.job import Arrays
from examples.common.request import Request
from examples.gan.start import start

STEPS = 200
OPTIMISERS = {"sgd": 0.1, "momentum": 0.05, "adam": 1e-3}  # with their rates
SCALE = 0.3  # other than 1, of the reversal


def compare(request: Request, most: int) -> tuple[dict[str, Any], list[str]]:
    """The largest difference of a weight, by framework and optimiser; and the same in words."""
    steps = min(STEPS, request.steps or most)
    numbers: dict[str, Any] = {}
    lines = [f"one optimiser and two, {steps} steps: largest difference of a weight, if they step"]
    lines.append(f"together; together, at a scale of {SCALE}; in turn; and what the scale changes")
    lines.append("in the generator")
    for backend in request.backends:
        for optimiser, rate in OPTIMISERS.items():
            found = _apart(request, backend, steps, {"optimiser": optimiser, "rate": rate})
            numbers.setdefault(backend, {})[optimiser] = found
            words = "; ".join(f"{value:.2g}" for value in found.values())
            lines.append(f"  {backend}, {optimiser}: {words}")
    return {"steps": steps, **numbers}, lines


def _apart(request: Request, backend: str, steps: int, options: dict[str, Any]) -> dict[str, float]:
    options = {"noise": 0.0, "r1": 0.0, "seed": request.seed, **options}
    given = start(request.seed)
    results = request.train(
        backend,
        {
            f"{way} {scale}": (given, {**options, "way": way, "scale": scale})
            for way, scale in (
                ("one", 1.0),
                ("one", SCALE),
                ("together", 1.0),
                ("together", SCALE),
                ("in turn", 1.0),
            )
        },
        steps,
        part="two",
    )
    one, scaled = results["one 1.0"], results[f"one {SCALE}"]
    return {
        "together": _largest(one, results["together 1.0"]),
        "together, scaled": _largest(scaled, results[f"together {SCALE}"]),
        "in turn": _largest(one, results["in turn 1.0"]),
        "generator by scale": float(np.abs(one["generator"] - scaled["generator"]).max()),
    }


def _largest(a: Arrays, b: Arrays) -> float:
    return max(float(np.abs(a[name] - b[name]).max()) for name in ("generator", "discriminator"))

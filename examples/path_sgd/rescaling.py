"""How far a rescaling of the hidden units, which changes no output, changes a training."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from examples.common.figures import COLOURS, figure, save
from examples.common.job import Array
from examples.common.request import Request
from examples.path_sgd.curves import TITLES
from examples.path_sgd.start import powers_of_two, rescaled, start, tens

SIZES = (64, 64, 64, 10)
STEPS = 200
RATES = {"sgd": 0.1, "adagrad": 0.01, "path_sgd": 0.1}
FACTORS = {"powers of two": powers_of_two, "10^U(-1, 1)": tens}
Differences = dict[str, dict[str, Array]]  # by training ("path_sgd float32") and factors


def measured(request: Request, backend: str) -> Differences:
    """By how much the loss of each step differs from that of the network before the rescaling."""
    steps, found = min(request.steps or STEPS, STEPS), {}
    trainings = [(optimiser, "float32") for optimiser in RATES]
    if backend != "nnabla":  # which computes in float32
        trainings.append(("path_sgd", "float64"))
    for optimiser, dtype in trainings:
        given = start(request.seed, steps, SIZES, dtype)
        networks = {name: rescaled(given, by, request.seed) for name, by in FACTORS.items()}
        options = {"optimiser": optimiser, "rate": RATES[optimiser]}
        starts = {name: (net, options) for name, net in {"as it is": given, **networks}.items()}
        results = request.train(backend, starts, steps, dtype)
        found[f"{optimiser} {dtype}"] = {
            name: np.abs(results[name]["loss"] - results["as it is"]["loss"]) for name in FACTORS
        }
    return found


def numbers(found: Differences) -> dict[str, dict[str, float]]:
    """The largest difference of each training."""
    return {
        training: {name: float(row.max()) for name, row in rows.items()}
        for training, rows in found.items()
    }


def in_words(found: Differences) -> list[str]:
    """A line for each training."""
    return [f"  largest difference of the loss after a rescaling by {', by '.join(FACTORS)}"] + [
        f"  {training}: " + ", ".join(f"{difference:.1e}" for difference in rows.values())
        for training, rows in numbers(found).items()
    ]


def draw(found: Mapping[str, Mapping[str, Array]], path: Path) -> Path:
    """The largest difference so far against the step, by 10^U(-1, 1); float64 is dashed."""
    with figure(5.2, 3.2) as (page, axes):
        for training, rows in found.items():
            optimiser, dtype = training.split()
            row = np.maximum.accumulate(rows["10^U(-1, 1)"])
            axes.plot(
                np.arange(1, len(row) + 1),
                np.maximum(row, 1e-17),
                "--" if dtype == "float64" else "-",
                color=COLOURS[list(TITLES).index(optimiser)],
                label=f"{TITLES[optimiser]}, {dtype}",
            )
        axes.set(yscale="log", xlabel="step", ylabel="largest difference of the loss so far")
        axes.set_title("The same network, its hidden units rescaled by 10^U(-1, 1)")
        axes.grid(True)
        axes.legend(loc="center right", bbox_to_anchor=(1, 0.33))
        return save(page, path)

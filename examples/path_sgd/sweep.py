"""Which rate is best for each optimiser, from a balanced and from an unbalanced start."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np

from examples.common.figures import COLOURS, figure, save
from examples.common.request import Outcome, Request, Results
from examples.path_sgd.curves import RATES as CHOSEN
from examples.path_sgd.curves import SEEDS, STEPS, TITLES, given

RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
Losses = dict[str, dict[str, dict[str, float]]]  # by balance, optimiser and rate


def run(request: Request) -> Outcome:
    """Train at each rate; the training loss after the last step, the mean over the seeds."""
    steps, seeds = request.steps or STEPS, range(request.seed, request.seed + SEEDS)
    starts = {
        f"{balance}-{optimiser}-{rate:g}-{seed}": (
            given(seed, steps, balance),
            {"optimiser": optimiser, "rate": rate},
        )
        for balance, optimiser, rate, seed in product(CHOSEN, TITLES, RATES, seeds)
    }
    results = request.train(request.backends[0], starts, steps)
    found: Losses = {
        balance: {
            optimiser: {
                f"{rate:g}": _mean(results, f"{balance}-{optimiser}-{rate:g}", seeds)
                for rate in RATES
            }
            for optimiser in TITLES
        }
        for balance in CHOSEN
    }
    lines = [f"{request.backends[0]}: training loss after {steps} steps at each rate"]
    for balance, optimisers in found.items():
        for optimiser, row in optimisers.items():
            losses = ", ".join(f"{rate}: {loss:.2g}" for rate, loss in row.items())
            lines.append(f"  {balance} {TITLES[optimiser]}: {losses}")
    return Outcome(lines, found, [_draw(found, request.output / "path_sgd-sweep.svg")])


def _mean(results: Results, name: str, seeds: range) -> float:
    return float(np.mean([results[f"{name}-{seed}"]["train_loss"][-1] for seed in seeds]))


def _draw(found: Losses, path: Path) -> Path:
    """A panel for each balance."""
    with figure(7.2, 2.6, 1, len(found)) as (page, panels):
        for axes, (balance, optimisers) in zip(panels, found.items(), strict=True):
            for colour, (optimiser, row) in zip(COLOURS, optimisers.items(), strict=False):
                axes.plot(
                    list(map(float, row)),
                    list(row.values()),
                    ".-",
                    color=colour,
                    label=TITLES[optimiser],
                )
            axes.set(xscale="log", yscale="log", xlabel="rate", title=f"{balance} start")
            axes.grid(True)
        panels[0].set_ylabel("training loss")
        panels[1].sharey(panels[0])
        panels[0].legend()
        return save(page, path)

"""When the zero-sum game collapses: other first weights, instance noise, an R1 penalty."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from examples.common.figures import COLOURS, figure, save
from examples.common.request import Outcome, Request
from examples.gan.show import SEEDS, STEPS, VARIANTS, judged, trainings

Rows = dict[str, dict[str, list[float]]]  # accuracy and Fréchet distance by variant


def run(request: Request) -> Outcome:
    """Train each variant from both kinds of first weights, in the first framework asked for."""
    backend, steps = request.backends[0], request.steps or STEPS
    seeds = range(request.seed, request.seed + SEEDS)
    tried = {f"{v}, PyTorch's weights": changes for v, changes in VARIANTS.items()}
    tried |= {f"{v}, He's weights": {**changes, "he": True} for v, changes in VARIANTS.items()}
    found = {backend: request.train(backend, trainings(seeds, tried), steps)}
    numbers, lines = judged(found, seeds)
    real = float(np.mean(numbers["real"]["frechet"]))
    figures = [_draw(numbers[backend], real, request.output / "gan-sweep.svg")]
    return Outcome(lines, numbers, figures)


def _draw(rows: Rows, real: float, path: Path) -> Path:
    """A row for each variant, a dot for each seed."""
    with figure(7.2, 2.6, 1, 2) as (page, (left, right)):
        for axes, quantity in ((left, "accuracy"), (right, "frechet")):
            for place, row in enumerate(reversed(rows.values())):
                values = row[quantity]
                axes.plot(values, [place] * len(values), ".", color=COLOURS[0], markersize=6)
            _label(axes, rows)
        left.set(title="accuracy of the asked class", xlim=(0, 1.02))
        right.axvline(real, color="#222222", linestyle="--", linewidth=1, label="real digits")
        right.set(title="Fréchet distance", xscale="log", yticklabels=[])
        right.legend(loc="lower right")
        return save(page, path)


def _label(axes: Any, rows: Rows) -> None:
    axes.set_yticks(range(len(rows)), list(reversed(rows)))
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.grid(True)

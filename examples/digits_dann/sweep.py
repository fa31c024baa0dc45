"""Where DANN helps and where it does not: other shifts, without and with batch normalisation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from examples.common.figures import COLOURS, figure, save
from examples.common.job import Array
from examples.common.request import Outcome, Request
from examples.digits_dann.images import SHIFTS
from examples.digits_dann.show import (
    OPTIONS,
    VARIANTS,
    Accuracies,
    accuracies,
    in_words,
    montage,
    variants,
)
from examples.digits_dann.start import start

STEPS = 800
SEEDS = 2
NORMS = {"without": False, "batch normalisation": True}

Found = dict[str, dict[str, Accuracies]]  # by normalisation and shift


def run(request: Request) -> Outcome:
    """Train the three variants for each shift, in the first framework that is asked for."""
    backend, steps = request.backends[0], request.steps or STEPS
    seeds = range(request.seed, request.seed + SEEDS)
    found: Found = {norm: {} for norm in NORMS}
    shown: dict[str, Array] = {}
    for shift in SHIFTS:
        starts = {seed: start(seed, steps, shift, request.data) for seed in seeds}
        shown[shift] = montage(starts[seeds[0]], "target")
        for name, norm in NORMS.items():
            trainings: dict[str, Any] = {}
            for seed, given in starts.items():
                trainings |= variants(given, {**OPTIONS, "norm": norm}, f"{shift}-{norm}-{seed}")
            found[name][shift] = accuracies(request.train(backend, trainings, steps))
    lines = [f"{backend}: accuracy on the target, {len(seeds)} seeds, {steps} steps"]
    for name, rows in found.items():
        lines += [f"  {shift}, {name}: {in_words(row)}" for shift, row in rows.items()]
    return Outcome(lines, found, [_draw(found, shown, request.output / "digits_dann-sweep.svg")])


def _draw(found: Found, shown: dict[str, Array], path: Path) -> Path:
    """Left: target images of each shift; then a panel for each normalisation."""
    with figure(7.2, 3.2, 1, 1 + len(found)) as (page, panels):
        for place, (shift, image) in enumerate(shown.items()):
            bottom = len(shown) - 1 - place
            panels[0].imshow(image, extent=(0, 10, bottom, bottom + 0.8), aspect="auto")
            panels[0].text(0, bottom + 0.83, shift)
        panels[0].set(xlim=(0, 10), ylim=(0, len(shown)), xticks=[], yticks=[], title="target")
        panels[0].spines[:].set_visible(False)
        for axes, (name, rows) in zip(panels[1:], found.items(), strict=True):
            for place, row in enumerate(reversed(rows.values())):
                for colour, (variant, title) in zip(COLOURS, VARIANTS.items(), strict=False):
                    label = title if place == 0 else None
                    y = [place + 0.4] * len(row[variant])
                    axes.plot(row[variant], y, ".", color=colour, markersize=5)
                    mean = float(np.mean(row[variant]))
                    axes.plot(mean, place + 0.4, "|", color=colour, markersize=14, label=label)
            axes.set(xlim=(-0.02, 1.02), ylim=(0, len(rows)), yticks=[], xlabel="accuracy")
            axes.set_title(name)
            axes.grid(True, axis="x")
        page.legend(*panels[1].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        return save(page, path)

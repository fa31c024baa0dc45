"""Where DANN helps and where it does not: other shifts, with batch normalisation."""

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
SEEDS = 3


def run(request: Request) -> Outcome:
    """Train the three variants for each shift, in the first framework that is asked for.

    With batch normalisation, whose statistics are apart for the domains: without it the textures
    are not learnt in these steps, even from labelled target images.
    """
    backend, steps = request.backends[0], request.steps or STEPS
    seeds = range(request.seed, request.seed + SEEDS)
    found: dict[str, Accuracies] = {}
    shown: dict[str, Array] = {}
    for shift in SHIFTS:
        starts = {seed: start(seed, steps, shift, request.data) for seed in seeds}
        shown[shift] = montage(starts[seeds[0]], "target")
        trainings: dict[str, Any] = {}
        for seed, given in starts.items():
            trainings |= variants(given, {**OPTIONS, "norm": True}, f"{shift}-{seed}")
        found[shift] = accuracies(request.train(backend, trainings, steps))
    lines = [f"{backend}: accuracy on the target, {len(seeds)} seeds, {steps} steps"]
    lines += [f"  {shift}: {in_words(row)}" for shift, row in found.items()]
    return Outcome(lines, found, [_draw(found, shown, request.output / "digits_dann-sweep.svg")])


def _draw(found: dict[str, Accuracies], shown: dict[str, Array], path: Path) -> Path:
    """Left: target images of each shift; right: accuracies, a dot for each seed, a bar the mean."""
    with figure(7.2, 3.2, 1, 2) as (page, (left, right)):
        for place, (shift, image) in enumerate(reversed(shown.items())):
            left.imshow(image, extent=(0, 10, place, place + 0.75), aspect="auto")
            left.text(0, place + 0.8, shift)
            for colour, (variant, title) in zip(COLOURS, VARIANTS.items(), strict=False):
                row, y = found[shift][variant], place + 0.375
                right.plot(row, [y] * len(row), ".", color=colour, markersize=5)
                label = title if place == 0 else None
                right.plot(np.mean(row), y, "|", color=colour, markersize=14, label=label)
        for axes in (left, right):
            axes.set(ylim=(0, len(shown)), yticks=[])
        left.set(xlim=(0, 10), xticks=[], title="target images")
        left.spines[:].set_visible(False)
        right.set(xlim=(-0.02, 1.02), title="accuracy on the target")
        right.grid(True, axis="x")
        page.legend(loc="outside lower center", ncols=len(VARIANTS))
        return save(page, path)

"""DANN on digits beside the same network on the source only and on labelled target images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from examples.common import parity
from examples.common.figures import COLOURS, figure, save
from examples.common.job import Array, Arrays
from examples.common.request import Outcome, Request
from examples.digits_dann.start import start

STEPS = 2400
SEEDS = 5
SHIFT = "rotation-30"
OPTIONS = {"domain_weight": 1.0, "norm": False, "rate": 0.1, "decay": 10.0}
VARIANTS = {"source": "source only", "dann": "DANN", "target": "on labelled target"}
Accuracies = Mapping[str, Sequence[float]]  # by variant, one for each seed

CURVE = parity.Curve(
    lambda seed, steps, dtype: (_as(dtype, start(seed, steps, SHIFT)), {**OPTIONS, "adapt": True}),
    "label",
    300,
)


def run(request: Request) -> Outcome:
    """Train the three variants on five seeds in each framework; on files, one seed."""
    steps, norm = request.steps or STEPS, request.data is not None
    seeds = range(request.seed, request.seed + (1 if request.data else SEEDS))
    options = {**OPTIONS, "norm": norm}
    found: dict[str, Accuracies] = {}
    for backend in request.backends:
        starts = {
            name: job
            for seed in seeds
            for name, job in variants(
                start(seed, steps, SHIFT, request.data), options, str(seed)
            ).items()
        }
        results = request.train(backend, starts, steps)
        found[backend] = accuracies(results)
    first = start(seeds[0], 1, SHIFT, request.data)
    figures = [_draw(found, first, request.output / "digits_dann.svg")]
    lines = [f"accuracy on {len(first['test_y'])} target images, {len(seeds)} seeds"]
    lines += [f"  {backend}: {in_words(rows)}" for backend, rows in found.items()]
    numbers = {"steps": steps, "shift": SHIFT, "options": options, "accuracies": found}
    if request.data is not None:
        return Outcome(lines, {**numbers, "parity": {}}, figures)
    outcome = Outcome(lines, numbers, figures)
    return parity.added(outcome, request, CURVE, "DANN on digits: label loss")


def variants(given: Arrays, options: dict[str, Any], label: str) -> dict[str, Any]:
    """Three trainings: on the source only, DANN, and on the target images with their labels."""
    labelled = {**given, "source_x": given["target_x"], "source_y": given["target_y"]}
    return {
        f"source-{label}": (given, {**options, "adapt": False}),
        f"dann-{label}": (given, {**options, "adapt": True}),
        f"target-{label}": (labelled, {**options, "adapt": False}),
    }


def accuracies(results: Mapping[str, Mapping[str, Array]]) -> dict[str, list[float]]:
    """Those on the target's test images, by variant."""
    return {
        variant: [
            float(result["accuracy"])
            for name, result in results.items()
            if name.startswith(f"{variant}-")
        ]
        for variant in VARIANTS
    }


def closed(rows: Accuracies) -> float | None:
    """The share of the gap between source only and labelled target that DANN closes.

    It is negative where DANN is worse than source only, and None where there is no gap.
    """
    source, dann, target = (float(np.mean(rows[variant])) for variant in VARIANTS)
    return (dann - source) / (target - source) if target > source else None


def in_words(rows: Accuracies) -> str:
    """Mean and standard deviation over the seeds, and the share of the gap."""
    words = [
        f"{title} {np.mean(rows[name]):.3f} ± {_spread(rows[name]):.3f}"
        for name, title in VARIANTS.items()
    ]
    share = closed(rows)
    return "; ".join([*words, "no gap" if share is None else f"share of the gap: {share:.2f}"])


def _spread(row: Sequence[float]) -> float:
    return float(np.std(row, ddof=1)) if len(row) > 1 else 0.0


def _as(dtype: str, given: dict[str, Array]) -> dict[str, Array]:
    """With weights of a type; images and labels stay as they are."""
    return {n: a.astype(dtype) if a.dtype.kind == "f" else a for n, a in given.items()}


def _draw(found: Mapping[str, Accuracies], given: Arrays, path: Path) -> Path:
    """Left: images of both domains, one a class; right: accuracies, a dot for each seed."""
    with figure(7.2, 2.6, 1, 2) as (page, (left, right)):
        left.imshow(np.concatenate([montage(given, domain) for domain in ("source", "target")]))
        left.set(title="above: source; below: target", xticks=[], yticks=[])
        left.spines[:].set_visible(False)
        for number, (backend, rows) in enumerate(found.items()):
            colour, aside = COLOURS[number], 0.15 * (number - (len(found) - 1) / 2)
            for place, variant in enumerate(VARIANTS):
                row, x = rows[variant], place + aside
                right.plot([x] * len(row), row, ".", color=colour, markersize=4)
                label = backend if place == 0 else None
                right.plot(x, np.mean(row), "_", color=colour, markersize=10, label=label)
        right.set_xticks(range(len(VARIANTS)), list(VARIANTS.values()))
        right.set(ylim=(0, 1.02), xlim=(-0.5, 2.5), title="accuracy on the target")
        right.grid(True, axis="y")
        right.legend(loc="lower right")
        return save(page, path)


def montage(given: Arrays, domain: str) -> Array:
    """An image of each class side by side: (H, W, 3), uint8."""
    x, y = given[f"{domain}_x"], given[f"{domain}_y"]
    firsts = [np.pad(x[y == label][0], ((0, 0), (1, 1), (1, 1))) for label in np.unique(y)]
    row = np.concatenate(firsts, 2).transpose(1, 2, 0)
    return np.broadcast_to(row, (*row.shape[:2], 3))

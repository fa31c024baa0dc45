"""The GAN with one optimiser: how good its digits are, its samples and losses, parity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from examples.common import parity
from examples.common.request import Outcome, Request, Results
from examples.gan import two_optimisers
from examples.gan.dcgan import show as dcgan
from examples.gan.draw import draw_losses, draw_samples
from examples.gan.judge import Judge
from examples.gan.start import start

STEPS = 3000
SEEDS = 3
OPTIONS = {"noise": 0.0, "r1": 0.0, "optimiser": "adam", "rate": 1e-3}
VARIANTS = {"plain": {}, "noise": {"noise": 1.0}, "R1": {"r1": 1.0}}

CURVE = parity.Curve(
    lambda seed, _, dtype: (
        start(seed, dtype),
        {**OPTIONS, "seed": seed, "r1": 1.0, "optimiser": "sgd", "rate": 0.1},
    ),
    "loss",
    300,
)


def run(request: Request) -> Outcome:
    """Train each variant on three seeds in each framework; on files, the DCGAN once."""
    if request.data is not None:
        return dcgan.run(request, request.data)
    steps = request.steps or STEPS
    seeds = range(request.seed, request.seed + SEEDS)
    found = {b: request.train(b, trainings(seeds, VARIANTS), steps) for b in request.backends}
    verdicts, lines = judged(found, seeds)
    ways, lines_of_ways = two_optimisers.compare(request, STEPS)
    first = next(iter(found.values()))
    shown = {variant: first[f"{variant}-{seeds[0]}"] for variant in VARIANTS}
    figures = [
        draw_samples(shown, request.output / "gan.svg"),
        draw_losses(shown, request.output / "gan-losses.svg"),
    ]
    numbers = {"steps": steps, "verdicts": verdicts, "two optimisers": ways}
    outcome = Outcome([*lines, *lines_of_ways], numbers, figures)
    return parity.added(outcome, request, CURVE, "GAN on digits: loss")


def trainings(seeds: range, variants: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """One for each variant and seed, by name; "he" among the changes is the first weights'."""
    return {
        f"{variant}-{seed}": (
            start(seed, he=changes.get("he", False)),
            {**OPTIONS, **changes, "seed": seed},
        )
        for seed in seeds
        for variant, changes in variants.items()
    }


def judged(found: Mapping[str, Results], seeds: range) -> tuple[dict[str, Any], list[str]]:
    """Of each framework's samples: accuracy and Fréchet distance, and the same in words."""
    judges = {seed: Judge(seed) for seed in seeds}
    real = [judges[seed].real() for seed in seeds]
    accuracy = np.mean([judge.accuracy for judge in judges.values()])
    lines = [f"real digits: accuracy {accuracy:.3f}, Fréchet distance {_each(real)}"]
    numbers: dict[str, Any] = {"real": {"frechet": real}}
    for backend, results in found.items():
        rows = numbers.setdefault(backend, {})
        for name, result in results.items():
            variant, _, seed = name.rpartition("-")
            verdict = judges[int(seed)].verdict(result["judged"])
            row = rows.setdefault(variant, {"accuracy": [], "frechet": []})
            row["accuracy"].append(verdict.accuracy)
            row["frechet"].append(verdict.frechet)
        lines.append(f"{backend}: accuracy of the asked class; Fréchet distance; each seed's")
        lines += [
            f"  {variant}: {_each(row['accuracy'])}; {_each(row['frechet'])}"
            for variant, row in rows.items()
        ]
    return numbers, lines


def _each(values: list[float]) -> str:
    return ", ".join(f"{value:.3g}" for value in values)

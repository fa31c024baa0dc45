"""How far DANN on moons depends on its hyper-parameters: one is changed at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from examples.common.figures import COLOURS, figure, save
from examples.common.launch import launch
from examples.common.request import Outcome, Request
from examples.moons.show import OPTIONS, STEPS, accuracies_in_words
from examples.moons.start import start

SEEDS = 5
STEPS_TRIED = (1000, 2000, STEPS, 4000, 6000)
TRIED: dict[str, tuple[float, ...]] = {"domain_weight": (3.0, 4.0, 5.0), "momentum": (0.0, 0.9)}
Accuracies = dict[str, dict[str, dict[str, list[float]]]]  # by parameter, value and domain


def run(request: Request) -> Outcome:
    """Train with other weights of the domain loss, momentum and numbers of steps."""
    backend, steps = request.backends[0], request.steps or STEPS
    seeds = range(request.seed, request.seed + SEEDS)
    tried = [(name, value, steps) for name, values in TRIED.items() for value in values]
    tried += [("steps", n, n) for n in (STEPS_TRIED if request.steps is None else (steps,))]
    jobs = [
        request.job(
            backend,
            f"{name}-{value:g}-{seed}",
            start(seed, number),
            {**OPTIONS, "adapt": True, **({} if name == "steps" else {name: value})},
            number,
        )
        for name, value, number in tried
        for seed in seeds
    ]
    results = launch(request.name, backend, jobs, request.output / backend)
    found: Accuracies = {}
    for name, value, _ in tried:
        rows = [results[f"{name}-{value:g}-{seed}"] for seed in seeds]
        found.setdefault(name, {})[f"{value:g}"] = {
            domain: [float(row[f"{domain}_accuracy"]) for row in rows]
            for domain in ("target", "source")
        }
    lines = [f"{backend}: accuracy on the target domain, {len(seeds)} seeds"]
    for name, rows_of in found.items():
        lines += [f"  {name} {v}: {accuracies_in_words(r['target'])}" for v, r in rows_of.items()]
    return Outcome(lines, found, [_draw(found, request.output / "moons-sweep.svg")])


def _draw(found: Accuracies, path: Path) -> Path:
    """A panel for each parameter; a dot for each seed, and a line through the means."""
    labels = {"domain_weight": "weight of the domain loss", "momentum": "momentum"}
    with figure(7.2, 2.6, 1, len(found)) as (page, panels):
        for axes, (name, rows) in zip(panels, found.items(), strict=True):
            for colour, domain in zip(COLOURS, ("target", "source"), strict=False):
                _dots(axes, [row[domain] for row in rows.values()], colour, domain)
            axes.set(xlabel=labels.get(name, name), ylim=(0.5, 1.02))
            axes.set_xticks(range(len(rows)), list(rows))
            axes.grid(True)
        panels[0].set_ylabel("accuracy")
        panels[0].legend(loc="lower right")
        return save(page, path)


def _dots(axes: Any, rows: list[list[float]], colour: str, label: str) -> None:
    aside = -0.06 if label == "target" else 0.06
    places = [place + aside for place in range(len(rows))]
    axes.plot(places, [sum(row) / len(row) for row in rows], color=colour, label=label)
    for place, row in zip(places, rows, strict=True):
        axes.plot([place] * len(row), row, ".", color=colour, markersize=4)

"""How far DANN on moons depends on its hyper-parameters: one is changed at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from examples.common.figures import COLOURS, figure, save
from examples.common.request import Outcome, Request
from examples.moons.show import OPTIONS, STEPS, accuracies_in_words
from examples.moons.start import start

SEEDS = 5
STEPS_TRIED = (1000, 2000, STEPS, 4000, 6000)
TRIED: dict[str, tuple[float, ...]] = {"domain_weight": (3.0, 4.0, 5.0), "momentum": (0.0, 0.9)}
Accuracies = dict[str, dict[str, dict[str, list[float]]]]  # by parameter, value and domain


def run(request: Request) -> Outcome:
    """Train with other weights of the domain loss, momentum and numbers of steps."""
    backend = request.backends[0]
    seeds = range(request.seed, request.seed + SEEDS)
    found: Accuracies = {}
    for name, values in TRIED.items():
        for value in values:
            steps = request.steps or STEPS
            label = f"{name}-{value:g}"
            row = _trained(request, backend, seeds, steps, label, {name: value})
            found.setdefault(name, {})[f"{value:g}"] = row
    for steps in STEPS_TRIED if request.steps is None else (request.steps,):
        row = _trained(request, backend, seeds, steps, f"steps-{steps}", {})
        found.setdefault("steps", {})[str(steps)] = row
    lines = [f"{backend}: accuracy on the target domain, {len(seeds)} seeds"]
    for name, rows in found.items():
        lines += [f"  {name} {v}: {accuracies_in_words(r['target'])}" for v, r in rows.items()]
    return Outcome(lines, found, [_draw(found, request.output / "moons-sweep.svg")])


def _trained(
    request: Request,
    backend: str,
    seeds: range,
    steps: int,
    label: str,
    changes: dict[str, float],
) -> dict[str, list[float]]:
    options = {**OPTIONS, "adapt": True, **changes}
    starts = {f"{label}-{seed}": (start(seed, steps), options) for seed in seeds}
    results = request.train(backend, starts, steps).values()
    return {
        domain: [float(result[f"{domain}_accuracy"]) for result in results]
        for domain in ("target", "source")
    }


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

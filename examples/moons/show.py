"""DANN on moons beside the same network without it: accuracies, boundaries, parity."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from examples.common import parity
from examples.common.figures import COLOURS, figure, save
from examples.common.job import Array
from examples.common.request import Outcome, Request, Results
from examples.moons.start import start

STEPS = 3000
SEEDS = 10
OPTIONS = {"domain_weight": 4.0, "rate": 0.1, "momentum": 0.0}
VARIANTS = {"plain": {"adapt": False}, "dann": {"adapt": True}}  # without it the scale stays 0
CURVE = parity.Curve(
    lambda seed, steps, dtype: (start(seed, steps, dtype), {**OPTIONS, "adapt": True}),
    "label",
    STEPS,
)


def run(request: Request) -> Outcome:
    """Train both on ten seeds in each framework, and compare the curves of the first."""
    steps = request.steps or STEPS
    seeds = range(request.seed, request.seed + SEEDS)
    found = {b: request.train(b, _starts(seeds, steps), steps) for b in request.backends}
    accuracies = {b: _accuracies(results) for b, results in found.items()}
    first = next(iter(found.values()))
    figures = [_draw(first, start(seeds[0], 1), seeds[0], request.output / "moons.svg")]
    lines = [
        f"{backend}: accuracy on the target domain, {len(seeds)} seeds: "
        + "; ".join(
            f"{variant} {accuracies_in_words(rows['target'])}"
            for variant, rows in found_here.items()
        )
        for backend, found_here in accuracies.items()
    ]
    numbers = {"steps": steps, "options": OPTIONS, "accuracies": accuracies}
    outcome = Outcome(lines, numbers, figures)
    return parity.added(outcome, request, CURVE, "DANN on moons: label loss")


def _starts(seeds: range, steps: int) -> dict[str, Any]:
    return {
        f"{variant}-{seed}": (start(seed, steps), {**OPTIONS, **options})
        for seed in seeds
        for variant, options in VARIANTS.items()
    }


def _accuracies(results: Results) -> dict[str, dict[str, list[float]]]:
    return {
        variant: {
            domain: [
                float(result[f"{domain}_accuracy"])
                for name, result in results.items()
                if name.startswith(variant)
            ]
            for domain in ("target", "source")
        }
        for variant in VARIANTS
    }


def accuracies_in_words(accuracies: list[float]) -> str:
    """Mean, standard deviation over the seeds, and the worst."""
    spread = np.std(accuracies, ddof=1) if len(accuracies) > 1 else 0.0
    return f"{np.mean(accuracies):.3f} ± {spread:.3f} (worst {min(accuracies):.3f})"


def _draw(results: Results, given: Mapping[str, Array], seed: int, path: Path) -> Path:
    """As the paper's figure 2: label boundary, representation and domain boundary, both nets."""
    with figure(7.2, 4.4, 2, 3) as (page, axes):
        for row, (variant, title) in zip(axes, (("plain", "plain"), ("dann", "DANN")), strict=True):
            net = results[f"{variant}-{seed}"]
            _boundary(row[0], net, "label", given, f"{title}, labels")
            _representation(row[1], net, given)
            _boundary(row[2], net, "domain", given, "domains")
        return save(page, path)


def _features(net: Mapping[str, Array], x: Array) -> Array:
    return np.tanh(x @ net["features.weight"] + net["features.bias"])


def _scores(net: Mapping[str, Array], x: Array, head: str) -> Array:
    logits = _features(net, x) @ net[f"{head}.weight"] + net[f"{head}.bias"]
    return logits[:, -1] - (logits[:, 0] if logits.shape[1] == 2 else 0)


def _points(axes: Any, source: Array, labels: Array, target: Array) -> None:
    """Every third of them."""
    source, labels, target = source[::3], labels[::3], target[::3]
    for label, (colour, marker) in enumerate(((COLOURS[1], "+"), (COLOURS[2], "_"))):
        axes.plot(*source[labels == label].T, marker, color=colour, markersize=4)
    axes.plot(*target.T, ".", color="#222222", markersize=2)


def _boundary(
    axes: Any, net: Mapping[str, Array], head: str, given: Mapping[str, Array], title: str
) -> None:
    x, y = np.meshgrid(np.linspace(-4, 4, 81), np.linspace(-3.5, 3.5, 71))
    scores = _scores(net, np.stack([x.ravel(), y.ravel()], 1), head).reshape(x.shape)
    axes.contourf(x, y, scores > 0, levels=[-0.5, 0.5, 1.5], colors=["#f4e3d7", "#dcebe5"])
    axes.contour(x, y, scores, levels=[0], colors="#222222", linewidths=1)
    _points(axes, given["source_x"], given["source_y"], given["target_x"])
    accuracy = float(net["target_accuracy"])
    axes.set(xticks=[], yticks=[])
    if head == "label":
        axes.set_title(f"{title}: {accuracy:.3f} of the target right")
        return
    of_source = _scores(net, given["source_x"], head) < 0
    of_target = _scores(net, given["target_x"], head) > 0
    share = (of_source.mean() + of_target.mean()) / 2
    axes.set_title(f"{title}: {share:.2f} told apart")


def _representation(axes: Any, net: Mapping[str, Array], given: Mapping[str, Array]) -> None:
    """The two directions in which the hidden units vary most."""
    source, target = (_features(net, given[f"{name}_x"]) for name in ("source", "target"))
    centre = np.concatenate([source, target]).mean(0)
    _, _, directions = np.linalg.svd(np.concatenate([source, target]) - centre)
    flat = [(h - centre) @ directions[:2].T for h in (source, target)]
    _points(axes, flat[0], given["source_y"], flat[1])
    axes.set(title="representation (PCA)", xticks=[], yticks=[])

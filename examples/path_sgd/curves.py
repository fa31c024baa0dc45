"""The three optimisers from a balanced and an unbalanced start, as in the published figure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from examples.common.figures import COLOURS, figure, save
from examples.common.job import Array
from examples.common.request import Request, Results
from examples.path_sgd.start import EPOCH, rescaled, start, unbalanced

SIZES = (64, 128, 128, 10)
STEPS = 600  # 50 epochs
SEEDS = 3
SHOWN = (100, 300, 600)  # steps; the loss of the last epoch that has ended by then is told
TITLES = {"sgd": "SGD", "adagrad": "AdaGrad", "path_sgd": "Path-SGD"}
# Of sweep.RATES, those with the lowest training loss after 600 steps in PyTorch, seeds 0 to 2.
RATES: dict[str, dict[str, float]] = {
    "balanced": {"sgd": 0.3, "adagrad": 0.1, "path_sgd": 0.3},
    "unbalanced": {"sgd": 0.003, "adagrad": 0.1, "path_sgd": 0.3},
}
Runs = dict[str, dict[str, list[dict[str, Array]]]]  # by balance and optimiser, one for each seed


def given(seed: int, steps: int, balance: str) -> dict[str, Array]:
    """What a training starts from: the same function, images and batches in both balances."""
    balanced = start(seed, steps, SIZES)
    return balanced if balance == "balanced" else rescaled(balanced, unbalanced, seed)


def trained(request: Request, backend: str, steps: int) -> Runs:
    """The results of all trainings."""
    seeds = range(request.seed, request.seed + SEEDS)
    starts = {
        f"{balance}-{optimiser}-{seed}": (
            given(seed, steps, balance),
            {"optimiser": optimiser, "rate": rate},
        )
        for balance, rates in RATES.items()
        for optimiser, rate in rates.items()
        for seed in seeds
    }
    return _by_optimiser(request.train(backend, starts, steps), seeds)


def _by_optimiser(results: Results, seeds: Iterable[int]) -> Runs:
    return {
        balance: {
            optimiser: [results[f"{balance}-{optimiser}-{seed}"] for seed in seeds]
            for optimiser in rates
        }
        for balance, rates in RATES.items()
    }


def summary(runs: Runs) -> dict[str, dict[str, dict[str, Any]]]:
    """The training losses at SHOWN steps, means over the seeds, and the test accuracies."""
    return {
        balance: {
            optimiser: {
                "rate": RATES[balance][optimiser],
                "train_loss": _shown(np.mean([run["train_loss"] for run in seeds], 0)),
                "test_accuracy": [1 - float(run["test_error"][-1]) for run in seeds],
            }
            for optimiser, seeds in optimisers.items()
        }
        for balance, optimisers in runs.items()
    }


def _shown(losses: Array) -> list[float]:
    ended = [step // EPOCH for step in SHOWN if step // EPOCH <= len(losses)]
    return [float(losses[number - 1]) for number in ended or [len(losses)]]


def in_words(found: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> list[str]:
    """A line for each balance and optimiser."""
    lines = [f"  training loss by step {', '.join(map(str, SHOWN))}; test accuracy"]
    for balance, optimisers in found.items():
        for optimiser, row in optimisers.items():
            losses = " ".join(f"{loss:.2g}" for loss in row["train_loss"])
            accuracies: Sequence[float] = row["test_accuracy"]
            spread = np.std(accuracies, ddof=1) if len(accuracies) > 1 else 0.0
            lines.append(
                f"  {balance} {TITLES[optimiser]} at {row['rate']:g}: {losses}; "
                f"{np.mean(accuracies):.3f} ± {spread:.3f}"
            )
    return lines


def draw(runs: Runs, path: Path) -> Path:
    """A column for each balance; the mean over the seeds, and a band from the least to the most."""
    with figure(7.2, 4.6, 2, 2) as (page, rows):
        for column, (balance, optimisers) in enumerate(runs.items()):
            for colour, (optimiser, seeds) in zip(COLOURS, optimisers.items(), strict=False):
                label = f"{TITLES[optimiser]}, rate {RATES[balance][optimiser]:g}"
                _band(rows[0, column], [run["train_loss"] for run in seeds], colour, label)
                _band(rows[1, column], [run["test_error"] for run in seeds], colour, label)
            rows[0, column].set(yscale="log", title=f"{balance} start")
            rows[0, column].legend(loc="lower left")
            rows[1, column].set(xlabel="epoch")
        for row, name in zip(rows, ("training loss", "test error"), strict=True):
            row[0].set_ylabel(name)
            row[1].sharey(row[0])
            for axes in row:
                axes.grid(True)
        rows[0, 0].set_ylim(1e-4, 30)  # the legends stand below the curves
        rows[1, 0].set_ylim(0, 0.2)
        return save(page, path)


def _band(axes: Any, curves: list[Array], colour: str, label: str) -> None:
    epochs = np.arange(1, len(curves[0]) + 1)
    axes.fill_between(epochs, np.min(curves, 0), np.max(curves, 0), color=colour, alpha=0.2, lw=0)
    axes.plot(epochs, np.mean(curves, 0), color=colour, label=label)

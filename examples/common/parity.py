"""How far the training curves of two frameworks are apart, beside what rounding alone does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from examples.common.figures import COLOURS, figure, save
from examples.common.job import Array, Arrays
from examples.common.launch import launch
from examples.common.request import Outcome, Request

STEPS = (20, 100, 300, 1000, 3000)
CONTROL = "torch float32 and float64"  # the same program; what only rounding changes


@dataclass(frozen=True)
class Curve:
    """The training of an example by which the frameworks are compared.

    Attributes:
        start: from a seed, a number of steps and a dtype, what it starts from and its options.
        loss: the name of the loss that is compared.
        steps: how many.
    """

    start: Callable[[int, int, str], tuple[Arrays, dict[str, Any]]]
    loss: str
    steps: int


def measure(request: Request, curve: Curve) -> dict[str, Array]:
    """Train in each framework and dtype; returns what :func:`apart` gives.

    nnabla's functions compute in float32, so it has no curve in float64.
    """
    steps, curves = min(request.steps or curve.steps, curve.steps), {}
    for backend in request.backends:
        dtypes = ("float32",) if backend == "nnabla" else ("float32", "float64")
        jobs = [
            request.job(
                backend, f"parity-{t}", *curve.start(request.seed, steps, t), steps=steps, dtype=t
            )
            for t in dtypes
        ]
        results = launch(request.name, backend, jobs, request.output / backend / "parity")
        for dtype in dtypes:
            curves[f"{backend} {dtype}"] = results[f"parity-{dtype}"][curve.loss]
    return apart(dict(sorted(curves.items(), key=lambda item: item[0].split()[1])))


def added(outcome: Outcome, request: Request, curve: Curve, title: str) -> Outcome:
    """What came of an example, and how far its curves are apart."""
    pairs = measure(request, curve)
    return Outcome(
        [*outcome.lines, *table(pairs)],
        {**outcome.numbers, "parity": numbers(pairs)},
        [*outcome.figures, *draw(pairs, request.output / f"{request.name}-parity.svg", title)],
    )


def apart(curves: Mapping[str, Array]) -> dict[str, Array]:
    """The largest relative difference so far, at each step, for every two curves of one dtype.

    ``curves`` are losses by "framework dtype", such as "torch float32". Those of PyTorch in two
    dtypes are the control.
    """
    names, found = list(curves), {}
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            (first, dtype), (second, also) = one.split(), other.split()
            if dtype == also or first == second == "torch":
                pair = f"{first} {dtype} and {also}" if first == second else f"{first} and {other}"
                a, b = curves[one], curves[other]
                found[pair] = np.maximum.accumulate(np.abs(a - b) / np.abs(a))
    return found


def table(pairs: Mapping[str, Array]) -> list[str]:
    """A line for each pair: the difference up to some steps."""
    if not pairs:
        return []
    steps = _shown(pairs)
    lines = ["largest relative difference up to step " + ", ".join(map(str, steps))]
    for pair, row in pairs.items():
        lines.append(f"  {pair}: " + ", ".join(f"{row[step - 1]:.1e}" for step in steps))
    return lines


def numbers(pairs: Mapping[str, Array]) -> dict[str, Any]:
    """The same for a JSON file."""
    return {
        pair: {str(step): float(row[step - 1]) for step in _shown(pairs)}
        for pair, row in pairs.items()
    }


def _shown(pairs: Mapping[str, Array]) -> list[int]:
    """Some steps, and the last."""
    length = len(next(iter(pairs.values())))
    return [step for step in STEPS if step < length] + [length]


def draw(pairs: Mapping[str, Array], path: Path, title: str) -> Sequence[Path]:
    """Difference against step, both logarithmic; the control is dashed."""
    if not pairs:
        return []
    with figure(5.2, 3.6) as (page, axes):
        panel(axes, pairs, title)
        axes.set_ylabel("largest relative difference so far")
        page.legend(loc="outside lower center", ncols=2)
        return [save(page, path)]


def panel(axes: Any, pairs: Mapping[str, Array], title: str) -> None:
    """Draw the differences of one example into axes."""
    for colour, (pair, row) in zip(COLOURS, pairs.items(), strict=False):
        dashed = "--" if pair == CONTROL else "-"
        steps = np.arange(1, len(row) + 1)
        axes.plot(steps, np.maximum(row, 1e-17), dashed, color=colour, label=pair)
    axes.set(xscale="log", yscale="log", xlabel="step", title=title)
    axes.grid(True)

"""How far the training curves of two frameworks are apart, beside what rounding alone does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from examples.common.figures import COLOURS, figure, save
from examples.common.job import Array

STEPS = (20, 100, 300, 1000, 3000)
CONTROL = "torch float32 and float64"  # the same program; what only rounding changes


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
    length = max(map(len, pairs.values()), default=0)
    steps = [step for step in STEPS if step <= length] or [length]
    lines = ["largest relative difference up to step " + ", ".join(map(str, steps))]
    for pair, row in pairs.items():
        lines.append(f"  {pair}: " + ", ".join(f"{row[step - 1]:.1e}" for step in steps))
    return lines


def numbers(pairs: Mapping[str, Array]) -> dict[str, Any]:
    """The same for a JSON file."""
    return {
        pair: {str(step): float(row[step - 1]) for step in STEPS if step <= len(row)}
        for pair, row in pairs.items()
    }


def draw(pairs: Mapping[str, Array], path: Path, title: str) -> Sequence[Path]:
    """Difference against step, both logarithmic; the control is dashed."""
    if not pairs:
        return []
    with figure(5.2, 3.2) as (page, axes):
        for colour, (pair, row) in zip(COLOURS, pairs.items(), strict=False):
            dashed = "--" if pair == CONTROL else "-"
            steps = np.arange(1, len(row) + 1)
            axes.plot(steps, np.maximum(row, 1e-17), dashed, color=colour, label=pair)
        axes.set(xscale="log", yscale="log", xlabel="step", title=title)
        axes.set_ylabel("largest relative difference so far")
        axes.grid(True)
        axes.legend(loc="center right")
        return [save(page, path)]

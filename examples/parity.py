"""``python3 dev.py example parity``: every example's curve, compared between the frameworks."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np

from examples.common.figures import figure, save
from examples.common.job import Array
from examples.common.parity import Curve, measure, numbers, panel, table
from examples.common.request import Outcome, Request
from examples.options import EXAMPLES

COLUMNS = 2  # of the figure

Pairs = dict[str, Array]


def curves() -> dict[str, Curve]:
    """By the example's name; those have one that are a training without draws of a framework."""
    shows = {name: import_module(f"examples.{name}.show") for name in EXAMPLES}
    return {name: show.CURVE for name, show in shows.items() if hasattr(show, "CURVE")}


def run(request: Request) -> Outcome:
    """Train each example in each framework and dtype: a table, and a figure."""
    found: dict[str, Pairs] = {}
    for name, curve in curves().items():
        found[name] = measure(replace(request, name=name, output=request.output / name), curve)
    lines = [line for name, pairs in found.items() for line in (f"{name}:", *table(pairs))]
    figures = [_draw(found, request.output / "parity.svg")] if any(found.values()) else []
    return Outcome(lines, {name: numbers(pairs) for name, pairs in found.items()}, figures)


def _draw(found: dict[str, Pairs], path: Path) -> Path:
    """A panel for each example, all with the same axes."""
    rows = -(-len(found) // COLUMNS)
    with figure(7.2, 2.0 * rows + 0.6, rows, COLUMNS) as (page, grid):
        panels = np.atleast_2d(grid)
        for axes, (name, pairs) in zip(panels.flat, found.items(), strict=False):
            panel(axes, pairs, name)
            axes.set_ylim(1e-17, 10)
        for axes in panels[:, 0]:
            axes.set_ylabel("relative difference")
        for axes in panels.flat[len(found) :]:
            axes.set_visible(False)
        lines, names = panels.flat[0].get_legend_handles_labels()
        page.legend(lines, names, loc="outside lower center", ncols=2)
        return save(page, path)

"""The plot of time against size: overhead on the left, the memory's bandwidth on the right."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator

from benchmarks.analysis.statistics import copy_fraction, times
from benchmarks.model import CATALOGUE, OURS, Results, Row
from benchmarks.report.style import INK, LAYERS, PAGE, grid, layer_marks, legend
from benchmarks.report.text import duration

_FEWEST = 4  # sizes: between fewer, a line would tell what was not measured
_COPY: dict[str, Any] = {"linestyle": (0, (3, 1.5)), "linewidth": 0.9}


def size_figure(results: Results) -> Figure | None:
    """Ours, forward and backward in float32, at every size; and the time of a copy.

    None where a run has too few sizes for a line.
    """
    curves = _curves(results)
    if not curves:
        return None
    backends = list(dict.fromkeys(backend for backend, _ in curves))
    figure = Figure(figsize=(PAGE, 3.3), layout="constrained")
    panels = figure.subplots(1, len(backends), sharex=True, sharey=True, squeeze=False)[0]
    for backend, axes in zip(backends, panels, strict=True):
        for (name, _), rows in curves.items():
            if name == backend:
                _draw(axes, results, rows)
        axes.set_title(backend, loc="left")
        grid(axes, "both")
    _scale(panels[0])
    panels[0].set_ylabel("time of forward and backward")
    figure.supxlabel("elements of an input, float32", fontsize=8)
    copy = Line2D([], [], color=INK, **_COPY, label="a copy of the fewest bytes of each")
    legend(figure, [*layer_marks(layer for _, layer in curves), copy])
    return figure


def _curves(results: Results) -> dict[tuple[str, str], list[Row]]:
    """The rows of each framework and layer by their size, where there are enough sizes."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in sorted(results.samples, key=lambda row: row.workload.size):
        layer, shape = row.workload.layer, row.workload.shape
        if row.subject == OURS and row.workload == results.usual(layer, shape=shape):
            found.setdefault((row.backend, layer), []).append(row)
    keys = [(backend, layer) for backend in CATALOGUE for layer in LAYERS]
    return {key: found[key] for key in keys if len(found.get(key, ())) >= _FEWEST}


def _draw(axes: Axes, results: Results, rows: list[Row]) -> None:
    colour, marker = LAYERS[rows[0].workload.layer]
    sizes = [row.workload.size for row in rows]
    seconds = [times(results.samples[row]) for row in rows]
    axes.plot(sizes, [each.median for each in seconds], marker=marker, color=colour)
    axes.vlines(sizes, [s.low for s in seconds], [s.high for s in seconds], color=colour)
    copies = [(row.workload.size, copied) for row in rows if (copied := _copy_of(results, row))]
    axes.plot(*zip(*copies, strict=True), color=colour, **_COPY)


def _copy_of(results: Results, row: Row) -> float | None:
    """The seconds of a copy of as many bytes as the layer has to move."""
    reached = copy_fraction(results, row)
    return times(results.samples[row]).median * reached.median if reached else None


def _scale(axes: Axes) -> None:
    """Of all panels, which share their axes with this one."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.xaxis.set_major_locator(LogLocator(base=100))
    axes.yaxis.set_major_locator(LogLocator(numticks=12))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: _decade(y)))


def _decade(seconds: float) -> str:
    """A power of ten without the zeros that a measured time has: "10 ms"."""
    number, unit = duration(seconds).split()
    return f"{float(number):g} {unit.replace('us', 'µs')}"

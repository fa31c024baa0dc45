"""The plot of every way to write a layer, beside ours: a row each, with whiskers."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator

from benchmarks.analysis.statistics import Summary, ratio
from benchmarks.model import AGAIN, ONE, OURS, PUBLISHED, REFERENCES, Results, Row
from benchmarks.report.style import FAINT, INK, LAYERS, PAGE, grid, layer_marks, legend
from benchmarks.report.text import shape_name

ENDS = (ONE, PUBLISHED)
_APART = 0.22  # of a row's height, between the layers' marks in it

# By framework, subject, layer and shape.
Ratios = dict[tuple[str, str, str, tuple[int, ...]], Summary]


def idioms_figure(results: Results) -> Figure | None:
    """Forward and backward, at one element and at the published size, ours being 1.

    None where a run has no other subject than ours at these sizes.
    """
    ratios = _ratios(results)
    if not ratios:
        return None
    # A dictionary without values is a set that keeps its order.
    subjects: dict[str, dict[str, None]] = {}
    for backend, subject, _, _ in ratios:
        subjects.setdefault(backend, {})[subject] = None
    shapes = [shape for shape in ENDS if any(key[3] == shape for key in ratios)]
    heights = [len(named) + 0.2 for named in subjects.values()]
    inches = 1.0 + 0.22 * sum(heights) + 0.25 * len(subjects)
    figure = Figure(figsize=(PAGE, inches), layout="constrained")
    panels = figure.subplots(
        len(subjects),
        len(shapes),
        sharex="col",
        sharey="row",
        squeeze=False,
        height_ratios=heights,
    )
    for (backend, named), line in zip(subjects.items(), panels, strict=True):
        for shape, axes in zip(shapes, line, strict=True):
            _draw(axes, backend, list(named), shape, ratios)
        line[0].set_title(backend, loc="left")
    for shape, axes in zip(shapes, panels[-1], strict=True):
        low, high = axes.get_xlim()
        axes.set_xlim(min(low, 0.5), max(high, 2))  # small differences shall look small
        axes.set_xlabel(f"time / ours, {shape_name(shape)}\n(left of 1: faster than ours)")
    marks = layer_marks(layer for _, _, layer, _ in ratios)
    if not all(times.stable for times in ratios.values()):
        marks.append(
            Line2D([], [], color=FAINT, marker="o", markerfacecolor="white", label="unstable")
        )
    legend(figure, [*marks, Line2D([], [], color=INK, linewidth=1, label="ours")])
    return figure


def _ratios(results: Results) -> Ratios:
    found: Ratios = {}
    for row, samples in results.samples.items():
        work, subject = row.workload, row.subject
        wanted = work.layer in LAYERS and work.shape in ENDS
        wanted = wanted and work == results.usual(work.layer, shape=work.shape)
        if not wanted or subject in (OURS, AGAIN, *REFERENCES):
            continue
        times = ratio(samples, results.of(Row(work, row.backend, OURS)))
        if times is not None:
            found[row.backend, subject, work.layer, work.shape] = times
    return found


def _draw(
    axes: Axes, backend: str, subjects: Sequence[str], shape: tuple[int, ...], ratios: Ratios
) -> None:
    for place, subject in enumerate(subjects):
        layers = [layer for layer in LAYERS if (backend, subject, layer, shape) in ratios]
        for number, layer in enumerate(layers):
            times = ratios[backend, subject, layer, shape]
            colour, marker = LAYERS[layer]
            y = place + _APART * (number - (len(layers) - 1) / 2)
            axes.plot([times.low, times.high], [y, y], color=colour, solid_capstyle="butt")
            # A mark without filling: its median is not known well enough.
            filling = colour if times.stable else "white"
            axes.plot(times.median, y, marker, color=colour, markerfacecolor=filling)
    axes.axvline(1, color=INK, linewidth=1)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axes.minorticks_off()
    axes.set_yticks(range(len(subjects)), subjects)
    axes.set_ylim(len(subjects) - 0.4, -0.6)
    grid(axes, "both")

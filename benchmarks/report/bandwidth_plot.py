"""The plot of the fraction of copy bandwidth that our layers reach, as bars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from benchmarks.analysis.statistics import Summary, copy_fraction
from benchmarks.model import CATALOGUE, OURS, PUBLISHED, Results, Row, bytes_to_move
from benchmarks.report.style import FAINT, INK, LAYERS, PAGE, STAGES, grid, legend
from benchmarks.report.text import shape_name

_GROUP = 0.8  # of the width between two layers, for the bars of one

_NOTE: dict[str, Any] = {
    "rotation": 90,
    "ha": "center",
    "va": "bottom",
    "color": FAINT,
    "fontsize": 6.5,
    "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 0.5},
}

# By framework, layer and stage.
Fractions = dict[tuple[str, str, str], Summary]


def bandwidth_figure(results: Results) -> Figure | None:
    """Ours over copy bandwidth, by framework, layer and stage, at the published size.

    None where a run did not time our layers there.
    """
    fractions = _fractions(results)
    if not fractions:
        return None
    backends = _present(CATALOGUE, fractions, 0)
    layers = _present(LAYERS, fractions, 1)
    stages = _present(STAGES, fractions, 2)
    figure = Figure(figsize=(PAGE, 2.9), layout="constrained")
    panels = figure.subplots(1, len(backends), sharex=True, sharey=True, squeeze=False)[0]
    for backend, axes in zip(backends, panels, strict=True):
        for number, stage in enumerate(stages):
            offset = _GROUP * ((number + 0.5) / len(stages) - 0.5)
            bars = {
                place + offset: fractions[backend, layer, stage]
                for place, layer in enumerate(layers)
                if (backend, layer, stage) in fractions
            }
            _draw(axes, stage, bars, 0.9 * _GROUP / len(stages))
            for place, layer in enumerate(layers):
                if _moves_nothing(results, Row(results.usual(layer, stage), backend, OURS)):
                    axes.text(place + offset, 0.02, "a view", **_NOTE)
        axes.axhline(1, color=INK, linewidth=1)
        axes.set_title(backend, loc="left")
        grid(axes, "y")
    panels[0].set_xticks(range(len(layers)), [layer.replace("_", "\n") for layer in layers])
    panels[0].set_xlim(-0.5, len(layers) - 0.5)
    panels[0].yaxis.set_major_formatter(PercentFormatter(1))
    panels[0].set_ylabel(f"fraction of copy bandwidth,\n{shape_name(PUBLISHED)}, float32")
    _legend(figure, stages, all(reached.stable for reached in fractions.values()))
    return figure


def _fractions(results: Results) -> Fractions:
    found = {
        (backend, layer, stage): copy_fraction(
            results, Row(results.usual(layer, stage), backend, OURS)
        )
        for backend in CATALOGUE
        for layer in LAYERS
        for stage in STAGES
    }
    return {key: reached for key, reached in found.items() if reached is not None}


def _moves_nothing(results: Results, row: Row) -> bool:
    """A row that has no such fraction, because its output is a view of its input."""
    return row in results.samples and not bytes_to_move(row)


def _present(names: Iterable[str], fractions: Fractions, place: int) -> list[str]:
    """Those that are in the keys at this place, in this order."""
    return [name for name in names if any(key[place] == name for key in fractions)]


def _draw(axes: Axes, stage: str, bars: dict[float, Summary], width: float) -> None:
    """The bars of a stage, by their place: each with its quartiles and its percentage."""
    heights = [reached.median for reached in bars.values()]
    axes.bar(list(bars), heights, width, **_filling(stage))
    for place, reached in bars.items():
        axes.plot([place, place], [reached.low, reached.high], color=INK, linewidth=0.8)
        axes.annotate(
            f"{100 * reached.median:.0f}" + ("" if reached.stable else "?"),
            (place, reached.high),
            (0, 2),
            textcoords="offset points",
            ha="center",
            fontsize=6.5,
            # Legible where it stands on the line of the copy.
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.8},
        )


def _filling(stage: str) -> dict[str, Any]:
    colour, hatch = STAGES[stage]
    # A tint, as a transparent colour would make the hatch transparent too in SVG.
    tint = [0.75 + 0.25 * part for part in to_rgb(colour)]
    return {"facecolor": tint, "edgecolor": colour, "hatch": hatch}


def _legend(figure: Figure, stages: Sequence[str], stable: bool) -> None:
    marks: list[Artist] = [Patch(label=stage, **_filling(stage)) for stage in stages]
    marks.append(Line2D([], [], color=INK, linewidth=1, label="a copy, which is no limit"))
    if not stable:
        marks.append(Line2D([], [], color=INK, linestyle="none", marker="$?$", label="unstable"))
    legend(figure, marks)

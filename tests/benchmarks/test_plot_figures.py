"""What the plots show is what a run has: every mark at its place."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import same_color
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from benchmarks.model import COPY, FRESH_COPY, PUBLISHED, Results, Workload
from benchmarks.report.bandwidth_plot import bandwidth_figure
from benchmarks.report.idioms_plot import idioms_figure
from benchmarks.report.size_plot import size_figure
from benchmarks.report.style import LAYERS, STAGES
from tests.benchmarks.exact import Seconds, run

Rows = dict[tuple[Workload, str, str], Seconds]
WILD = [1e-3, 2e-3, 4e-3, 8e-3, 9e-3]


def drawn(figure: Figure | None) -> Figure:
    assert figure is not None
    return figure


def of_layer(axes: Axes, layer: str) -> list[Line2D]:
    """The lines and marks of a layer."""
    return [line for line in axes.lines if same_color(line.get_color(), LAYERS[layer][0])]


def places(line: Line2D) -> list[float]:
    """Along the axis from left to right."""
    return [float(x) for x in np.asarray(line.get_xdata())]


def heights(line: Line2D) -> list[float]:
    return [float(y) for y in np.asarray(line.get_ydata())]


def sizes() -> Results:
    """nnabla's scalar multiply takes 20 us and four arrays at 5 GB/s; a copy of it, 10 GB/s."""
    rows: Rows = {}
    for shape in ((1,), (1000,), (10**6,), PUBLISHED):
        work = Workload("mul_scalar", "both", shape)
        rows[work, "nnabla", "ours"] = 20e-6 + 4 * work.nbytes / 5e9
        rows[work, "nnabla", COPY] = 2 * work.nbytes / 10e9
        rows[Workload("mul_scalar", "forward", shape), "nnabla", "ours"] = 1.0  # another stage
    return run(rows)


def test_the_sizes_have_their_times_and_those_of_a_copy() -> None:
    (axes,) = drawn(size_figure(sizes())).axes
    times, copy = of_layer(axes, "mul_scalar")
    elements = [1, 1000, 10**6, 64 * 3 * 224 * 224]
    assert places(times) == places(copy) == elements
    assert heights(times) == pytest.approx([20e-6 + 16 * n / 5e9 for n in elements])
    assert heights(copy) == pytest.approx([16 * n / 10e9 for n in elements])
    assert copy.get_linestyle() != times.get_linestyle()


def test_the_bars_are_fractions_of_copy_bandwidth() -> None:
    rows: Rows = {}
    for stage, seconds in (("forward", 1e-3), ("backward", 5e-3), ("both", WILD)):
        work = Workload("gradient_reversal", stage)
        rows |= {(work, "torch", COPY): 4e-3, (work, "torch", "ours"): seconds}
    other = Workload("mul_scalar", "forward")
    rows |= {(other, "torch", COPY): 4e-3, (other, "torch", "ours"): 16e-3}
    (axes,) = drawn(bandwidth_figure(run(rows))).axes
    bars = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert [bar.get_height() for bar in bars] == pytest.approx([4 / 16, 4 / 5, 4 / 4])
    hatches = [STAGES[stage][1] for stage in ("forward", "backward", "both")]
    assert [bar.get_hatch() or "" for bar in bars] == hatches
    # The reversal's forward returns a view, which moves no byte; and the rounds of both disagree.
    assert [text.get_text() for text in axes.texts] == ["25", "a view", "80", "100?"]


def test_the_idioms_are_beside_ours() -> None:
    rows: Rows = {}
    for shape, classic in (((1,), 0.8e-3), (PUBLISHED, WILD)):
        work = Workload("shake_shake", "both", shape)
        rows |= {(work, "torch", "ours"): 1e-3, (work, "torch", "classic"): classic}
        rows |= {(work, "torch", "ours, again"): 1e-3, (work, "torch", FRESH_COPY): 1e-3}
    small, large = drawn(idioms_figure(run(rows))).axes
    assert [label.get_text() for label in small.get_yticklabels()] == ["classic"]
    for axes, quartiles, median in ((small, [0.8, 0.8], 0.8), (large, [2, 8], 4)):
        whisker, mark = of_layer(axes, "shake_shake")
        assert places(whisker) == pytest.approx(quartiles)
        assert places(mark) == pytest.approx([median])
    hollow = [of_layer(axes, "shake_shake")[1].get_markerfacecolor() for axes in (small, large)]
    assert [same_color(colour, "white") for colour in hollow] == [False, True]


def test_a_framework_without_an_idiom_has_no_panel() -> None:
    work = Workload("shake_shake", "both")
    rows: Rows = {(work, "torch", "ours"): 1e-3, (work, "nnabla", "ours"): 1e-3}
    assert idioms_figure(run(rows)) is None
    rows[work, "nnabla", "native"] = 2e-3
    (axes,) = drawn(idioms_figure(run(rows))).axes
    assert axes.get_title(loc="left") == "nnabla"

"""How the plots look: on a page's width, in print, and to the colour-blind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

PAGE = 7.2  # inches, the width of a page's text
INK, FAINT = "#222222", "#767676"

# Of Okabe and Ito's palette, which the colour-blind can tell apart; and each has a marker of
# its own, and a hatch where an area is filled.
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
LAYERS = {
    "gradient_reversal": (BLUE, "o"),
    "shake_shake": (ORANGE, "s"),
    "mul_scalar": (GREEN, "^"),
}
STAGES = {
    "forward": (BLUE, ""),
    "backward": (ORANGE, "////"),
    "both": (GREEN, ".."),
    "accumulate": (PURPLE, "xx"),
}

_SETTINGS: dict[Any, Any] = {  # its keys are matplotlib's own type of names
    "font.family": "DejaVu Sans",  # it comes with matplotlib, so that every machine has it
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.labelsize": 8,
    "axes.edgecolor": FAINT,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "hatch.linewidth": 0.5,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.5,
    "savefig.facecolor": "white",
    # Text stays text, which a reader can search; the salt makes the identifiers the same each time.
    "svg.fonttype": "none",
    "svg.hashsalt": "benchmarks",
}


@contextmanager
def styled() -> Iterator[None]:
    """Figures that are made and saved within look like this, whatever the user has set."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        yield


def layer_marks(layers: Iterable[str]) -> list[Line2D]:
    """What stands for these layers in a legend."""
    shown = set(layers)
    return [
        Line2D([], [], color=colour, marker=marker, label=layer.replace("_", " "))
        for layer, (colour, marker) in LAYERS.items()
        if layer in shown
    ]


def legend(figure: Figure, marks: Sequence[Artist]) -> None:
    """A line above all panels."""
    figure.legend(handles=marks, loc="outside upper center", ncols=len(marks))


def grid(axes: Axes, which: Literal["both", "x", "y"]) -> None:
    """Faint lines at the ticks, which then need no marks."""
    axes.grid(axis=which)
    axes.tick_params(which="both", length=0)

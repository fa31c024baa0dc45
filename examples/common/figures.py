"""How the figures of the examples look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

# Of Okabe and Ito's palette, which the colour-blind can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
_SETTINGS: dict[Any, Any] = {  # its keys are matplotlib's own type of names
    "font.family": "DejaVu Sans",  # it comes with matplotlib, so that every machine has it
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "savefig.facecolor": "white",
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "examples",  # the same bytes each time
}


@contextmanager
def figure(width: float, height: float, rows: int = 1, columns: int = 1) -> Iterator[Any]:
    """A figure, in inches, and its axes: one, or an array of them."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        page = Figure(figsize=(width, height), layout="constrained")
        yield page, page.subplots(rows, columns)


def save(page: Figure, path: Path) -> Path:
    """Write it as SVG; returns the path."""
    page.savefig(path, metadata={"Date": None})
    return path

"""A run as pictures."""

from __future__ import annotations

from pathlib import Path

from benchmarks.model import Results
from benchmarks.report.bandwidth_plot import bandwidth_figure
from benchmarks.report.idioms_plot import idioms_figure
from benchmarks.report.size_plot import size_figure
from benchmarks.report.style import styled

FIGURES = {"size": size_figure, "bandwidth": bandwidth_figure, "idioms": idioms_figure}


def save_plots(results: Results, folder: Path, stem: str) -> list[Path]:
    """Draw what a run has the rows for, each as SVG, the same bytes each time.

    SVG alone: GitHub shows it, it is sharp at any size, its words can be searched, and a paper
    takes it as vectors. ``STEM-size`` is time against size, which wants four sizes;
    ``STEM-bandwidth`` the fraction of copy bandwidth that our layers reach at the published
    size; ``STEM-idioms`` the other ways to write them, beside ours.

    Returns:
        The files that were written: none for a figure without rows.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    saved = []
    with styled():
        for name, draw in FIGURES.items():
            figure = draw(results)
            if figure is not None:
                saved.append(folder / f"{stem}-{name}.svg")
                figure.savefig(saved[-1], metadata={"Date": None})
    return saved

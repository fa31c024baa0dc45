"""A run as pictures."""

from __future__ import annotations

from pathlib import Path

from benchmarks.report.idioms_plot import idioms_figure
from benchmarks.report.limit_plot import limit_figure
from benchmarks.report.size_plot import size_figure
from benchmarks.report.style import save, styled
from benchmarks.results import Results

FIGURES = {"size": size_figure, "limit": limit_figure, "idioms": idioms_figure}


def save_plots(results: Results, folder: Path, stem: str) -> list[Path]:
    """Draw what a run has the rows for, each as SVG and PNG, the same bytes each time.

    ``STEM-size`` is time against size, which wants four sizes; ``STEM-limit`` the share of the
    limit that our layers reach at the published size; ``STEM-idioms`` the other ways to write
    them, beside ours.

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
                saved += save(figure, folder, f"{stem}-{name}")
    return saved

"""The table that says the most: ours, a line for each layer and framework."""

from __future__ import annotations

from rich.console import Console

from benchmarks.analysis.statistics import peak_fraction, ratio, times
from benchmarks.model import CATALOGUE, FRESH_COPY, LAYERS, ONE, OURS, PUBLISHED, Results, Row
from benchmarks.report import text

COLUMNS = (
    "",
    "",
    text.shape_name(ONE),
    text.shape_name(PUBLISHED),
    "of peak",
    "/ fresh copy",
)
LEGEND = (
    "Ours, forward + backward, float32, one thread. Of peak: the fraction of the peak bandwidth, "
    "by the fewest bytes that the layer has to read and write; that of a plain copy counts as "
    "peak. A fresh copy is one of the input, into new memory. Both are measured beside the "
    "layer, and these two columns are for the large size. "
    "±: the 95 % interval of the median of the rounds."
)


def print_headline(console: Console, results: Results) -> None:
    """Print the table and what it means."""
    name = "Ours beside the peak bandwidth of the machine"
    text.part(console, name, COLUMNS, headline(results), LEGEND, words=2)


def headline(results: Results) -> list[tuple[str, ...]]:
    """The lines of cells under ``COLUMNS``; none where a run has neither size."""
    lines: list[tuple[str, ...]] = []
    for layer in LAYERS:
        for backend in CATALOGUE:
            small, large = (
                Row(results.usual(layer, shape=shape), backend, OURS) for shape in (ONE, PUBLISHED)
            )
            known = results.samples.keys() | results.faults.keys()
            if small in known or large in known:
                names = (large.workload.layer_name, backend)
                lines.append((*names, _time(results, small), *_large(results, large)))
    return lines


def markdown(results: Results) -> str:
    """The same for the README and the docs, with the legend."""
    lines = [COLUMNS, ("---", "---", *("---:" for _ in COLUMNS[2:])), *headline(results)]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return f"{table}\n\n{LEGEND}\n"


def _time(results: Results, row: Row) -> str:
    if row in results.faults:
        return results.faults[row].kind
    return text.time(times(results.samples[row])) if row in results.samples else text.NONE


def _large(results: Results, row: Row) -> tuple[str, str, str]:
    samples = results.of(row)
    fresh = ratio(samples, results.of(Row(row.workload, row.backend, FRESH_COPY)))
    reached = peak_fraction(results, row)
    return _time(results, row), text.share(reached), text.multiple(fresh, margin=True)

"""The table that says the most: ours, a line for each layer and framework."""

from __future__ import annotations

from rich.console import Console

from benchmarks.catalogue import ALL, CATALOGUE, OURS
from benchmarks.plan import ONE
from benchmarks.references import FRESH_COPY
from benchmarks.report import text
from benchmarks.report.selection import ENDS, usual
from benchmarks.results import Results
from benchmarks.statistics import ratio, share, times
from benchmarks.workload import PUBLISHED, Row

COLUMNS = (
    "",
    "",
    text.shape_name(ONE),
    text.shape_name(PUBLISHED),
    "of the limit",
    "/ fresh copy",
)
LEGEND = (
    "Ours, forward + backward, float32, one thread. The limit is the time that a copy takes for "
    "the fewest bytes that the layer has to read and write; a fresh copy is one of the input, into "
    "new memory. Both are measured beside the layer, and these two columns are for the large size. "
    "±: the 95 % interval of the median of the rounds."
)


def print_headline(console: Console, results: Results) -> None:
    """Print the table and what it means."""
    lines = headline(results)
    if lines:
        text.heading(console, "Ours beside the limit of the machine")
        text.table(console, COLUMNS, lines, words=2)
        text.line(console, LEGEND, "dim")


def headline(results: Results) -> list[tuple[str, ...]]:
    """The lines of cells under ``COLUMNS``; none where a run has neither size."""
    lines: list[tuple[str, ...]] = []
    for layer in ALL:
        for backend in CATALOGUE:
            small, large = (
                Row(usual(results, layer, shape=shape), backend, OURS) for shape in ENDS
            )
            known = results.samples.keys() | results.faults.keys()
            if small in known or large in known:
                names = (text.layer_name(large.workload), backend)
                lines.append((*names, _time(results, small), *_large(results, large)))
    return lines


def markdown(results: Results) -> str:
    """The same for the README, with the legend."""
    lines = [COLUMNS, ("---", "---", *("---:" for _ in COLUMNS[2:])), *headline(results)]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return f"{table}\n\n{LEGEND}\n"


def _time(results: Results, row: Row) -> str:
    if row in results.faults:
        return results.faults[row].kind
    return text.time(times(results.samples[row])) if row in results.samples else text.NONE


def _large(results: Results, row: Row) -> tuple[str, str, str]:
    samples = results.samples.get(row, [])
    fresh = ratio(samples, results.samples.get(Row(row.workload, row.backend, FRESH_COPY), []))
    reached = share(results, row)
    return _time(results, row), text.share(reached), text.multiple(fresh, doubt=True)

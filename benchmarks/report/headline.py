"""The table that says the most: ours, a line for each layer and framework."""

from __future__ import annotations

import math

from rich.console import Console

from benchmarks.analysis.statistics import copy_fraction, ratio, times
from benchmarks.model import CATALOGUE, FRESH_COPY, LAYERS, OURS, Results, Row
from benchmarks.report import text

LEGEND = (
    "Ours, forward + backward, float32, one thread. Of copy: the fraction of copy bandwidth, by "
    "the fewest bytes that the layer has to read and write. It can be above 100 %: a copy also "
    "reads what it overwrites, which is not counted. A fresh copy goes into new memory. Both are "
    "timed beside the layer, at the large size. ±: the 95 % interval of the median of the rounds."
)


def print_headline(console: Console, results: Results) -> None:
    """Print the table and what it means."""
    name = "Ours beside a copy"
    text.part(console, name, columns(results), headline(results), LEGEND, words=2)


def columns(results: Results) -> tuple[str, ...]:
    """Of the table; a time for each of the run's ends."""
    return "", "", *map(text.shape_name, ends(results)), "of copy", "/ fresh copy"


def ends(results: Results) -> list[tuple[int, ...]]:
    """The smallest and the largest size at which a run has a layer in float32, or the only one."""
    works = {row.workload for row in (*results.samples, *results.faults)}
    shapes = {work.shape for work in works if work == results.usual(work.layer, shape=work.shape)}
    found = sorted(shapes, key=math.prod)
    return [found[0], found[-1]] if found[1:] else found


def headline(results: Results) -> list[tuple[str, ...]]:
    """The lines of cells under the columns."""
    lines: list[tuple[str, ...]] = []
    known = results.samples.keys() | results.faults.keys()
    for layer in LAYERS:
        for backend in CATALOGUE:
            works = (results.usual(layer, shape=shape) for shape in ends(results))
            rows = [Row(work, backend, OURS) for work in works]
            if any(row in known for row in rows):
                seconds = (_time(results, row) for row in rows)
                lines.append(
                    (rows[0].workload.layer_name, backend, *seconds, *_by(results, rows[-1]))
                )
    return lines


def markdown(results: Results) -> str:
    """The same for the docs, with the legend."""
    names = columns(results)
    lines = [names, ("---", "---", *("---:" for _ in names[2:])), *headline(results)]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return f"{table}\n\n{LEGEND}\n"


def _time(results: Results, row: Row) -> str:
    if row in results.faults:
        return results.faults[row].kind
    return text.time(times(results.samples[row])) if row in results.samples else text.NONE


def _by(results: Results, row: Row) -> tuple[str, str]:
    """How a row stands beside the copies."""
    fresh = ratio(results.of(row), results.of(Row(row.workload, row.backend, FRESH_COPY)))
    return text.share(copy_fraction(results, row)), text.multiple(fresh, margin=True)

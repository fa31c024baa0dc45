"""The table of every way to write a layer, beside ours: which is the fastest where."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from benchmarks.analysis.statistics import ratio
from benchmarks.model import AGAIN, CATALOGUE, LAYERS, OURS, REFERENCES, Results, Row, Workload
from benchmarks.report import text
from benchmarks.report.headline import ends
from benchmarks.report.rows import verdicts

BEST = (text.FASTEST, text.SAME)


def print_ways(console: Console, results: Results) -> None:
    """Print the table and what it means."""
    shapes = ends(results)
    sizes = {shape: text.shape_name(shape) for shape in shapes}
    legend = f"{text.STAR} is the fastest, or as fast within noise."
    if shapes[1:]:
        small, large = sizes.values()
        legend = f"Small is {small}, large is {large}. {legend}"
        sizes = dict(zip(shapes, ("small", "large"), strict=True))
    timed = {row.workload for row in results.samples}
    works = [results.usual(layer, shape=shape) for layer in LAYERS for shape in shapes]
    works = [work for work in works if work in timed]
    columns = (work.layer.replace("_", "\n") + f"\n{sizes[work.shape]}" for work in works)
    text.part(
        console,
        "Ways of writing a layer, forward + backward, float32: time / ours",
        ("", *columns),
        _lines(results, works),
        legend,
    )


def _lines(results: Results, works: list[Workload]) -> Iterator[tuple[str, ...]]:
    for backend in CATALOGUE:
        lines: dict[str, dict[Workload, str]] = {OURS: {}}  # it comes first, also where it failed
        for work in works:
            for row, cell in _cells(results, work, backend):
                lines.setdefault(row.subject, {})[work] = cell
        for subject, cells in lines.items():
            if cells:
                name = f"{backend} {OURS}" if subject == OURS else f"  {subject}"
                yield name, *(cells.get(work, "") for work in works)


def _cells(results: Results, work: Workload, backend: str) -> Iterator[tuple[Row, str]]:
    """Of the subjects of a framework."""
    found = [row for row, fault in results.faults.items() if fault.kind != "missing"]
    rows = [
        row
        for row in (*results.samples, *found)
        if (row.workload, row.backend) == (work, backend)
        and row.subject not in (AGAIN, *REFERENCES)
    ]
    for row, verdict in verdicts(results, rows).items():
        times = ratio(results.of(row), results.of(Row(work, backend, OURS)))
        if times is None or not times.stable:
            yield row, results.faults[row].kind if row in results.faults else text.multiple(times)
        else:
            mark = f"{text.STAR} " if verdict in BEST else ""
            yield row, mark + text.factor(times.median)

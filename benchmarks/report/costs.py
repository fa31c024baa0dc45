"""The tables of what is not a time of one row: memory, imports, overhead and bandwidth, threads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rich.console import Console

from benchmarks.catalogue import ALL, CATALOGUE, OURS
from benchmarks.footprint import least
from benchmarks.report import text
from benchmarks.report.selection import usual
from benchmarks.results import Results
from benchmarks.statistics import fits, ratio, summary, times
from benchmarks.workload import Row

MEMORY_LEGEND = (
    "Held: what lives between the forward and the backward pass, the input included if the layer "
    "keeps it. Peak: the most that lives at once in the two passes. Least peak: that of a layer "
    "that needs nothing beyond its results."
)
FIT_LEGEND = (
    "The line overhead + bytes / bandwidth through the medians of all sizes, where the bytes are "
    "the fewest that have to move. The error is that of the size which is farthest from the line."
)


def print_costs(console: Console, results: Results) -> None:
    """Print what a run has of these."""
    _print_memory(console, results)
    _print_imports(console, results)
    _print_fits(console, results)
    _print_threads(console, results)


def _print_memory(console: Console, results: Results) -> None:
    if not results.memory:
        return
    text.heading(console, "Memory beyond the inputs, in MB and in multiples of one of them")
    columns = ("", "held", "peak", "least peak")
    text.table(console, columns, _memory(results))
    text.line(console, MEMORY_LEGEND, "dim")
    for row, seen in results.memory.items():
        if "reason" in seen:
            text.line(console, f"{row.label}: {seen['reason']}")


def _print_imports(console: Console, results: Results) -> None:
    if not results.imports:
        return
    text.heading(console, "Import of our package, beyond that of its framework")
    found = {backend: summary(seconds) for backend, seconds in results.imports.items()}
    lines = (
        (f"grl_{backend}", text.duration(each.median), text.percent(each.spread))
        for backend, each in found.items()
    )
    text.table(console, ("", "time", "IQR"), lines)


def _print_fits(console: Console, results: Results) -> None:
    lines = list(_fits(results))
    if lines:
        text.heading(console, "Cost against size: ours, forward + backward, float32")
        text.table(console, ("", "", "overhead", "bandwidth", "sizes", "error"), lines, words=2)
        text.line(console, FIT_LEGEND, "dim")


def _print_threads(console: Console, results: Results) -> None:
    lines = list(_threads(results))
    if lines:
        text.heading(console, "Threads: ours, the time with one over the time with more")
        text.table(console, ("", "", "threads", "time", "times as fast"), lines, words=2)


def _memory(results: Results) -> Iterator[tuple[str, ...]]:
    for workload in dict.fromkeys(row.workload for row in results.memory):
        yield (f"{text.layer_name(workload)}, {text.shape_name(workload.shape)}",)
        for row, seen in results.memory.items():
            if row.workload == workload:
                needed = least(workload, results.header["views"][row.backend])["peak"]
                figures = (seen.get("held"), seen.get("peak"), needed)
                cells = (_bytes(nbytes, workload.nbytes) for nbytes in figures)
                yield f"  {row.backend} {row.subject}", *cells


def _bytes(nbytes: float | None, of_input: int) -> str:
    if nbytes is None:
        return text.NONE
    return f"{nbytes / 1e6:.1f} MB  {nbytes / of_input:.2f} x"


def _fits(results: Results) -> Iterator[tuple[str, ...]]:
    found = fits(results)
    for layer in ALL:
        for backend in CATALOGUE:
            line = found.get(Row(usual(results, layer, shape=()), backend, OURS))
            if line is not None:
                bandwidth = line.bandwidth and f"{text.figure(line.bandwidth)} GB/s"
                yield (
                    layer.replace("_", " "),
                    backend,
                    text.duration(line.overhead / 1e6),
                    bandwidth or text.NONE,
                    str(line.sizes),
                    text.percent(line.error),
                )


def _threads(results: Results) -> Iterator[tuple[str, ...]]:
    for row, samples in results.samples.items():
        work = row.workload
        alone = results.samples.get(replace(row, workload=replace(work, threads=1)))
        if row.subject != OURS or work.threads == 1 or not alone:
            continue
        faster = ratio(alone, samples)
        time = text.duration(times(samples).median)
        yield text.layer_name(work), row.backend, str(work.threads), time, text.ratio(faster)

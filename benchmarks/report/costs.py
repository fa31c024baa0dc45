"""The tables of costs: the published timing, memory, imports, overhead and bandwidth, threads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rich.console import Console

from benchmarks.analysis import fits, ratio, summary, times, usual
from benchmarks.model import CATALOGUE, LAYERS, OURS, Results, Row
from benchmarks.model.costs import least_peak
from benchmarks.report import text

# Seconds of a forward and a backward pass at the published size: of nnabla's article on
# PythonFunction, which timed its second style on a GPU.
ARTICLE = {"numpy style": (20.9e-3, "CPU"), "imperative": (1.29e-3, "GPU"), OURS: (None, "")}

MEMORY_LEGEND = (
    "Peak: what the largest resident set of a fresh process grows by in the two passes. Least: "
    "that of a layer that needs nothing beyond its results."
)
FIT_LEGEND = (
    "The line overhead + bytes / bandwidth through the medians of all sizes, where the bytes are "
    "the fewest that have to move. The error is that of the size which is farthest from the line."
)


def print_costs(console: Console, results: Results) -> None:
    """Print what a run has of these."""
    _print_article(console, results)
    _print_memory(console, results)
    _print_imports(console, results)
    _print_fits(console, results)
    _print_threads(console, results)


def _print_article(console: Console, results: Results) -> None:
    lines = list(_article(results))
    if lines:
        text.heading(console, "The timing in nnabla's article: mul scalar, forward + backward")
        device = results.header["device"].upper()
        text.table(console, ("nnabla", "article", "on", f"here, {device}"), lines)


def _print_memory(console: Console, results: Results) -> None:
    if results.memory:
        text.heading(console, "Memory beyond the inputs, in MB and in multiples of one of them")
        text.table(console, ("", "peak", "least"), _memory(results))
        text.line(console, MEMORY_LEGEND, "dim")


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


def _article(results: Results) -> Iterator[tuple[str, ...]]:
    for subject, (published, device) in ARTICLE.items():
        samples = results.of(Row(usual(results, "mul_scalar"), "nnabla", subject))
        if samples:
            seconds = text.duration(published) if published else text.NONE
            yield subject, seconds, device or text.NONE, text.time(times(samples))


def _memory(results: Results) -> Iterator[tuple[str, ...]]:
    for workload in dict.fromkeys(row.workload for row in results.memory):
        yield (f"{workload.layer_name}, {text.shape_name(workload.shape)}",)
        for row, nbytes in results.memory.items():
            if row.workload == workload:
                least = least_peak(workload, results.moves_views(row.backend))
                cells = (f"{n / 1e6:.1f} MB  {n / workload.nbytes:.2f} x" for n in (nbytes, least))
                yield f"  {row.backend} {row.subject}", *cells


def _fits(results: Results) -> Iterator[tuple[str, ...]]:
    found = fits(results)
    for layer in LAYERS:
        for backend in CATALOGUE:
            line = found.get(Row(usual(results, layer, shape=()), backend, OURS))
            if line is not None:
                bandwidth = line.bandwidth and f"{text.figure(line.bandwidth / 1e9)} GB/s"
                yield (
                    layer.replace("_", " "),
                    backend,
                    text.duration(line.overhead),
                    bandwidth or text.NONE,
                    str(line.sizes),
                    text.percent(line.error),
                )


def _threads(results: Results) -> Iterator[tuple[str, ...]]:
    for row, samples in results.samples.items():
        work = row.workload
        alone = results.of(replace(row, workload=replace(work, threads=1)))
        if row.subject != OURS or work.threads == 1 or not alone:
            continue
        faster = ratio(alone, samples)
        time = text.duration(times(samples).median)
        yield work.layer_name, row.backend, str(work.threads), time, text.ratio(faster)

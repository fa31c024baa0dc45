"""The tables of costs: the published timing, and memory."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from benchmarks.analysis.statistics import times
from benchmarks.model import OURS, Results, Row
from benchmarks.model.costs import least_peak
from benchmarks.report import text

# Seconds of a forward and a backward pass at the published size: of nnabla's article on
# PythonFunction, which timed its second style on a GPU.
ARTICLE = {"numpy style": (20.9e-3, "CPU"), "imperative": (1.29e-3, "GPU"), OURS: (None, "")}

MEMORY_LEGEND = (
    "Peak: what the largest resident set of a fresh process grows by in the two passes. Least: "
    "that of a layer that needs nothing beyond its results."
)


def print_article(console: Console, results: Results) -> None:
    """Print the published timing beside that of a run which has it."""
    device = results.header["device"].upper()
    text.part(
        console,
        "The timing in nnabla's article: mul scalar, forward + backward",
        ("nnabla", "article", "on", f"here, {device}"),
        _article(results),
    )


def print_memory(console: Console, results: Results) -> None:
    """Print the memory that a run measured."""
    text.part(
        console,
        "Memory beyond the inputs, in MB and in multiples of one of them",
        ("", "peak", "least"),
        _memory(results),
        MEMORY_LEGEND,
    )


def _article(results: Results) -> Iterator[tuple[str, ...]]:
    for subject, (published, device) in ARTICLE.items():
        samples = results.of(Row(results.usual("mul_scalar"), "nnabla", subject))
        if samples:
            seconds = text.duration(published) if published else text.NONE
            yield subject, seconds, device or text.NONE, text.time(times(samples))


def _memory(results: Results) -> Iterator[tuple[str, ...]]:
    for workload in dict.fromkeys(row.workload for row in results.memory):
        yield (f"{workload.layer_name}, {text.shape_name(workload.shape)}",)
        for row, nbytes in results.memory.items():
            if row.workload == workload:
                least = least_peak(row)
                cells = (f"{n / 1e6:.1f} MB  {n / workload.nbytes:.2f} x" for n in (nbytes, least))
                yield f"  {row.backend} {row.subject}", *cells

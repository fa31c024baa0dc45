"""The timing that was published for nnabla, beside that of this run."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from benchmarks.catalogue import OURS
from benchmarks.report import text
from benchmarks.report.selection import usual
from benchmarks.results import Results
from benchmarks.statistics import times
from benchmarks.workload import Row

# Seconds of a forward and a backward pass at the published size: of nnabla's article on
# PythonFunction, which timed its second style on a GPU.
ARTICLE = {"numpy style": (20.9e-3, "CPU"), "imperative": (1.29e-3, "GPU"), OURS: (None, "")}


def print_article(console: Console, results: Results) -> None:
    """Print both, where the run timed what the article did."""
    lines = list(_lines(results))
    if lines:
        text.heading(console, "The timing in nnabla's article: mul scalar, forward + backward")
        device = results.header["device"].upper()
        text.table(console, ("nnabla", "article", "on", f"here, {device}"), lines)


def _lines(results: Results) -> Iterator[tuple[str, ...]]:
    for subject, (published, device) in ARTICLE.items():
        samples = results.samples.get(Row(usual(results, "mul_scalar"), "nnabla", subject))
        if samples:
            seconds = text.duration(published) if published else text.NONE
            yield subject, seconds, device or text.NONE, text.time(times(samples))

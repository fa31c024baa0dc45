"""A run as text: what a reader wants first, or its rows."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rich.console import Console

from benchmarks.analysis.control import control
from benchmarks.analysis.targets import reached
from benchmarks.model import AGAIN, CATALOGUE, OURS, Results, Workload
from benchmarks.report import text
from benchmarks.report.costs import print_article, print_memory
from benchmarks.report.headline import print_headline
from benchmarks.report.rows import print_faults, print_rows
from benchmarks.report.ways import print_ways
from conformance.report import number


def print_summary(console: Console, results: Results) -> None:
    """Print what a run says, on two screens, and how to see its rows.

    What was not measured is left out, and a partial run says so.
    """
    _print_header(console, results.header)
    print_headline(console, results)
    print_ways(console, results)
    ours = {row: each for row, each in results.faults.items() if row.subject in (OURS, AGAIN)}
    print_faults(console, ours)
    if results.header["preset"] == "published":  # it times what the article does
        print_article(console, results)
    _print_targets(console, results)
    _print_control(console, results)
    _print_rest(console, results)


def print_table(console: Console, results: Results) -> None:
    """Print the rows of a run, and what else was measured of them."""
    _print_header(console, results.header)
    print_rows(console, results)
    print_article(console, results)
    print_memory(console, results)


def _print_header(console: Console, header: dict[str, Any]) -> None:
    rounds = number(header["rounds"], "round")
    suite, date, preset = header["suite"], header["date"], header["preset"]
    text.line(console, f"Benchmarks {suite}, {date}, preset {preset}, {rounds}")
    system = header["system"]
    # Not every system tells pyperf the name of its processor.
    facts = (system.get(name) for name in ("cpu_model_name", "platform"))
    cores = number(system["cpu_count"], "core") if "cpu_count" in system else None
    text.line(console, ", ".join(filter(None, (*facts, cores))), indent=2)
    for backend in (name for name in CATALOGUE if name in header["backends"]):
        told = header["backends"][backend]
        line = f"{backend} {told['version']} on {told['device']}, numpy {told['numpy']}"
        text.line(console, line, indent=2)
    for backend, reason in header["skipped"].items():
        text.line(console, f"NOT RUN: {backend}: {reason}", "bold yellow")
    if header["partial"]:
        text.line(console, "PARTIAL: the run was cut short; this is what it had by then.", "bold")


def _print_targets(console: Console, results: Results) -> None:
    lines = (
        (
            f"{target.backend} {_short(target.workload)}",
            f"{target.most:.2f} x {target.against}",
            f"{found.median:.2f} ± {found.median * found.margin:.2f}",
        )
        for target, found in reached(results)
    )
    text.part(console, "Targets: time / another's, float32", ("", "at most", "measured"), lines)


def _short(work: Workload) -> str:
    return f"{work.layer_name}, {work.stage}, {text.shape_name(work.shape)}"


def _print_control(console: Console, results: Results) -> None:
    found = control(results)
    if found.pairs:
        text.heading(console, "A/A control")
        pairs = number(len(found.pairs), "pair")
        line = (
            f"The same code was timed twice, and the two were called different in "
            f"{found.different} of {pairs} ({text.percent(found.rate)}; the level of the test is "
            f"5 %). 95 % of the pairs are within {text.percent(found.band())} of each other."
        )
        text.line(console, line)


def _print_rest(console: Console, results: Results) -> None:
    kinds = Counter(fault.kind for fault in results.faults.values())
    counts = ", ".join(f"{many} {kind}" for kind, many in kinds.items())
    without = f"; without one: {counts}" if counts else ""
    text.line(console)
    rows = f"{number(len(results.samples), 'row')} with a time{without}"
    text.line(console, f"{rows}. `benchmarks table FILE` shows them:")
    text.line(console, text.CHOICE)

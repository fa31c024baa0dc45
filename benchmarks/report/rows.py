"""The tables of all rows: one for each workload, with a part for each framework."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console

from benchmarks.analysis.statistics import copy_fraction, differs, ratio, times
from benchmarks.model import (
    AGAIN,
    CATALOGUE,
    FRESH_COPY,
    OURS,
    REFERENCES,
    Fault,
    Results,
    Row,
    Workload,
)
from benchmarks.report import text
from conformance.report import number

COLUMNS = ("", "time", "IQR", f"/ {OURS}", "of copy", "/ fresh", "verdict")
LEGEND = (
    "The time is the median over the rounds; IQR the distance between their quartiles, relative to "
    "it. Ratios are taken within each round, and their quartiles follow where they are wide. 'of "
    "copy' is the fraction of copy bandwidth, '/ fresh' the multiple of a fresh copy. The "
    "verdict is against the fastest of the same framework: slower, or as fast within noise. A row "
    "whose rounds disagree is unstable and gets none; nor does the control, which is ours again."
)


def print_rows(console: Console, results: Results) -> None:
    """Print every row that was timed, and why others were not."""
    # What cannot be had here is told once, below, and not in every table.
    found = [row for row, fault in results.faults.items() if fault.kind != "missing"]
    known = [*results.samples, *found]
    if known:
        text.heading(console, "Rows")
        text.line(console, LEGEND, "dim")
    for workload in dict.fromkeys(row.workload for row in known):
        text.line(console)
        text.line(console, workload.label, "bold")
        rows = [row for row in known if row.workload == workload]
        text.table(console, COLUMNS, _lines(results, rows))
    print_faults(console, results.faults)


def _lines(results: Results, rows: Sequence[Row]) -> Iterator[tuple[str, ...]]:
    for backend in CATALOGUE:
        mine = [row for row in rows if row.backend == backend]
        judged = verdicts(results, mine)
        if mine:
            yield (backend,)
        # What the others are held against comes first.
        for row in sorted(mine, key=lambda row: row.subject not in REFERENCES):
            yield f"  {row.subject}", *_cells(results, row), judged[row]


def _cells(results: Results, row: Row) -> tuple[str, ...]:
    if row in results.faults:
        return (text.NONE,) * 5
    samples, workload = results.samples[row], row.workload
    found = times(samples)
    against_ours, against_copy = (
        ratio(samples, results.of(Row(workload, row.backend, subject)))
        for subject in (OURS, FRESH_COPY)
    )
    is_reference = row.subject in REFERENCES
    return (
        text.duration(found.median),
        text.percent(found.spread),
        text.ratio(None if is_reference else against_ours),
        text.share(None if is_reference else copy_fraction(results, row)),
        text.multiple(against_copy),
    )


def verdicts(results: Results, rows: Sequence[Row]) -> dict[Row, str]:
    """Of one framework's rows of a workload: against the fastest that is stable."""
    found = {row: _standing(results, row) for row in rows}
    judged = [row for row in rows if not found[row]]
    if len(judged) == 1:
        found[judged[0]] = text.NONE  # there is nothing to hold it against
    elif judged:
        fastest = min(judged, key=lambda row: times(results.samples[row]).median)
        found.update({row: _against(results, row, fastest) for row in judged})
    return found


def _against(results: Results, row: Row, fastest: Row) -> str:
    if row == fastest:
        return text.FASTEST
    found = ratio(results.samples[row], results.samples[fastest])
    if found is None or not found.stable:
        return text.UNSTABLE
    return text.SLOWER if differs(found) and found.median > 1 else text.SAME


def _standing(results: Results, row: Row) -> str:
    """Why a row is not compared; nothing for one that is."""
    if row in results.faults:
        return results.faults[row].kind
    if row.subject in REFERENCES:
        return "reference"
    if row.subject == AGAIN:
        return "control"
    return "" if times(results.samples[row]).stable else text.UNSTABLE


def print_faults(console: Console, faults: Mapping[Row, Fault]) -> None:
    """Print why rows have no time, each reason once."""
    if faults:
        text.heading(console, "Without a time")
    alike: dict[tuple[str, str, Fault], list[Workload]] = {}
    for row, fault in faults.items():
        alike.setdefault((row.backend, row.subject, fault), []).append(row.workload)
    for (backend, subject, fault), workloads in alike.items():
        more = f", and {number(len(workloads) - 1, 'more workload')}" if workloads[1:] else ""
        what = "failed" if fault.kind == "failed" else f"is {fault.kind}"
        text.line(console, f"{backend} {subject} {what}: {fault.reason}")
        text.line(console, f"{workloads[0].label}{more}", indent=2)

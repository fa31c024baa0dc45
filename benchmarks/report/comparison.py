"""Two runs beside each other: which layers changed, by how much, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TypeVar

from rich.console import Console

from benchmarks.analysis.comparison import Change, Comparison
from benchmarks.model import AGAIN, OURS, STAGES, Row
from benchmarks.report import text
from conformance.report import number

Item = TypeVar("Item")


MOST = 10  # rows that are shown where none is asked for


def print_comparison(
    console: Console, comparison: Comparison, asked: Collection[Row] | None = None
) -> None:
    """Print the verdict, the layers that changed, rows, and what the verdict rests on.

    Of the rows that differ, those are shown that are asked for; without any, those that changed
    the most. The verdict is on all rows.
    """
    for warning in comparison.warnings:
        text.line(console, f"Note: {warning}", "yellow")
    text.line(console, _verdict(comparison), "bold")
    for subject, changes in _by(comparison.differing, _layer).items():
        text.line(console, f"{subject} is {_change(changes)}", indent=2)
    if comparison.differing:
        _print_rows(console, comparison.differing, asked)
    text.heading(console, "How sure this is")
    for sentence in _certainty(comparison):
        text.line(console, sentence)
    for when, rows in (("before", comparison.only_before), ("after", comparison.only_after)):
        if rows:
            counts = (f"{who} ({len(found)})" for who, found in _by(rows, _subject).items())
            text.line(console, f"{len(rows)} rows were timed {when} only: {', '.join(counts)}.")


def _print_rows(
    console: Console, differing: Sequence[Change], asked: Collection[Row] | None
) -> None:
    most = sorted(differing, key=lambda change: -abs(math.log(change.effect)))[:MOST]
    wanted = {change.row for change in most} if asked is None else asked
    shown = [change for change in differing if change.row in wanted]
    text.heading(console, f"Rows that differ: {len(shown)} of {len(differing)}")
    if shown:
        text.table(console, ("", "before", "after", "after / before", "noise"), _lines(shown))
    if asked is None and shown != differing:
        text.line(console, f"These changed the most. {text.CHOICE}", "dim")


def _verdict(comparison: Comparison) -> str:
    judged = [change for change in comparison.changes if change.stable]
    changed = _by(comparison.differing, _layer)
    layers = _by(judged, _layer)
    if not judged:
        return "There is nothing to compare: no stable row is in both runs."
    if not changed:
        return f"No difference: {number(len(judged), 'row')} of {number(len(layers), 'layer')}."
    return (
        f"{number(len(changed), 'layer')} of {len(layers)} changed, "
        f"in {len(comparison.differing)} of {number(len(judged), 'row')}:"
    )


def _change(changes: Sequence[Change]) -> str:
    """Of one layer: "slower, 1.19 to 1.23 times as long (forward, both)"."""
    ratios = [change.effect for change in changes]
    way = "slower" if min(ratios) > 1 else "faster" if max(ratios) < 1 else "slower and faster"
    found = {change.row.workload.stage for change in changes}
    stages = ", ".join(stage for stage in STAGES if stage in found)
    where = "every stage" if len(found) == len(STAGES) else stages
    return f"{way}, {_range(ratios)} times as long ({where})"


def _range(ratios: Sequence[float]) -> str:
    low, high = f"{min(ratios):.2f}", f"{max(ratios):.2f}"
    return low if low == high else f"{low} to {high}"


def _lines(changes: Iterable[Change]) -> Iterator[tuple[str, ...]]:
    def who(change: Change) -> str:
        return f"{change.row.backend} {change.row.subject}"

    for name, found in _by(changes, who).items():
        yield (name,)
        for change in found:
            before, after = (text.duration(each.median) for each in (change.before, change.after))
            effect = f"{change.effect:.2f} ± {change.effect * change.margin:.2f}"
            label = f"  {change.row.workload.label}"
            yield label, before, after, effect, text.percent(change.noise)


def _certainty(comparison: Comparison) -> Iterator[str]:
    unstable = sum(not change.stable for change in comparison.changes)
    yield (
        "The machine's drift, which the rows that are not ours show, is taken out. A row differs "
        "if its 95 % interval excludes 1, and if it moved more than equal code of its size does "
        f"(noise). {number(unstable, 'row')} of {len(comparison.changes)} had no verdict, as "
        "unstable."
    )
    for backend, groups in _by(comparison.drift, lambda group: group.backend).items():
        drifts = _range([comparison.drift[group] for group in groups])
        yield f"Drift in {backend}: what is not ours took {drifts} times as long after."
    for when, control in zip(("before", "after"), comparison.controls, strict=True):
        if control.pairs:
            yield (
                f"A/A {when}: the same code, timed twice, differs in {control.different} of "
                f"{number(len(control.pairs), 'pair')} ({text.percent(control.rate)}), and 95 % "
                f"of the pairs are within {text.percent(control.band())} of each other."
            )


def _by(items: Iterable[Item], key: Callable[[Item], str]) -> dict[str, list[Item]]:
    """The items by their key, in the order of the first of each."""
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found


def _layer(change: Change) -> str:
    return f"{_subject(change.row)}: {change.row.workload.layer.replace('_', ' ')}"


def _subject(row: Row) -> str:
    """Whose code it is: "ours, again" is ours."""
    return f"{row.backend} {OURS if row.subject == AGAIN else row.subject}"

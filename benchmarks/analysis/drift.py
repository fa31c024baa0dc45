"""The machine's drift, taken out of what two runs measured.

How fast a process runs depends on what else the machine does, on its clock and on the state of
its memory, and all of that changes between runs. It shows in the rows that are not ours
(references and other people's code): their code is the same in both.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from benchmarks.analysis.statistics import Summary, by_round, summary
from benchmarks.model import AGAIN, ITEM_BYTES, OURS, REFERENCES, Results, Row, bytes_to_move


class Group(NamedTuple):
    """What rows have in common that the machine treats alike: their process and their bytes."""

    backend: str
    nbytes: int


Figures = dict[int, float]  # of a row, by round
Pair = tuple[Figures, Figures]  # in the run before, and in the run after


def is_ours(row: Row) -> bool:
    """Whether it times our code, under either of its names."""
    return row.subject in (OURS, AGAIN)


def group_of(row: Row) -> Group:
    """The group of a row; one that has no byte to move is like a single element."""
    work = row.workload
    moves = row.subject in REFERENCES or bytes_to_move(row)
    nbytes = work.nbytes if moves else ITEM_BYTES[work.dtype]
    return Group(row.backend, nbytes)


def without_drift(
    before: Results, after: Results
) -> tuple[dict[Group, dict[Row, tuple[Summary, Summary]]], dict[Group, float]]:
    """Each row of both runs, its rounds divided by what the rows that are not ours took there.

    Returns:
        By group, the summaries before and after of each row; and the drift: how many times as
        long the later run took for what is not ours. Where there is none, rows stay as they are.
    """
    groups: dict[Group, dict[Row, Pair]] = {}
    for row in (row for row in before.samples if row in after.samples):
        pair = by_round(before.samples[row]), by_round(after.samples[row])
        groups.setdefault(group_of(row), {})[row] = pair
    found, drift = {}, {}
    for group, rows in groups.items():
        others = [pair for row, pair in rows.items() if not is_ours(row)]
        was, now = (_slowness(others, run) for run in (0, 1))
        found[group] = {row: (_divided(b, was), _divided(a, now)) for row, (b, a) in rows.items()}
        if others:
            drift[group] = float(np.median([*now.values()]) / np.median([*was.values()]))
    return found, drift


def _slowness(others: Iterable[Pair], run: int) -> Figures:
    """Of each round of a run: how many times as long its rows took as in the middle of both."""
    logs: dict[int, list[float]] = {}
    for pair in others:
        centre = float(np.mean([math.log(np.median([*figures.values()])) for figures in pair]))
        for number, figure in pair[run].items():
            logs.setdefault(number, []).append(math.log(figure) - centre)
    return {number: math.exp(float(np.median(each))) for number, each in logs.items()}


def _divided(figures: Figures, slowness: Mapping[int, float]) -> Summary:
    return summary(figure / slowness.get(number, 1.0) for number, figure in figures.items())

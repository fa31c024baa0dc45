"""The pace of the machine in each process, taken out of what two runs measured there.

How fast a process runs depends on what else the machine does, on its clock and on the state of
its memory, and all of that changes between runs. It shows in the rows that are not ours
(references and other people's code): their code is the same in both.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.catalogue import AGAIN, OURS
from benchmarks.references import REFERENCES, bytes_to_move
from benchmarks.results import Results, Sample
from benchmarks.statistics import by_round
from benchmarks.workload import ITEM_BYTES, Row

Floats = NDArray[np.float64]
Logs = dict[int, float]  # of figures, by round


class Size(NamedTuple):
    """What rows have in common that the machine treats alike: their process and their bytes."""

    backend: str
    device: str
    threads: int
    nbytes: int


class Steady(NamedTuple):
    """Two runs at the same pace.

    Attributes:
        rounds: by size, of each row in both, the logarithms of its rounds before and after.
        drift: how many times as long the later run took for what is not ours, by size.
    """

    rounds: dict[Size, dict[Row, tuple[Floats, Floats]]]
    drift: dict[Size, float]


def steady(before: Results, after: Results) -> Steady:
    """Take out of every row what the rows of its size that are not ours have in common.

    That is, for each process, the median of how far those rows are from their centre over both
    runs. Where there are none, the rows stay as they are.
    """
    views: dict[str, bool] = before.header.get("views", {})
    by_size: dict[Size, dict[Row, tuple[Logs, Logs]]] = {}
    for row, samples in before.samples.items():
        if row in after.samples:
            logs = _logs(samples), _logs(after.samples[row])
            by_size.setdefault(size_of(row, views), {})[row] = logs
    rounds, drift = {}, {}
    for size, rows in by_size.items():
        others = [logs for row, logs in rows.items() if row.subject not in (OURS, AGAIN)]
        was, now = _paces(others)
        rounds[size] = {row: (_less(b, was), _less(a, now)) for row, (b, a) in rows.items()}
        if others:
            drift[size] = math.exp(np.median(list(now.values())) - np.median(list(was.values())))
    return Steady(rounds, drift)


def size_of(row: Row, views: Mapping[str, bool]) -> Size:
    """The size that a row belongs to; one that has no byte to move is like a single element."""
    work = row.workload
    still = row.subject not in REFERENCES and not bytes_to_move(work, views.get(row.backend, False))
    nbytes = ITEM_BYTES[work.dtype] if still else work.nbytes
    return Size(row.backend, work.device, work.threads, nbytes)


def _logs(samples: Iterable[Sample]) -> Logs:
    return {number: math.log(figure) for number, figure in by_round(samples).items()}


def _paces(rows: Iterable[tuple[Logs, Logs]]) -> tuple[Logs, Logs]:
    """How slow each process was, before and after, by what its rows have in common."""
    deviations: tuple[dict[int, list[float]], ...] = ({}, {})
    for logs in rows:
        centre = np.mean([np.median(list(run.values())) for run in logs])
        for found, run in zip(deviations, logs, strict=True):
            for number, log in run.items():
                found.setdefault(number, []).append(log - centre)
    was, now = ({n: float(np.median(each)) for n, each in run.items()} for run in deviations)
    return was, now


def _less(logs: Logs, pace: Logs) -> Floats:
    return np.array([log - pace.get(number, 0.0) for number, log in logs.items()])

"""The pace of the machine in each process, taken out of what two runs measured there.

How fast a process runs depends on what else the machine does, on its clock and on the state of
its memory, and all of that changes between runs. It shows in the rows that are not ours
(references and other people's code): their code is the same in both.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.catalogue import AGAIN, OURS
from benchmarks.results import Results
from benchmarks.statistics import by_round
from benchmarks.workload import Row

Floats = NDArray[np.float64]
# Of one run by row and round: the logarithms of the figures.
Logs = dict[Row, dict[int, float]]


class Size(NamedTuple):
    """What rows have in common that the machine treats alike: their process and their bytes."""

    backend: str
    device: str
    threads: int
    nbytes: int


def size_of(row: Row) -> Size:
    """The size that a row belongs to."""
    work = row.workload
    return Size(row.backend, work.device, work.threads, work.nbytes)


class Steady(NamedTuple):
    """Two runs at the same pace.

    Attributes:
        rounds: of each row in both, the logarithms of the rounds' figures before and after.
        drift: how many times as long the later run took for what is not ours, by size.
    """

    rounds: dict[Row, tuple[Floats, Floats]]
    drift: dict[Size, float]


def steady(before: Results, after: Results) -> Steady:
    """Take out of every row what the rows of its size that are not ours have in common.

    That is, for each process, the median of how far those rows are from their centre over both
    runs. Where there are none, the rows stay as they are.
    """
    runs = (_logs(before), _logs(after))
    deviations: dict[Size, dict[tuple[int, int], list[float]]] = {}
    shared = [row for row in runs[0] if row in runs[1]]
    for row in shared:
        if row.subject in (OURS, AGAIN):
            continue
        centre = np.mean([np.median(list(run[row].values())) for run in runs])
        of_size = deviations.setdefault(size_of(row), {})
        for which, run in enumerate(runs):
            for number, log in run[row].items():
                of_size.setdefault((which, number), []).append(log - centre)
    paces = {
        size: {process: float(np.median(found)) for process, found in processes.items()}
        for size, processes in deviations.items()
    }
    rounds = {
        row: (_less(runs[0][row], 0, paces, row), _less(runs[1][row], 1, paces, row))
        for row in shared
    }
    return Steady(rounds, {size: _drift(pace) for size, pace in paces.items()})


def _logs(results: Results) -> Logs:
    return {
        row: {number: math.log(figure) for number, figure in by_round(samples).items()}
        for row, samples in results.samples.items()
    }


def _less(
    logs: dict[int, float], which: int, paces: dict[Size, dict[tuple[int, int], float]], row: Row
) -> Floats:
    pace = paces.get(size_of(row), {})
    return np.array([log - pace.get((which, number), 0.0) for number, log in logs.items()])


def _drift(pace: dict[tuple[int, int], float]) -> float:
    def median(which: int) -> float:
        return float(np.median([pace[process] for process in pace if process[0] == which]))

    return math.exp(median(1) - median(0))

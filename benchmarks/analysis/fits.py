"""Cost against size: the line overhead + bytes / bandwidth through the times of a layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import nnls

from benchmarks.analysis.statistics import least_bytes, times
from benchmarks.model import Results, Row

FEWEST_SIZES = 3  # any two sizes lie on a line


@dataclass(frozen=True)
class Fit:
    """seconds = overhead + bytes / bandwidth.

    Attributes:
        overhead: in seconds.
        bandwidth: in bytes a second, of those that have to move; None where the time does not grow.
        error: how far a time is from the line at the most, relative to the time.
        sizes: how many there were.
    """

    overhead: float
    bandwidth: float | None
    error: float
    sizes: int


def fits(results: Results) -> dict[Row, Fit]:
    """The lines through the times of rows that differ in size alone, where there are enough sizes.

    The key is their row at no size: its shape is ().
    """
    families: dict[Row, list[Row]] = {}
    for row in results.samples:
        families.setdefault(family(row), []).append(row)
    return {
        key: _fit(results, rows)
        for key, rows in families.items()
        if len({row.workload.size for row in rows}) >= FEWEST_SIZES
    }


def family(row: Row) -> Row:
    """The row at no size."""
    return replace(row, workload=replace(row.workload, shape=()))


def _fit(results: Results, rows: Sequence[Row]) -> Fit:
    """Least squares of the relative errors, as the times span five orders of magnitude."""
    seconds = np.array([times(results.samples[row]).median for row in rows])
    nbytes = np.array([least_bytes(results, row) for row in rows], dtype=float)
    # In units of the largest, as the solver wants columns that are not too far apart. It finds
    # no negative overhead or bandwidth.
    largest = max(nbytes.max(), 1.0)
    lines = np.stack([1 / seconds, nbytes / largest / seconds], axis=1)
    (overhead, slope), _ = nnls(lines, np.ones(len(rows)))
    error = float(np.abs(lines @ (overhead, slope) - 1).max())
    bandwidth = float(largest / slope) if slope > 0 else None
    return Fit(float(overhead), bandwidth, error, len(rows))

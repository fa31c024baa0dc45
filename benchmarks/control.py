"""The A/A control: the same code timed twice, and what is found where there is nothing to find."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from benchmarks.catalogue import AGAIN, OURS
from benchmarks.results import Results
from benchmarks.statistics import QUARTILES, Summary, differs, ratio
from benchmarks.workload import Row


@dataclass(frozen=True)
class Control:
    """Of one run; ``pairs`` holds the ratio of "ours, again" to "ours", by the row of "ours"."""

    pairs: dict[Row, Summary]

    @property
    def different(self) -> int:
        """How many pairs the test says are different."""
        return sum(map(differs, self.pairs.values()))

    @property
    def rate(self) -> float:
        """That as a share of the pairs; nan without one."""
        return self.different / len(self.pairs) if self.pairs else math.nan

    @property
    def band(self) -> float:
        """What 95 % of the pairs differ by at the most, as a share: 0.04 for 4 %."""
        return math.expm1(np.percentile(_apart(self.pairs.values()), 95)) if self.pairs else 0.0

    def noise(self, row: Row) -> float:
        """The same for pairs of the size of a row, where there are any.

        It is estimated from their median, as a size has too few pairs for a percentile.
        """
        near = [pair for r, pair in self.pairs.items() if r.workload.nbytes == row.workload.nbytes]
        apart = _apart(near or list(self.pairs.values()))
        return math.expm1(1.96 * 2 / QUARTILES * np.median(apart)) if apart else 0.0


def control(results: Results) -> Control:
    """The A/A control of a run."""
    pairs = {}
    for row, samples in results.samples.items():
        again = results.samples.get(Row(row.workload, row.backend, AGAIN), ())
        found = ratio(again, samples) if row.subject == OURS else None
        if found is not None:
            pairs[row] = found
    return Control(pairs)


def _apart(ratios: Iterable[Summary]) -> list[float]:
    return [abs(math.log(found.median)) for found in ratios]

"""The A/A control: the same code timed twice, and what is found where there is nothing to find."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from benchmarks.analysis.statistics import Summary, differs, ratio
from benchmarks.model import AGAIN, OURS, Results, Row


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
        """That as a share of the pairs."""
        return self.different / len(self.pairs)

    def band(self, nbytes: int | None = None) -> float:
        """What 95 % of the pairs differ by at the most, as a share: 0.04 for 4 %.

        ``nbytes``: of the pairs of this size alone, where there are any.
        """
        pairs = self.pairs.items()
        near = [found for row, found in pairs if row.workload.nbytes == nbytes]
        apart = [abs(math.log(found.median)) for found in near or self.pairs.values()]
        return math.expm1(np.percentile(apart, 95)) if apart else 0.0


def control(results: Results) -> Control:
    """The A/A control of a run."""
    pairs = {}
    for row, samples in results.samples.items():
        again = results.of(Row(row.workload, row.backend, AGAIN))
        found = ratio(again, samples) if row.subject == OURS else None
        if found is not None:
            pairs[row] = found
    return Control(pairs)

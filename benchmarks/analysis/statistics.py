"""What the values of the rounds say about a row, and how well it is known.

A round is one process, and counts as one observation. Two rows are compared by the ratio that
they have within a round, where the machine did the same to both.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from benchmarks.model import COPY, Results, Row, Sample, bytes_to_move

# A row is stable if its median is known to a third, with 95 % confidence: two stable rows that are
# a factor of two apart are so without doubt. How well each is known is shown beside it, and tells
# what may be read from less; verdicts are by the intervals.
STABLE = 1 / 3
FEWEST_ROUNDS = 3  # fewer have no quartiles to speak of

# Of the normal distribution: the distance between the quartiles, in standard deviations, and how
# much larger the standard error of a median is than that of a mean.
QUARTILES = 1.349
MEDIAN_ERROR = math.sqrt(math.pi / 2)


@dataclass(frozen=True)
class Summary:
    """Of one figure for each round: seconds, or a ratio.

    Attributes:
        median: of the rounds.
        low: the lower quartile.
        high: the upper quartile.
        rounds: how many there were.
    """

    median: float
    low: float
    high: float
    rounds: int

    @property
    def spread(self) -> float:
        """The distance between the quartiles, relative to the median."""
        return (self.high - self.low) / self.median

    @property
    def margin(self) -> float:
        """Half the width of the median's 95 % interval, relative to the median.

        The spread stands for a standard deviation, as one round that went astray does not change
        it; the quartiles of a few are nearer to each other than those of many, by about 1.3 / n.
        The quantile is Student's, because the spread of a few rounds is itself uncertain.
        """
        if self.rounds < FEWEST_ROUNDS:
            return math.inf
        deviation = self.spread / QUARTILES / (1 - 1.3 / self.rounds)
        error = MEDIAN_ERROR * deviation / math.sqrt(self.rounds)
        return float(stdtrit(self.rounds - 1, 0.975)) * error

    @property
    def stable(self) -> bool:
        """Whether the median is known well enough for a verdict."""
        return self.margin <= STABLE


def by_round(samples: Iterable[Sample]) -> dict[int, float]:
    """The figure of each round: the fastest of its values.

    What else the machine does can only add to the time of the code, as timeit's manual says. Where
    others keep it busy, the fastest of five values varied by 2.6 % from round to round, and their
    median by 10 %.
    """
    return {sample.round: min(sample.values) for sample in samples}


def summary(figures: Iterable[float]) -> Summary:
    """Of one figure for each round, at least one."""
    found = list(figures)
    low, median, high = (float(q) for q in np.percentile(found, (25, 50, 75)))
    return Summary(median, low, high, len(found))


def times(samples: Iterable[Sample]) -> Summary:
    """A row's seconds for one call."""
    return summary(by_round(samples).values())


def ratio(above: Iterable[Sample], below: Iterable[Sample]) -> Summary | None:
    """How many times as long the first row takes, within a round; None without a common one."""
    numerators, denominators = by_round(above), by_round(below)
    common = numerators.keys() & denominators.keys()
    return summary(numerators[n] / denominators[n] for n in common) if common else None


def differs(found: Summary) -> bool:
    """Whether the two rows of a ratio take different times, at a level of about 5 %.

    :mod:`benchmarks.analysis.control` tells how often it says so of the same code.
    """
    return abs(found.median - 1) > found.margin * found.median


def copy_fraction(results: Results, row: Row) -> Summary | None:
    """The fraction of copy bandwidth that a row reaches.

    It is the bandwidth of the fewest bytes that the row has to read and write, over that of the
    copy beside it. None where there is no copy, or no byte has to move.

    It can be above 1. Unless a store goes past the caches, the processor reads memory before it
    writes to it: a copy then moves three arrays, and is counted with two. A row that adds to a
    gradient moves three as well, and is counted with three.
    """
    copied = ratio(results.of(Row(row.workload, row.backend, COPY)), results.of(row))
    copies = bytes_to_move(row) / (2 * row.workload.nbytes)
    if copied is None or not copies:
        return None
    low, median, high = (copies * each for each in (copied.low, copied.median, copied.high))
    return Summary(median, low, high, copied.rounds)

"""How far each row moved from one run to another, and how sure that is.

The medians of its rounds before and after are compared, at one pace of the machine. A handful of
rounds tells badly how far they scatter, so a row's own scatter is moderated by what is typical of
its size, as is done for genes (Smyth, Stat. Appl. Genet. Mol. Biol. 3, 2004). Rows follow the pace
more or less closely; how far they are from it is seen in the rows that are not ours, as what
their own scatter does not explain.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri, stdtr

from benchmarks.catalogue import AGAIN, OURS
from benchmarks.pace import Floats, Steady
from benchmarks.references import REFERENCES
from benchmarks.statistics import FEWEST_ROUNDS, MEDIAN_ERROR, QUARTILES, summary
from benchmarks.workload import Row

PRIOR = 10  # the typical scatter counts as much as that of so many rounds of the row itself
FINEST = 1e-3  # no scatter below this is believed: a clock has steps


class Shift(NamedTuple):
    """Of one row.

    Attributes:
        log: the logarithm of after / before.
        z: how many standard errors that is from 0; 0 where it is not stable.
        stable: whether the rounds of both runs agree well enough for a verdict.
    """

    log: float
    z: float
    stable: bool


def shifts(at_one_pace: Steady) -> dict[Row, Shift]:
    """Of every row but the references, which are what the pace is known by."""
    found: dict[Row, Shift] = {}
    for rounds in at_one_pace.rounds.values():
        enough = {r: both for r, both in rounds.items() if min(map(len, both)) >= FEWEST_ROUNDS}
        known = _stable(enough)
        for row, both in rounds.items():
            if row.subject not in REFERENCES:
                found[row] = known.get(row, Shift(_log(*both), 0.0, stable=False))
    return found


def _stable(rounds: dict[Row, tuple[Floats, Floats]]) -> dict[Row, Shift]:
    """Of the rows of one size whose rounds agree."""
    variances = {row: _variance(*both) for row, both in rounds.items()}
    judged = [
        row
        for row, both in rounds.items()
        if row.subject not in REFERENCES and all(summary(np.exp(x)).stable for x in both)
    ]
    if not judged:
        return {}
    typical = float(np.median([variances[row] for row in judged]))
    others = [row for row in rounds if row.subject not in (OURS, AGAIN)]
    strayed = _unexplained(
        [_log(*rounds[row]) for row in others],
        [_error(variances[row], *rounds[row]) for row in others],
    )

    def z(row: Row) -> float:
        before, after = rounds[row]
        freedom = len(before) + len(after) - 2
        variance = (PRIOR * typical + freedom * variances[row]) / (PRIOR + freedom)
        error = math.hypot(_error(variance, before, after), strayed)
        t = _log(before, after) / error
        return float(-np.sign(t) * ndtri(stdtr(PRIOR + freedom, -abs(t))))

    return {row: Shift(_log(*rounds[row]), z(row), stable=True) for row in judged}


def _log(before: Floats, after: Floats) -> float:
    return float(np.median(after) - np.median(before))


def _variance(before: Floats, after: Floats) -> float:
    """Of a round, from the mean distance to the median, which one stray round changes little."""
    distances = [np.abs(x - np.median(x)).sum() for x in (before, after)]
    scatter = MEDIAN_ERROR * sum(distances) / (len(before) + len(after) - 2)
    return max(float(scatter), FINEST) ** 2


def _error(variance: float, before: Floats, after: Floats) -> float:
    """The standard error of the difference of two medians."""
    return MEDIAN_ERROR * math.sqrt(variance * (1 / len(before) + 1 / len(after)))


def _unexplained(logs: list[float], errors: list[float]) -> float:
    """The standard deviation of shifts beyond what their errors lead to expect."""
    if not logs:
        return 0.0
    low, high = np.percentile(logs, (25, 75))
    return math.sqrt(max(0.0, ((high - low) / QUARTILES) ** 2 - np.median(errors) ** 2))

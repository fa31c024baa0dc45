"""The schedule of measurements: in which order a round measures the rows, and which it repeats.

What else the machine does comes in bursts, often of 20 to 200 ms and at times of seconds, which
double what they meet: all values of one measurement of a row that takes microseconds, but hardly
those of several. The figure of a round is the fastest of its values.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence

from benchmarks.model import Row

# Bytes of an input, up to which a round has time to measure each row twice, and to repeat those
# that were disturbed. One measurement at the published size takes some 90 ms.
TWICE, REPEATED = 1 << 20, 32 << 20
# How much slower than ever the CPU may have been about a value. Its clock makes that 1.4, and a
# burst 1.5 to 2, as a rule.
QUIET = 1.4
MOST_REPEATS = 3  # a burst can last longer, and some processes are slow to their end


def in_turn(rows: Sequence[Row], number: int) -> Iterator[Row]:
    """The rows of a round: the workloads in their order, the rows of each forth or back.

    Small arrays come twice, as far from one another as can be.
    """
    back = number % 2 == 1
    yield from _by_workload(rows, back)
    yield from _by_workload([row for row in rows if row.workload.nbytes <= TWICE], not back)


class Disturbances:
    """Knows which rows have had no quiet moment in this round.

    It goes by how slow the CPU was about a value (``clock.probe``), and not by the value: what is
    slow by itself is not asked again.
    """

    def __init__(self) -> None:
        self._fastest: dict[str, float] = {}  # of each framework, as its Python is its own
        self._quietest: dict[Row, float] = {}  # in this round

    def begin_round(self) -> None:
        """Forget what the last round saw of its rows."""
        self._quietest.clear()

    def add(self, row: Row, probes: Iterable[float]) -> None:
        """Take in what a measurement of a row saw."""
        quietest = min(probes)
        self._fastest[row.backend] = min(quietest, self._fastest.get(row.backend, math.inf))
        self._quietest[row] = min(quietest, self._quietest.get(row, math.inf))

    def disturbed(self) -> list[Row]:
        """Those that there is time for, in the order of their first measurements in this round."""
        return [
            row
            for row, quietest in self._quietest.items()
            if row.workload.nbytes <= REPEATED and quietest > QUIET * self._fastest[row.backend]
        ]


def _by_workload(rows: Iterable[Row], back: bool) -> Iterator[Row]:
    for _, group in itertools.groupby(rows, lambda row: row.workload):
        forth = list(group)
        yield from reversed(forth) if back else forth

"""In which order a round visits the rows, and which of them it visits again.

What else the machine does comes in bursts, often of 20 to 200 ms and at times of seconds, which
double what they meet: all values of one visit to a row that takes microseconds, but hardly those
of several. The figure of a round is the fastest of its values.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from benchmarks.results import Sample
from benchmarks.workload import Row

# Bytes of an input. Visits to larger arrays take longer than most bursts, and more time than
# there is.
SMALL = 1 << 20
# Times the fastest that a row was in an earlier round. A burst makes it 1.5 to 2; from process to
# process it differs by less than 1.1, as a rule.
DISTURBED = 1.2
MOST_AGAIN = 3  # a burst can last longer than the visits, and some processes are slow to their end


def in_turn(rows: Sequence[Row], number: int) -> Iterator[Row]:
    """The rows of a round: the workloads in their order, the rows of each forth or back.

    Small arrays are visited twice, as far from one another as can be.
    """
    back = number % 2 == 1
    yield from _by_workload(rows, back)
    yield from _by_workload(filter(_is_small, rows), not back)


def disturbed(samples: Mapping[Row, Sequence[Sample]], number: int) -> list[Row]:
    """The small rows that were much slower in this round than in an earlier one.

    A row that is slower by itself in this process stays so, however often it is visited.
    """
    return [row for row, seen in samples.items() if _is_small(row) and _is_slow(seen, number)]


def _is_slow(seen: Sequence[Sample], number: int) -> bool:
    figures = [min(sample.values) for sample in seen]
    return len(seen) > 1 and seen[-1].round == number and figures[-1] > DISTURBED * min(figures)


def _is_small(row: Row) -> bool:
    return row.workload.nbytes <= SMALL


def _by_workload(rows: Iterable[Row], back: bool) -> Iterator[Row]:
    for _, group in itertools.groupby(rows, lambda row: row.workload):
        forth = list(group)
        yield from reversed(forth) if back else forth

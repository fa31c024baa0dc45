"""In which order a round visits the rows, and which it visits again."""

from __future__ import annotations

import pytest

from benchmarks.visits import AGAIN, QUIET, TWICE, Watch, in_turn
from benchmarks.workload import Row, Workload

ONE = Workload("mul_scalar", "both", (1,))


def rows(work: Workload) -> list[Row]:
    return [Row(work, "torch", name) for name in "abc"]


@pytest.mark.parametrize(("number", "step"), [(0, 1), (1, -1), (2, 1)])
def test_small_arrays_are_visited_forth_and_back(number: int, step: int) -> None:
    large, small = (
        rows(Workload("mul_scalar", "both", (elements,)))
        for elements in (TWICE // 4 + 1, TWICE // 4)
    )
    found = list(in_turn([*large, *small], number))
    assert found == [*large[::step], *small[::step], *small[::-step]]


SMALL_ROW = Row(ONE, "torch", "a")


def watch(*visits: tuple[Row, list[float]]) -> Watch:
    found = Watch()
    for row, moments in visits:
        found.add(row, moments)
    return found


def test_a_row_is_disturbed_where_every_value_met_a_slow_cpu() -> None:
    quiet, slow = QUIET * 0.99, QUIET * 1.01
    for moments, expected in (([slow, slow], True), ([slow, quiet], False), ([quiet], False)):
        found = watch((SMALL_ROW, moments), (Row(ONE, "torch", "b"), [1.0])).disturbed()
        assert found == [SMALL_ROW] * expected


def test_one_quiet_visit_is_enough() -> None:
    found = watch((SMALL_ROW, [2.0]), (Row(ONE, "torch", "b"), [1.0]))
    assert found.disturbed() == [SMALL_ROW]
    found.add(SMALL_ROW, [2.0, 1.2])
    assert found.disturbed() == []


def test_a_framework_has_a_pace_of_its_own() -> None:
    """The Pythons differ, and so does what a bit of work takes there."""
    other = Row(ONE, "nnabla", "a")
    assert watch((SMALL_ROW, [1.0]), (other, [2.0])).disturbed() == []


def test_a_round_sees_its_own_rows_and_knows_how_fast_the_cpu_was() -> None:
    found = watch((SMALL_ROW, [1.0]))
    found.begin_round()
    assert found.disturbed() == []
    found.add(SMALL_ROW, [2.0])
    assert found.disturbed() == [SMALL_ROW]


def test_the_largest_arrays_are_not_visited_again() -> None:
    for elements, expected in ((AGAIN // 4, 1), (AGAIN // 4 + 1, 0)):
        row = Row(Workload("mul_scalar", "both", (elements,)), "torch", "a")
        assert len(watch((SMALL_ROW, [1.0]), (row, [2.0])).disturbed()) == expected

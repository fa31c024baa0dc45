"""In which order a round measures the rows, and which it repeats."""

from __future__ import annotations

import pytest

from benchmarks.model import Row, Workload
from benchmarks.run.schedule import QUIET, REPEATED, TWICE, Disturbances, in_turn

ONE = Workload("mul_scalar", "both", (1,))


def rows(work: Workload) -> list[Row]:
    return [Row(work, "torch", name) for name in "abc"]


@pytest.mark.parametrize(("number", "step"), [(0, 1), (1, -1), (2, 1)])
def test_small_arrays_are_measured_forth_and_back(number: int, step: int) -> None:
    large, small = (
        rows(Workload("mul_scalar", "both", (elements,)))
        for elements in (TWICE // 4 + 1, TWICE // 4)
    )
    found = list(in_turn([*large, *small], number))
    assert found == [*large[::step], *small[::step], *small[::-step]]


SMALL_ROW = Row(ONE, "torch", "a")


def watch(*measured: tuple[Row, list[float]]) -> Disturbances:
    found = Disturbances()
    for row, probes in measured:
        found.add(row, probes)
    return found


def test_a_row_is_disturbed_where_every_value_met_a_slow_cpu() -> None:
    quiet, slow = QUIET * 0.99, QUIET * 1.01
    for probes, expected in (([slow, slow], True), ([slow, quiet], False), ([quiet], False)):
        found = watch((SMALL_ROW, probes), (Row(ONE, "torch", "b"), [1.0])).disturbed()
        assert found == [SMALL_ROW] * expected


def test_one_quiet_measurement_is_enough() -> None:
    found = watch((SMALL_ROW, [2.0]), (Row(ONE, "torch", "b"), [1.0]))
    assert found.disturbed() == [SMALL_ROW]
    found.add(SMALL_ROW, [2.0, 1.2])
    assert found.disturbed() == []


def test_a_framework_has_a_speed_of_its_own() -> None:
    """The Pythons differ, and so does what a bit of work takes there."""
    other = Row(ONE, "nnabla", "a")
    assert watch((SMALL_ROW, [1.0]), (other, [2.0])).disturbed() == []


def test_a_round_sees_its_own_rows_and_knows_how_fast_the_cpu_was() -> None:
    found = watch((SMALL_ROW, [1.0]))
    found.begin_round()
    assert found.disturbed() == []
    found.add(SMALL_ROW, [2.0])
    assert found.disturbed() == [SMALL_ROW]


def test_the_largest_arrays_are_not_measured_again() -> None:
    for elements, expected in ((REPEATED // 4, 1), (REPEATED // 4 + 1, 0)):
        row = Row(Workload("mul_scalar", "both", (elements,)), "torch", "a")
        assert len(watch((SMALL_ROW, [1.0]), (row, [2.0])).disturbed()) == expected

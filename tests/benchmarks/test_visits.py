"""In which order a round visits the rows, and which it visits again."""

from __future__ import annotations

import pytest

from benchmarks.results import Sample
from benchmarks.visits import DISTURBED, SMALL, disturbed, in_turn
from benchmarks.workload import PUBLISHED, Row, Workload

ONE, LARGE = Workload("mul_scalar", "both", (1,)), Workload("mul_scalar", "both", PUBLISHED)


def rows(work: Workload) -> list[Row]:
    return [Row(work, "torch", name) for name in "abc"]


@pytest.mark.parametrize(("number", "step"), [(0, 1), (1, -1), (2, 1)])
def test_small_arrays_are_visited_forth_and_back(number: int, step: int) -> None:
    large, small = rows(LARGE), rows(ONE)
    found = list(in_turn([*large, *small], number))
    assert found == [*large[::step], *small[::step], *small[::-step]]


def seen(*figures: float) -> list[Sample]:
    """A row's samples: of each round one, whose fastest value is this."""
    return [Sample(n, 1, (figure * 1.5, figure, figure * 3)) for n, figure in enumerate(figures)]


def test_a_row_is_disturbed_where_it_is_slower_than_in_an_earlier_round() -> None:
    row = Row(ONE, "torch", "a")
    above, below = DISTURBED * 1.01, DISTURBED * 0.99
    for figures, expected in (
        ((1.0,), []),  # there is nothing yet to compare it with
        ((1.0, above), [row]),
        ((1.0, below), []),
        ((1.0, 2.0, above), [row]),  # against the fastest of the earlier rounds
        ((above, 1.0), []),
    ):
        assert disturbed({row: seen(*figures)}, len(figures) - 1) == expected


def test_a_row_that_had_no_visit_in_this_round_is_not() -> None:
    assert disturbed({Row(ONE, "torch", "a"): seen(1.0, 2.0)}, 2) == []


def test_a_large_array_is_not_visited_again() -> None:
    for elements, expected in ((SMALL // 4, 1), (SMALL // 4 + 1, 0)):
        row = Row(Workload("mul_scalar", "both", (elements,)), "torch", "a")
        assert len(disturbed({row: seen(1.0, 2.0)}, 1)) == expected

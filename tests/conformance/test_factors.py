"""The covering arrays have all that they are said to have, for every subject that can be."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from conformance.spec.factors import FACTORS, IMPOSSIBLE, covering, possible, table
from conformance.suite.conditions import SPECIAL, salted, shape_of

ORDINARY = {name: values[0] for name, values in FACTORS.items()}
FEWER = {
    **FACTORS,
    "dtype": ("float32", "float16"),
    "input": ("contiguous",),
    "history": ("fresh", "many passes", "run again"),
    "rank": ("4", "2", "5"),
}


@pytest.mark.parametrize("strength", [2, 3])
@pytest.mark.parametrize("values", [FACTORS, FEWER], ids=["all", "fewer"])
def test_everything_that_goes_together_is_covered(
    values: dict[str, tuple[str, ...]], strength: int
) -> None:
    rows = covering(values, strength)
    assert all(map(possible, rows))
    for names in combinations(values, strength):
        covered = {tuple(row[name] for name in names) for row in rows}
        for chosen in product(*(values[name] for name in names)):
            together = possible({**ORDINARY, **dict(zip(names, chosen, strict=True))})
            assert (chosen in covered) or not together, dict(zip(names, chosen, strict=True))


def test_values_that_are_not_finite_stand_beside_ordinary_ones() -> None:
    for row in table(2):
        size = np.prod(shape_of(row))
        expected = "not all finite" if size >= 2 * len(SPECIAL) else row["values"]
        assert salted(row) == {**row, "values": expected}
    assert any(salted(row) != row for row in table(2))
    assert any(salted(row)["values"] == "ordinary" for row in table(3))


def test_no_ordinary_value_is_part_of_what_is_impossible() -> None:
    for combination in IMPOSSIBLE:
        for name, values in combination.items():
            assert set(values) <= set(FACTORS[name]) - {ORDINARY[name]}

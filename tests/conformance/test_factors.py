"""The covering arrays have all that they are said to have, for every subject that can be."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from conformance.suite.factors import FACTORS, IMPOSSIBLE, covering, possible

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


def test_no_ordinary_value_is_part_of_what_is_impossible() -> None:
    for combination in IMPOSSIBLE:
        for name, values in combination.items():
            assert set(values) <= set(FACTORS[name]) - {ORDINARY[name]}

"""Rows are chosen by what the options of the command line say; what matches nothing is refused."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.analysis.selection import narrowed, select
from benchmarks.model import Row, Workload
from conformance import Unavailable
from tests.benchmarks import made

RESULTS = made.results()
ROWS = [*RESULTS.samples, *RESULTS.faults]


@pytest.mark.parametrize(
    ("wanted", "about"),
    [
        ({"layer": ["mul_scalar"]}, lambda row: row.workload.layer == "mul_scalar"),
        ({"backend": ["torch", "nnabla"]}, lambda row: row.backend != "chainer"),
        ({"size": [(1,), (1000,)]}, lambda row: row.workload.shape in ((1,), (1000,))),
        ({"stage": ["both"]}, lambda row: row.workload.stage == "both"),
        ({"dtype": ["float64"]}, lambda row: row.workload.dtype == "float64"),
        (
            {"layer": ["shake_shake"], "size": [(1,)], "dtype": []},
            lambda row: (row.workload.layer, row.workload.shape) == ("shake_shake", (1,)),
        ),
        ({}, lambda row: True),
    ],
)
def test_rows_have_a_wanted_value_of_each_key(wanted: dict[str, list[Any]], about: Any) -> None:
    found = select(ROWS, wanted)
    assert found == list(filter(about, ROWS))
    assert found
    assert wanted == {} or len(found) < len(ROWS)


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (
            {"size": [(1,), (7,)]},
            "no row has --size 7; --size can be 1, 1000, 64x3x32x32, 64x3x224x224",
        ),
        (
            {"dtype": ["float64"], "size": [(1,)]},
            "no row has --dtype float64 --size 1; --size can be 64x3x224x224",
        ),
        ({"stage": ["backward"]}, "no row has --stage backward; --stage can be forward, both"),
    ],
)
def test_a_value_of_no_row_is_refused_with_those_there_are(
    wanted: dict[str, list[Any]], sentence: str
) -> None:
    with pytest.raises(Unavailable) as refused:
        select(ROWS, wanted)
    assert str(refused.value) == sentence


def test_a_run_without_rows_has_nothing_to_choose() -> None:
    with pytest.raises(Unavailable, match="--layer can be nothing, as there is no row"):
        select([], {"layer": ["mul_scalar"]})


def test_a_narrowed_run_keeps_what_belongs_to_its_rows() -> None:
    found = narrowed(RESULTS, {"backend": ["torch"], "dtype": ["float16"]})
    work = Workload("gradient_reversal", "forward", dtype="float16")
    assert found.header == RESULTS.header
    assert found.samples == {
        row: samples
        for row, samples in RESULTS.samples.items()
        if row.workload == work and row.backend == "torch"
    }
    assert {row.workload for row in found.memory} == {work}
    assert {row.subject for row in found.faults} == {f"rival ({kind})" for kind in made.FAULTS}
    assert Row(work, "torch", "ours") in found.samples

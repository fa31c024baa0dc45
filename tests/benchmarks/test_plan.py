"""Which rows a preset has."""

from __future__ import annotations

from itertools import groupby, product

import pytest

from benchmarks.model import (
    AGAIN,
    CATALOGUE,
    COPY,
    FLOOR,
    FRESH_COPY,
    LAYERS,
    ONE,
    OURS,
    PUBLISHED,
    REFERENCES,
    STAGES,
    Row,
    Workload,
    module_of,
)
from benchmarks.model.plan import PRESETS, SIZES, make_plan
from conformance import Unavailable


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_in_order(preset: str) -> None:
    rows = make_plan(preset).rows
    assert len(set(rows)) == len(rows) > 0
    groups = [work for work, _ in groupby(rows, lambda row: row.workload)]
    assert len(set(groups)) == len(groups)  # the rows of a workload follow each other
    sizes = [work.nbytes for work in groups]
    assert sizes == sorted(sizes, reverse=True)
    everything = set(rows)
    for row in rows:
        assert {Row(row.workload, row.backend, name) for name in (COPY, FRESH_COPY)} <= everything


@pytest.mark.parametrize("preset", ["quick", "full"])
def test_each_layer_has_an_aa_control_at_both_ends(preset: str) -> None:
    wanted = {
        Row(Workload(layer, "both", shape), backend, subject)
        for backend, layer, shape, subject in product(
            CATALOGUE, LAYERS, (ONE, PUBLISHED), (OURS, AGAIN)
        )
    }
    assert wanted <= set(make_plan(preset).rows)


def test_full_times_ours_in_every_stage_at_every_size() -> None:
    wanted = {
        Row(Workload(layer, stage, shape), backend, OURS)
        for backend, layer, stage, shape in product(CATALOGUE, LAYERS, STAGES, SIZES)
    }
    assert wanted <= set(make_plan("full").rows)


def test_full_times_every_subject() -> None:
    timed = {(row.backend, row.subject) for row in make_plan("full").rows}
    assert {(name, e.name) for name, entries in CATALOGUE.items() for e in entries} <= timed


def test_published_is_of_nnabla_unless_another_is_asked_for() -> None:
    assert make_plan("published").backends == ["nnabla"]
    assert make_plan("published", backends=["torch"]).backends == ["torch"]


def test_a_floor_is_only_where_numpy_computes() -> None:
    floors = {r.workload.dtype for r in make_plan("full").rows if r.subject == FLOOR}
    assert floors == {"float32", "float64"}


def test_a_plan_of_nothing_is_refused() -> None:
    with pytest.raises(Unavailable, match="published times nothing of shake_shake"):
        make_plan("published", layers=["shake_shake"])


def test_every_row_has_a_module_or_is_a_reference() -> None:
    for row in make_plan("full").rows:
        assert (module_of(row) == row.subject) == (row.subject in REFERENCES)

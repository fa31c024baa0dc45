"""Which rows a preset has."""

from __future__ import annotations

from itertools import groupby

import pytest

from benchmarks.model import (
    AGAIN,
    CATALOGUE,
    COPY,
    FLOOR,
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


@pytest.mark.parametrize("preset", PRESETS)
def test_no_row_comes_twice(preset: str) -> None:
    rows = make_plan(preset).rows
    assert len(set(rows)) == len(rows) > 0


@pytest.mark.parametrize("preset", PRESETS)
def test_the_rows_of_a_workload_follow_each_other(preset: str) -> None:
    groups = [work for work, _ in groupby(make_plan(preset).rows, lambda row: row.workload)]
    assert len(set(groups)) == len(groups)


@pytest.mark.parametrize("preset", PRESETS)
def test_larger_arrays_come_before_smaller_ones(preset: str) -> None:
    sizes = [row.workload.nbytes for row in make_plan(preset).rows]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_backend_of_a_group_has_its_own_limit(preset: str) -> None:
    rows = make_plan(preset).rows
    for row in rows:
        assert Row(row.workload, row.backend, COPY) in rows


@pytest.mark.parametrize("preset", ["quick", "full"])
def test_each_backend_and_layer_has_an_aa_control_at_both_ends(preset: str) -> None:
    rows = make_plan(preset).rows
    for backend in CATALOGUE:
        for layer in LAYERS:
            for shape in (ONE, PUBLISHED):
                for subject in (OURS, AGAIN):
                    assert Row(Workload(layer, "both", shape), backend, subject) in rows


def test_full_times_ours_in_every_stage_at_every_size() -> None:
    rows = make_plan("full").rows
    for backend in CATALOGUE:
        for layer in LAYERS:
            for stage in STAGES:
                for shape in SIZES:
                    assert Row(Workload(layer, stage, shape), backend, OURS) in rows


def test_full_times_every_subject() -> None:
    timed = {(row.backend, row.subject) for row in make_plan("full").rows}
    assert {(name, e.name) for name, entries in CATALOGUE.items() for e in entries} <= timed


def test_published_is_of_nnabla_unless_another_is_asked_for() -> None:
    assert make_plan("published").backends == ["nnabla"]
    assert make_plan("published", backends=["torch"]).backends == ["torch"]


def test_names_narrow_a_preset() -> None:
    plan = make_plan("quick", backends=["torch"], layers=["mul_scalar"])
    assert {row.backend for row in plan.rows} == {"torch"}
    assert {row.workload.layer for row in plan.rows} == {"mul_scalar"}


def test_sizes_take_the_place_of_the_presets_own() -> None:
    rows = make_plan("quick", shapes=[(2, 3)]).rows
    assert {row.workload.shape for row in rows} == {(2, 3)}
    assert len(set(rows)) == len(rows)


def test_the_device_is_that_of_every_row() -> None:
    assert {row.workload.device for row in make_plan("quick", device="cuda").rows} == {"cuda"}


def test_a_floor_is_only_where_numpy_computes() -> None:
    floors = {r.workload.dtype for r in make_plan("full").rows if r.subject == FLOOR}
    assert floors == {"float32", "float64"}


def test_an_unknown_name_is_refused_with_the_valid_ones() -> None:
    with pytest.raises(ValueError, match="no backend 'jax'; there are torch, nnabla, chainer"):
        make_plan("quick", backends=["jax"])
    with pytest.raises(ValueError, match="no layer 'relu'; there are gradient_reversal"):
        make_plan("quick", layers=["relu"])
    with pytest.raises(ValueError, match="no preset 'slow'; there are quick, published, full"):
        make_plan("slow")


def test_a_plan_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="published times nothing of shake_shake"):
        make_plan("published", layers=["shake_shake"])


def test_every_row_has_a_module_or_is_a_reference() -> None:
    for row in make_plan("full").rows:
        assert (module_of(row) == row.subject) == (row.subject in REFERENCES)

"""What the README and docs/benchmarks.md show is what the run that they tell of found."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.analysis.statistics import copy_fraction
from benchmarks.analysis.targets import reached
from benchmarks.model import (
    CATALOGUE,
    LAYERS,
    OURS,
    PUBLISHED,
    REFERENCES,
    STAGES,
    Row,
    Workload,
)
from benchmarks.model.plan import PRESETS, make_plan
from benchmarks.model.store import load
from benchmarks.options import PUBLISHED_RUN
from benchmarks.report import markdown

ROOT = Path(__file__).parents[2]
RESULTS = load(PUBLISHED_RUN)
DOCS = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")


def test_the_table_is_that_of_the_run() -> None:
    assert markdown(RESULTS) in DOCS


def test_the_fractions_above_one_are_those_of_the_run() -> None:
    found = {
        row: fraction
        for row in RESULTS.samples
        if row.subject not in REFERENCES and (fraction := copy_fraction(RESULTS, row))
    }
    above = {row: fraction for row, fraction in found.items() if fraction.median > 1}
    sure = [each for each in above.values() if each.median * (1 - each.margin) > 1]
    assert (
        f"Of the run's {len(found)} fractions, {len(above)} are above 100 %, {len(sure)} of" in DOCS
    )
    assert {row.backend for row in above} == {"nnabla"}
    assert min(row.workload.nbytes for row in above) / 1e6 == pytest.approx(16.8, abs=0.05)
    own = [found[row] for row in above if row.subject == OURS and row.workload.shape == PUBLISHED]
    reached = sorted(f"{100 * each.median:.0f}" for each in own)
    assert f"Ours in nnabla reach {reached[0]} to {reached[-1]} % there" in DOCS
    native = [Row(Workload("mul_scalar", stage), "nnabla", "native") for stage in STAGES[:2]]
    forward, backward = (f"{100 * found[row].median:.0f}" for row in native)
    assert f"at {forward} % forward and {backward} % backward" in DOCS


def test_every_target_is_told_with_what_was_measured() -> None:
    for target, found in reached(RESULTS):
        figure = f"{found.median:.2f} ± {found.median * found.margin:.2f}"
        name = f"{target.backend} {target.workload.label}"
        assert f"| {name} | {target.most:.2f} x {target.against} | {figure} |" in DOCS


def test_the_run_is_whole_and_has_every_layer() -> None:
    assert not RESULTS.header["partial"]
    assert RESULTS.header["preset"] == "full"
    for backend in CATALOGUE:
        for layer in LAYERS:
            assert Row(Workload(layer, "both"), backend, OURS) in RESULTS.samples


@pytest.mark.parametrize("name", ["cpu-size", "cpu-bandwidth", "cpu-idioms"])
def test_the_plots_are_there(name: str) -> None:
    assert (PUBLISHED_RUN.parent / f"{name}.svg").stat().st_size > 10_000
    assert f"../benchmarks/runs/{name}.svg" in DOCS


def test_every_preset_is_named() -> None:
    for name in PRESETS:
        assert make_plan(name).rows
        assert f"`{name}`" in DOCS

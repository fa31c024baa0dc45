"""What the README and docs/benchmarks.md show is what the run that they tell of found."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.analysis.targets import reached
from benchmarks.model import CATALOGUE, LAYERS, OURS, Row, Workload
from benchmarks.model.plan import PRESETS, make_plan
from benchmarks.model.store import load
from benchmarks.report import markdown

ROOT = Path(__file__).parents[2]
RUN = ROOT / "benchmarks" / "runs" / "cpu.json.gz"
DOCS = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")


def test_the_table_is_that_of_the_run() -> None:
    assert markdown(load(RUN)) in DOCS


def test_every_target_is_told_with_what_was_measured() -> None:
    for target, found in reached(load(RUN)):
        figure = f"{found.median:.2f} ± {found.median * found.margin:.2f}"
        name = f"{target.backend} {target.workload.label}"
        assert f"| {name} | {target.most:.2f} x {target.against} | {figure} |" in DOCS


def test_the_run_is_whole_and_has_every_layer() -> None:
    results = load(RUN)
    assert not results.header["partial"]
    assert results.header["preset"] == "full"
    for backend in CATALOGUE:
        for layer in LAYERS:
            assert Row(Workload(layer, "both"), backend, OURS) in results.samples


@pytest.mark.parametrize("name", ["cpu-size", "cpu-bandwidth", "cpu-idioms"])
def test_the_plots_are_there(name: str) -> None:
    assert (RUN.parent / f"{name}.svg").stat().st_size > 10_000
    assert f"../benchmarks/runs/{name}.svg" in DOCS


def test_every_preset_is_named() -> None:
    for name in PRESETS:
        assert make_plan(name).rows
        assert f"`{name}`" in DOCS

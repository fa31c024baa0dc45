"""Two equal runs do not differ; what was slowed by 30 % is found and named, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from benchmarks.analysis.comparison import compare, slower
from benchmarks.analysis.drift import group_of, is_ours
from benchmarks.model import (
    AGAIN,
    COPY,
    OURS,
    PUBLISHED,
    REFERENCES,
    STAGES,
    Results,
    Row,
    Workload,
)
from benchmarks.report import print_comparison
from benchmarks.report.comparison import MOST
from tests.benchmarks import exact, made

Factor = Callable[[Row], float]


def ours(backend: str, layer: str, **wanted: Any) -> Callable[[Row], bool]:
    """Whether a row is of our layer, and has what else is wanted of its workload."""

    def is_it(row: Row) -> bool:
        work = row.workload
        same = all(getattr(work, name) == value for name, value in wanted.items())
        return is_ours(row) and (row.backend, work.layer) == (backend, layer) and same

    return is_it


def changed(which: Callable[[Row], bool], times: float = 1.3) -> Factor:
    return lambda row: times if which(row) else 1.0


def printed(before: Results, after: Results) -> str:
    return exact.printed(print_comparison, compare(before, after))


def test_a_run_does_not_differ_from_itself() -> None:
    run = made.results()
    comparison = compare(run, run)
    assert {change.effect for change in comparison.changes} == {1.0}
    assert not comparison.differing
    assert not comparison.warnings
    assert {row for row in run.samples if row.subject not in REFERENCES} == {
        change.row for change in comparison.changes
    }


@pytest.mark.parametrize("noise", [0.005, 0.02, 0.08])
def test_equal_runs_hardly_differ(noise: float) -> None:
    """Each row is judged by itself, so that a few of the 234 may differ by chance."""
    runs = [made.results(seed=seed, noise=noise) for seed in range(5)]
    found = [compare(*pair) for pair in combinations(runs, 2)]
    assert sum(len(each.differing) for each in found) <= 0.02 * 10 * 234
    assert not any(slower(each, 20) for each in found)


@pytest.mark.parametrize(
    ("backend", "layer", "wanted"),
    [
        ("torch", "gradient_reversal", {}),
        ("chainer", "shake_shake", {"stage": "both"}),
        ("nnabla", "shake_shake", {"stage": "both", "shape": PUBLISHED}),
    ],
)
@pytest.mark.parametrize("pace", [1.0, 1.6])
def test_a_layer_that_takes_longer_is_named(
    backend: str, layer: str, wanted: dict[str, Any], pace: float
) -> None:
    """Also where the whole machine is slower."""
    which = ours(backend, layer, **wanted)
    before = made.results(seed=1)
    after = made.results(seed=2, factor=lambda row: pace * changed(which)(row))
    comparison = compare(before, after)
    slowed = set(filter(which, after.samples))
    named = {change.row for change in slower(comparison, 10)}
    assert named <= slowed
    assert len(named) >= 0.8 * len(slowed)
    for change in comparison.differing:
        if change.row in named:
            assert change.effect == pytest.approx(1.3, abs=0.15)
    assert f"\n  {backend} ours: {layer.replace('_', ' ')} is slower, 1." in printed(before, after)


def test_the_rows_that_changed_the_most_are_shown_or_those_asked_for() -> None:
    which = ours("torch", "shake_shake")
    slow = ours("torch", "shake_shake", stage="both", shape=PUBLISHED)
    after = made.results(seed=1, factor=lambda row: 2.0 if slow(row) else changed(which)(row))
    comparison = compare(made.results(), after)
    differing = {change.row for change in comparison.differing}
    assert len(differing) > MOST
    short = exact.printed(print_comparison, comparison)
    assert f"== Rows that differ: {MOST} of {len(differing)} ==" in short
    assert "\n  shake shake, both, 64 x 3 x 224 x 224, float32" in short
    assert "--all shows all" in short

    def asked(rows: set[Row]) -> str:
        return exact.printed(lambda console, _: print_comparison(console, comparison, rows), None)

    everything = asked(set(after.samples))
    assert f"== Rows that differ: {len(differing)} of {len(differing)} ==" in everything
    assert "--all shows all" not in everything
    (one,) = {row for row in filter(slow, differing) if row.subject == OURS}
    assert f"== Rows that differ: 1 of {len(differing)} ==" in asked({one})
    assert "after / before" not in asked(set())


def test_a_layer_that_takes_less_time_is_no_failure() -> None:
    which = ours("torch", "shake_shake")
    after = made.results(seed=1, factor=changed(which, 0.7))
    comparison = compare(made.results(), after)
    assert {change.row for change in comparison.differing} >= set(filter(which, after.samples))
    assert "torch ours: shake shake is faster, 0." in printed(made.results(), after)
    assert not slower(comparison, 5.0)


@pytest.mark.parametrize(("stages", "words"), [(STAGES, "every stage"), (["both"], "both")])
def test_the_stages_of_a_layer_that_changed_are_named(stages: Sequence[str], words: str) -> None:
    """All of them as one word, so that a layer is a line."""
    sizes: dict[str, Any] = {"shapes": [(1,)], "stages": STAGES, "backends": ["torch"]}
    which = ours("torch", "mul_scalar")
    slow = changed(lambda row: which(row) and row.workload.stage in stages, 2.0)
    text = printed(made.results(**sizes), made.results(seed=1, factor=slow, **sizes))
    (line,) = (line for line in text.splitlines() if "torch ours: mul scalar is slower" in line)
    assert line.endswith(f" times as long ({words})")


@pytest.mark.parametrize("pace", [0.5, 1.6])
def test_drift_of_the_machine_is_no_difference(pace: float) -> None:
    comparison = compare(made.results(), made.results(seed=1, factor=lambda row: pace))
    assert not slower(comparison, 10)
    for drift in comparison.drift.values():
        assert drift == pytest.approx(pace, rel=0.2)


def test_less_than_the_noise_of_equal_code_is_no_difference() -> None:
    def again(row: Row) -> float:
        """The second timing of the same code is 40 % off: nobody can tell 30 % here."""
        return 1.4 if row.subject == AGAIN else 1.0

    which = ours("torch", "gradient_reversal", shape=PUBLISHED)
    before = made.results(factor=again)
    after = made.results(seed=1, factor=lambda row: again(row) * changed(which)(row))
    assert not slower(compare(before, after), 10)
    assert slower(compare(made.results(), made.results(seed=1, factor=changed(which))), 10)


def test_a_row_whose_rounds_disagree_has_no_verdict() -> None:
    which = ours("torch", "gradient_reversal")
    random = np.random.default_rng(3)
    after = made.results(seed=1, factor=lambda r: 2.0 + 8 * random.uniform() if which(r) else 1.0)
    # The factor is drawn once a round, so that the rounds of these rows disagree.
    comparison = compare(made.results(), after)
    unstable = [change for change in comparison.changes if not change.stable]
    assert unstable
    assert all(which(change.row) and not change.differs for change in unstable)
    text = " ".join(printed(made.results(), after).split())
    assert f"{len(unstable)} rows of 234 had no verdict" in text


def test_few_rounds_are_enough_to_say_that_nothing_is_known() -> None:
    two = made.results(rounds=2)
    comparison = compare(two, made.results(rounds=5))
    assert not any(change.stable for change in comparison.changes)
    assert comparison.warnings == ["the earlier run has 2 rounds; a verdict needs 3"]
    assert "There is nothing to compare" in printed(two, two)
    assert "There is nothing to compare" in printed(Results(), Results())


def test_rows_of_one_run_only_are_listed() -> None:
    before = made.results(layers=["mul_scalar", "shake_shake"])
    after = made.results(layers=["mul_scalar"], backends=["torch", "nnabla"], seed=1)
    comparison = compare(before, after)
    assert not comparison.only_after
    missing = len(comparison.only_before)
    assert f"{missing} rows were timed before only: torch copy (" in printed(before, after)
    assert f"{missing} rows were timed after only: torch copy (" in printed(after, before)


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"preset": "quick"}, "preset was full and is quick"),
        ({"partial": True}, "the later run was cut short"),
        (
            {"system": {**made.SYSTEM, "cpu_model_name": "Another"}},
            "cpu_model_name was Example 9000 and is Another",
        ),
        ({"backends": {"torch": {"version": "2.14.0"}}}, "torch version was 2.13.0+cpu and is"),
    ],
)
def test_what_else_differs_is_told(change: dict[str, Any], warning: str) -> None:
    before, after = made.results(), made.results(seed=1)
    after.header.update(change)
    assert f"Note: {warning}" in printed(before, after)


def test_the_text_tells_what_the_verdict_rests_on() -> None:
    text = " ".join(printed(made.results(), made.results(seed=1)).split())
    assert "Drift in nnabla: what is not ours took " in text
    for when in ("before", "after"):
        assert f"A/A {when}: the same code, timed twice, differs in " in text


def test_what_moves_no_bytes_drifts_as_a_single_element_does() -> None:
    large = Workload("gradient_reversal", "forward")
    assert group_of(Row(large, "torch", OURS)).nbytes == 4
    assert group_of(Row(large, "torch", COPY)).nbytes == large.nbytes
    assert group_of(Row(large, "nnabla", OURS)).nbytes == large.nbytes

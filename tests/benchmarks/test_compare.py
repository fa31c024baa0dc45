"""Two equal runs do not differ; what was slowed by 20 % is found and named, and nothing else."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from benchmarks.catalogue import AGAIN, OURS
from benchmarks.changes import code_of
from benchmarks.compare import compare, print_comparison, slower
from benchmarks.pace import size_of
from benchmarks.references import COPY, REFERENCES
from benchmarks.results import Results
from benchmarks.workload import PUBLISHED, STAGES, Row, Workload
from tests.benchmarks import made

Factor = Callable[[Row], float]
PUBLISHED_BYTES = Workload("mul_scalar", "both").nbytes


def ours(backend: str, layer: str, **wanted: Any) -> Callable[[Row], bool]:
    """Whether a row is of our layer, and has what else is wanted of its workload."""

    def is_it(row: Row) -> bool:
        work = row.workload
        same = all(getattr(work, name) == value for name, value in wanted.items())
        return code_of(row) == OURS and (row.backend, work.layer) == (backend, layer) and same

    return is_it


def changed(which: Callable[[Row], bool], times: float = 1.2) -> Factor:
    return lambda row: times if which(row) else 1.0


def printed(before: Results, after: Results) -> str:
    console = Console(file=io.StringIO(), width=100)
    print_comparison(console, compare(before, after))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_run_does_not_differ_from_itself() -> None:
    run = made.results()
    comparison = compare(run, run)
    assert {change.ratio for change in comparison.changes} == {1.0}
    assert not comparison.differing
    assert not comparison.warnings
    assert {row for row in run.samples if row.subject not in REFERENCES} == {
        change.row for change in comparison.changes
    }


@pytest.mark.parametrize("noise", [0.005, 0.02, 0.08])
def test_equal_runs_do_not_differ(noise: float) -> None:
    runs = [made.results(seed=seed, noise=noise, rounds=4) for seed in range(5)]
    found = [compare(*pair).differing for pair in combinations(runs, 2)]
    # One pair in fifty may differ by chance.
    assert sum(map(bool, found)) <= 1, found


def test_many_stages_are_no_more_likely_to_differ_than_few() -> None:
    runs = [
        made.results(seed=seed, noise=0.08, pace=0.01, rounds=4, stages=STAGES, faults=False)
        for seed in range(6)
    ]
    # 72 stages, each tested at a level of 2 %, would show one here by chance.
    assert not [pair for pair in combinations(runs, 2) if compare(*pair).differing]


SLOWED = [
    ("torch", "gradient_reversal", {}),
    ("chainer", "shake_shake", {"stage": "both"}),
    ("nnabla", "mul_scalar", {"stage": "forward"}),
    ("nnabla", "shake_shake", {"stage": "both", "shape": PUBLISHED}),
    ("chainer", "mul_scalar", {"shape": (1,)}),
]


@pytest.mark.parametrize(("backend", "layer", "wanted"), SLOWED)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_layer_that_takes_longer_is_named_alone(
    seed: int, backend: str, layer: str, wanted: dict[str, Any]
) -> None:
    which = ours(backend, layer, **wanted)
    after = made.results(seed=10 + seed, factor=changed(which))
    before = made.results(seed=seed)
    comparison = compare(before, after)
    named = {change.row for change in comparison.differing}
    slowed = set(filter(which, after.samples))
    assert named <= slowed
    assert len(named) >= 0.6 * len(slowed)
    for change in comparison.differing:
        assert change.ratio == pytest.approx(1.2, abs=0.15)
        assert change.z > 2
    text = printed(before, after)
    assert text.startswith("1 layer of 18 changed, in ")
    assert f"\n  {backend} ours: {layer.replace('_', ' ')} is slower, " in text


@pytest.mark.parametrize("seed", range(4))
def test_a_shift_that_no_size_shows_by_itself_is_found_by_all_of_them(seed: int) -> None:
    which = ours("nnabla", "mul_scalar", stage="both")
    before = made.results(seed=seed, noise=0.05, pace=0.05)
    after = made.results(seed=100 + seed, noise=0.05, pace=0.05, factor=changed(which, 1.1))
    named = {change.row for change in compare(before, after).differing}
    assert named
    assert named <= set(filter(which, after.samples))


def test_what_is_less_than_a_step_of_the_clock_is_no_difference() -> None:
    which = ours("torch", "mul_scalar")
    before = made.results(noise=0.0, pace=0.0)
    after = made.results(noise=0.0, pace=0.0, factor=changed(which, 1.0005))
    assert not compare(before, after).differing
    after = made.results(noise=0.0, pace=0.0, factor=changed(which, 1.01))
    assert {change.row for change in compare(before, after).differing} == set(
        filter(which, after.samples)
    )


def test_a_layer_that_takes_less_time_is_named_too() -> None:
    which = ours("torch", "shake_shake")
    after = made.results(seed=1, factor=changed(which, 0.8))
    comparison = compare(made.results(), after)
    assert {change.row for change in comparison.differing} == set(filter(which, after.samples))
    assert "torch ours: shake shake is faster, 0.7" in printed(made.results(), after)
    assert not slower(comparison, 0.0)


def test_other_peoples_code_is_compared_as_well() -> None:
    after = made.results(seed=1, factor=lambda r: 1.5 if r.subject == "numpy style" else 1.0)
    comparison = compare(made.results(), after)
    assert {change.row.subject for change in comparison.differing} == {"numpy style"}
    assert not slower(comparison, 0.0)


@pytest.mark.parametrize("pace", [0.5, 1.6])
def test_another_pace_of_the_machine_is_no_difference(pace: float) -> None:
    after = made.results(seed=1, factor=lambda row: pace)
    comparison = compare(made.results(), after)
    assert not comparison.differing
    for drift in comparison.drift.values():
        assert drift == pytest.approx(pace, rel=0.15)


def test_a_slower_layer_is_found_at_another_pace_of_the_machine() -> None:
    which = ours("nnabla", "gradient_reversal")
    after = made.results(seed=1, factor=lambda row: 1.6 * (1.2 if which(row) else 1.0))
    comparison = compare(made.results(), after)
    assert {change.row for change in comparison.differing} == set(filter(which, after.samples))


def test_rows_that_follow_the_pace_badly_are_not_named_for_it() -> None:
    """The memory's bandwidth halves; what is not bound by it is no faster than before."""
    random = np.random.default_rng(5)
    follows = {row: random.uniform() for row in made.results().samples}
    after = made.results(seed=1, factor=lambda row: 2.0 ** follows[row])
    assert not compare(made.results(), after).differing


def test_less_than_the_noise_of_equal_code_is_no_difference() -> None:
    def again(row: Row) -> float:
        """The second timing of the same code is 30 % off: nobody can tell 20 % here."""
        return 1.3 if row.subject == AGAIN else 1.0

    which = ours("torch", "gradient_reversal", shape=PUBLISHED)
    before = made.results(factor=again)
    after = made.results(seed=1, factor=lambda row: again(row) * (1.2 if which(row) else 1.0))
    assert not compare(before, after).differing
    assert compare(made.results(), made.results(seed=1, factor=changed(which))).differing


def test_a_row_whose_rounds_disagree_has_no_verdict() -> None:
    which = ours("torch", "gradient_reversal")
    random = np.random.default_rng(3)
    after = made.results(seed=1, factor=lambda r: 2.0 + 4 * random.uniform() if which(r) else 1.0)
    comparison = compare(made.results(), after)
    unstable = [change for change in comparison.changes if not change.stable]
    assert unstable
    assert all(which(change.row) and change.z == 0 for change in unstable)
    assert not [change for change in unstable if change.differs]
    assert f"{len(unstable)} rows of 234 had no verdict" in " ".join(
        printed(made.results(), after).split()
    )


def test_fail_above_counts_our_slower_rows_alone() -> None:
    which = ours("chainer", "shake_shake")
    after = made.results(seed=1, factor=changed(which, 1.3))
    comparison = compare(made.results(), after)
    assert {change.row for change in slower(comparison, 10)} == set(filter(which, after.samples))
    assert not slower(comparison, 50)


def test_our_code_counts_by_either_of_its_names() -> None:
    after = made.results(seed=1, factor=lambda row: 1.3 if row.subject == AGAIN else 1.0)
    rows = {change.row.subject for change in slower(compare(made.results(), after), 10)}
    assert rows <= {AGAIN}


def test_few_rounds_and_few_rows_are_enough_to_say_that_nothing_is_known() -> None:
    one, two = made.results(rounds=1), made.results(rounds=2)
    assert not any(change.stable for change in compare(one, one).changes)
    comparison = compare(two, made.results(rounds=5))
    assert not any(change.stable for change in comparison.changes)
    assert comparison.warnings == ["the earlier run has 2 rounds; a verdict needs 3"]
    assert "There is nothing to compare" in printed(two, two)
    assert "There is nothing to compare" in printed(Results(), Results())


def test_without_other_rows_the_pace_stays_as_it_is() -> None:
    def alone(seed: int, factor: float) -> Results:
        run = made.results(seed=seed, pace=0.0, factor=lambda row: factor, faults=False)
        run.samples = {row: found for row, found in run.samples.items() if row.subject == OURS}
        return run

    comparison = compare(alone(0, 1.0), alone(1, 1.2))
    assert comparison.drift == {}
    assert len(comparison.differing) == len(comparison.changes)


def test_rows_of_one_run_only_are_listed() -> None:
    layers = ["mul_scalar", "shake_shake"]
    before = made.results(layers=layers)
    after = made.results(layers=layers[:1], backends=["torch", "nnabla"], seed=1)
    comparison = compare(before, after)
    assert {row.workload.layer for row in comparison.only_before} == {"shake_shake", "mul_scalar"}
    assert not comparison.only_after
    missing = len(comparison.only_before)
    assert f"{missing} rows were timed before only: torch copy (" in printed(before, after)
    assert f"{missing} rows were timed after only: torch copy (" in printed(after, before)


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"preset": "quick"}, "preset was full and is quick"),
        ({"device": "cuda"}, "device was cpu and is cuda"),
        ({"suite": "0.2.0"}, "suite was 0.1.0 and is 0.2.0"),
        ({"partial": True}, "the later run was cut short"),
        (
            {"system": {**made.SYSTEM, "cpu_model_name": "Another"}},
            "cpu_model_name was Example 9000 and is Another",
        ),
        ({"backends": {"torch": {"version": "2.14.0"}}}, "torch version was 2.13.0+cpu and is"),
    ],
)
def test_circumstances_that_differ_are_told(change: dict[str, Any], warning: str) -> None:
    before, after = made.results(), made.results(seed=1)
    after.header.update(change)
    assert f"Note: {warning}" in printed(before, after)


def test_the_text_tells_what_the_verdict_rests_on() -> None:
    text = " ".join(printed(made.results(), made.results(seed=1)).split())
    assert text.startswith("No difference: 234 rows of 18 layers.")
    assert "Pace in nnabla: what is not ours took " in text
    for when in ("before", "after"):
        assert f"A/A {when}: the same code, timed twice, differs in " in text


def test_the_pace_is_known_for_each_size_from_what_is_not_ours() -> None:
    drift = compare(made.results(), made.results(seed=1)).drift
    sizes = {4 * int(np.prod(shape)) for shape in made.SHAPES}
    halved_and_doubled = {PUBLISHED_BYTES // 2, PUBLISHED_BYTES * 2, 2, 8}
    for backend in made.BACKENDS:
        assert {size.nbytes for size in drift if size.backend == backend} <= (
            sizes | halved_and_doubled
        )
        assert sizes <= {size.nbytes for size in drift if size.backend == backend}


def test_what_moves_no_bytes_keeps_the_pace_of_a_single_element() -> None:
    large = Workload("gradient_reversal", "forward")
    views = {"torch": True, "nnabla": False}
    assert size_of(Row(large, "torch", OURS), views).nbytes == 4
    assert size_of(Row(large, "torch", COPY), views).nbytes == PUBLISHED_BYTES
    assert size_of(Row(large, "nnabla", OURS), views).nbytes == PUBLISHED_BYTES

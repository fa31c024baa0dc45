"""Targets: met, not met, open where the rounds disagree, and said where nothing was measured."""

from __future__ import annotations

import pytest

from benchmarks.catalogue import OURS
from benchmarks.references import FRESH_COPY
from benchmarks.results import Results, Sample
from benchmarks.targets import (
    MET,
    NOT_MEASURED,
    NOT_MET,
    TARGETS,
    UNCLEAR,
    Held,
    Time,
    evaluate,
)
from benchmarks.workload import PUBLISHED, Row, Workload

WORK = Workload("gradient_reversal", "both", PUBLISHED)
LIMIT = Time("torch", WORK, (FRESH_COPY,), 1.1)


def timed(**seconds: list[float]) -> Results:
    """A run in which each subject took so many seconds in each round."""
    found = Results({"device": "cpu", "backends": {"torch": {}}})
    for name, rounds in seconds.items():
        for number, value in enumerate(rounds):
            row = Row(WORK, "torch", name.replace("_", " "))
            found.add(row, Sample(number, 1, (value,)))
    return found


def test_a_target_is_met_below_it() -> None:
    verdict = LIMIT.judge(timed(ours=[1.02, 2.04, 1.02], fresh_copy=[1.0, 2.0, 1.0]))
    assert (verdict.state, verdict.measured) == (MET, "1.02 ± 0.00")


def test_a_target_is_not_met_above_it() -> None:
    assert LIMIT.judge(timed(ours=[3, 3, 3], fresh_copy=[1, 1, 1])).state == NOT_MET


def test_it_is_open_where_the_rounds_disagree() -> None:
    found = timed(ours=[1.05, 1.06, 1.12, 1.13], fresh_copy=[1, 1, 1, 1])
    assert LIMIT.judge(found).state == UNCLEAR


def test_it_is_open_after_too_few_rounds() -> None:
    assert LIMIT.judge(timed(ours=[0.5, 0.5], fresh_copy=[1, 1])).state == UNCLEAR


def test_wide_rounds_far_from_the_target_leave_no_doubt() -> None:
    found = timed(ours=[3.0, 4.0, 5.0, 6.0], fresh_copy=[1, 1, 1, 1])
    assert LIMIT.judge(found).state == NOT_MET


def test_ratios_are_taken_within_a_round() -> None:
    # The machine was ten times slower in the second round, for both.
    found = timed(ours=[1.0, 10.0, 1.0], fresh_copy=[1.0, 10.0, 1.0])
    assert LIMIT.judge(found).measured == "1.00 ± 0.00"


@pytest.mark.parametrize("missing", ["ours", "fresh_copy"])
def test_without_a_row_nothing_is_said(missing: str) -> None:
    rows = {"ours": [1.0, 1.0, 1.0], "fresh_copy": [1.0, 1.0, 1.0]}
    del rows[missing]
    assert LIMIT.judge(timed(**rows)).state == NOT_MEASURED


def test_the_fastest_of_several_counts() -> None:
    target = Time("torch", WORK, ("slow", "fast", "absent"), 1.0)
    verdict = target.judge(timed(ours=[2.0] * 3, slow=[4.0] * 3, fast=[1.0] * 3))
    assert (verdict.state, verdict.measured) == (NOT_MET, "2.00 ± 0.00 (fast)")


def test_several_copies_are_counted() -> None:
    target = Time("torch", WORK, (FRESH_COPY,), 1.2, copies=3)
    verdict = target.judge(timed(ours=[3.3] * 3, fresh_copy=[1.0] * 3))
    assert (verdict.state, verdict.measured) == (MET, "1.10 ± 0.00")
    assert verdict.text.endswith("at most 1.20 x 3 x fresh copy")


@pytest.mark.parametrize(("arrays", "state"), [(1.002, MET), (2.0, NOT_MET)])
def test_what_the_graph_holds_is_judged(arrays: float, state: str) -> None:
    found = timed()
    found.memory[Row(WORK, "torch", OURS)] = {"held": arrays * WORK.nbytes}
    assert Held("torch", WORK).judge(found).state == state


def test_memory_that_is_not_known_is_not_judged() -> None:
    found = timed()
    found.memory[Row(WORK, "torch", OURS)] = {"reason": "only Linux tells"}
    assert Held("torch", WORK).judge(found).state == NOT_MEASURED


def test_a_run_is_judged_by_the_targets_of_its_frameworks_and_device() -> None:
    texts = [verdict.text for verdict in evaluate(timed())]
    assert texts
    assert all(text.startswith("torch") and "cuda" not in text for text in texts)
    on_gpu = timed()
    on_gpu.header["device"] = "cuda"
    assert ["cuda" in verdict.text for verdict in evaluate(on_gpu)] == [True]


def test_every_framework_has_targets() -> None:
    assert set(TARGETS) == {"torch", "nnabla", "chainer"}

"""Small arrays are timed on the core that is quietest just then, the rest wherever they are put."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from benchmarks.model import PUBLISHED, Workload
from benchmarks.worker import cores

ONE = Workload("mul_scalar", "both", (1,))

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="threads choose cores on Linux")


@pytest.fixture
def allowed() -> Iterator[set[int]]:
    """The cores that this process may run on, then and afterwards."""
    before = os.sched_getaffinity(0)
    yield before
    os.sched_setaffinity(0, before)


@pytest.fixture
def slowness(allowed: set[int], monkeypatch: pytest.MonkeyPatch) -> dict[int, float]:
    """By core, how many seconds a bit of work takes there."""
    seconds = dict.fromkeys(allowed, 2.0)

    def probe() -> float:
        (core,) = os.sched_getaffinity(0)
        return seconds[core]

    monkeypatch.setattr(cores, "probe", probe)
    monkeypatch.setattr(cores, "MOST", len(allowed))
    return seconds


def test_a_small_array_goes_to_the_quietest_core(slowness: dict[int, float]) -> None:
    for quiet in sorted(slowness)[:3]:
        slowness[quiet] = 1.0
        cores.choose(ONE)
        assert os.sched_getaffinity(0) == {quiet}
        slowness[quiet] = 2.0


@pytest.mark.parametrize(
    "work",
    [replace(ONE, shape=PUBLISHED), replace(ONE, device="cuda")],
    ids=["large", "GPU"],
)
def test_what_needs_more_may_run_anywhere(
    work: Workload, allowed: set[int], slowness: dict[int, float]
) -> None:
    cores.choose(ONE)
    cores.choose(work)
    assert os.sched_getaffinity(0) == allowed


def test_of_many_cores_some_are_tried(
    slowness: dict[int, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[set[int]] = []

    def probe() -> float:
        tried.append(os.sched_getaffinity(0))
        return 1.0

    monkeypatch.setattr(cores, "probe", probe)
    monkeypatch.setattr(cores, "MOST", 1)
    cores.choose(ONE)
    assert tried == [os.sched_getaffinity(0)]

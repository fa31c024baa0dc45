"""A run from plan to results, with subjects that fail in every way."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import pytest
from rich.console import Console

from benchmarks import run as room
from benchmarks.model import CATALOGUE, OURS, REFERENCES, Entry, Results, Row, Workload
from benchmarks.model.plan import Plan, Preset
from benchmarks.run import pool
from conformance import BACKENDS, Environments, Unavailable, known

FORWARD = Workload("gradient_reversal", "both", (3, 5))
BACKEND = next((name for name in reversed(BACKENDS) if name in known().pythons), "")
pytestmark = pytest.mark.skipif(not BACKEND, reason="no backend is set up here")
UNFIT = ("wrong", "raising", "absent", "crashing", "hanging")

Run = Callable[..., Results]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a plan of Chainer's with these subjects besides ours."""

    def run(
        *subjects: str,
        rounds_wanted: int = 2,
        keep: Callable[[Results], None] = lambda results: None,
        there: Environments | None = None,
    ) -> Results:
        ours = CATALOGUE[BACKEND][0]
        unfit = [Entry(name, f"tests.benchmarks.subjects:{name}") for name in subjects]
        monkeypatch.setitem(CATALOGUE, BACKEND, [ours, *unfit])
        names = (*REFERENCES, *subjects, OURS)
        rows = tuple(Row(FORWARD, BACKEND, name) for name in names)
        preset = Preset(0.0, (rounds_wanted, rounds_wanted), 1e-4, 3, 1e9)
        there = known() if there is None else there
        console = Console(file=io.StringIO())
        return room.run(Plan("test", preset, rows), there, console, keep)

    return run


def test_every_row_is_timed_in_each_round(run: Run) -> None:
    found = run()
    assert found.header["partial"] is False
    assert list(found.samples) == [Row(FORWARD, BACKEND, n) for n in (*REFERENCES, OURS)]
    for samples in found.samples.values():
        assert [sample.round for sample in samples] == [0, 1]
        assert len({sample.loops for sample in samples}) == 1
        assert all(len(sample.values) >= 6 for sample in samples)  # each is measured twice
        assert all(value > 0 for sample in samples for value in sample.values)


def test_every_round_has_fresh_processes_and_its_results_are_kept(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids: list[int | None] = []
    counts: list[int] = []
    start = pool.WorkerPool.start

    def recorded(self: pool.WorkerPool) -> None:
        start(self)
        pids.extend(worker.pid for worker in self._workers.values())

    monkeypatch.setattr(pool.WorkerPool, "start", recorded)
    run(rounds_wanted=3, keep=lambda results: counts.append(results.header["rounds"]))
    assert len(set(pids)) == len(pids) == 4  # and one in which the subjects are checked
    assert counts == [1, 2, 3]


def test_an_unfit_subject_costs_its_own_rows(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "CALL_SECONDS", 3.0)
    found = run(*UNFIT)
    kinds = {row.subject: (fault.kind, fault.reason) for row, fault in found.faults.items()}
    assert kinds.pop("wrong")[0] == "wrong"
    assert kinds.pop("raising") == (
        "failed",
        "KeyError: 'on purpose'",
    )
    assert kinds.pop("absent") == (
        "missing",
        "ModuleNotFoundError: No module named 'no_such_package'",
    )
    assert kinds.pop("crashing") == ("failed", "ended its interpreter by SIGSEGV")
    assert kinds.pop("hanging") == ("failed", "did not return within 3 s; killed")
    assert not kinds
    assert [sample.round for sample in found.samples[Row(FORWARD, BACKEND, OURS)]] == [0, 1]


def test_a_framework_without_an_interpreter_is_told_of(run: Run) -> None:
    with pytest.raises(Unavailable, match=f"no framework can be timed on cpu: {BACKEND}: "):
        run(there=Environments())


def test_who_stops_listening_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = Entry("hanging", "tests.benchmarks.subjects:hanging")
    monkeypatch.setitem(CATALOGUE, BACKEND, [CATALOGUE[BACKEND][0], hanging])
    rows = [Row(FORWARD, BACKEND, name) for name in (OURS, "hanging", OURS)]
    with pool.WorkerPool({BACKEND: known().pythons[BACKEND]}, {}, "cpu") as workers:
        workers.start()
        begun = time.monotonic()
        answers = workers.each("benchmarks.worker:observe", rows)
        row, _ = next(answers)
        answers.close()
    assert row.subject == OURS
    assert time.monotonic() - begun < 30  # far below the 120 s that a call may take

"""A run from plan to results, with subjects that fail in every way."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from benchmarks import run as room
from benchmarks.model import CATALOGUE, OURS, REFERENCES, Entry, Results, Row, Workload
from benchmarks.model.plan import Plan, Preset
from benchmarks.run import pool
from conformance import Unavailable, known

FORWARD = Workload("gradient_reversal", "both", (3, 5))
BACKEND = next(iter(known().pythons), "")
pytestmark = pytest.mark.skipif(not BACKEND, reason="no backend is set up here")
UNFIT = ("wrong", "raising", "absent", "crashing", "hanging")

Run = Callable[..., Results]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a plan of Chainer's with these subjects besides ours."""

    def run(
        *subjects: str,
        works: tuple[Workload, ...] = (FORWARD,),
        rounds_wanted: int = 2,
        keep: Callable[[Results], None] = lambda results: None,
        pythons: dict[str, str] | None = None,
    ) -> Results:
        ours = CATALOGUE[BACKEND][0]
        unfit = [
            Entry(name, f"tests.benchmarks.subjects.{name}", ("gradient_reversal",))
            for name in subjects
        ]
        monkeypatch.setitem(CATALOGUE, BACKEND, [ours, *unfit])
        names = (*REFERENCES, *subjects, OURS)
        rows = tuple(Row(work, BACKEND, name) for work in works for name in names)
        preset = Preset(0.0, (rounds_wanted, rounds_wanted), 1e-4, 3, 1e9)
        found = known().pythons if pythons is None else pythons
        console = Console(file=io.StringIO())
        return room.run(Plan("test", preset, rows), found, {}, console, keep)

    return run


def test_every_row_is_timed_in_each_round(run: Run) -> None:
    found = run()
    assert list(found.samples) == [Row(FORWARD, BACKEND, n) for n in (*REFERENCES, OURS)]
    for samples in found.samples.values():
        assert [sample.round for sample in samples] == [0, 1]
        assert len({sample.loops for sample in samples}) == 1
        assert all(len(sample.values) >= 6 for sample in samples)  # each is measured twice
        assert all(value > 0 for sample in samples for value in sample.values)


def test_every_round_has_fresh_processes(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    pids: list[int | None] = []
    start = pool.WorkerPool.start

    def recorded(self: pool.WorkerPool) -> None:
        start(self)
        pids.extend(worker.pid for worker in self._workers.values())

    monkeypatch.setattr(pool.WorkerPool, "start", recorded)
    run(rounds_wanted=3)
    assert len(set(pids)) == len(pids) == 4  # and one in which the subjects are checked


def test_an_unfit_subject_costs_its_own_rows(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "CALL_SECONDS", 3.0)
    found = run(*UNFIT)
    kinds = {row.subject: (fault.kind, fault.reason) for row, fault in found.faults.items()}
    assert kinds.pop("wrong")[0] == "wrong"
    assert kinds.pop("raising") == ("failed", "ZeroDivisionError: on purpose")
    assert kinds.pop("absent") == (
        "missing",
        "ModuleNotFoundError: No module named 'no_such_package'",
    )
    assert kinds.pop("crashing") == ("failed", "ended its interpreter by SIGSEGV")
    assert kinds.pop("hanging") == ("failed", "did not return within 3 s; killed")
    assert not kinds
    assert [sample.round for sample in found.samples[Row(FORWARD, BACKEND, OURS)]] == [0, 1]


def test_the_results_are_kept_after_every_round(run: Run) -> None:
    counts: list[int] = []
    run(rounds_wanted=3, keep=lambda results: counts.append(results.header["rounds"]))
    assert counts[:3] == [1, 2, 3]


def test_an_interrupted_run_keeps_what_it_has(run: Run) -> None:
    def interrupt(results: Results) -> None:
        if results.header["rounds"] == 2:
            raise KeyboardInterrupt

    found = run(rounds_wanted=5, keep=interrupt)
    assert found.header["partial"]
    assert [sample.round for sample in found.samples[Row(FORWARD, BACKEND, OURS)]] == [0, 1]


def test_a_whole_run_is_not_partial(run: Run) -> None:
    assert run().header["partial"] is False


def test_a_framework_without_an_interpreter_is_told_of(run: Run) -> None:
    with pytest.raises(Unavailable, match=f"no framework can be timed on cpu: {BACKEND}: "):
        run(pythons={})

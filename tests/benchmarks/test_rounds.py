"""A run from plan to results, in Chainer's interpreter, with subjects that fail in every way."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from benchmarks import fleet, rounds, visits
from benchmarks.catalogue import CATALOGUE, OURS, REVERSAL, Entry
from benchmarks.plan import Plan, Preset
from benchmarks.references import REFERENCES
from benchmarks.results import Results
from benchmarks.visits import MOST_AGAIN
from benchmarks.workload import Row, Workload
from conformance.interpreters import Unavailable, known

FORWARD = Workload("gradient_reversal", "both", (3, 5))
ACCUMULATE = Workload("gradient_reversal", "accumulate", (3, 5))
UNFIT = ("wrong", "wrong_when_accumulating", "raising", "absent", "crashing", "hanging")

Run = Callable[..., Results]
Visited = Callable[..., list[str]]


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
        ours = CATALOGUE["chainer"][0]
        unfit = [
            Entry(name, f"tests.benchmarks.subjects.{name}", REVERSAL, "idiom", "unfit")
            for name in subjects
        ]
        monkeypatch.setitem(CATALOGUE, "chainer", [ours, *unfit])
        names = (*REFERENCES, *subjects, OURS)
        rows = tuple(Row(work, "chainer", name) for work in works for name in names)
        preset = Preset(0.0, (rounds_wanted, rounds_wanted), 1e-4, 3, 1e9)
        found = known().pythons if pythons is None else pythons
        console = Console(file=io.StringIO())
        return rounds.run(Plan("test", preset, rows), found, {}, console, keep)

    return run


@pytest.fixture
def visited(monkeypatch: pytest.MonkeyPatch) -> Visited:
    """Return the subjects in the order of the visits. ``moment`` makes up how slow the CPU is.

    It is called with the subject, and how many visits that had before.
    """

    def visited(moment: Callable[[str, int], float] = lambda subject, before: 1.0) -> list[str]:
        order: list[str] = []
        call = fleet.Fleet.call

        def recorded(self: fleet.Fleet, function: str, row: Row, *arguments: object) -> Any:
            seen = call(self, function, row, *arguments)
            if function.endswith(":sample"):
                assert min(seen["moments"]) > 0
                assert len(seen["moments"]) == len(seen["values"])
                seen["moments"] = [moment(row.subject, order.count(row.subject))]
                order.append(row.subject)
            return seen

        monkeypatch.setattr(fleet.Fleet, "call", recorded)
        return order

    return visited


def test_every_row_is_timed_in_each_round(run: Run, visited: Visited) -> None:
    visited()
    found = run()
    assert list(found.samples) == [Row(FORWARD, "chainer", n) for n in (*REFERENCES, OURS)]
    for samples in found.samples.values():
        assert [sample.round for sample in samples] == [0, 1]
        assert [len(sample.values) for sample in samples] == [6, 6]  # by two visits
        assert all(value > 0 for sample in samples for value in sample.values)


def test_a_row_has_the_same_loops_in_every_round(run: Run) -> None:
    for samples in run().samples.values():
        assert samples[0].loops == samples[1].loops


def test_every_round_has_fresh_processes(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    pids: list[int | None] = []
    start = fleet.Fleet.start

    def recorded(self: fleet.Fleet) -> None:
        start(self)
        pids.extend(worker.pid for worker in self._workers.values())

    monkeypatch.setattr(fleet.Fleet, "start", recorded)
    run(rounds_wanted=3)
    # And one in which the subjects are checked, and one in which the memory is weighed.
    assert len(set(pids)) == len(pids) == 5


@pytest.mark.parametrize("twice", [True, False])
def test_rows_are_visited_forth_and_back(
    twice: bool, run: Run, visited: Visited, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one round, or in two where the arrays are large."""
    if not twice:
        monkeypatch.setattr(visits, "TWICE", 0)
    order = visited()
    run(works=(FORWARD, ACCUMULATE))
    forth = [*REFERENCES, OURS]
    back = forth[::-1]
    first, second = [*forth, *forth], [*back, *back]  # of both workloads
    assert order == ([*first, *second, *second, *first] if twice else [*first, *second])


@pytest.mark.parametrize(("slow", "more"), [(0, 0), (1, 0), (2, 1), (3, 2), (99, MOST_AGAIN)])
def test_what_was_disturbed_is_visited_again_until_it_is_not(
    slow: int, more: int, run: Run, visited: Visited
) -> None:
    """The CPU is slow in so many visits to one row, from the second round on."""

    def moment(subject: str, before: int) -> float:
        return 2.0 if subject == OURS and 2 <= before < 2 + slow else 1.0

    order = visited(moment)
    samples = run().samples[Row(FORWARD, "chainer", OURS)]
    assert [len(sample.values) for sample in samples] == [3 * 2, 3 * (2 + more)]
    assert len(order) == 4 * len([*REFERENCES, OURS]) + more


def test_an_unfit_subject_costs_its_own_rows(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "CALL_SECONDS", 3.0)
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
    # It is right in this stage.
    assert Row(FORWARD, "chainer", "wrong_when_accumulating") in found.samples
    assert [sample.round for sample in found.samples[Row(FORWARD, "chainer", OURS)]] == [0, 1]


def test_a_subject_that_is_wrong_in_one_stage_has_no_time_there(run: Run) -> None:
    found = run("wrong_when_accumulating", works=(FORWARD, ACCUMULATE))
    row = Row(ACCUMULATE, "chainer", "wrong_when_accumulating")
    assert found.faults[row].kind == "wrong"
    assert row not in found.samples


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
    assert [sample.round for sample in found.samples[Row(FORWARD, "chainer", OURS)]] == [0, 1]


def test_a_whole_run_is_not_partial(run: Run) -> None:
    assert run().header["partial"] is False


def test_a_framework_without_an_interpreter_is_told_of(run: Run) -> None:
    with pytest.raises(Unavailable, match="no framework can be timed on cpu: chainer: "):
        run(pythons={})


def test_an_interpreter_that_lacks_the_framework_is_told_of(run: Run) -> None:
    pythons = {"chainer": known().pythons["nnabla"]}
    with pytest.raises(Unavailable, match="chainer: ModuleNotFoundError: No module named"):
        run(pythons=pythons)

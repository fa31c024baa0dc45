"""Calls to the interpreters of a round that are not timed, and their end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from benchmarks.model import CATALOGUE, OURS, Entry, Row, Workload
from benchmarks.run.pool import Failed, WorkerPool
from conformance import known

WORK = Workload("gradient_reversal", "both", (3, 5))
BACKEND = next(iter(known().pythons), "")
pytestmark = pytest.mark.skipif(not BACKEND, reason="no backend is set up here")
OBSERVE = "benchmarks.worker:observe"


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(known().pythons, {}, "cpu") as pool:
        pool.start()
        yield pool


@pytest.fixture(autouse=True)
def unfit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every framework gets these subjects too; they are Chainer's."""
    subjects = [
        Entry(name, f"tests.benchmarks.subjects.{name}", ("gradient_reversal",))
        for name in ("raising", "hanging")
    ]
    for backend, entries in CATALOGUE.items():
        monkeypatch.setitem(CATALOGUE, backend, [*entries, *subjects])


def _rows(*subjects: str) -> list[Row]:
    return [Row(WORK, backend, name) for backend in known().pythons for name in subjects]


def test_each_row_is_given_with_its_answer(pool: WorkerPool) -> None:
    rows = _rows(OURS, "raising")
    answers: dict[Row, Future[Any]] = dict(pool.each(OBSERVE, rows))
    assert answers.keys() == set(rows)
    for row, answer in answers.items():
        if row.subject == OURS:
            assert len(answer.result()["gradients"]) == 1
        else:
            with pytest.raises(Failed):
                answer.result()


def test_no_row_gives_no_answer(pool: WorkerPool) -> None:
    assert list(pool.each(OBSERVE, [])) == []


def test_who_stops_listening_does_not_wait(pool: WorkerPool) -> None:
    begun = time.monotonic()
    answers = pool.each(OBSERVE, [Row(WORK, BACKEND, name) for name in (OURS, "hanging", OURS)])
    row, _ = next(answers)
    answers.close()
    pool.close()
    assert row.subject == OURS
    assert time.monotonic() - begun < 30  # far below the 120 s that a call may take

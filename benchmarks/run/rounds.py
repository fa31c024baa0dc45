"""Runs a plan: rounds of fresh interpreters, each row once a round or more, in ABBA order.

The subjects of one workload follow each other, across the frameworks, so that what the machine
does meanwhile happens to all of them. In one round they go forth, and in the next back (A B, B A),
so that a drift favours none. All ratios are taken within one round.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

from rich.console import Console

from benchmarks.model import AGAIN, PUBLISHED, REFERENCES, VIEWS, Results, Row, Sample
from benchmarks.model.plan import Plan
from benchmarks.model.store import system
from benchmarks.run.check import errors
from benchmarks.run.pool import Failed, WorkerPool
from benchmarks.run.progress import Progress
from benchmarks.run.schedule import MOST_REPEATS, Disturbances, in_turn
from conformance import Unavailable, __version__, known

Keep = Callable[[Results], None]


def run(
    plan: Plan,
    pythons: Mapping[str, str],
    rivals: Mapping[str, str],
    console: Console,
    keep: Keep,
) -> Results:
    """Time the rows of a plan, for as long as its preset allows.

    Args:
        plan: what to time.
        pythons: the interpreter of each framework.
        rivals: the folder with the public packages for a framework, where there is one.
        console: where progress is shown.
        keep: is called after each round with all that was found so far.

    Returns:
        What was found; interrupted (Ctrl-C), as far as it came, and ``header["partial"]`` true.

    Raises:
        Unavailable: no framework of the plan can run here.
    """
    return _Run(plan, pythons, rivals, Progress(console), keep).run()


class _Run:
    def __init__(
        self,
        plan: Plan,
        pythons: Mapping[str, str],
        rivals: Mapping[str, str],
        progress: Progress,
        keep: Keep,
    ) -> None:
        self.plan = plan
        self.pythons = {name: pythons[name] for name in plan.backends if name in pythons}
        self.rivals = rivals
        self.progress = progress
        self.keep = keep
        self.begun = math.inf  # the first round
        self.loops: dict[Row, int] = {}
        self.disturbances = Disturbances()
        self.results = Results(_header(plan))
        self._refuse(
            {
                name: known().unavailable.get(name, "there is no interpreter for it")
                for name in plan.backends
                if name not in pythons
            }
        )

    def run(self) -> Results:
        try:
            self._check()
            self.begun = time.monotonic()
            number = 0
            while self._goes_on(number):
                self._round(number)
                number += 1
            self._memory()
        except KeyboardInterrupt:
            self.results.header["partial"] = True
        finally:
            self.progress.end()
        self.results.sort(self.plan.rows)
        return self.results

    def _goes_on(self, number: int) -> bool:
        fewest, most = self.plan.preset.rounds
        return number < fewest or (number < most and number < self._expected(number, 0.0))

    def _expected(self, number: int, part: float) -> float:
        """How many rounds there will be, judged after so many of them and a part of one more."""
        fewest, most = self.plan.preset.rounds
        done = number + part
        if not done:
            return fewest
        each = (time.monotonic() - self.begun) / done
        return min(most, max(fewest, self.plan.preset.seconds // each))

    def _pool(self) -> WorkerPool:
        return WorkerPool(self.pythons, self.rivals, self.plan.device)

    def _start(self, pool: WorkerPool) -> None:
        pool.start()
        self._refuse(pool.refused)
        for backend, facts in pool.facts.items():
            seconds = facts.pop("import_seconds")
            self.results.imports.setdefault(backend, []).append(seconds)
            self.results.header["backends"][backend] = facts

    def _refuse(self, refused: Mapping[str, str]) -> None:
        """Goes on without a framework."""
        self.results.header["skipped"].update(refused)
        for name in refused:
            self.pythons.pop(name, None)
        if not self.pythons:
            reason = "; ".join(f"{name}: {why}" for name, why in refused.items())
            raise Unavailable(f"no framework can be timed on {self.plan.device}: {reason}")

    def _rows(self, pool: WorkerPool) -> list[Row]:
        """Those that can be timed, as far as is known."""
        return [
            row
            for row in self.plan.rows
            if row.backend in self.pythons
            and row not in self.results.faults
            and row.workload.dtype in pool.facts[row.backend]["dtypes"]
        ]

    def _check(self) -> None:
        """Each subject before it is timed, against the law of its layer."""
        with self._pool() as pool:
            self._start(pool)
            rows = [row for row in self._rows(pool) if row.subject not in REFERENCES]
            self.progress.begin(f"check of {len(rows)} rows")
            begun = time.monotonic()
            for number, (row, answer) in enumerate(pool.each("benchmarks.worker:observe", rows), 1):
                self._judge(row, answer)
                done = number / len(rows)
                left = (time.monotonic() - begun) * (1 / done - 1)
                self.progress.show(row, done, left + self.plan.preset.seconds)

    def _judge(self, row: Row, answer: Future[Any]) -> None:
        try:
            found = errors(row, answer.result())
        except Failed as failure:
            self.results.fault(row, failure.kind, str(failure))
        else:
            if found:
                self.results.fault(row, "wrong", "; ".join(found))

    def _round(self, number: int) -> None:
        self.progress.begin(f"round {number + 1} of about {self._expected(number, 0.0):.0f}")
        with self._pool() as pool:
            self._start(pool)
            self.disturbances.begin_round()
            rows = list(in_turn(self._rows(pool), number))
            for at, row in enumerate(rows):
                self._measure(pool, row, number, at / len(rows))
            for _ in range(MOST_REPEATS):
                for row in self.disturbances.disturbed():
                    self._measure(pool, row, number, 1.0)
        self.results.header["rounds"] = number + 1
        self.keep(self.results)

    def _measure(self, pool: WorkerPool, row: Row, number: int, part: float) -> None:
        if row in self.results.faults:  # of an earlier measurement
            return
        self._show(row, number, part)
        preset = self.plan.preset
        limits = preset.value_seconds, preset.values, preset.row_seconds
        try:
            seen = pool.call("benchmarks.worker:sample", row, self.loops.get(row, 0), *limits)
        except Failed as failure:
            self.results.fault(row, failure.kind, str(failure))
            return
        self.loops[row] = seen["loops"]
        sample = Sample(number, seen["loops"], tuple(seen["values"]), tuple(seen["warmups"]))
        self.results.add(row, sample)
        self.disturbances.add(row, seen["probes"])

    def _memory(self) -> None:
        """The peak of each subject at the published size, where a preset has time for it."""
        if not self.plan.preset.memory:
            return
        rows = [row for row in self.results.samples if _is_weighed(row)]
        self.progress.begin(f"memory of {len(rows)} rows")
        begun = time.monotonic()
        for number, row in enumerate(rows):
            with self._pool() as pool, suppress(Failed):  # a system may not tell
                self.results.memory[row] = pool.call("benchmarks.worker:peak", row)
            done = (number + 1) / len(rows)
            self.progress.show(row, done, (time.monotonic() - begun) * (1 / done - 1))
        self.keep(self.results)

    def _show(self, row: Row, number: int, part: float) -> None:
        done = (number + part) / self._expected(number, part)
        spent = time.monotonic() - self.begun
        self.progress.show(row, done, spent / done - spent if done else self.plan.preset.seconds)


def _is_weighed(row: Row) -> bool:
    """A whole step in float32, of a subject once."""
    work = row.workload
    usual = (work.stage, work.shape, work.dtype, work.device, work.threads)
    wanted = ("both", PUBLISHED, "float32", "cpu", 1)
    return usual == wanted and row.subject not in (*REFERENCES, AGAIN)


def _header(plan: Plan) -> dict[str, Any]:
    return {
        "preset": plan.name,
        "device": plan.device,
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "suite": __version__,
        "system": system(),
        "backends": {},
        "skipped": {},
        "views": {name: name in VIEWS for name in plan.backends},
        "rounds": 0,
        "partial": False,
    }

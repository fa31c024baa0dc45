"""Runs a plan: rounds of fresh interpreters, each row once a round or more, in ABBA order.

The subjects of one workload follow each other, across the frameworks, so that what the machine
does meanwhile happens to all of them. In one round they go forth, and in the next back (A B, B A),
so that a drift favours none. All ratios are taken within one round.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import track

from benchmarks.model import AGAIN, PUBLISHED, REFERENCES, Results, Row, Sample, Workload
from benchmarks.model.plan import Plan
from benchmarks.model.store import system
from benchmarks.run.check import errors
from benchmarks.run.pool import Failed, WorkerPool
from benchmarks.run.schedule import MOST_REPEATS, Disturbances, in_turn
from conformance import Environments, Unavailable, __version__

Keep = Callable[[Results], None]
Item = TypeVar("Item")


def run(plan: Plan, there: Environments, console: Console, keep: Keep) -> Results:
    """Time the rows of a plan, for as long as its preset allows.

    Args:
        plan: what to time.
        there: the interpreters, and the folders with public packages.
        console: where progress is shown.
        keep: is called after each round with all that was found so far.

    Returns:
        What was found; interrupted (Ctrl-C), as far as it came, and ``header["partial"]`` true.

    Raises:
        Unavailable: no framework of the plan can run here.
    """
    return _Run(plan, there, console, keep).run()


class _Run:
    def __init__(self, plan: Plan, there: Environments, console: Console, keep: Keep) -> None:
        self.plan = plan
        self.pythons = {n: there.pythons[n] for n in plan.backends if n in there.pythons}
        self.rivals = there.rivals
        self.console = console
        self.keep = keep
        self.begun = math.inf  # the first round
        self.loops: dict[Row, int] = {}
        self.disturbances = Disturbances()
        self.results = Results(_header(plan))
        self._refuse(
            {
                name: there.unavailable.get(name, "there is no interpreter for it")
                for name in plan.backends
                if name not in there.pythons
            }
        )

    def run(self) -> Results:
        try:
            self._check()
            self.begun = time.monotonic()
            number = 0
            while number < self._expected(number):
                self._round(number)
                number += 1
            self._memory()
        except KeyboardInterrupt:
            self.results.header["partial"] = True
        self.results.sort(self.plan.rows)
        return self.results

    def _expected(self, number: int) -> int:
        """How many rounds there will be, judged after so many of them."""
        fewest, most = self.plan.preset.rounds
        if not number:
            return fewest
        each = (time.monotonic() - self.begun) / number
        return min(most, max(fewest, int(self.plan.preset.seconds // each)))

    def _pool(self) -> WorkerPool:
        return WorkerPool(self.pythons, self.rivals, self.plan.device)

    def _start(self, pool: WorkerPool) -> None:
        pool.start()
        self._refuse(pool.refused)
        self.results.header["backends"].update(pool.facts)

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
            answers = pool.each("benchmarks.worker:observe", rows)
            for row, answer in self._shown(f"check of {len(rows)} rows", answers, len(rows)):
                self._judge(row, answer)

    def _judge(self, row: Row, answer: Future[Any]) -> None:
        try:
            found = errors(row, answer.result())
        except Failed as failure:
            self.results.fault(row, failure.kind, str(failure))
        else:
            if found:
                self.results.fault(row, "wrong", "; ".join(found))

    def _round(self, number: int) -> None:
        with self._pool() as pool:
            self._start(pool)
            self.disturbances.begin_round()
            rows = list(in_turn(self._rows(pool), number))
            what = f"round {number + 1} of about {self._expected(number)}"
            for row in self._shown(what, rows, len(rows)):
                self._measure(pool, row, number)
            for _ in range(MOST_REPEATS):
                for row in self.disturbances.disturbed():
                    self._measure(pool, row, number)
        self.results.header["rounds"] = number + 1
        self.keep(self.results)

    def _measure(self, pool: WorkerPool, row: Row, number: int) -> None:
        if row in self.results.faults:  # of an earlier measurement
            return
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
        for row in self._shown(f"memory of {len(rows)} rows", rows, len(rows)):
            with self._pool() as pool, suppress(Failed):  # a system may not tell
                self.results.memory[row] = pool.call("benchmarks.worker:peak", row)
        self.keep(self.results)

    def _shown(self, what: str, items: Iterable[Item], total: int) -> Iterable[Item]:
        """The items of a part of the run: with a bar on a terminal, elsewhere after a line."""
        if self.console.is_terminal:
            return track(items, what, total, console=self.console, transient=True)
        self.console.print(what, highlight=False)
        return items


def _is_weighed(row: Row) -> bool:
    """A whole step in float32, of a subject once."""
    usual = Workload(row.workload.layer, "both", PUBLISHED, level=row.workload.level)
    return row.workload == usual and row.subject not in (*REFERENCES, AGAIN)


def _header(plan: Plan) -> dict[str, Any]:
    return {
        "preset": plan.name,
        "device": plan.device,
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "suite": __version__,
        "system": system(),
        "backends": {},
        "skipped": {},
        "rounds": 0,
        "partial": False,
    }

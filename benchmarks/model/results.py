"""What a run found: the values of every row by round, and why other rows have none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.model.workload import PUBLISHED, Row, Workload


@dataclass(frozen=True)
class Sample:
    """One row in one round, that is in one process.

    Attributes:
        round: its number, from 0.
        loops: how many calls made up one value.
        values: seconds for one call, in the order of their measurement.
        warmups: the values before them that count for nothing.
    """

    round: int
    loops: int
    values: tuple[float, ...]
    warmups: tuple[float, ...] = ()


@dataclass(frozen=True)
class Fault:
    """Why a row has no time.

    ``kind`` is "wrong" (its output or a gradient breaks the law), "failed" (it raised, crashed
    or hung) or "missing" (it cannot be had here, such as a package that is not installed).
    """

    kind: str
    reason: str


@dataclass
class Results:
    """One run of the benchmarks, whole or as far as it came.

    Attributes:
        header: facts about the run, JSON values only: ``preset``, ``date`` (ISO 8601, UTC),
            ``suite`` (version), ``system`` (of pyperf's metadata), ``backends`` (by
            name: what ``worker.facts`` told: version, device, numpy), ``skipped`` (by backend:
            why it was not timed), ``device``, ``partial`` (whether the run was cut short) and
            ``rounds`` (how many were completed).
        samples: of a row, in the order of the rounds. References are rows like any other, with
            the reference's name as their subject.
        faults: of the rows that have no samples.
        memory: of a row, the most bytes in use at once beyond its inputs.
    """

    header: dict[str, Any] = field(default_factory=dict)
    samples: dict[Row, list[Sample]] = field(default_factory=dict)
    faults: dict[Row, Fault] = field(default_factory=dict)
    memory: dict[Row, int] = field(default_factory=dict)

    def add(self, row: Row, sample: Sample) -> None:
        """Keep what a measurement of a row gave; those of one round become one sample."""
        kept = self.samples.setdefault(row, [])
        if kept and kept[-1].round == sample.round:
            last = kept.pop()
            values, warmups = last.values + sample.values, last.warmups + sample.warmups
            sample = Sample(last.round, last.loops, values, warmups)
        kept.append(sample)

    def of(self, row: Row) -> list[Sample]:
        """The samples of a row; none where it was not timed."""
        return self.samples.get(row, [])

    def usual(
        self, layer: str, stage: str = "both", shape: tuple[int, ...] = PUBLISHED
    ) -> Workload:
        """A layer in float32, on the device of the run."""
        return Workload(layer, stage, shape, device=self.header["device"])

    def fault(self, row: Row, kind: str, reason: str) -> None:
        """A row that failed has no time, also where it had some before it failed."""
        self.samples.pop(row, None)
        self.faults[row] = Fault(kind, reason)

    def sort(self, rows: Iterable[Row]) -> None:
        """Put everything into this order, whatever order it was found in."""
        order = {row: at for at, row in enumerate(rows)}
        for found in (self.samples, self.faults, self.memory):
            items = sorted(found.items(), key=lambda item: order[item[0]])
            found.clear()
            found.update(items)  # type: ignore[arg-type]  # each of its own values

"""What changed from one run to another, on a machine whose pace changes too.

1. The machine's pace is taken out of both runs: see :mod:`benchmarks.pace`.
2. Each row is tested by itself: see :mod:`benchmarks.shifts`.
3. The rows of a stage of a layer, at all sizes, are judged together: Stouffer's method sees a
   small shift of all of them, Simes's a large shift of one. The rate of false discoveries among
   the stages is held by Benjamini and Hochberg's procedure.
4. A row is named if its stage differs, if it differs itself, and if it does so by more than pairs
   of the same code do within either run. One whose rounds disagree is unstable and takes no part.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr
from scipy.stats import false_discovery_control

from benchmarks.catalogue import AGAIN, OURS
from benchmarks.circumstances import differences, shortcomings
from benchmarks.control import Control, control
from benchmarks.pace import Size, steady
from benchmarks.results import Results
from benchmarks.shifts import shifts
from benchmarks.statistics import Summary, times
from benchmarks.workload import Row

LEVEL = 0.02  # of false discoveries among the stages, and of the test of each row


@dataclass(frozen=True)
class Change:
    """One row in both runs.

    Attributes:
        row: which.
        before: its seconds in the earlier run.
        after: its seconds in the later run.
        log: the logarithm of after / before, at one pace of the machine.
        z: how many standard errors that is from 0.
        stable: whether the rounds of either run agree well enough for a verdict.
        differs: the verdict.
    """

    row: Row
    before: Summary
    after: Summary
    log: float
    z: float
    stable: bool
    differs: bool = False

    @property
    def ratio(self) -> float:
        """How many times as long the later run took."""
        return math.exp(self.log)


@dataclass(frozen=True)
class Comparison:
    """Of two runs.

    Attributes:
        changes: of every row that is in both and is no reference.
        drift: by size, how many times as long the later run took for what is not ours.
        only_before: rows that the later run lacks.
        only_after: rows that the earlier run lacks.
        controls: the A/A control of the earlier run and of the later.
        warnings: why the two may not be comparable.
    """

    changes: list[Change]
    drift: dict[Size, float]
    only_before: list[Row]
    only_after: list[Row]
    controls: tuple[Control, Control]
    warnings: list[str]

    @property
    def differing(self) -> list[Change]:
        """The rows that changed."""
        return [change for change in self.changes if change.differs]


def compare(before: Results, after: Results) -> Comparison:
    """What the later run shows that the earlier one does not."""
    at_one_pace = steady(before, after)
    controls = control(before), control(after)
    found = shifts(at_one_pace)
    changes = [
        Change(row, times(samples), times(after.samples[row]), *found[row])
        for row, samples in before.samples.items()
        if row in found
    ]
    return Comparison(
        changes=_judged(changes, controls),
        drift=at_one_pace.drift,
        only_before=[row for row in before.samples if row not in after.samples],
        only_after=[row for row in after.samples if row not in before.samples],
        controls=controls,
        warnings=[*differences(before, after), *shortcomings(before, after)],
    )


def code_of(row: Row) -> str:
    """Whose code a row times: "ours, again" is ours."""
    return OURS if row.subject == AGAIN else row.subject


def slower(comparison: Comparison, percent: float) -> list[Change]:
    """Which of our rows differ, and take longer than before by more than this."""
    return [
        change
        for change in comparison.differing
        if code_of(change.row) == OURS and change.ratio > 1 + percent / 100
    ]


def _judged(changes: list[Change], controls: tuple[Control, Control]) -> list[Change]:
    """With the verdicts."""
    stages: dict[tuple[str, ...], list[float]] = {}
    for change in changes:
        if change.stable:
            stages.setdefault(_stage(change.row), []).append(change.z)
    found = false_discovery_control([_chance(z) for z in stages.values()]) if stages else ()
    differing = {stage for stage, rate in zip(stages, found, strict=True) if rate < LEVEL}

    def differs(change: Change) -> bool:
        noise = max(control.noise(change.row) for control in controls)
        return (
            change.stable
            and _stage(change.row) in differing
            and 2 * ndtr(-abs(change.z)) < LEVEL
            and abs(change.log) > math.log1p(noise)
        )

    return [replace(change, differs=differs(change)) for change in changes]


def _stage(row: Row) -> tuple[str, ...]:
    """What is judged together."""
    return row.backend, code_of(row), row.workload.layer, row.workload.stage


def _chance(z: list[float]) -> float:
    """Of such rows if nothing changed: by Stouffer's method or Simes's, counted as two tests."""
    shift = 2 * ndtr(-abs(sum(z)) / math.sqrt(len(z)))
    one = false_discovery_control(2 * ndtr(-np.abs(z))).min()  # that is Simes's
    return float(min(1.0, shift if len(z) == 1 else 2 * min(shift, one)))

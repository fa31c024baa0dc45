"""What changed from one run to another: for each row one effect size, with its interval.

1. The machine's drift is taken out of both runs: see :mod:`benchmarks.analysis.drift`.
2. The effect is the ratio of the two medians. Its 95 % interval joins those of both.
3. A row differs if that interval excludes 1, and if the effect is more than noise: more than
   equal code differs by, timed twice in either run (A/A), or once in each (what is not ours).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.analysis.control import Control, control
from benchmarks.analysis.drift import Group, is_ours, without_drift
from benchmarks.analysis.statistics import FEWEST_ROUNDS, Summary
from benchmarks.model import REFERENCES, Results, Row

# What a time depends on besides the code: of a run's header, of its system, of a framework.
HEADER = ("preset", "device", "suite")
SYSTEM = ("cpu_model_name", "cpu_count", "cpu_affinity", "platform", "transparent_hugepage")
BACKEND = ("version", "numpy", "device")


@dataclass(frozen=True)
class Change:
    """One row in both runs, without the machine's drift.

    Attributes:
        row: which.
        before: its seconds in the earlier run.
        after: its seconds in the later run.
        noise: the share that equal code of its size differs by.
    """

    row: Row
    before: Summary
    after: Summary
    noise: float = 0.0

    @property
    def effect(self) -> float:
        """How many times as long the later run took."""
        return self.after.median / self.before.median

    @property
    def margin(self) -> float:
        """Half the width of the effect's 95 % interval, relative to the effect."""
        return math.hypot(self.before.margin, self.after.margin)

    @property
    def stable(self) -> bool:
        """Whether the rounds of both runs agree well enough for a verdict."""
        return self.before.stable and self.after.stable

    @property
    def differs(self) -> bool:
        """The verdict."""
        return self.stable and abs(math.log(self.effect)) > math.log1p(max(self.margin, self.noise))


@dataclass(frozen=True)
class Comparison:
    """Of two runs.

    Attributes:
        changes: of every row that is in both and is no reference.
        drift: by group, how many times as long the later run took for what is not ours.
        only_before: rows that the later run lacks.
        only_after: rows that the earlier run lacks.
        controls: the A/A control of the earlier run and of the later.
        warnings: why the two may not be comparable.
    """

    changes: list[Change]
    drift: dict[Group, float]
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
    groups, drift = without_drift(before, after)
    controls = control(before), control(after)
    found: dict[Row, Change] = {}
    for group, rows in groups.items():
        changes = [Change(row, *pair) for row, pair in rows.items()]
        noise = max(_moved(changes), *(each.band(group.nbytes) for each in controls))
        for row, pair in rows.items():
            if row.subject not in REFERENCES:
                found[row] = Change(row, *pair, noise)
    return Comparison(
        changes=[found[row] for row in before.samples if row in found],
        drift=drift,
        only_before=[row for row in before.samples if row not in after.samples],
        only_after=[row for row in after.samples if row not in before.samples],
        controls=controls,
        warnings=[*_differences(before, after), *_shortcomings(before, after)],
    )


def slower(comparison: Comparison, percent: float) -> list[Change]:
    """Which of our rows differ, and take longer than before by more than this."""
    return [
        change
        for change in comparison.differing
        if is_ours(change.row) and change.effect > 1 + percent / 100
    ]


def _moved(changes: list[Change]) -> float:
    """What 95 % of the stable rows that are not ours moved by at the most, as a share."""
    others = [change for change in changes if change.stable and not is_ours(change.row)]
    moved = [abs(math.log(change.effect)) for change in others]
    return math.expm1(np.percentile(moved, 95)) if moved else 0.0


def _differences(before: Results, after: Results) -> list[str]:
    """Between the machines, the versions and the presets, a sentence each."""
    was, now = _facts(before), _facts(after)
    return [
        f"{name} was {was[name]} and is {now[name]}"
        for name in was
        if name in now and was[name] != now[name]
    ]


def _shortcomings(before: Results, after: Results) -> list[str]:
    """Of either run, a sentence each."""
    found = []
    for name, results in (("earlier", before), ("later", after)):
        rounds = results.header.get("rounds", 0)
        if results.header.get("partial"):
            found.append(f"the {name} run was cut short")
        if rounds < FEWEST_ROUNDS:
            found.append(f"the {name} run has {rounds} rounds; a verdict needs {FEWEST_ROUNDS}")
    return found


def _facts(results: Results) -> dict[str, Any]:
    header = results.header
    backends: dict[str, dict[str, Any]] = header.get("backends", {})
    return {
        **{name: header.get(name) for name in HEADER},
        **{name: header.get("system", {}).get(name) for name in SYSTEM},
        **{f"{b} {name}": seen.get(name) for b, seen in backends.items() for name in BACKEND},
    }

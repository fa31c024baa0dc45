"""What our layers are meant to reach: ratios of times, as figures beside those of a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from benchmarks.analysis.statistics import Summary, ratio
from benchmarks.model import FLOOR, FRESH_COPY, ONE, OURS, Results, Row, Workload


class Target(NamedTuple):
    """Our layer takes at most ``most`` times as long as another subject or a reference."""

    backend: str
    workload: Workload
    against: str
    most: float


REVERSAL = Workload("gradient_reversal", "both")
SHAKE = Workload("shake_shake", "both")
PER_IMAGE = Workload("shake_shake", "both", level="image")
TIMES = Workload("mul_scalar", "both")

TARGETS = (
    Target("torch", Workload("gradient_reversal", "both", ONE), "classic Function", 1.0),
    Target("torch", Workload("shake_shake", "both", ONE), "classic Function", 1.0),
    Target("torch", REVERSAL, FRESH_COPY, 1.1),
    Target("torch", SHAKE, FRESH_COPY, 3.6),  # three new arrays
    Target("nnabla", REVERSAL, FLOOR, 1.1),
    Target("nnabla", Workload("gradient_reversal", "accumulate"), FLOOR, 1.1),
    Target("nnabla", SHAKE, FLOOR, 1.2),
    Target("nnabla", PER_IMAGE, FLOOR, 1.3),
    Target("nnabla", TIMES, "numpy style", 0.5),
    Target("nnabla", Workload("mul_scalar", "both", ONE), "numpy style", 1.0),
    Target("chainer", Workload("gradient_reversal", "both", (64, 64, 32, 32)), FLOOR, 1.1),
    Target("chainer", REVERSAL, FLOOR, 2.0),
    Target("chainer", Workload("gradient_reversal", "both", ONE), "old style", 1.0),
)


def reached(results: Results) -> Iterator[tuple[Target, Summary]]:
    """The targets that a run measured, with the ratios that it found."""
    for target in TARGETS:
        ours, other = (
            results.of(Row(target.workload, target.backend, subject))
            for subject in (OURS, target.against)
        )
        found = ratio(ours, other)
        if found is not None:
            yield target, found

"""What our layers are meant to reach, and whether a run shows it.

Each target is a ratio that was taken within rounds: our time over that of a reference or of the
fastest of some subjects; or a number of bytes that a graph holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from benchmarks.catalogue import CATALOGUE, CHAIN, OURS, PLAIN_CHAIN, REVERSED_CHAIN
from benchmarks.plan import KEPT, ONE
from benchmarks.references import COPY, FLOOR, FRESH_COPY
from benchmarks.results import Results
from benchmarks.statistics import FEWEST_ROUNDS, Summary, ratio
from benchmarks.workload import Row, Workload

MET = "met"
NOT_MET = "not met"
UNCLEAR = "unclear"  # the target is within the 95 % interval of what was measured
NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Verdict:
    """On one target: what was wanted, what was measured, and one of the four states above."""

    text: str
    measured: str
    state: str


class Target(Protocol):
    """Something to reach."""

    def judge(self, results: Results) -> Verdict:
        """By what a run found."""


@dataclass(frozen=True)
class Time:
    """Our layer takes at most ``most`` times what another row takes, or so many of that row.

    ``against`` are names of subjects or of a reference; the fastest that was timed counts.
    """

    backend: str
    workload: Workload
    against: tuple[str, ...]
    most: float
    copies: int = 1
    subject: str = OURS

    @property
    def text(self) -> str:
        many = f"{self.copies} x " if self.copies > 1 else ""
        named = self.against[0] if len(self.against) == 1 else "the fastest other that is right"
        wanted = f"at most {self.most:.2f} x {many}{named}"
        return f"{self.backend} {self.workload.label}: {wanted}"

    def judge(self, results: Results) -> Verdict:
        ours = results.samples.get(Row(self.workload, self.backend, self.subject), [])
        found: list[tuple[float, Summary, str]] = []
        for name in self.against:
            theirs = results.samples.get(Row(self.workload, self.backend, name), [])
            times = ratio(ours, theirs)
            if times is not None:
                found.append((times.median, times, name))
        if not found:
            return Verdict(self.text, "", NOT_MEASURED)
        _, times, name = max(found, key=lambda each: each[0])  # the fastest is the hardest
        median, doubt = times.median / self.copies, times.doubt
        named = f" ({name})" if len(self.against) > 1 else ""
        measured = f"{median:.2f} ± {median * doubt:.2f}{named}"
        if times.rounds < FEWEST_ROUNDS or abs(self.most - median) < median * doubt:
            return Verdict(self.text, measured, UNCLEAR)
        return Verdict(self.text, measured, MET if median <= self.most else NOT_MET)


@dataclass(frozen=True)
class Held:
    """Between forward and backward, the graph holds the output and nothing of that size."""

    backend: str
    workload: Workload

    def judge(self, results: Results) -> Verdict:
        text = f"{self.backend} {self.workload.layer.replace('_', ' ')}: holds its output alone"
        row = Row(self.workload, self.backend, OURS)
        held = results.memory.get(row, {}).get("held")
        if held is None:
            return Verdict(text, "", NOT_MEASURED)
        inputs = held / self.workload.nbytes
        # The resident set is known to some hundred KB; one more array would be 1.00.
        return Verdict(text, f"{inputs:.2f} x an input", MET if inputs < 1.1 else NOT_MET)


def evaluate(results: Results) -> list[Verdict]:
    """Every target of the frameworks that were timed, on the device that they were timed on."""
    device = results.header.get("device", "cpu")
    return [
        target.judge(results)
        for backend, targets in TARGETS.items()
        if backend in results.header["backends"]
        for target in targets
        if target.workload.device == device
    ]


def _others(backend: str, layer: str) -> tuple[str, ...]:
    """The ways in which others write or publish a layer."""
    return tuple(
        entry.name
        for entry in CATALOGUE[backend]
        if layer in entry.layers and (entry.kind == "rival" or entry.published)
    )


def _both(layer: str, shape: tuple[int, ...], level: str = "batch") -> Workload:
    return Workload(layer, "both", shape, level=level)


_REVERSAL, _SHAKE, _TIMES = "gradient_reversal", "shake_shake", "mul_scalar"
_LARGE = Workload(_REVERSAL, "both")

TARGETS: dict[str, Sequence[Time | Held]] = {
    "torch": [
        Time("torch", _both(_REVERSAL, ONE), _others("torch", _REVERSAL), 1.0),
        Time("torch", _both(_SHAKE, ONE), _others("torch", _SHAKE), 1.0),
        Time("torch", _LARGE, (FRESH_COPY,), 1.1),
        Time("torch", Workload(_SHAKE, "both"), (FRESH_COPY,), 1.2, copies=3),
        Held("torch", _LARGE),
        Held("torch", Workload(_SHAKE, "both")),
        Time("torch", Workload(CHAIN, "both"), (PLAIN_CHAIN,), 1.05, subject=REVERSED_CHAIN),
        Time("torch", Workload(_REVERSAL, "backward", device="cuda"), (COPY,), 1 / 0.9),
    ],
    "nnabla": [
        Time("nnabla", _LARGE, (FLOOR,), 1.1),
        Time("nnabla", Workload(_REVERSAL, "accumulate"), (FLOOR,), 1.1),
        Time("nnabla", Workload(_SHAKE, "both"), (FLOOR,), 1.2),
        Time("nnabla", Workload(_SHAKE, "both", level="image"), (FLOOR,), 1.3),
        Time("nnabla", Workload(_TIMES, "both"), _others("nnabla", _TIMES), 0.5),
        Time("nnabla", _both(_TIMES, ONE), _others("nnabla", _TIMES), 1.0),
    ],
    "chainer": [
        Time("chainer", _both(_REVERSAL, KEPT), (FLOOR,), 1.1),
        Time("chainer", _LARGE, (FLOOR,), 2.0),
        Time("chainer", _both(_REVERSAL, ONE), _others("chainer", _REVERSAL), 1.0),
    ],
}

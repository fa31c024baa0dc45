"""Which rows a preset times, in which order, and how long it may take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks.model.catalogue import AGAIN, CATALOGUE, LAYERS, OURS, Entry
from benchmarks.model.costs import references
from benchmarks.model.workload import ONE, PUBLISHED, STAGES, Row, Workload
from conformance import Unavailable

# Arrays of 16.8 MB: below 32 MiB, the most that glibc keeps for the next one to use.
KEPT = (64, 64, 32, 32)
# From where the memory's bandwidth is all that counts to where a call's overhead is. The largest
# come first in every process, because memory that smaller ones gave back would serve them too:
# then what a row costs would depend on the rows before it.
SIZES = (
    PUBLISHED,
    KEPT,
    (64, 16, 32, 32),
    (64, 4, 16, 16),
    (16, 4, 8, 8),
    (4, 4, 4, 4),
    ONE,
)
MIDDLE = (64, 16, 32, 32)  # for what is timed at one size only: 4 MiB in float32


@dataclass(frozen=True)
class Preset:
    """How much of everything.

    Attributes:
        seconds: that all rounds together may take; what is left of them goes into more rounds.
        rounds: the fewest and the most of them, each in fresh processes.
        value_seconds: how long a value is measured, at least.
        values: how many values a row gives in a round, at the most.
        row_seconds: after which a row begins no further value in a round.
        memory: whether the peak of each subject is measured too.
    """

    seconds: float
    rounds: tuple[int, int]
    value_seconds: float
    values: int
    row_seconds: float
    memory: bool = False


PRESETS = {
    "quick": Preset(47, (4, 12), 1e-3, 3, 0.02),
    "published": Preset(90, (5, 15), 4e-3, 4, 0.1),
    "full": Preset(960, (5, 9), 2e-3, 4, 0.02, memory=True),
}


@dataclass(frozen=True)
class Plan:
    """The rows of a run. Those of one workload follow each other, and are timed as a group."""

    name: str
    preset: Preset
    rows: tuple[Row, ...]

    @property
    def device(self) -> str:
        return self.rows[0].workload.device

    @property
    def backends(self) -> list[str]:
        """In the order of the catalogue."""
        return [name for name in CATALOGUE if any(row.backend == name for row in self.rows)]


def make_plan(
    preset: str,
    backends: Sequence[str] = (),
    layers: Sequence[str] = (),
    shapes: Sequence[tuple[int, ...]] = (),
    device: str = "cpu",
) -> Plan:
    """The rows of a preset; names narrow it, sizes take the place of its own.

    Raises:
        Unavailable: nothing is left.
    """
    asked = [*backends, *layers]
    workloads = _WORKLOADS[preset]()
    if preset == "published" and not backends:
        backends = ("nnabla",)  # what the published timing is of
    if shapes:
        workloads = [replace(work, shape=shape) for shape in shapes for work in workloads]
    rows = tuple(
        row
        for work in dict.fromkeys(workloads)
        if not layers or work.layer in layers
        for name, entries in CATALOGUE.items()
        if not backends or name in backends
        for row in _rows(preset, replace(work, device=device), name, entries)
    )
    if not rows:
        raise Unavailable(f"{preset} times nothing of {', '.join(asked)}")
    return Plan(preset, PRESETS[preset], rows)


def _quick() -> list[Workload]:
    return [Workload(layer, "both", shape) for shape in (PUBLISHED, ONE) for layer in LAYERS]


def _published() -> list[Workload]:
    return [Workload("mul_scalar", stage) for stage in ("both", "forward", "backward")]


def _full() -> list[Workload]:
    found = [
        Workload(layer, stage, shape) for shape in SIZES for layer in LAYERS for stage in STAGES
    ]
    for shape in (PUBLISHED, MIDDLE):
        found += [Workload("shake_shake", stage, shape, level="image") for stage in STAGES]
    for dtype in ("float64", "float16", "bfloat16"):
        found += [
            Workload(layer, stage, MIDDLE, dtype)
            for layer in LAYERS
            for stage in ("both", "accumulate")
        ]
    return sorted(found, key=lambda work: -work.nbytes)


_WORKLOADS = {"quick": _quick, "published": _published, "full": _full}


def _rows(preset: str, work: Workload, backend: str, entries: Sequence[Entry]) -> Iterator[Row]:
    chosen = [entry for entry in entries if _is_timed(preset, work, entry)]
    if not chosen:
        return
    for name in (*references(work), *(entry.name for entry in chosen)):
        yield Row(work, backend, name)


def _is_timed(preset: str, work: Workload, entry: Entry) -> bool:
    if work.layer not in entry.layers:
        return False
    if entry.name == OURS:
        return True
    if preset == "quick":
        # Rounds are worth more than rows, and large rows cost the most time. There: ours for the
        # table, and what people start from, but for the costliest of it.
        if work.shape == ONE:
            return not entry.slow_start
        return entry.name == AGAIN or (entry.published and work.layer != "shake_shake")
    if entry.name == AGAIN:
        return work.stage == "both"
    if entry.slow_start:
        return preset == "full" and work.shape in (ONE, PUBLISHED)
    # Between the two ends, idioms are compared by a whole step of training.
    return work.stage == "both" or work.shape in (ONE, PUBLISHED)

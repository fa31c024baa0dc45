"""What a run of the suite found, as values: results, agreement, and what they say together.

Nothing here reads, writes or prints: `conformance.report` does.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Literal

Level = Literal["MUST", "SHOULD"]
Key = tuple[str, str, str]  # subject, backend and layer: what is judged
PROGRAM = "The life, to run by yourself:"  # in a detail, before a program
RAISED = "raised "  # how a detail begins where a layer raises
MEASURED = "measured: "  # how a line of a detail begins that tells what a layer does
INTERRUPTED = 130  # the exit status that a shell reports after Ctrl-C


class Outcome(str, Enum):
    """What became of a case. The four are never merged: a case that was not tried is no pass."""

    PASSED = "passed"
    FAILED = "failed"  # the subject broke the clause
    ERRORED = "errored"  # nothing was judged: the interpreter or the suite itself broke
    SKIPPED = "skipped"  # a declared limitation, which was checked to be there still

    __str__ = str.__str__


class Keyed:
    """What is said of a subject."""

    subject: str
    backend: str
    layer: str

    @property
    def key(self) -> Key:
        """Of whom it is said."""
        return self.subject, self.backend, self.layer


@dataclass(frozen=True)
class Result(Keyed):
    """What one case of one clause found on one subject.

    Attributes:
        subject: the implementation, such as "grl_torch:gradient_reversal".
        backend: the framework, and the device where there are several: a column of the report.
        layer: what the subject implements, such as "gradient_reversal".
        clause: the number in SPEC.md, such as "R3"; its letters name the group.
        case: what was tried, unique among the clause's cases.
        error: the measured error in `unit`; None where nothing is measured. May be inf or nan.
        unit: "ULP", or "bound" for multiples of the largest error that the clause allows.
        detail: for a failure its case, expected, got and error; for a skip its reason; for a
            pass what it found by measurement, if anything.
        rerun: a command line that runs this case alone.
        seconds: how long it took.
    """

    subject: str
    backend: str
    layer: str
    clause: str
    level: Level
    case: str
    outcome: Outcome
    error: float | None
    unit: str
    detail: str
    rerun: str
    seconds: float

    def __post_init__(self) -> None:
        if self.level not in ("MUST", "SHOULD"):
            raise ValueError(f"level must be 'MUST' or 'SHOULD', not {self.level!r}")
        if not re.fullmatch("[A-Za-z]+[0-9]+", self.clause):
            raise ValueError(f"clause must be letters and a number, as 'R3', not {self.clause!r}")

    @property
    def group(self) -> str:
        """The letters that the clause begins with: "R" for "R3"."""
        return self.clause.rstrip("0123456789")

    @property
    def measured(self) -> str:
        """What was measured where it fails, such as "dx0 = 1 * dy", if anything."""
        lines = (line for line in self.detail.splitlines() if line.startswith(MEASURED))
        return next(lines, "").removeprefix(MEASURED)


@dataclass(frozen=True)
class Agreement:
    """How far two subjects are apart on one quantity of a layer, such as "y" or "dx"."""

    layer: str
    quantity: str
    dtype: str
    subjects: tuple[str, str]
    bitwise_equal: bool
    largest_error: float
    unit: str


@dataclass(frozen=True)
class SubjectInfo(Keyed):
    """An implementation under test and where it ran.

    `interpreter` is an implementation and a version ("CPython 3.11.7"), never a path: reports are
    passed on, and a path tells who ran them. `foreign` marks a layer that is not this project's.
    `call` is the form in which it was called, such as "f(x, scale)".
    """

    subject: str
    backend: str
    layer: str
    framework_version: str
    numpy_version: str
    python_version: str
    device: str
    interpreter: str
    foreign: bool = False
    call: str = ""

    def __post_init__(self) -> None:
        if set("/\\") & set(self.interpreter):
            raise ValueError(
                "interpreter must be an implementation and a version such as 'CPython 3.11.7', "
                f"not a path: {self.interpreter!r}"
            )


@dataclass(frozen=True)
class Header:
    """What was run, when, where; `time` is UTC in ISO 8601, `skipped_backends` gives reasons.

    `chosen` are the options of the command line that left clauses or cases out.
    """

    suite_version: str
    time: str
    seed: int
    machine: str
    quick: bool
    subjects: tuple[SubjectInfo, ...]
    skipped_backends: Mapping[str, str]
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Untried(Keyed):
    """A clause that asks something of a subject which cannot be tried on it, and why."""

    subject: str
    backend: str
    layer: str
    clause: str
    level: Level
    reason: str


@dataclass(frozen=True)
class Footer:
    """The end of a run. A report without one, or with `complete` false, is a partial one.

    `interrupted`: someone has stopped it, by Ctrl-C.
    """

    complete: bool
    counts: Mapping[Outcome, int]
    seconds: float
    interrupted: bool = False


@dataclass(frozen=True)
class Run:
    """Everything a run found. `footer` is None until the run has ended."""

    header: Header
    results: tuple[Result, ...]
    agreement: tuple[Agreement, ...]
    untried: tuple[Untried, ...] = ()
    footer: Footer | None = None

    def ended(self, complete: bool, seconds: float, interrupted: bool = False) -> "Run":
        """This run with its footer; `complete` is false where it was cut short."""
        footer = Footer(complete, counts(self.results), seconds, interrupted)
        return replace(self, footer=footer)

    def conforms(self, result: Result) -> bool:
        """Whether a result speaks for its subject.

        A foreign subject may miss SHOULD clauses; ours may miss none. An error judged nothing, so
        it speaks against every subject.
        """
        if result.outcome is Outcome.FAILED:
            return self.misses_should(result)
        return result.outcome is not Outcome.ERRORED

    def misses_should(self, result: Result) -> bool:
        """Whether a foreign subject failed a SHOULD clause: told, but not held against it."""
        missed = result.outcome is Outcome.FAILED and result.level == "SHOULD"
        return missed and result.key in self._foreign

    @property
    def verdict(self) -> int:
        """An exit status: 0 where everything conforms, 1 where something does not.

        2 where there is no verdict: a run that was cut short, that judged no case, or in which a
        case errored has not shown that anything conforms, nor that it does not. 130, as a shell
        has it, where someone interrupted the run.
        """
        if self.footer is not None and self.footer.interrupted:
            return INTERRUPTED
        if any(r.outcome is Outcome.FAILED for r in self.failures()):
            return 1
        complete = self.footer is not None and self.footer.complete
        return 0 if complete and self.judged and not self.failures() else 2

    @property
    def judged(self) -> bool:
        """Whether there is any case that passed or failed."""
        return any(r.outcome in (Outcome.PASSED, Outcome.FAILED) for r in self.results)

    def failures(self) -> tuple[Result, ...]:
        """The results that do not conform: failed, and errored."""
        return tuple(result for result in self.results if not self.conforms(result))

    def missed_should(self) -> dict[str, Counter[str]]:
        """For each subject that fails SHOULD clauses, ours too: how many cases of which clause."""
        missed: dict[str, Counter[str]] = {}
        for result in self.results:
            if result.level == "SHOULD" and result.outcome is Outcome.FAILED:
                missed.setdefault(result.subject, Counter())[result.clause] += 1
        return missed

    def cells(self) -> dict[tuple[str, str, str], list[Result]]:
        """The results by (group, backend, layer), in the order in which these first came."""
        cells: dict[tuple[str, str, str], list[Result]] = {}
        for result in self.results:
            cells.setdefault((result.group, result.backend, result.layer), []).append(result)
        return cells

    @cached_property
    def _foreign(self) -> frozenset[Key]:
        return frozenset(info.key for info in self.header.subjects if info.foreign)


def counts(results: Iterable[Result]) -> dict[Outcome, int]:
    """How many results have each outcome; all four are there, also with 0."""
    found = Counter(result.outcome for result in results)
    return {outcome: found[outcome] for outcome in Outcome}


def worst_errors(results: Iterable[Result]) -> dict[str, float]:
    """The largest measured error in each unit; nan is worse than inf."""
    worst: dict[str, float] = {}
    for result in results:
        if result.error is not None:
            known = worst.get(result.unit, -math.inf)
            worst[result.unit] = max(known, result.error, key=lambda e: (math.isnan(e), e))
    return worst

"""What changed from one run to another: clause by clause on each subject, and the verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ..results import Key, Outcome, Result, Run
from .grades import grades

Kind = Literal["regressed", "improved", "added", "removed", "unchanged"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Id = tuple[Key, str, str]  # of a case: whose, its name, its clause

_BAD = (Outcome.FAILED, Outcome.ERRORED)  # both speak against a subject
# Neither is better than the other: an error judged nothing.
_RANK = {Outcome.PASSED: 2, Outcome.SKIPPED: 1, Outcome.FAILED: 0, Outcome.ERRORED: 0}


@dataclass(frozen=True)
class Change:
    """What became of one clause on one subject.

    Attributes:
        before, after: the clause's results; empty where it was not tried. A failure may fall
            under another clause than its case was tried for: where all of them do, they stand here.
        worse: those of `after` which are worse than the same case was, or which are new and bad
            where the whole clause was good.
        better: those of `before` whose case does better now.
        reason: for a clause that is not tried any more, why it cannot be, where that is known.
    """

    kind: Kind
    subject: Key
    clause: str
    before: Sequence[Result]
    after: Sequence[Result]
    worse: Sequence[Result]
    better: Sequence[Result]
    reason: str = ""

    @property
    def good(self) -> bool:
        """Whether it is tried now, and nothing speaks against the subject."""
        return _good(self.after)

    @property
    def elsewhere(self) -> bool:
        """Whether its cases fall under another clause now."""
        return any(result.clause != self.clause for result in self.after)


@dataclass(frozen=True)
class Verdict:
    """A verdict that changed; `subject` is None for that on the whole run."""

    subject: Key | None
    before: str
    after: str
    regressed: bool


@dataclass(frozen=True)
class Comparison:
    """All that changed, and what did not."""

    before: Run
    after: Run
    changes: Sequence[Change]
    verdicts: Sequence[Verdict]

    @property
    def regressed(self) -> bool:
        """Whether anything got worse."""
        found = (*self.of("regressed"), *(v for v in self.verdicts if v.regressed))
        return bool(found)

    def of(self, kind: Kind) -> list[Change]:
        """The changes of a kind, in the order of the runs."""
        return [change for change in self.changes if change.kind == kind]


def compare(before: Run, after: Run) -> Comparison:
    """What changed. A case is the same one where subject, backend, layer and name are.

    Passed is better than skipped, skipped is better than failed or errored. A clause has regressed
    where a case does worse, or where all were good and a new one is bad. It has improved where a
    case does better and none worse. A case that is not tried any more says nothing.
    """
    old, new = _by_clause(before), _by_clause(after)
    now, was = _twins(before, after), _twins(after, before)
    order = [*subjects(before), *subjects(after), *(subject for subject, _ in (*old, *new))]
    reasons = {(item.key, item.clause): item.reason for item in after.untried}
    changes = []
    for key in sorted({**old, **new}, key=lambda key: order.index(key[0])):
        subject, clause = key
        first = old.get(key) or [was[_id(r)] for r in new[key] if _id(r) in was]
        second = new.get(key) or [now[_id(r)] for r in old[key] if _id(r) in now]
        # A new case is worse than none only where it is bad and the whole clause was good.
        worse = _below(second, was, 1 if _good(first) else 0)
        better = _below(first, now, 0)
        kind = _kind(first, second, worse, better)
        reason = "" if second else reasons.get(key, "")
        changes.append(Change(kind, subject, clause, first, second, worse, better, reason))
    return Comparison(before, after, changes, _verdicts(before, after))


def subjects(run: Run) -> list[Key]:
    """All that was to be judged, in the order of the header."""
    return list(dict.fromkeys(info.key for info in run.header.subjects))


def _kind(
    first: Sequence[Result],
    second: Sequence[Result],
    worse: Sequence[Result],
    better: Sequence[Result],
) -> Kind:
    if worse:
        return "regressed"
    if better:
        return "improved"
    if not first:
        return "added"
    # Where only good cases are left, those that failed were not mended: they are not tried.
    if not second or (_good(second) and not _good(first)):
        return "removed"
    return "unchanged"


def _by_clause(run: Run) -> dict[tuple[Key, str], list[Result]]:
    found: dict[tuple[Key, str], list[Result]] = {}
    for result in run.results:
        found.setdefault((result.key, result.clause), []).append(result)
    return found


def _id(result: Result) -> Id:
    return result.key, result.case, result.clause


def _twins(run: Run, other: Run) -> dict[Id, Result]:
    """For the cases of a run their results in the other one, where they were tried.

    A failure may fall under another clause than its case was tried for. So of two results that no
    clause has in both runs the name is enough, where it is the only one.
    """
    mine, theirs = ({_id(result): result for result in one.results} for one in (run, other))
    moved, there = (
        _named_once(mine.keys() - theirs.keys()),
        _named_once(theirs.keys() - mine.keys()),
    )
    found = {i: theirs[i] for i in mine if i in theirs}
    return found | {moved[name]: theirs[there[name]] for name in moved.keys() & there.keys()}


def _named_once(cases: Iterable[Id]) -> dict[tuple[Key, str], Id]:
    """The cases by subject and name, where no other has the same."""
    found: dict[tuple[Key, str], list[Id]] = {}
    for case in cases:
        found.setdefault(case[:2], []).append(case)
    return {name: same[0] for name, same in found.items() if len(same) == 1}


def _below(results: Sequence[Result], twins: dict[Id, Result], alone: int) -> list[Result]:
    """The results that rank below their twins, or below `alone` where they have none."""
    found = []
    for result in results:
        twin = twins.get(_id(result))
        if _RANK[result.outcome] < (alone if twin is None else _RANK[twin.outcome]):
            found.append(result)
    return found


def _good(results: Sequence[Result]) -> bool:
    """Whether a clause was tried, and nothing speaks against the subject."""
    return bool(results) and all(result.outcome not in _BAD for result in results)


def _verdicts(before: Run, after: Run) -> list[Verdict]:
    old, new = ({grade.subject.key: grade for grade in grades(run)} for run in (before, after))
    found = [
        Verdict(key, old[key].text, new[key].text, old[key].good and not new[key].good)
        for key in old
        if key in new and old[key].text != new[key].text
    ]
    texts = {0: "conforms", 1: "does NOT conform"}
    first, second = (texts.get(run.verdict, "no verdict") for run in (before, after))
    if first != second:
        found.append(Verdict(None, first, second, first == texts[0]))
    return found

"""The verdict on each subject: its grade, and where it fails the clause that explains most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ..results import RAISED, Outcome, Result, Run, SubjectInfo

# Those that a layer has to meet to conform exactly: the last bits.
EXACT = {"gradient_reversal": "R3", "mul_scalar": "M3", "shake_shake": "S3"}
# A wrong shape, dtype, gradient or output makes most other clauses fail as well.
_ROOTS = ("G1", "G2", "R2", "M2", "S2", "R1", "M1", "S1", "L1", "L2")


@dataclass(frozen=True)
class Grade:
    """What a run says about one subject.

    Attributes:
        text: "conforms exactly", "conforms", "does NOT conform", "no verdict".
        root: of what fails it, the result that explains most; None where nothing does.
        others: the other MUST clauses that it fails, with the number of cases.
        errored: the results that judged nothing.
        missed: the SHOULD clauses that it fails, with the number of cases.
        untried: the MUST clauses that could not be tried, and why.
    """

    subject: SubjectInfo
    text: str
    root: Result | None
    others: Counter[str]
    errored: Sequence[Result]
    missed: Counter[str]
    untried: dict[str, str]

    @property
    def cause(self) -> str:
        """What was measured where it fails, such as "dx0 = 1 * dy", or what it raises there."""
        if self.root is None:
            return ""
        first = self.root.detail.partition("\n")[0]
        return self.root.measured or (first if first.startswith(RAISED) else "")

    @property
    def good(self) -> bool:
        """Whether it conforms."""
        return self.text.startswith("conforms")


def grades(run: Run) -> list[Grade]:
    """The grade of every subject, in the order of the header."""
    return [_grade(run, info) for info in run.header.subjects]


def _grade(run: Run, info: SubjectInfo) -> Grade:
    own = [r for r in run.results if r.key == info.key]
    failed = [r for r in own if r.outcome is Outcome.FAILED]
    wrong = [r for r in failed if not run.misses_should(r)]
    times = Counter(r.clause for r in wrong)
    wrong.sort(key=lambda r: (r.clause not in _ROOTS, -times[r.clause], rank(r.clause)))
    errored = [r for r in own if r.outcome is Outcome.ERRORED]
    missed = Counter(r.clause for r in failed if r.level == "SHOULD")
    untried = {
        item.clause: item.reason
        for item in run.untried
        if item.key == info.key and item.level == "MUST"
    }
    complete = run.footer is not None and run.footer.complete
    if wrong:
        text = "does NOT conform"
    elif errored or not own or not complete:
        text = "no verdict"
    else:
        tried = {r.clause for r in own}
        exactly = EXACT.get(info.layer) in tried and EXACT[info.layer] not in missed
        text = "conforms exactly" if exactly else "conforms"
    root = wrong[0] if wrong else None
    others = Counter(r.clause for r in wrong if root and r.clause != root.clause)
    return Grade(info, text, root, others, errored, missed, untried)


def rank(clause: str) -> int:
    """The smaller it is, the more does a failure of this clause explain of the others."""
    return _ROOTS.index(clause) if clause in _ROOTS else len(_ROOTS)

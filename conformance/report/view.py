"""The rows, cells and groups that the terminal and the page have in common.

`titles` everywhere in this package maps the letters of the groups ("R") and the clauses ("R3") to
their titles; its order is the order of the rows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..results import Outcome, Result, Run, worst_errors
from .grades import rank
from .words import distance, error_text

_IN_FULL = 3  # failures of one clause that are shown in full


@dataclass(frozen=True)
class Cell:
    """One group of clauses on one layer of one backend.

    Attributes:
        mark: "ok", "miss", "skip", "FAIL" or "ERROR": what a colour says, in a word.
        parts: the mark with the counts, the worst errors, and the other outcomes; these may
            stand on one line or on a line each.
    """

    mark: str
    parts: tuple[str, ...]


def cell(run: Run, results: Sequence[Result]) -> Cell:
    """What `results`, which are not empty, come to."""
    number = tally(run, results)
    if number["failed"] or number["errored"]:
        mark = "FAIL" if number["failed"] else "ERROR"
    elif number["SHOULD missed"]:
        mark = "miss"
    else:
        mark = "ok" if number["passed"] else "skip"
    worst = (error_text(error, unit) for unit, error in worst_errors(results).items())
    parts = (
        f"{mark} {number['passed']}/{len(results)}",
        ", ".join(worst),
        ", ".join(f"{n} {what}" for what, n in number.items() if n and what != "passed"),
    )
    return Cell(mark, tuple(filter(None, parts)))


def tally(run: Run, results: Iterable[Result]) -> dict[str, int]:
    """How many results there are of each kind, the worst first.

    A SHOULD clause that a subject may miss is no failure: it has a number of its own.
    """
    kinds = ("failed", "errored", "SHOULD missed", "skipped", "passed")
    found = Counter("SHOULD missed" if run.misses_should(r) else str(r.outcome) for r in results)
    return {kind: found[kind] for kind in kinds}


def groups(run: Run, titles: Mapping[str, str]) -> list[str]:
    """The groups that have results: those with a title first, in the order of the titles."""
    found = {result.group for result in run.results}
    return [group for group in titles if group in found] + sorted(found - set(titles))


def columns(run: Run) -> dict[str, list[str]]:
    """The layers of each backend that was to be judged, in the order of the header."""
    layers: dict[str, list[str]] = {}
    pairs = [(info.backend, info.layer) for info in run.header.subjects]
    pairs += [(result.backend, result.layer) for result in run.results]
    for backend, layer in dict.fromkeys(pairs):
        layers.setdefault(backend, []).append(layer)
    return layers


@dataclass(frozen=True)
class AgreementTable:
    """The agreement on one layer. For each pair and quantity: a text for each dtype."""

    layer: str
    dtypes: tuple[str, ...]
    pairs: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]]


def agreement_tables(run: Run) -> list[AgreementTable]:
    """A table for each layer; "-" where a pair was not compared."""
    tables = []
    for layer in dict.fromkeys(item.layer for item in run.agreement):
        items = [item for item in run.agreement if item.layer == layer]
        dtypes = tuple(dict.fromkeys(item.dtype for item in items))
        found = {(item.subjects, item.quantity, item.dtype): distance(item) for item in items}
        pairs: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {}
        for pair, quantity, _ in found:
            texts = tuple(found.get((pair, quantity, dtype), "-") for dtype in dtypes)
            pairs.setdefault(pair, {})[quantity] = texts
        tables.append(AgreementTable(layer, dtypes, pairs))
    return tables


@dataclass(frozen=True)
class FailureGroup:
    """What went wrong in one way on one clause.

    Attributes:
        kind: "FAILED", "ERRORED", or "MISSED" for a SHOULD clause that a subject may miss.
        shown: the results that are shown in full; `more` are the rest.
    """

    kind: str
    clause: str
    level: str
    shown: Sequence[Result]
    more: Sequence[Result]

    @property
    def results(self) -> list[Result]:
        """All of them."""
        return [*self.shown, *self.more]


def failure_groups(run: Run) -> list[FailureGroup]:
    """Everything that failed or errored, by kind and clause.

    What decides the verdict comes first, and of that what explains most of the rest. Each
    subject's first result stands before any subject's second one, so that those which are shown
    are of as many subjects as can be.
    """
    found: dict[tuple[str, str], list[Result]] = {}
    for result in run.results:
        if result.outcome in (Outcome.FAILED, Outcome.ERRORED):
            kind = "MISSED" if run.misses_should(result) else result.outcome.upper()
            found.setdefault((kind, result.clause), []).append(result)
    groups = []
    for (kind, clause), results in found.items():
        mixed = _mixed(results)
        level = mixed[0].level
        groups.append(FailureGroup(kind, clause, level, mixed[:_IN_FULL], mixed[_IN_FULL:]))
    kinds = ("FAILED", "ERRORED", "MISSED")
    return sorted(groups, key=lambda group: (kinds.index(group.kind), rank(group.clause)))


def _mixed(results: Iterable[Result]) -> list[Result]:
    seen: Counter[str] = Counter()
    ranks = []
    for result in results:
        ranks.append((seen[who(result)], result))
        seen[who(result)] += 1
    return [result for _, result in sorted(ranks, key=lambda rank: rank[0])]


def who(result: Result) -> str:
    """Whose result it is: "grl_torch:gradient_reversal (torch)"."""
    return f"{result.subject} ({result.backend})"


def by_subject(results: Iterable[Result]) -> str:
    """How many of the results are whose."""
    return ", ".join(f"{subject} {n}" for subject, n in Counter(map(who, results)).items())


def skips(run: Run) -> Counter[tuple[str, str, str]]:
    """How many cases were skipped, by subject, clause and reason."""
    skipped = (result for result in run.results if result.outcome is Outcome.SKIPPED)
    return Counter((who(result), result.clause, result.detail) for result in skipped)


def notes(run: Run) -> dict[str, list[str]]:
    """What passing cases found by measurement, and on which backends, in the order of the run."""
    found: dict[str, list[str]] = {}
    for result in run.results:
        if result.outcome is Outcome.PASSED and result.detail:
            backends = found.setdefault(result.detail, [])
            if result.backend not in backends:
                backends.append(result.backend)
    return found

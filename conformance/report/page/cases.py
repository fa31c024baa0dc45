"""What the page tells of single cases: each failure, and every result in a folded table."""

from collections.abc import Iterable, Mapping, Sequence

from ...clauses import texts
from ...results import PROGRAM, Outcome, Result, Run
from .. import view, words
from .elements import Html, head, join, link, markdown, names, table, tag

_UNFOLDED = 3  # clauses whose first case is open when the page is
_ORDER = [Outcome.FAILED, Outcome.ERRORED, Outcome.SKIPPED, Outcome.PASSED]  # of rows


def anchor_of(group: view.FailureGroup, case: int = 0) -> str:
    """The anchor of a group of failures, "failed-R2", or of one of its cases, "failed-R2-1"."""
    return f"{group.kind.lower()}-{group.clause}" + (f"-{case}" if case else "")


def number_of_cases(groups: Iterable[view.FailureGroup]) -> str:
    """How many cases failed: "3 cases"."""
    return words.number(sum(len(group.results) for group in groups), "case")


def failures(groups: Iterable[view.FailureGroup], titles: Mapping[str, str]) -> Html:
    """A section for each group."""
    return join(
        _failure_group(group, titles, n < _UNFOLDED and group.kind != "MISSED")
        for n, group in enumerate(groups)
    )


def _failure_group(group: view.FailureGroup, titles: Mapping[str, str], unfolded: bool) -> Html:
    """A clause and its text, then each case that failed it; `unfolded`: the first one is open."""
    title = f" {words.titled(group.clause, titles)} ({group.level}): {number_of_cases([group])} "
    kind, anchor = tag("b", group.kind, cls=group.kind), anchor_of(group)
    blocks = [
        _failure(result, anchor_of(group, n), unfolded and n == 1)
        for n, result in enumerate(group.results, 1)
    ]
    shown, more = blocks[: len(group.shown)], blocks[len(group.shown) :]
    if more:
        summary = f"and {len(group.more)} more: {view.by_subject(group.more)}"
        shown.append(tag("details", tag("summary", summary), *more))
    clause = tag("div", markdown(texts().get(group.clause, "")), cls="clause")
    return tag("section", tag("h3", kind, title, _permalink(anchor)), clause, *shown, id=anchor)


def _failure(result: Result, anchor: str, unfolded: bool) -> Html:
    said, _, program = result.detail.partition(PROGRAM)
    blocks = [tag("pre", said.rstrip())] if said.strip() else []
    if program:
        blocks += [tag("p", PROGRAM), _to_copy(program.strip("\n"))]
    alone = tag("p", _permalink(anchor), "To run this case alone:")
    blocks += [alone, _to_copy(result.rerun)]
    first = words.first_words(result)
    summary = tag("summary", tag("b", f"{view.who(result)}: {result.case}"), tag("div", first))
    # A link to what stands within unfolds it.
    story = tag("div", *blocks, id=anchor)
    opened = "open" if unfolded else ""
    return tag("details", summary, story, cls="case failure", open=opened, **_about(result))


def _about(result: Result) -> dict[str, str]:
    """The attributes that the filter reads."""
    return {f"data_{name}": getattr(result, name) for name in ("layer", "backend", "clause")}


def _permalink(anchor: str) -> Html:
    return link(anchor, f"#{anchor}", cls="permalink")


def _to_copy(text: str) -> Html:
    button = tag("button", "Copy", type="button", cls="copy", hidden="hidden")
    return tag("div", tag("pre", text), button, cls="command")


def cells(run: Run) -> dict[tuple[str, str, str], tuple[str, list[Result]]]:
    """For each group, backend and layer: the anchor of the list of its results, and these."""
    found = run.cells().items()
    return {key: (f"{key[0]}-{n}", results) for n, (key, results) in enumerate(found, 1)}


def all_results(run: Run, titles: Mapping[str, str], failed: Iterable[view.FailureGroup]) -> Html:
    """Every result, folded by group of clauses, and there by backend and layer."""
    anchors = {
        result: anchor_of(group, n) for group in failed for n, result in enumerate(group.results, 1)
    }
    columns = head("Outcome", "Clause", "Level", "Subject", "Case", "Error", "Time")
    lists: dict[str, list[Html]] = {}
    for (group, backend, layer), (anchor, results) in cells(run).items():
        name = f"{backend} {layer}"
        worst_first = sorted(results, key=lambda result: _ORDER.index(result.outcome))
        rows = (_row(result, titles, anchors.get(result)) for result in worst_first)
        found = table(columns, rows, f"{group}, {name}", "sortable cases", anchor)
        lists.setdefault(group, []).append(_folded(run, name, results, found))
    blocks = []
    for group in view.groups(run, titles):
        results = [result for result in run.results if result.group == group]
        blocks.append(_folded(run, titles.get(group, group), results, *lists[group]))
    return join(blocks)


def _folded(run: Run, name: str, results: Sequence[Result], *content: str) -> Html:
    cell = view.cell(run, results)
    first, *rest = cell.parts
    summary = tag("summary", f"{name}: ", tag("b", first, cls=cell.mark), " ", ", ".join(rest))
    return tag("details", summary, *content)


def _row(result: Result, titles: Mapping[str, str], anchor: str | None) -> Html:
    """A row; that of a failure leads to its words."""
    outcome: str = tag("b", result.outcome, cls=result.outcome)
    cells = (
        link(anchor, outcome) if anchor else outcome,
        words.titled(result.clause, titles),
        result.level,
        names(result.subject),
        names(result.case),
        "" if result.error is None else words.error_text(result.error, result.unit),
        f"{result.seconds:.2g} s",
    )
    return tag("tr", *(tag("td", cell) for cell in cells), cls="case", **_about(result))

"""The report as one HTML page that needs no other file and no network."""

import os
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from string import Template

from ..results import Outcome, Result, Run
from . import view, words
from .files import write_atomically
from .grades import grades

_TEMPLATE = Path(__file__).with_name("template.html")


def write(run: Run, path: str | os.PathLike[str], titles: Mapping[str, str]) -> None:
    """Write `run` as a page to `path`. See `view` for `titles`."""
    page = Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        verdict=_tag("p", words.verdict_text(run), cls="ok" if run.verdict == 0 else "FAIL"),
        grades=_grades(run, titles),
        header=_header(run),
        matrix=_matrix(run, titles),
        notes=_notes(run),
        agreement=_agreement(run),
        failures=_failures(run, titles),
        should=_should(run, titles),
        skips=_skips(run, titles),
        untried=_list("Not tried", (_tag("li", line) for line in words.untried_lines(run))),
        outcomes=_join(_tag("option", outcome) for outcome in Outcome),
        results=_join(_result(result, titles) for result in run.results),
    )
    # A subject's messages may hold what UTF-8 cannot.
    write_atomically(Path(path), page.encode(errors="backslashreplace"))


class _Html(str):
    """Text that is HTML already."""


def _tag(name: str, *content: str, cls: str = "", **attributes: str) -> _Html:
    """An element. What is not HTML already is escaped, so that nothing can be forgotten."""
    given = {"class": cls, **attributes}
    head = name + "".join(f' {key}="{escape(value)}"' for key, value in given.items() if value)
    return _Html(f"<{head}>{_join(content)}</{name}>")


def _join(content: Iterable[str]) -> _Html:
    return _Html("".join(c if isinstance(c, _Html) else escape(c) for c in content))


def _td(text: str) -> _Html:
    return _tag("td", text)


def _row(head: str, cells: Iterable[str]) -> _Html:
    return _tag("tr", _tag("th", head, scope="row"), *cells)


def _head(*names: str) -> _Html:
    return _tag("tr", *(_tag("th", name, scope="col") for name in names))


def _table(head: str, rows: Iterable[str], label: str) -> _Html:
    table = _tag("table", _tag("thead", head), _tag("tbody", *rows))
    # Wide tables scroll by themselves, and tabindex lets a keyboard do it.
    return _tag("div", table, cls="wide", tabindex="0", role="region", **{"aria-label": label})


def _section(title: str, *content: str) -> _Html:
    return _tag("section", _tag("h2", title), *content) if content else _Html()


def _grades(run: Run, titles: Mapping[str, str]) -> _Html:
    """The grade of each foreign subject, as on the terminal."""
    return _join(
        _tag(
            "section",
            _tag("h2", words.graded(grade), cls="ok" if grade.good else "FAIL"),
            *(_tag("p", line) for line in words.grade_lines(grade, titles)),
            *([_tag("pre", grade.root.detail)] if grade.root else []),
        )
        for grade in grades(run)
        if grade.subject.foreign
    )


def _header(run: Run) -> _Html:
    ran = [_tag("li", line) for line in words.framework_lines(run.header)]
    not_run = [
        _tag("li", _tag("b", f"NOT RUN: {backend}: {reason}", cls="miss"))
        for backend, reason in run.header.skipped_backends.items()
    ]
    return _join([_tag("p", words.run_line(run.header)), _tag("ul", *ran, *not_run)])


def _matrix(run: Run, titles: Mapping[str, str]) -> _Html:
    layers, cells = view.columns(run), run.cells()
    columns = [(backend, layer) for backend in layers for layer in layers[backend]]
    backends = (
        _tag("th", backend, colspan=str(len(names)), scope="colgroup")
        for backend, names in layers.items()
    )
    clauses = _tag("th", "Clauses", rowspan="2", scope="col")
    head = _join([_tag("tr", clauses, *backends), _head(*(layer for _, layer in columns))])
    rows = (
        _row(titles.get(group, group), (_cell(run, cells.get((group, *c), [])) for c in columns))
        for group in view.groups(run, titles)
    )
    notes = [_tag("p", words.LEGEND)]
    if any(map(run.misses_should, run.results)):
        notes.append(_tag("p", words.SHOULD_NOTE))
    return _section("Results", _tag("div", _table(head, rows, "Results"), cls="matrix"), *notes)


def _cell(run: Run, results: list[Result]) -> _Html:
    if not results:
        return _td("-")
    cell = view.cell(run, results)
    first, *rest = cell.parts
    return _tag("td", _tag("b", first, cls=cell.mark), *(_tag("div", part) for part in rest))


def _agreement(run: Run) -> _Html:
    return _section(
        "Agreement between the implementations", *map(_pairs, view.agreement_tables(run))
    )


def _pairs(table: view.AgreementTable) -> _Html:
    rows = (
        _row(f"{one} and {other}", map(_td, (quantity, *texts)))
        for (one, other), quantities in table.pairs.items()
        for quantity, texts in quantities.items()
    )
    return _table(_head(table.layer, "", *table.dtypes), rows, f"Agreement on {table.layer}")


def _failures(run: Run, titles: Mapping[str, str]) -> _Html:
    blocks = []
    for group in view.failure_groups(run):
        cases = words.number(len(group.shown) + len(group.more), "case")
        title = f" {words.titled(group.clause, titles)} ({group.level}): {cases}"
        blocks.append(_tag("h3", _tag("b", group.kind, cls=group.kind), title))
        for result in group.shown:
            blocks.append(_tag("p", f"{view.who(result)}: {result.case}"))
            blocks.append(_pre(result))
        if group.more:
            more = f"and {len(group.more)} more: {view.by_subject(group.more)}"
            blocks.append(_tag("p", more))
    return _section("What failed, each with the command that runs it alone", *blocks)


def _pre(result: Result) -> _Html:
    # The command has an element of its own, which a triple click selects.
    texts = (result.detail, result.rerun)
    return _join(_tag("pre", text) for text in texts if text)


def _should(run: Run, titles: Mapping[str, str]) -> _Html:
    missed = (
        _tag("li", f"{subject}: {words.titled(clause, titles)}: {words.number(n, 'case')}")
        for subject, clauses in run.missed_should().items()
        for clause, n in clauses.items()
    )
    return _list("SHOULD clauses missed", missed)


def _notes(run: Run) -> _Html:
    found = (
        _tag("li", f"{note} ({', '.join(backends)})") for note, backends in view.notes(run).items()
    )
    return _list("Found by measurement", found)


def _skips(run: Run, titles: Mapping[str, str]) -> _Html:
    skipped = (
        _tag("li", f"{who}, {words.titled(clause, titles)}: {words.number(n, 'case')}: {reason}")
        for (who, clause, reason), n in view.skips(run).items()
    )
    return _list("Skipped: declared limitations", skipped)


def _list(title: str, items: Iterable[str]) -> _Html:
    content = list(items)
    return _section(title, _tag("ul", *content)) if content else _Html()


def _result(result: Result, titles: Mapping[str, str]) -> _Html:
    """A row of the table of all results."""
    error = "" if result.error is None else words.error_text(result.error, result.unit)
    clause = words.titled(result.clause, titles)
    more = _tag("details", _tag("summary", result.case), _pre(result))
    time = f"{result.seconds:.2g} s"
    outcome = _tag("b", result.outcome, cls=result.outcome)
    cells = (outcome, clause, result.level, view.who(result), more, error, time)
    return _tag("tr", *map(_td, cells))

"""The report as one HTML page that needs no other file and no network."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from ...results import Result, Run
from .. import view, words
from ..files import write_atomically
from ..grades import grades
from .cases import all_results, anchor_of, cells, failures, number_of_cases
from .elements import Html, head, join, link, names, page, row, section, table, tag

_COLOURS = {0: "ok", 1: "FAIL"}  # of a verdict; any other status is none


def write(run: Run, path: str | os.PathLike[str], titles: Mapping[str, str]) -> None:
    """Write `run` as a page to `path`. See `view` for `titles`."""
    found = view.failure_groups(run)
    bad = [group for group in found if group.kind != "MISSED"]
    missed = [group for group in found if group.kind == "MISSED"]
    sections = [
        ("failures", f"Failures: {number_of_cases(bad)}", failures(bad, titles)),
        ("missed", f"SHOULD clauses missed: {number_of_cases(missed)}", failures(missed, titles)),
        ("layers", "Layers", _layers(run, titles)),
        ("untried", "Not tried", _list(words.untried_lines(run))),
        ("skipped", "Skipped: declared limitations", _list(_skips(run, titles))),
        ("results", "All results", all_results(run, titles, found)),
        ("agreement", "Agreement between the implementations", _agreement(run)),
        ("measured", "Found by measurement", _list(_notes(run))),
    ]
    sections = [(id, title, content) for id, title, content in sections if content]
    clauses = {"failures": bad, "missed": missed}
    contents = (_entry(id, title, clauses.get(id, ())) for id, title, _ in sections)
    whole = page(
        judgement=words.judgement(run),
        colour=_COLOURS.get(run.verdict, "miss"),
        counts=_counts(run),
        choices=_choices(run, titles),
        verdict=join([words.verdict_text(run)]),
        head=_head(run),
        contents=tag("ul", *contents),
        grades=_grades(run, titles),
        sections=join(section(*each) for each in sections),
    )
    # A subject's messages may hold what UTF-8 cannot.
    write_atomically(Path(path), whole.encode(errors="backslashreplace"))


def _entry(id: str, title: str, groups: Iterable[view.FailureGroup]) -> Html:
    """A line of the contents, with the clauses that it is about."""
    kinds = {"ERRORED": " errored"}  # a clause may stand there twice
    clauses = (link(anchor_of(group), group.clause + kinds.get(group.kind, "")) for group in groups)
    return tag("li", link(id, title), *(join([" ", clause]) for clause in clauses))


def _counts(run: Run) -> Html:
    """The numbers of the page's head, each a link to what it counts."""
    places = {"failed": "failures", "errored": "failures", "SHOULD missed": "missed"}
    number = {kind: n for kind, n in view.tally(run, run.results).items() if n}
    return join(
        tag("li", link(places.get(kind, "results"), f"{n} {kind}", cls=kind.split()[-1]))
        for kind, n in number.items()
    )


def _choices(run: Run, titles: Mapping[str, str]) -> Html:
    """What the cases can be filtered by."""
    tried = {result.clause for result in run.results}
    clauses = [clause for clause in titles if clause in tried] + sorted(tried - set(titles))
    columns = view.columns(run)
    layers = dict.fromkeys(layer for layers in columns.values() for layer in layers)
    choices: dict[str, Iterable[str]] = {"layer": layers, "backend": columns, "clause": clauses}
    return join(_choice(name, values, titles) for name, values in choices.items())


def _choice(name: str, values: Iterable[str], titles: Mapping[str, str]) -> Html:
    any_of_them = Html('<option value="">any</option>')
    # What is no clause has no title.
    options = (tag("option", words.titled(value, titles), value=value) for value in values)
    return tag("label", name.capitalize(), tag("select", any_of_them, *options, name=name))


def _head(run: Run) -> Html:
    ran = [tag("li", line) for line in words.framework_lines(run.header)]
    not_run = [
        tag("li", tag("b", f"NOT RUN: {backend}: {reason}", cls="miss"))
        for backend, reason in run.header.skipped_backends.items()
    ]
    return join([tag("p", words.run_line(run.header)), tag("ul", *ran, *not_run)])


def _grades(run: Run, titles: Mapping[str, str]) -> Html:
    """The grade of each foreign subject, as on the terminal, with links to what it fails."""
    blocks = []
    for grade in grades(run):
        if grade.subject.foreign:
            title: str = words.graded(grade)
            if grade.root:
                title = link(f"failed-{grade.root.clause}", title)
            elif grade.errored:
                title = link(f"errored-{grade.errored[0].clause}", title)
            said = words.failure_lines(grade, titles) + words.other_lines(grade, titles)
            lines = (tag("p", line) for line in said)
            colour = "ok" if grade.good else "FAIL"
            blocks.append(tag("div", tag("h2", title, cls=colour), *lines, cls="grade"))
    return join(blocks)


def _layers(run: Run, titles: Mapping[str, str]) -> Html:
    """A table for each backend: a row for each group of clauses, a cell for each layer."""
    if not run.results:
        return Html()
    found = cells(run)
    tables = []
    for backend, layers in view.columns(run).items():
        rows = (
            row(
                titles.get(group, group),
                (_cell(run, found.get((group, backend, x))) for x in layers),
            )
            for group in view.groups(run, titles)
        )
        columns = [tag("b", backend), *map(names, layers)]
        tables.append(table(head(*columns), rows, f"Layers of {backend}"))
    notes = [tag("p", words.LEGEND)]
    if any(map(run.misses_should, run.results)):
        notes.append(tag("p", words.SHOULD_NOTE))
    return join([tag("div", *tables, cls="layers"), *notes])


def _cell(run: Run, found: tuple[str, list[Result]] | None) -> Html:
    if found is None:
        return tag("td", "-")
    anchor, results = found
    cell = view.cell(run, results)
    first, *rest = cell.parts
    lines = (tag("div", line) for part in rest for line in part.split(", "))
    return tag("td", link(anchor, first, cls=cell.mark), *lines)


def _agreement(run: Run) -> Html:
    return join(map(_pairs, view.agreement_tables(run)))


def _pairs(of: view.AgreementTable) -> Html:
    rows = (
        row(f"{one} and {other}", (tag("td", text) for text in (quantity, *texts)))
        for (one, other), quantities in of.pairs.items()
        for quantity, texts in quantities.items()
    )
    columns = head("Implementations", "Of", *of.dtypes)
    found = table(columns, rows, f"Agreement on {of.layer}", "sortable")
    return tag("details", tag("summary", of.layer), found)


def _notes(run: Run) -> list[str]:
    return [f"{note} ({', '.join(backends)})" for note, backends in view.notes(run).items()]


def _skips(run: Run, titles: Mapping[str, str]) -> list[str]:
    return [
        f"{who}, {words.titled(clause, titles)}: {words.number(n, 'case')}: {reason}"
        for (who, clause, reason), n in view.skips(run).items()
    ]


def _list(lines: Iterable[str]) -> Html:
    items = [tag("li", line) for line in lines]
    return tag("ul", *items) if items else Html()

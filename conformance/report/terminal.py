"""The report on a terminal or in a log: legible without colour, at 80 columns and more."""

from collections.abc import Mapping
from itertools import zip_longest

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..results import PROGRAM, Header, Result, Run
from . import view, words
from .grades import grades
from .lines import print_heading, print_line

_LINES = 5  # of a detail, where one case stands for all
_STYLES = {
    "ok": "green",
    "miss": "yellow",
    "skip": "yellow",
    "FAIL": "bold red",
    "ERROR": "bold magenta",
    "MISSED": "bold yellow",
    "FAILED": "bold red",
    "ERRORED": "bold magenta",
}


def print_header(console: Console, header: Header) -> None:
    """Print what runs, before it runs; what does not run is said aloud."""
    print_line(console, words.run_line(header))
    for line in words.framework_lines(header):
        print_line(console, line, indent=2)
    _skipped_backends(console, header)


def print_report(
    console: Console, run: Run, titles: Mapping[str, str], verbose: bool = False
) -> None:
    """Print what a run found. See `view` for `titles`.

    The grade of each foreign subject comes first, and the verdict on the whole run last. What
    failed is told case by case only with `verbose`, or where all subjects are ours.
    """
    _grades(console, run, titles)
    if verbose or not any(info.foreign for info in run.header.subjects):
        _matrix(console, run, titles)
        _notes(console, run)
        _agreement(console, run)
        _failures(console, run, titles)
        _should(console, run, titles)
        _skips(console, run, titles)
        _untried(console, run)
    print_line(console)
    _skipped_backends(console, run.header)
    style = "bold green" if run.verdict == 0 else "bold red"
    # Not wrapped: the last line of a log is the whole verdict.
    console.print(Text(words.plain(words.verdict_text(run)), style), soft_wrap=True)


def _grades(console: Console, run: Run, titles: Mapping[str, str]) -> None:
    for grade in grades(run):
        if grade.subject.foreign:
            print_line(console)
            print_line(console, words.graded(grade), "bold green" if grade.good else "bold red")
            for line in words.failure_lines(grade, titles):
                print_line(console, line, indent=2)
            if grade.root is not None:
                _detail(console, words.detail_lines(grade.root)[:_LINES])
                _program(console, grade.root)
            for line in words.other_lines(grade, titles):
                print_line(console, line, indent=2)


def _matrix(console: Console, run: Run, titles: Mapping[str, str]) -> None:
    print_heading(console, "Results")
    for backend in view.columns(run):
        # A cell is one line where the terminal has room for it, else a few.
        table = _backend_table(run, titles, backend, "  ")
        if (
            console.measure(table, options=console.options.update(max_width=10_000)).maximum
            > console.width
        ):
            table = _backend_table(run, titles, backend, "\n")
        console.print(table)
        print_line(console)
    print_line(console, words.LEGEND, "dim")
    if any(map(run.misses_should, run.results)):
        print_line(console, words.SHOULD_NOTE, "dim")


def _backend_table(run: Run, titles: Mapping[str, str], backend: str, between: str) -> Table:
    layers, cells = view.columns(run)[backend], run.cells()
    table = _table(backend, *layers)
    for group in view.groups(run, titles):
        row = [cells.get((group, backend, layer), []) for layer in layers]
        if any(row):
            table.add_row(Text(titles.get(group, group)), *(_cell(run, r, between) for r in row))
    return table


def _cell(run: Run, results: list[Result], between: str) -> Text:
    if not results:
        return Text("-")
    cell = view.cell(run, results)
    first, *rest = cell.parts
    return Text(between).join([Text(first, _STYLES[cell.mark]), *map(Text, rest)])


def _agreement(console: Console, run: Run) -> None:
    if run.agreement:
        print_heading(console, "Agreement between the implementations")
    for n, agreement in enumerate(view.agreement_tables(run)):
        if n:
            print_line(console)
        table = _table(agreement.layer, "", *agreement.dtypes)
        for pair, quantities in agreement.pairs.items():
            # The two names stand below each other, beside the quantities: a line is too short.
            for name, quantity in zip_longest(pair, quantities, fillvalue=""):
                table.add_row(Text(name), quantity, *quantities.get(quantity, ()))
            table.add_section()
        console.print(table)


def _notes(console: Console, run: Run) -> None:
    found = view.notes(run)
    if found:
        print_heading(console, "Found by measurement")
    for note, backends in found.items():
        print_line(console, f"{note} ({', '.join(backends)})")


def _failures(console: Console, run: Run, titles: Mapping[str, str]) -> None:
    groups = view.failure_groups(run)
    if groups:
        print_heading(console, "What failed, each with the command that runs it alone")
    for n, group in enumerate(groups):
        if n:
            print_line(console)
        cases = words.number(len(group.shown) + len(group.more), "case")
        title = words.titled(group.clause, titles)
        print_line(console, f"{group.kind} {title} ({group.level}): {cases}", _STYLES[group.kind])
        for result in group.shown:
            _failure(console, result)
        if group.more:
            more = f"and {len(group.more)} more: {view.by_subject(group.more)}"
            print_line(console, more, indent=2)


def _failure(console: Console, result: Result) -> None:
    print_line(console, f"{view.who(result)}: {result.case}", indent=2)
    _detail(console, result.detail.partition(PROGRAM)[0].rstrip().split("\n"))
    _program(console, result)


def _detail(console: Console, lines: list[str]) -> None:
    print_line(console, "\n".join(lines), indent=4)


def _program(console: Console, result: Result) -> None:
    """The program of a detail, if there is one, and the command that runs the case alone."""
    _, program_follows, program = result.detail.partition(PROGRAM)
    if program_follows:
        print_line(console)
        print_line(console, PROGRAM, indent=4)
    for line in program.strip().split("\n") if program else ():
        console.print(Text(f"    {words.plain(line)}"), soft_wrap=True)
    # On one line however long it is: what has been wrapped cannot be pasted.
    console.print(Text(f"    {words.plain(result.rerun)}", "cyan"), soft_wrap=True)


def _should(console: Console, run: Run, titles: Mapping[str, str]) -> None:
    missed = run.missed_should()
    if missed:
        print_heading(console, "SHOULD clauses missed")
    for subject, clauses in missed.items():
        print_line(console, subject)
        for clause, n in clauses.items():
            cases = words.number(n, "case")
            print_line(console, f"{words.titled(clause, titles)}: {cases}", indent=2)


def _skips(console: Console, run: Run, titles: Mapping[str, str]) -> None:
    skips = view.skips(run)
    if skips:
        print_heading(console, "Skipped: declared limitations")
    for (subject, clause, reason), n in skips.items():
        cases = words.number(n, "case")
        print_line(console, f"{subject}, {words.titled(clause, titles)}: {cases}")
        print_line(console, reason, indent=2)


def _untried(console: Console, run: Run) -> None:
    lines = words.untried_lines(run)
    if lines:
        print_heading(console, "Not tried")
    for line in lines:
        print_line(console, line)


def _skipped_backends(console: Console, header: Header) -> None:
    for backend, reason in header.skipped_backends.items():
        print_line(console, f"NOT RUN: {backend}: {reason}", "bold yellow")


def _table(corner: str, *columns: str) -> Table:
    table = Table(box=box.ASCII2, show_edge=False, pad_edge=False, header_style="")
    table.add_column(Text(words.plain(corner), "bold"), overflow="fold")
    for column in columns:
        table.add_column(Text(words.plain(column)), overflow="fold")
    return table

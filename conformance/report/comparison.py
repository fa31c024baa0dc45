"""What changed between two runs, on a terminal or in a log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.text import Text

from ..results import Key, Result
from . import words
from .changes import KINDS, Change, Comparison, subjects
from .grades import rank
from .lines import print_heading, print_line


def print_comparison(
    console: Console, found: Comparison, names: tuple[str, str], titles: Mapping[str, str]
) -> None:
    """Print what changed, what got worse first; `names` are those of the two files.

    See `view` for `titles`.
    """
    _runs(console, found, names)
    old, new = set(subjects(found.before)), set(subjects(found.after))
    _section(console, "Regressed", found.of("regressed"), titles, old)
    _section(console, "Improved", found.of("improved"), titles, old)
    _section(console, "Added", found.of("added"), titles, old)
    _section(console, "Removed: not tried any more", found.of("removed"), titles, new)
    _verdicts(console, found)
    print_line(console)
    style = "bold red" if found.regressed else "bold green"
    # Not wrapped: the last line of a log is the whole outcome.
    console.print(Text(_closing(found), style), soft_wrap=True)


def _runs(console: Console, found: Comparison, names: tuple[str, str]) -> None:
    runs = found.before, found.after
    for word, name, run, other in zip(("OLD", "NEW"), names, runs, runs[::-1], strict=True):
        print_line(console, f"{word}: {name}", "bold")
        print_line(console, words.run_line(run.header), indent=2)
        theirs = words.framework_lines(other.header)
        for line in words.framework_lines(run.header):
            if line not in theirs:
                print_line(console, line, indent=2)
        print_line(console, words.verdict_text(run), indent=2)


def _section(
    console: Console,
    title: str,
    changes: Sequence[Change],
    titles: Mapping[str, str],
    known: set[Key],
) -> None:
    """The changes of a kind by subject; `known` are the subjects that the other run has, too."""
    if changes:
        print_heading(console, title)
    for subject in dict.fromkeys(change.subject for change in changes):
        mine = [change for change in changes if change.subject == subject]
        mine.sort(key=lambda change: (change.elsewhere, rank(change.clause)))
        whole = "" if subject in known else f": all its {words.number(len(mine), 'clause')}"
        print_line(console, f"{words.named(*subject)}{whole}")
        briefly = [change.clause for change in mine if _brief(change)]
        if briefly and not whole:
            print_line(console, ", ".join(briefly), indent=2)
        for change in mine:
            if not _brief(change):
                _clause(console, change, titles)


def _brief(change: Change) -> bool:
    """Whether there is no more to say than the clause's number."""
    if change.kind == "added":
        return change.good
    return change.kind == "removed" and not change.after and not change.reason


def _clause(console: Console, change: Change, titles: Mapping[str, str]) -> None:
    text = f"{_results(change.before, change.clause)} -> {_results(change.after, change.clause)}"
    if change.kind == "removed":
        text += f": {change.reason}" if change.reason else "; those that failed are not tried"
    print_line(console, f"{words.titled(change.clause, titles)}: {text}", indent=2)
    for result in change.worse[:1]:
        if not change.elsewhere:  # the other clause tells it
            said = words.plain(f"    {result.case}: {words.first_words(result)}")
            console.print(Text(said), no_wrap=True, overflow="ellipsis")


def _results(results: Sequence[Result], clause: str) -> str:
    """How many have which outcome, and under which other clause they fall."""
    others = dict.fromkeys(result.clause for result in results if result.clause != clause)
    under = f" under {', '.join(others)}" if others else ""
    return f"{words.outcomes(results) or 'not tried'}{under}"


def _verdicts(console: Console, found: Comparison) -> None:
    if found.verdicts:
        print_heading(console, "Verdicts that changed")
    for verdict in found.verdicts:
        who = words.named(*verdict.subject) if verdict.subject else "The whole run"
        print_line(console, f"{who}: {verdict.before} -> {verdict.after}")


def _closing(found: Comparison) -> str:
    first, *others = (len(found.of(kind)) for kind in KINDS)
    numbers = [f"{words.number(first, 'clause')} {KINDS[0]}"]
    numbers += [f"{n} {kind}" for n, kind in zip(others, KINDS[1:], strict=True)]
    worse = sum(verdict.regressed for verdict in found.verdicts)
    verdicts = f"; {words.number(worse, 'verdict')} got worse" if worse else ""
    head = "REGRESSED" if found.regressed else "No regression"
    return f"{head}: {', '.join(numbers)}{verdicts}"

"""The report as GitHub-flavoured Markdown: a summary for a pull request, of some sixty lines.

What a subject or a framework says may hold anything, such as a link, a mention or a tag. It stands
in code, where Markdown takes it as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..results import Run
from . import view, words
from .grades import Grade, grades

_IN_FULL = 2  # subjects that do not conform, with the words of a failure
_WORDS = 7  # lines of these
_WIDTH = 300  # characters of such a line
_LISTED = 4  # further subjects that do not conform
_FACTS = 9  # lines about where it ran and what was not tried
_NAMES = 18  # of subjects in a line


def append(run: Run, path: Path, titles: Mapping[str, str]) -> None:
    """Write the summary at the end of `path`, which may hold others. See `view` for `titles`."""
    between = "\n" if path.exists() and path.stat().st_size else ""
    with open(path, "a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.write(between + text(run, titles))


def text(run: Run, titles: Mapping[str, str]) -> str:
    """The summary, what does not conform first."""
    found = grades(run)
    bad = [grade for grade in found if not grade.good]
    verdict, _, numbers = words.verdict_text(run).partition(": ")
    more = [f"- {_named(grade)} {_grade(grade, titles)}" for grade in bad[_IN_FULL:]]
    blocks = [
        f"## Conformance: {verdict}",
        _code(numbers),
        *(_failure(grade, titles) for grade in bad[:_IN_FULL]),
        _folded(f"And {words.number(len(more), 'more subject')}", more, _LISTED),
        _table(run),
        words.LEGEND if run.results else "",
        _folded("Where it ran, what conforms, what was not tried", _facts(run, found), _FACTS),
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _failure(grade: Grade, titles: Mapping[str, str]) -> str:
    """A subject that does not conform, in the words of the terminal."""
    lines = words.failure_lines(grade, titles)
    others = words.other_lines(grade, titles)[:2]
    if grade.root is not None:
        lines += words.detail_lines(grade.root)[: _WORDS - len(lines) - len(others)]
    lines += others
    lines = [line if len(line) <= _WIDTH else f"{line[:_WIDTH]}..." for line in lines[:_WORDS]]
    if grade.root is not None:
        lines.append(grade.root.rerun)
    return f"{_named(grade)} {_grade(grade, titles)}\n{_block(lines)}"


def _named(grade: Grade) -> str:
    return _code(words.named(*grade.subject.key))


def _grade(grade: Grade, titles: Mapping[str, str]) -> str:
    if grade.root is None:
        return grade.text
    return f"{grade.text}: **{_escaped(words.titled(grade.root.clause, titles))}**"


def _table(run: Run) -> str:
    """What each layer comes to on each backend."""
    backends = view.columns(run)
    layers = dict.fromkeys(layer for names in backends.values() for layer in names)
    rows = [["", *map(_code, backends)], ["---"] * (len(backends) + 1)]
    for layer in layers:
        cells = (_cell(run, backend, layer) for backend in backends)
        rows.append([_code(layer), *cells])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(run: Run, backend: str, layer: str) -> str:
    results = [r for r in run.results if (r.backend, r.layer) == (backend, layer)]
    if not results:
        return "-"
    cell = view.cell(run, results)
    first, *rest = cell.parts
    return "<br>".join([first if cell.mark == "ok" else f"**{first}**", *rest])


def _facts(run: Run, found: Sequence[Grade]) -> list[str]:
    good: dict[str, list[str]] = {}
    for grade in found:
        if grade.good:
            good.setdefault(grade.text, []).append(_named(grade))
    missed = (
        f"{subject} misses SHOULD clauses: {words.clauses(clauses)}"
        for subject, clauses in run.missed_should().items()
    )
    skipped = (
        f"{who}, {clause} skipped: {reason} ({words.number(n, 'case')})"
        for (who, clause, reason), n in view.skips(run).items()
    )
    not_run = (f"{name}: {reason}" for name, reason in run.header.skipped_backends.items())
    return [
        *(f"- NOT RUN: {_code(line)}" for line in not_run),
        *(f"- {text}: {_few(names)}" for text, names in good.items()),
        f"- {_code(words.run_line(run.header))}",
        *(f"- {_code(line)}" for line in words.framework_lines(run.header)),
        *(f"- not tried: {_code(line)}" for line in words.untried_lines(run)),
        *(f"- {_code(line)}" for line in (*missed, *skipped)),
    ]


def _few(names: Sequence[str]) -> str:
    more = [f"and {len(names) - _NAMES} more"] if len(names) > _NAMES else []
    return ", ".join([*names[:_NAMES], *more])


def _folded(title: str, lines: Sequence[str], most: int) -> str:
    """A list that a click opens; empty where there are no lines."""
    if not lines:
        return ""
    more = [f"- and {len(lines) - most} more"] if len(lines) > most else []
    # Without the empty line it would be no Markdown inside.
    shown = "\n".join([*lines[:most], *more])
    return f"<details><summary>{title}</summary>\n\n{shown}\n\n</details>"


def _code(text: str) -> str:
    """`text` in one line of code."""
    line = " ".join(words.plain(text).split())
    if not line:
        return ""
    fence = "`" * (_longest_run(line) + 1)
    return f"{fence} {line} {fence}" if "`" in line else f"{fence}{line}{fence}"


def _block(lines: Sequence[str]) -> str:
    said = "\n".join(words.plain(line) for line in lines)
    fence = "`" * max(3, _longest_run(said) + 1)
    return f"{fence}text\n{said}\n{fence}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", text)

"""The sentences that the terminal and the page have in common."""

import math
from collections.abc import Iterable, Mapping

from ..results import (
    INTERRUPTED,
    MEASURED,
    PROGRAM,
    RAISED,
    Agreement,
    Header,
    Outcome,
    Result,
    Run,
    Untried,
    counts,
)
from ..spec.rounding import FAR
from .grades import Grade

LEGEND = (
    "Passed / all cases, then the worst measured error: in ULP, or in units of the error bound "
    "that the clause allows (1 bound is all of it)."
)
SHOULD_NOTE = "Foreign layers need not meet SHOULD clauses: 'miss' is told, not held against them."


def error_text(error: float, unit: str) -> str:
    """An error in a table: "0 ULP", "0.527 bound", "5.67e+05 ULP", "> 1000 bound"."""
    most = FAR[unit][0] if unit in FAR else math.inf
    return f"{error:.3g} {unit}" if error <= most else f"> {most:g} {unit}"


def distance(agreement: Agreement) -> str:
    """How far two implementations are apart."""
    if agreement.bitwise_equal:
        return "bitwise"
    # -0.0 against 0.0 differs in its bits, and by no amount.
    apart = error_text(agreement.largest_error, agreement.unit)
    return apart if agreement.largest_error else f"{apart}, other bits"


def number(n: int, noun: str) -> str:
    """A number of things: "1 case", "2 cases"."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def titled(clause: str, titles: Mapping[str, str]) -> str:
    """A clause and its title, or the clause alone where it has none."""
    return f"{clause} {titles[clause]}" if clause in titles else clause


def clauses(found: Mapping[str, int]) -> str:
    """Clauses with their numbers of cases: "G3 (6), G7"."""
    return ", ".join(f"{clause} ({n})" if n > 1 else clause for clause, n in found.items())


def named(subject: str, backend: str, layer: str) -> str:
    """What is judged: "grl_torch:gradient_reversal (torch) as gradient_reversal"."""
    return f"{subject} ({backend}) as {layer}"


def graded(grade: Grade) -> str:
    """A subject and its grade, in a line."""
    return f"{named(*grade.subject.key)}: {grade.text}"


def outcomes(results: Iterable[Result]) -> str:
    """How many results have each outcome that there is: "38 passed, 2 failed"."""
    return ", ".join(f"{n} {outcome}" for outcome, n in counts(results).items() if n)


def first_words(result: Result) -> str:
    """The first line of a failure's words, or what was measured there, which says more."""
    return result.measured or result.detail.partition("\n")[0]


def failure_lines(grade: Grade, titles: Mapping[str, str]) -> list[str]:
    """How a subject was called, and the failure that explains most; its detail belongs below."""
    lines = [f"called as {grade.subject.call}"] if grade.subject.call else []
    if grade.root is not None:
        cause = f": {grade.cause}" if grade.cause else ""
        lines.append(f"fails {titled(grade.root.clause, titles)}{cause}")
    return lines


def detail_lines(result: Result) -> list[str]:
    """A detail without its program, and without what stands above it; of a traceback its end."""
    said = result.detail.partition(PROGRAM)[0].rstrip().split("\n")
    if said[0].startswith(RAISED):
        # Where it was raised, before the error once more; without the marks below the line.
        return [line for line in said if line.strip(" ^~")][-3:-1]
    return [line for line in said if not line.startswith(MEASURED)]


def other_lines(grade: Grade, titles: Mapping[str, str]) -> list[str]:
    """What else belongs to a grade: what fails as well, what is missed, what was not tried."""
    lines = []
    if grade.others:
        lines.append(f"fails as well, often for the same reason: {clauses(grade.others)}")
    if grade.errored:
        first = grade.errored[0].detail.partition("\n")[0]
        lines.append(f"{number(len(grade.errored), 'case')} errored: {first}")
    if grade.missed:
        lines.append(f"misses SHOULD clauses: {clauses(grade.missed)}")
    for reason in dict.fromkeys(grade.untried.values()):
        untried = [clause for clause, why in grade.untried.items() if why == reason]
        lines.append(f"MUST clauses not tried, for {reason}: {' '.join(untried)}")
    return lines


def plain(text: str) -> str:
    """`text` without what would command a terminal; a subject's messages may hold anything."""
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def framework_lines(header: Header) -> list[str]:
    """Where the subjects ran: each framework once."""
    lines = (
        f"{info.backend} {info.framework_version} on {info.device}, "
        f"{info.interpreter}, numpy {info.numpy_version}"
        for info in header.subjects
    )
    return list(dict.fromkeys(lines))


def run_line(header: Header) -> str:
    """Which suite ran, when, with which seed, where."""
    size = ", quick (fewer cases)" if header.quick else ""
    version = f"Conformance suite {header.suite_version}"
    return f"{version}, {header.time}, seed {header.seed}{size}, {header.machine}"


def verdict_text(run: Run) -> str:
    """The run in a sentence."""
    parts = {outcome: f"{n} {outcome}" for outcome, n in counts(run.results).items()}
    if missed := sum(map(run.misses_should, run.results)):
        parts[Outcome.FAILED] += f" ({missed} of SHOULD clauses, which a foreign layer may miss)"
    if any(result.outcome is Outcome.SKIPPED for result in run.results):
        parts[Outcome.SKIPPED] += " (declared limitations)"
    text = ", ".join(parts.values())
    if run.footer:
        text += f" in {run.footer.seconds:.0f} s"
    if run.header.skipped_backends:
        text += f"; NOT RUN: {', '.join(run.header.skipped_backends)}"
    if run.header.chosen:
        text += f"; ONLY A PART WAS TRIED: {' '.join(run.header.chosen)}"
    return f"{judgement(run)}: {text}"


def judgement(run: Run) -> str:
    """The verdict, in a few words."""
    cut_short = run.footer is None or not run.footer.complete
    if run.verdict == INTERRUPTED:
        return "No verdict, the run was interrupted"
    if run.verdict == 1:
        return "NOT conforming, the run was cut short" if cut_short else "NOT conforming"
    if cut_short:
        return "No verdict, the run was cut short"
    if run.verdict == 2:
        return "No verdict, cases errored" if run.judged else "No verdict, no case was judged"
    if run.header.chosen or run.header.skipped_backends:
        return "All that was tried conforms"
    return "All conform, every MUST clause was tried" if not untried_musts(run) else "All conform"


def untried_musts(run: Run) -> list[str]:
    """The MUST clauses that could not be tried on every subject that they are about."""
    return sorted({item.clause for item in run.untried if item.level == "MUST"})


def untried_lines(run: Run) -> list[str]:
    """What could not be tried: a line for each reason, with its clauses and how many it is for."""
    found: dict[str, list[Untried]] = {}
    for item in run.untried:
        found.setdefault(item.reason, []).append(item)
    return [
        f"{', '.join(dict.fromkeys(f'{item.clause} ({item.level})' for item in items))}: {reason} "
        f"({number(len({(item.subject, item.layer) for item in items}), 'subject')})"
        for reason, items in found.items()
    ]

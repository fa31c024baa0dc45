"""The sentences that the terminal and the page have in common."""

from collections.abc import Mapping

from conformance.results import Agreement, Header, Outcome, Run, counts

LEGEND = (
    "Passed / all cases, then the worst measured error: in ULP, or in units of the error bound "
    "that the clause allows (1 bound is all of it)."
)
SHOULD_NOTE = "Foreign layers need not meet SHOULD clauses: 'miss' is told, not held against them."


def error_text(error: float, unit: str) -> str:
    """An error as it is read: "0 ULP", "0.527 bound", "5.67e+05 ULP"."""
    return f"{error:.3g} {unit}"


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
    return f"{_judgement(run)}: {text}"


def _judgement(run: Run) -> str:
    if run.verdict == 0:
        return "All that ran conform" if run.header.skipped_backends else "All conform"
    if run.footer is None or not run.footer.complete:
        return "NOT conforming, the run was cut short"
    return "NOT conforming" if run.judged else "NOT conforming, no case was judged"

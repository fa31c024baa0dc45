"""The verdict as a badge: JSON for an endpoint of shields.io."""

from __future__ import annotations

import json
from pathlib import Path

from ..results import Outcome, Run, counts
from . import words
from .files import write_atomically
from .grades import rank

_CLAUSES = 4  # which are named; a badge is a line


def write(run: Run, path: Path) -> None:
    """Write the badge to `path`: an object of schemaVersion, label, message and color."""
    message, color = _said(run)
    badge = {"schemaVersion": 1, "label": "conformance", "message": message, "color": color}
    write_atomically(path, (json.dumps(badge, indent=1) + "\n").encode("ascii"))


def _said(run: Run) -> tuple[str, str]:
    """The message and its colour. Only a run in which all was tried is green."""
    if run.verdict == 1:
        return f"does not conform: {_clauses(run)}", "red"
    if run.verdict != 0:
        said = words.judgement(run)
        return said[0].lower() + said[1:], "lightgrey"
    passed = f"{counts(run.results)[Outcome.PASSED]} passed"
    if run.header.skipped_backends:
        return f"{passed}, without {', '.join(run.header.skipped_backends)}", "yellow"
    if run.header.chosen:
        return f"{passed}, of a part", "yellow"
    return passed, "brightgreen"


def _clauses(run: Run) -> str:
    """The clauses that decide, those first that explain most."""
    failed = (result.clause for result in run.failures() if result.outcome is Outcome.FAILED)
    clauses = sorted(dict.fromkeys(failed), key=rank)
    more = f" and {len(clauses) - _CLAUSES} more" if len(clauses) > _CLAUSES else ""
    return ", ".join(clauses[:_CLAUSES]) + more

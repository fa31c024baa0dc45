"""``python -m conformance compare``: what changed from one JSON report to another."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from rich.console import Console

from . import report
from .options import parse_compare

NO_COMPARISON = 2


def main(arguments: Sequence[str], titles: Mapping[str, str]) -> int:
    """Run the command line behind ``compare``; returns the exit status.

    ``titles`` maps the clauses to their titles.
    """
    options = parse_compare(arguments)
    files = options.old, options.new
    runs, problems = [], []
    for file in files:
        try:
            runs.append(report.read_json(file))
        except report.Unreadable as error:
            problems.append(str(error))
    if not problems and not set.intersection(*(set(report.subjects(run)) for run in runs)):
        problems.append(f"{files[0]} and {files[1]} have no subject in common")
    for problem in problems:
        print(f"conformance compare: {report.plain(problem)}", file=sys.stderr)
    if problems:
        return NO_COMPARISON
    found = report.compare(*runs)
    report.print_comparison(Console(), found, (str(files[0]), str(files[1])), titles)
    return int(found.regressed)

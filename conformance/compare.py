"""``python -m conformance compare``: what changed from one JSON report to another."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from . import report
from .interpreters import COMMAND

EPILOG = """\
A case is the same one where subject, backend, layer and name are. A clause has regressed where a
case does worse (passed is better than skipped, skipped is better than failed or errored), or where
all its cases were good and a new one is not; a verdict, where what conformed does not any more.
What is not tried any more is shown, and is no regression.

Exit status: 0 nothing regressed; 1 something did; 2 there is nothing to compare, for a file cannot
be read or the reports have no subject in common."""
NO_COMPARISON = 2


def main(arguments: Sequence[str], titles: Mapping[str, str]) -> int:
    """Run the command line behind ``compare``; returns the exit status.

    ``titles`` maps the clauses to their titles.
    """
    options = _parser().parse_args(arguments)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{COMMAND} compare",
        description="Show what changed from one JSON report of the suite to another.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("old", metavar="OLD.json", type=Path, help="the report before the change")
    parser.add_argument("new", metavar="NEW.json", type=Path, help="the report after it")
    return parser

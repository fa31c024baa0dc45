"""The options of the command line.

``dev.py`` reads them before there is any environment: standard library, Python 3.9.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmarks.options import PUBLISHED_RUN
from conformance.arguments import Parser
from environments import ROOT

REPORT = ROOT / "reports" / "conformance.json"


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options; exits with a message where they do not fit."""
    parser = Parser(
        "python3 dev.py which",
        description="Write docs/which.json and the table of it in README.md, which tells which "
        "implementation to take.",
    )
    report = "of a full run of the suite (default: that of the last run)"
    parser.add_argument("report", type=Path, nargs="?", default=REPORT, help=report)
    run = "of the benchmarks (default: the published one)"
    parser.add_argument("benchmarks", type=Path, nargs="?", default=PUBLISHED_RUN, help=run)
    return parser.parse_args(arguments)

"""``python -m docs.which [REPORT.json [BENCHMARKS.json.gz]]``: docs/which.json and the table of it.

``dev.py`` calls this.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.model import store
from conformance.report import Unreadable, plain, read_json, write_atomically
from docs.which.judged import judged, refusals
from docs.which.known import known
from docs.which.options import parse
from docs.which.stale import stale
from docs.which.table import put, table
from docs.which.timed import timed
from environments import ROOT

FACTS = ROOT / "docs" / "which.json"
README = ROOT / "README.md"
REFUSED = 2


def facts_of(report: Path, benchmarks: Path) -> dict[str, Any]:
    """What is kept in docs/which.json. Raises ValueError where it cannot be had."""
    try:
        run = read_json(report)
    except Unreadable as error:
        raise ValueError(f"{error}. Run `python3 dev.py conformance`, which writes one") from error
    if reasons := list(refusals(run)):
        raise ValueError(
            f"{report} is not taken: {'; '.join(reasons)}. Wanted the report of a full run that "
            "passed: run `python3 dev.py conformance` without options"
        )
    results = store.load(benchmarks)
    facts = {"judged": judged(run), "known": known(), "timed": timed(results)}
    if reasons := list(stale(facts, results)):
        raise ValueError(f"{report} is out of date: {'; '.join(reasons)}")
    return facts


def main(arguments: Sequence[str]) -> int:
    """Writes both files, or neither; returns the exit status."""
    given = parse(arguments)
    try:
        facts = facts_of(given.report, given.benchmarks)
        readme = put(README.read_text("utf-8"), table(facts))
        kept = json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        write_atomically(FACTS, kept.encode())
        write_atomically(README, readme.encode())
    except (ValueError, OSError) as error:
        print(f"which: {plain(str(error))}", file=sys.stderr)
        return REFUSED
    print(f"written: {FACTS}, and the table in {README}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

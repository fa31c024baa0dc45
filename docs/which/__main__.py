"""``python -m docs.which [REPORT.json [BENCHMARKS.json.gz]]``: docs/which.json and the table of it.

``dev.py`` calls this.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from benchmarks.model import store
from conformance.report import Unreadable, plain, read_json, write_atomically
from docs.which.judged import judged
from docs.which.options import parse
from docs.which.table import put, table
from environments import ROOT

FACTS = ROOT / "docs" / "which.json"
README = ROOT / "README.md"
REFUSED = 2


def main(arguments: Sequence[str]) -> int:
    """Writes both files, or neither; returns the exit status."""
    given = parse(arguments)
    try:
        facts = judged(read_json(given.report))
        made = table(facts, store.load(given.benchmarks))
        readme = put(README.read_text("utf-8"), made)
        kept = json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        write_atomically(FACTS, kept.encode())
        write_atomically(README, readme.encode())
    except (Unreadable, ValueError, OSError) as error:
        print(f"which: {plain(str(error))}", file=sys.stderr)
        print("which: `python3 dev.py conformance` writes the report of a run", file=sys.stderr)
        return REFUSED
    print(f"written: {FACTS}, and the table in {README}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

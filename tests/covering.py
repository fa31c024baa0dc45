"""Makes the covering arrays of conformance/spec again, after its factors have changed.

    uv run --no-project --with covertable==3.2.0 python -m tests.covering

covertable is the one generator found that takes constraints and has every triple: allpairspy
2.5.1 gave 77 rows where no fewer than 180 can do.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from conformance.spec import factors


def _never(combination: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    conditions = [
        {"operator": "in", "left": name, "values": list(values)}
        for name, values in combination.items()
    ]
    return {"operator": "not", "condition": {"operator": "and", "conditions": conditions}}


def main() -> None:
    """Write both tables."""
    # Only here: nothing else of the project needs it.
    covertable = import_module("covertable")

    for strength, name in ((2, "pairs.csv"), (3, "triples.csv")):
        rows = covertable.make(
            {name: list(values) for name, values in factors.FACTORS.items()},
            strength=strength,
            constraints=[_never(combination) for combination in factors.IMPOSSIBLE],
        )
        with (Path(factors.__file__).parent / name).open("w", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(factors.FACTORS), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        print(f"{name}: {len(rows)} rows")


if __name__ == "__main__":
    main()

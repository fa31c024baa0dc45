"""The conditions under which the law is asked of a layer, as data, and what covers them.

A covering array (Kuhn, Kacker and Lei, "Introduction to Combinatorial Testing", 2013) has every
pair, or every triple, of values of different factors in some row. ``tests/covering.py`` makes
the two tables beside this file; a test counts that nothing is missing.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain, combinations
from pathlib import Path

Row = Mapping[str, str]

# The first value of each is the ordinary one.
FACTORS: dict[str, tuple[str, ...]] = {
    "rank": ("4", "1", "2", "3", "5"),
    "size": ("few", "many"),
    "batch": ("four", "one", "as other axes"),
    "values": ("ordinary", "not all finite"),
    "dtype": ("float32", "float16", "bfloat16", "float64"),
    "input": ("contiguous", "transposed", "strided", "channels_last", "expanded", "offset"),
    "cotangent": ("contiguous", "transposed", "strided", "expanded", "offset"),
    "coefficients": ("ordinary", "negative", "large", "numpy", "per sample"),
    "wiring": (
        "plain", "fan-out", "same-variable", "layer-twice", "between-operations", "held gradient",
    ),
    "mode": ("training", "evaluation", "evaluation before backward", "training before backward"),
    "history": (
        "fresh", "many passes", "another batch before", "two graphs backward in order",
        "another layer between", "two backward passes", "copied", "run again",
    ),
    "backward": ("here", "in another thread"),
    "precision": ("as it is", "autocast"),
    "wanted": ("both", "x0", "x1"),
}  # fmt: skip
# What does not go together.
IMPOSSIBLE: tuple[Mapping[str, Sequence[str]], ...] = (
    {"input": ("channels_last",), "rank": ("1", "2", "3", "5")},
    {"rank": ("1",), "batch": ("as other axes",)},
    {"rank": ("1",), "batch": ("one",), "size": ("many",)},
    {"input": ("expanded",), "history": ("run again",)},
    # An array of coefficients fits one batch size.
    {"coefficients": ("per sample",), "history": ("another batch before",)},
    {"wiring": ("same-variable", "held gradient", "layer-twice"), "wanted": ("x0", "x1")},
    {"wiring": ("fan-out", "between-operations"), "wanted": ("x1",)},
)


def possible(row: Row) -> bool:
    """Whether the conditions of a row go together."""
    return not any(
        all(row[name] in values for name, values in combination.items())
        for combination in IMPOSSIBLE
    )


def shape(row: Row, many: int) -> tuple[int, ...]:
    """The shape of the inputs; ``many`` is how many elements that is, at least."""
    rank = int(row["rank"])
    if row["batch"] == "as other axes":
        return (3 if row["size"] == "few" else math.ceil(many ** (1 / rank)),) * rank
    found = [1 if row["batch"] == "one" else 4, 3, 2, 5, 2][:rank]
    if row["size"] == "many":
        found[-1] = -(-many // math.prod(found[:-1]))
    return tuple(found)


@cache
def table(strength: int) -> tuple[Row, ...]:
    """The covering array of all factors; ``strength`` 2 has every pair, 3 every triple."""
    name = {2: "pairs.csv", 3: "triples.csv"}[strength]
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def covering(values: Mapping[str, Sequence[str]], strength: int) -> list[Row]:
    """Rows that cover fewer values: where one is not there, the ordinary one stands for it.

    All others stay where they are, so nothing of what is left is lost; and no ordinary value is
    part of what is impossible. Rows that other rows cover altogether are left out.
    """
    rows: list[Row] = [
        {name: row[name] if row[name] in found else found[0] for name, found in values.items()}
        for row in table(strength)
    ]
    varied = [name for name, found in values.items() if len(found) > 1]
    groups = list(combinations(varied, min(strength, len(varied))))
    covered = [[(names, *(row[n] for n in names)) for names in groups] for row in rows]
    times = Counter(chain.from_iterable(covered))
    kept = []
    for row, combined in zip(rows, covered, strict=True):
        if all(times[one] > 1 for one in combined):
            times.subtract(combined)
        else:
            kept.append(row)
    return kept

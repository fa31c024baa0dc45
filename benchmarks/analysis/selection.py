"""The rows of a run that a reader asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.model import Results, Row
from conformance import Unavailable

# What rows are chosen by: each is an option of the command line.
KEYS = ("layer", "backend", "dtype", "size", "stage")

Wanted = Mapping[str, Sequence[Any]]  # values by key; none for a key stands for all


def select(rows: Iterable[Row], wanted: Wanted) -> list[Row]:
    """The rows that have one of the wanted values of each key.

    Raises:
        Unavailable: no row has a value; the sentence tells which there are.
    """
    found, options = list(rows), ""
    for key in (key for key in KEYS if wanted.get(key)):
        there = dict.fromkeys(_value(row, key) for row in found)
        for value in wanted[key]:
            if value not in there:
                choice = ", ".join(map(_spelled, there)) or "nothing, as there is no row"
                raise Unavailable(
                    f"no row has{options} --{key} {_spelled(value)}; --{key} can be {choice}"
                )
        found = [row for row in found if _value(row, key) in wanted[key]]
        options += "".join(f" --{key} {_spelled(value)}" for value in wanted[key])
    return found


def narrowed(results: Results, wanted: Wanted) -> Results:
    """A run with the wanted rows alone; see :func:`select`."""
    rows = set(select([*results.samples, *results.faults], wanted))
    return replace(
        results,
        samples={row: samples for row, samples in results.samples.items() if row in rows},
        faults={row: fault for row, fault in results.faults.items() if row in rows},
        memory={row: nbytes for row, nbytes in results.memory.items() if row in rows},
    )


def _value(row: Row, key: str) -> Any:
    if key == "backend":
        return row.backend
    return getattr(row.workload, "shape" if key == "size" else key)


def _spelled(value: Any) -> str:
    """As it is given on the command line."""
    return value if isinstance(value, str) else "x".join(map(str, value))

"""What the law gives for a graph around a layer, and where large arrays are looked at."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from conformance.spec import Array, Expected, Running

LARGE = 4096  # elements; of more than these, so many are judged


def output(law: Expected, wiring: str) -> Running:
    """What the graph of a wiring gives (``conformance.procedures.life.WIRINGS``)."""
    x = law.inputs
    if wiring == "between-operations":
        return law.total([law.output([law.twice(one) for one in x]), x[0]])
    y = law.output()
    if wiring == "fan-out":
        return law.total([y, y, x[0]])
    if wiring == "layer-twice":
        return law.output([y, *x[1:]])
    return law.total([y, y]) if wiring == "same-variable" and len(x) == 1 else y


def gradients(law: Expected, wiring: str) -> list[list[Running]]:
    """The terms that arrive at each input."""
    dy = law.cotangent
    if wiring == "fan-out":
        first, *others = law.gradients(law.twice(dy))
        return [[first, dy], *([g] for g in others)]
    outer = law.gradients()
    if wiring == "between-operations":
        return [[g, g, *([dy] if i == 0 else [])] for i, g in enumerate(outer)]
    if wiring == "same-variable":
        return [outer * (3 - len(outer)), []][: len(outer)]
    if wiring == "layer-twice":
        inner = law.gradients(outer[0])
        return [[inner[0]], *([g, outer[1]] for g in inner[1:])]
    return [[g] for g in outer]


@lru_cache(maxsize=100)
def sample(shape: tuple[int, ...]) -> tuple[Array, ...] | None:
    """Where a large array is looked at: both ends, and some thousand places between them."""
    size = int(np.prod(shape))
    if size <= LARGE:
        return None
    ends = np.arange(LARGE // 4)
    places = np.concatenate(
        [ends, np.linspace(0, size - 1, LARGE // 2, dtype=int), size - 1 - ends]
    )
    return np.unravel_index(np.unique(places), shape)

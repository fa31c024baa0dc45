"""A graph around a layer: what went in, what the law gives, where a large one is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from ..case import Case
from ..spec import Array, Expected, Running

LARGE = 4096  # elements; of more than these, so many are judged


@dataclass
class Graph:
    """A graph of a life: what went in, and what has arrived at its leaves so far."""

    number: int
    case: Case
    wiring: str
    drawn: bool  # the coefficients are read off the probe
    arrived: list[list[Running]] = field(default_factory=list)
    beta: Any = None  # as it was read off the first backward pass
    factors: list[Array] = field(default_factory=list)  # what the leaves hold where each dy is 1

    @property
    def sampled(self) -> Case:
        """The case at some elements, where there are many: the laws go element by element."""
        case = self.case
        at = sample(case.inputs[0].shape)
        if at is None:
            return case

        def pick(value: Any) -> Any:
            ndim = np.ndim(value)
            return np.broadcast_to(value, case.inputs[0].shape)[at] if ndim else value

        return replace(
            case,
            inputs=tuple(map(pick, case.inputs)),
            cotangent=None if case.cotangent is None else pick(case.cotangent),
            coefficients={name: pick(value) for name, value in case.coefficients.items()},
        )

    @property
    def law(self) -> Expected:
        """The law at these elements, with the coefficients as they are known by now."""
        return Expected(self.sampled, must=True)

    def hold(self, gradients: Sequence[Array]) -> None:
        """Its leaves hold these already, if there are any."""
        for i, array in enumerate(gradients):
            at = sample(array.shape)
            self.arrived[i] = [self.law.running(array if at is None else array[at])]

    def add_factors(self) -> None:
        """A dy of ones arrives."""
        ones = np.ones_like(self.case.inputs[0])
        law = Expected(replace(self.case, cotangent=ones), must=True)
        added = [sum(term.value for term in terms) for terms in gradients(law, self.wiring)]
        before = self.factors or [np.zeros_like(ones)] * len(added)
        self.factors = [old + new for old, new in zip(before, added, strict=True)]


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


def read(array: Any) -> Array:
    """One number an image, from the probe channel."""
    probe = np.asarray(array)[:, -1:]
    one = tuple(slice(1) for _ in probe.shape[2:])
    return np.asarray(probe[(slice(None), slice(None), *one)])

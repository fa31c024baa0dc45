"""How many wrong layers that nobody chose a law catches: ``python -m tests.power_of_laws``.

Each joins a defect with one or two conditions, at random, in an implementation of a published law
that is right otherwise. They are of NumPy alone (``tests/law/plain.py``), so nothing of what a
framework adds is looked at.
"""

from __future__ import annotations

import argparse
import random
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from conformance import laws
from conformance.law import findings
from tests.law import formulas
from tests.law.plain import Plain

Array = Any
# From the right gradient, the gradient that arrived and the input: a wrong gradient.
DEFECTS: dict[str, Callable[[Array, Array, Array], Array]] = {
    "the sign is lost": lambda dx, dy, x: -dx,
    "it is doubled": lambda dx, dy, x: 2 * dx,
    "it is 1 % too large": lambda dx, dy, x: dx * 1.01,
    "it is 0": lambda dx, dy, x: 0 * dx,
    "it is what arrived": lambda dx, dy, x: dy.copy(),
    "it is the input": lambda dx, dy, x: x.copy(),
    "the last element is 0": lambda dx, dy, x: np.where(np.arange(x.size) < x.size - 1, dx.flat, 0)
    .reshape(x.shape),
    "the first element is NaN": lambda dx, dy, x: np.where(np.arange(x.size) > 0, dx.flat, np.nan)
    .reshape(x.shape),
}  # fmt: skip
# Of the input, the other arguments and how often the layer has run.
CONDITIONS: dict[str, Callable[[Array, tuple[Any, ...], int], bool]] = {
    **{f"rank {n}": (lambda x, more, calls, n=n: x.ndim == n) for n in (1, 2, 3, 4, 5)},  # type: ignore[misc]
    **{f"above {n}": (lambda x, more, calls, n=n: x.size > n) for n in (10, 100, 1000, 4096)},  # type: ignore[misc]
    "below 10": lambda x, more, calls: 0 < x.size < 10,
    "a batch of one": lambda x, more, calls: x.shape[:1] == (1,),
    "an odd last axis": lambda x, more, calls: bool(x.ndim) and x.shape[-1] % 2 == 1,
    "float32": lambda x, more, calls: x.dtype == np.float32,
    "float64": lambda x, more, calls: x.dtype == np.float64,
    "an odd call": lambda x, more, calls: calls % 2 == 1,
    "after a hundred calls": lambda x, more, calls: calls > 100,
    "another thread": lambda x, more, calls: threading.current_thread().name != "MainThread",
    "a negative number first": lambda x, more, calls: bool(x.size) and float(x.flat[0]) < 0,
    "a large number": lambda x, more, calls: bool(np.abs(x).max(initial=0) > 4),
    "NumPy's numbers": lambda x, more, calls: any(isinstance(a, np.float64) for a in more),
}


class Wrong:
    """A right formula, with a defect where all conditions hold."""

    def __init__(self, name: str, defect: str, conditions: tuple[str, ...]) -> None:
        self.formula = formulas.right(np)[name]
        self.defect, self.conditions = DEFECTS[defect], [CONDITIONS[c] for c in conditions]
        self.calls = 0
        self.shown = False  # whether the defect has changed anything

    def forward(self, x: Array, *more: Any) -> Array:
        return np.asarray(self.formula.forward(x, *more)).astype(x.dtype)

    def backward(self, dy: Array, x: Array, *more: Any) -> Any:
        self.calls += 1
        right = np.asarray(self.formula.backward(dy, x, *more)).astype(dy.dtype)
        if all(condition(x, more, self.calls) for condition in self.conditions):
            wrong = np.asarray(self.defect(right, dy, x)).astype(dy.dtype)
            self.shown = self.shown or not np.array_equal(wrong, right, equal_nan=True)
            right = wrong
        return right, *(None for _ in more)


def _possible(name: str, conditions: tuple[str, ...]) -> bool:
    """Whether the conditions can hold together, for this law."""
    contradictory = {"float32", "float64"}, {"below 10", "rank 4"}, {"below 10", "rank 5"}
    alone = sum(c.startswith("rank") for c in conditions) < 2
    below = "below 10" in conditions and any(c.startswith("above") for c in conditions)
    numbers = len(getattr(laws, name).arguments) > 1 or "NumPy's numbers" not in conditions
    return alone and numbers and not below and not any(c <= set(conditions) for c in contradictory)


def main() -> None:
    """Print how many of ``--count`` are caught, and those that are not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    count = parser.parse_args().count
    generator, found, missed = random.Random(0), Counter[str](), []
    names = sorted(formulas.right(np))
    while found.total() < count:
        name, defect = generator.choice(names), generator.choice(sorted(DEFECTS))
        conditions = tuple(generator.sample(sorted(CONDITIONS), generator.choice((1, 2))))
        if not _possible(name, conditions):
            continue
        wrong = Wrong(name, defect, conditions)
        with np.errstate(all="ignore"):
            said = findings((wrong.forward, wrong.backward), getattr(laws, name), framework=Plain())
        outcome = "caught" if said else "missed" if wrong.shown else "shown nowhere"
        found[outcome] += 1
        if not said:
            missed.append(f"{outcome}: {name}, {defect}, with {' and '.join(conditions)}")
    print("\n".join(sorted(missed)))
    print(", ".join(f"{n} {outcome}" for outcome, n in found.items()), f"of {count}")


if __name__ == "__main__":
    main()

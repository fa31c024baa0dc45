"""The law under every pair of conditions (G26): most wrong layers are wrong in some only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ..spec.factors import FACTORS, Row, covering, shape
from ..spec.rounding import Array, dtype_named
from .attempt import Attempt, Detail
from .checked import FLOAT64, arguments_of
from .derived import gradients
from .framework import Framework
from .law import Law
from .plan import case, wirings_of

MANY = 4103  # elements: more than a block of 4096, and a remainder
RAISES = "raises"  # in the place of a clause
PASSES = 110  # what a counter to a hundred needs
NUMBER = 2  # of the values that the law gives to a number
WIRINGS = {"fan-out": "twice", "same-variable": "shared", "held gradient": "held"}
HISTORIES = {  # and the wiring that each is, if any
    "fresh": "plain",
    "many passes": "plain",
    "another batch before": "plain",
    "two graphs backward in order": "between",
    "two backward passes": "again",
}


def values(law: Law, framework: Framework) -> dict[str, tuple[str, ...]]:
    """The conditions that a law is asked under: those that the framework has."""
    wirings = wirings_of(law, framework)
    left: dict[str, tuple[str, ...]] = {
        "rank": tuple(rank for rank in FACTORS["rank"] if int(rank) >= law.ndim),
        "size": FACTORS["size"],
        "batch": FACTORS["batch"],
        "dtype": tuple(dtype for dtype in FACTORS["dtype"] if dtype in framework.dtypes),
        "input": ("contiguous", *framework.layouts),
        "coefficients": ("ordinary", "numpy"),
        "wiring": ("plain", *(name for name, wiring in WIRINGS.items() if wiring in wirings)),
        "history": tuple(h for h, wiring in HISTORIES.items() if wiring in ("plain", *wirings)),
        "backward": FACTORS["backward"],
    }
    return {name: left.get(name, found[:1]) for name, found in FACTORS.items()}


def raised(error: Exception) -> str:
    """What a subject raised, in words. nnabla hides what a Python function raised behind its own.

    JAX's cause is no error, but a trace of the stack.
    """
    hidden = error.__cause__ if type(error).__module__ == "builtins" else None
    cause = error if hidden is None or type(hidden).__module__.startswith("jax") else hidden
    return f"it raises {type(cause).__name__}: {cause}"


class Asked:
    """A subject and its law, asked under conditions."""

    def __init__(
        self,
        framework: Framework,
        call: Callable[..., Any],
        law: Law,
        seed: int,
    ) -> None:
        self.framework, self.call, self.law, self.seed = framework, call, law, seed
        self.values = values(law, framework)
        self._number = 0

    def rows(self, dtype: str) -> list[Row]:
        """Those of the covering array that are of this dtype."""
        return [row for row in covering(self.values, 2) if row["dtype"] == dtype]

    def broken(self, dtype: str) -> Iterator[Detail]:
        """The first row that breaks the law, with no more conditions than that needs.

        Before it, and under G13, the first shape that the layer does not take.
        """
        refused = False
        for number, row in enumerate(self.rows(dtype)):
            self._number = number
            detail = self._judge(row)
            if detail and detail[0] == RAISES and not self._judge({**row, **self._ordinary_shape}):
                if not refused:
                    yield "G13", self._named(row), detail[2]
                refused = True
            elif detail:
                for name, found in self.values.items():
                    calmer = {**row, name: found[0]}
                    if name != "dtype" and row[name] != found[0] and (less := self._judge(calmer)):
                        row, detail = calmer, less  # noqa: PLW2901 - with one condition less
                yield "G26", self._named(row), f"{detail[1]}: {detail[2]}"
                return

    @property
    def _ordinary_shape(self) -> dict[str, str]:
        return {name: self.values[name][0] for name in ("rank", "size", "batch")}

    def _named(self, row: Row) -> str:
        special = [
            f"{name} = {row[name]}"
            for name, found in self.values.items()
            if row[name] != found[0] and name != "dtype"
        ]
        return f"with {', '.join(special)}" if special else "in an image"

    def _judge(self, row: Row) -> Detail | None:
        """What breaks the law under these conditions, the first thing."""
        if row["backward"] == "here":
            return self._tried(row)
        found: list[Detail | None] = []
        thread = threading.Thread(target=lambda: found.append(self._tried(row)))
        thread.start()
        thread.join()
        return found[0]

    def _tried(self, row: Row) -> Detail | None:
        wiring = WIRINGS.get(row["wiring"]) or HISTORIES[row["history"]]
        attempt = self._attempt(row, shape(row, MANY), wiring)
        try:
            if row["history"] == "another batch before":
                before = (shape(row, MANY)[0] + 1, *shape(row, MANY)[1:])
                self._pass(self._attempt(row, before, "plain"))
            if row["history"] == "many passes":
                few = self._attempt(
                    {**row, "size": "few"}, shape({**row, "size": "few"}, 0), wiring
                )
                for _ in range(PASSES):
                    self._pass(few)
            return next(attempt.run(self.framework, self.call, self.law), None)
        except Exception as error:
            return RAISES, attempt.what, raised(error)

    def _pass(self, attempt: Attempt) -> None:
        self.framework.run(self.call, attempt.arguments, attempt.cotangents, wiring=attempt.wiring)

    def _attempt(self, row: Row, sizes: tuple[int, ...], wiring: str) -> Attempt:
        rng = np.random.RandomState(self.seed + 2 + self._number)  # other values in each row
        dtype = dtype_named(row["dtype"])
        array = _with_open_ends(self.law, rng.standard_normal(sizes) * 2, rng)
        given, cotangents = case(self.law, array, NUMBER, dtype, rng)
        if row["coefficients"] == "numpy":
            given = [np.float64(a) if isinstance(a, float) else a for a in given]
        attempt = Attempt("values", given, cotangents, "G26", layout=row["input"], wiring=wiring)
        if wiring == "shared":
            return replace(attempt, arguments=[given[0], given[0], *given[2:]])
        return attempt


def _with_open_ends(law: Law, array: Array, rng: np.random.RandomState) -> Array:
    """Its elements in another order: at both ends are two whose gradient is not 0.

    What forgets a remainder or an end forgets something there, also of a law that masks others.
    """
    arguments = arguments_of(law, array, NUMBER)
    ones = law.cotangents(law.values(arguments, FLOAT64), np.ones)
    first = law.differentiable.index(True)
    pulled = gradients(law, ones, arguments, FLOAT64)[first]
    if pulled is None or pulled.shape != array.shape:
        return array
    size = np.abs(np.ravel(pulled.running.value))
    seen = np.flatnonzero(size > 0.01 * size.max(initial=0))
    if seen.size < 2:
        return array
    ends = rng.choice(seen, 2, replace=False)
    order = np.concatenate([ends[:1], np.delete(np.arange(size.size), ends), ends[1:]])
    found: Array = np.ravel(array)[order].reshape(array.shape)
    return found

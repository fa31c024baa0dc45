"""One attempt: a subject called on some arguments, forward and backward, beside its law."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..spec.rounding import Array
from .carried import Carried, carried
from .derived import gradients, second_derivatives
from .framework import EAGER, SECOND_ORDER, Framework, Seen
from .law import Law
from .words import Apart, apart, apart_in_integers

Detail = tuple[str, str, str]  # the clause, what is wrong, and how


@dataclass(frozen=True)
class Attempt:
    """What is tried.

    Attributes:
        what: what it is called.
        arguments: arrays of one dtype, and numbers; of what the layer draws, nothing.
        cotangents: the gradient that arrives at each output, None at one of integers; for
            ``SECOND_ORDER``, what the gradient of each argument is multiplied with.
        clause: the clause that is broken where a value is wrong; by default L1 and L2.
        raises: the one that is broken where the layer raises; by default the same.
        layout: of the arrays in memory.
        wiring: see :class:`.framework.Framework`.
        transform: the one that the function goes through.
    """

    what: str
    arguments: Sequence[Any]
    cotangents: Sequence[Array | None]
    clause: str = ""
    raises: str = ""
    layout: str = "contiguous"
    wiring: str = "plain"
    transform: str = EAGER

    @property
    def dtype(self) -> np.dtype[Any]:
        return next(c.dtype for c in self.cotangents if c is not None)

    def run(self, framework: Framework, call: Callable[..., Any], law: Law) -> Iterator[Detail]:
        """What the subject does otherwise; nothing where it follows the law."""
        seen = framework.run(
            call,
            self.arguments,
            self.cotangents,
            layout=self.layout,
            wiring=self.wiring,
            transform=self.transform,
        )
        count = len(law.outputs)
        if len(seen.outputs) != count + len(law.draws):
            drawn = f" and what it drew, {', '.join(law.draws)}" if law.draws else ""
            yield "L1", self.what, f"it must give {count} outputs{drawn}, got {len(seen.outputs)}"
            return
        whole = self._with_drawn(law, seen.outputs[count:])
        yield from self._outputs(law, whole, seen)
        yield from self._gradients(law, whole, seen)
        yield from self._left_alone(law, seen)

    def _with_drawn(self, law: Law, drawn: Sequence[Array]) -> list[Any]:
        """All arguments of the law, those that the layer drew among them."""
        came, given = iter(drawn), iter(self.arguments)
        return [next(came) if name in law.draws else next(given) for name in law.arguments]

    def _places(self, law: Law) -> list[int]:
        """Where the arguments of the layer stand among those of the law."""
        return [i for i, name in enumerate(law.arguments) if name not in law.draws]

    def _outputs(self, law: Law, whole: Sequence[Any], seen: Seen) -> Iterator[Detail]:
        expected = law.values(whole, self.dtype)
        if self.wiring == "twice":
            expected[0] = expected[0] + expected[0]
        for i, (kind, right) in enumerate(zip(law.outputs, expected, strict=True)):
            name = "output" if len(law.outputs) == 1 else f"output {i}"
            what, y, wanted = f"{name} of {self.what}", seen.outputs[i], right.running.value
            if kind == "float":
                yield from self._told("L1", what, apart(y, right.running, self.dtype, law, None))
            else:
                yield from self._told("L1", what, apart_in_integers(y, wanted))

    def _gradients(self, law: Law, whole: Sequence[Any], seen: Seen) -> Iterator[Detail]:
        """Each reader gives the declared one, and they add up."""
        expected = self._expected(law, whole)
        for place, right, got in zip(self._places(law), expected, seen.gradients, strict=True):
            name, x = law.arguments[place], whole[place]
            if not isinstance(x, np.ndarray) or (self.wiring == "shared" and place == 1):
                continue
            what = f"gradient of {name}, {self.what}"
            if right is None:
                if got is not None and np.any(got - (self.wiring == "held")):
                    yield "L2", f"gradient of {name}", "the law gives it none, and it gets one"
            elif got is None:
                yield from self._told("L2", what, Apart("", "it gets none"))
            else:
                of = (name, x, self._arrived()) if self.wiring in ("plain", "again") else None
                yield from self._told("L2", what, apart(got, right.running, self.dtype, law, of))

    def _arrived(self) -> Array:
        return next(c for c in self.cotangents if c is not None)

    def _expected(self, law: Law, whole: Sequence[Any]) -> list[Carried | None]:
        if self.transform in SECOND_ORDER:
            vs = iter(self.cotangents)
            every = [None if name in law.draws else next(vs) for name in law.arguments]
            found = second_derivatives(law, every, whole, self.dtype)
        else:
            found = gradients(law, self.cotangents, whole, self.dtype)
        if self.wiring == "twice":
            found = [g if g is None else g + g for g in found]
        if self.wiring == "shared":
            found[0] = found[0] + found[1]  # type: ignore[operator]
        if self.wiring == "held":
            one = carried(np.ones(()), self.dtype)
            found = [g if g is None else g + one for g in found]
        return [found[place] for place in self._places(law)]

    def _left_alone(self, law: Law, seen: Seen) -> Iterator[Detail]:
        names = [law.arguments[place] for place in self._places(law)]
        for name, before, after in zip(names, self.arguments, seen.arguments, strict=True):
            if isinstance(before, np.ndarray) and _differ(before, after):
                yield "G4", f"{name} afterwards", "the input was changed"
        for before, after in zip(self.cotangents, seen.cotangents, strict=True):
            if before is not None and _differ(before, after):
                yield "G5", "the output's gradient afterwards", "it was changed"

    def _told(self, clause: str, what: str, found: Apart) -> Iterator[Detail]:
        if found.how:
            yield found.clause or self.clause or clause, what, found.how


def _differ(before: Array, after: Array | None) -> bool:
    """Whether an array is not what it was; what was not looked at is taken to be."""
    return after is not None and after.tobytes() != before.tobytes()

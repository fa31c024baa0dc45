"""One attempt: a subject called on some arguments, forward and backward, beside its law."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..spec.rounding import Array, unit_roundoff
from .arithmetic import Carried, carried
from .derived import gradients, second_derivatives
from .framework import EAGER, SECOND_ORDER, Framework, Seen
from .law import Law
from .words import Apart, Gradient, apart, apart_in_integers

Detail = tuple[str, str, str]  # the clause, what is wrong, and how

# Signs of nudges, repeated over an array: all alike, then in blocks of 1, 2, 4 ... elements. Any
# two elements of a row of 64 go apart in one of them, and the other way in the next.
NUDGES = [(1,), (-1,), *((s,) * n + (-s,) * n for n in (1, 2, 4, 8, 16, 32) for s in (1, -1))]


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
        says = self._says(law, whole)
        found = list(self._compared(law, whole, seen, says, {}))
        if found and self.clause != "L3":  # of points the law says which side they are on
            found = list(self._compared(law, whole, seen, says, self._jumps(law, whole, says)))
        yield from found
        yield from self._left_alone(law, seen)

    def _with_drawn(self, law: Law, drawn: Sequence[Array]) -> list[Any]:
        """All arguments of the law, those that the layer drew among them."""
        came, given = iter(drawn), iter(self.arguments)
        return [next(came) if name in law.draws else next(given) for name in law.arguments]

    def _places(self, law: Law) -> list[int]:
        """Where the arguments of the layer stand among those of the law."""
        return [i for i, name in enumerate(law.arguments) if name not in law.draws]

    def _says(self, law: Law, whole: Sequence[Any]) -> list[Carried | None]:
        """The outputs, then the gradients."""
        outputs = law.values(whole, self.dtype)
        if self.transform in SECOND_ORDER:
            vs = iter(self.cotangents)
            every = [None if name in law.draws else next(vs) for name in law.arguments]
            found = second_derivatives(law, every, whole, self.dtype)
        else:
            found = gradients(law, self.cotangents, whole, self.dtype)
        if self.wiring == "twice":
            outputs[0] = outputs[0] + outputs[0]
            found = [g if g is None else g + g for g in found]
        if self.wiring == "shared":
            found[0] = found[0] + found[1]  # type: ignore[operator]
        if self.wiring == "held":
            one = carried(np.ones(()), self.dtype)
            found = [g if g is None else g + one for g in found]
        return [*outputs, *found]

    def _jumps(
        self, law: Law, whole: Sequence[Any], says: Sequence[Carried | None]
    ) -> dict[int, Array]:
        """Where the law jumps within the rounding of its arguments, by the place in ``says``.

        There either side is right: a distance that is computed in the dtype can fall on either.
        """
        u = unit_roundoff(self.dtype)
        jumps: dict[int, Array] = {}
        for signs in NUDGES:
            nudged = [
                a * (1 + (-1) ** i * 4 * u * np.resize(signs, a.size).reshape(a.shape))
                if wanted
                else a
                for i, (a, wanted) in enumerate(zip(_wide(whole), law.differentiable, strict=True))
            ]
            for i, (now, then) in enumerate(zip(says, self._says(law, nudged), strict=True)):
                if now is not None and then is not None:
                    value = now.running.value
                    apart = np.abs(then.running.value - value)
                    far = apart > np.sqrt(u) * np.abs(value).max(initial=0)
                    jumps[i] = jumps.get(i, False) | far
        return jumps

    def _compared(
        self,
        law: Law,
        whole: Sequence[Any],
        seen: Seen,
        says: Sequence[Carried | None],
        jumps: Mapping[int, Array],
    ) -> Iterator[Detail]:
        """How outputs and gradients differ, but where the law jumps."""
        count = len(law.outputs)
        for i, kind in enumerate(law.outputs):
            name = "output" if count == 1 else f"output {i}"
            what, right = f"{name} of {self.what}", says[i]
            assert right is not None
            if kind == "float":
                differs = apart(seen.outputs[i], right.running, self.dtype, law, jumps.get(i))
            else:
                differs = apart_in_integers(seen.outputs[i], right.running.value, jumps.get(i))
            yield from self._told("L1", what, differs)
            if differs.clause:  # of another shape or dtype: its gradient tells no more
                return
        for place, got in zip(self._places(law), seen.gradients, strict=True):
            name, x, right = law.arguments[place], whole[place], says[count + place]
            if not isinstance(x, np.ndarray) or (self.wiring == "shared" and place == 1):
                continue
            what = f"gradient of {name}, {self.what}"
            if right is None:
                if got is not None and np.any(got - (self.wiring == "held")):
                    yield "L2", f"gradient of {name}", "the law gives it none, and it gets one"
            elif got is None and not right.running.value.any():
                continue  # none is 0
            elif got is None:
                yield from self._told("L2", what, Apart("", "it gets none"))
            else:
                of = Gradient(name, x, self._arrived(), self.wiring in ("plain", "again"))
                jump = jumps.get(count + place)
                yield from self._told(
                    "L2", what, apart(got, right.running, self.dtype, law, jump, of)
                )

    def _arrived(self) -> Array:
        return next(c for c in self.cotangents if c is not None)

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


def _wide(arguments: Sequence[Any]) -> list[Any]:
    return [a.astype(np.longdouble) if isinstance(a, np.ndarray) else a for a in arguments]


def _differ(before: Array, after: Array | None) -> bool:
    """Whether an array is not what it was; what was not looked at is taken to be."""
    return after is not None and after.tobytes() != before.tobytes()

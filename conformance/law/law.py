"""A law: what a layer with a declared gradient must give, written in NumPy."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from .arithmetic import Carried, carried
from .errors import LawError

NUMBERS = (0.5, 1.0, 2.0)  # for an argument that takes no gradient, unless the law gives others
KINDS = ("float", "int")


@dataclass(frozen=True)
class Law:
    """What a layer must give. It imports no framework.

    Attributes:
        forward: from the arguments, arrays and numbers, the output (an array), in NumPy; a tuple
            where ``outputs`` names several.
        backward: from the gradient of each output (None for integers) and the arguments, the
            gradient of each argument, None where there is none. One array where there is one.
        surrogate: the function whose derivative is the declared gradient. One of the two is
            needed; if both are given, they must agree.
        points: values at which the gradient is looked at as well, such as the kinks of a round.
        exact: nothing may be off, not by one unit in the last place.
        linear: the backward is linear in the output's gradient, as all derivatives are.
        given: by argument, the values that are tried for one that takes no gradient, or for a
            learned number, which is then a 0-d array.
        tolerance: an error that is permitted beyond the derived bound, relative to the largest
            expected value of an array; reports say so.
        name: for messages.
        wrt: the places of the arguments that take a gradient; by default those to which
            ``backward`` gives one, and without it those that ``given`` does not name.
        outputs: the kind of each output, "float" or "int".
        draws: arguments that the layer draws. It is called without them, and returns them after
            its outputs, so that what it drew is known.
        ndim: the fewest axes that an array has, 1 where the law sums along the last one, 4 for a
            layer of images.

    Examples:
        A round whose gradient passes through: as if the layer were the identity.

        >>> import numpy as np
        >>> from grl_conformance import Law
        >>> rounding = Law(lambda x: np.round(x), surrogate=lambda x: x, points=[0.5, 1.5])
        >>> print(rounding.arguments)
        ('x',)
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any] | None = None
    surrogate: Callable[..., Any] | None = None
    points: Sequence[float] = ()
    exact: bool = False
    linear: bool = True
    given: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    tolerance: float = 0.0
    name: str = "law"
    wrt: Sequence[int] | None = None
    outputs: Sequence[str] = ("float",)
    draws: Sequence[str] = ()
    ndim: int = 0

    def __post_init__(self) -> None:
        if self.backward is None and self.surrogate is None:
            raise LawError(f"{self.name} needs a backward or a surrogate, got neither")
        if not self.linear and self.backward is None:
            raise LawError(f"{self.name}: a surrogate's derivative is linear; give a backward")
        for what, names in (("given", self.given), ("draws", self.draws)):
            if unknown := set(names) - set(self.arguments):
                raise LawError(f"{what} names {sorted(unknown)}, forward takes {self.arguments}")
        if not self.outputs or set(self.outputs) - set(KINDS):
            raise LawError(f"outputs must be of {' and '.join(KINDS)}, got {self.outputs}")
        if "float" not in self.outputs:
            raise LawError(f"{self.name}: no output is of floats, so nothing has a gradient")
        if self.backward is None and len(self.outputs) > 1:
            raise LawError(f"{self.name}: a surrogate has one output; give a backward")
        if self.wrt is not None and set(self.wrt) - set(range(len(self.arguments))):
            raise LawError(f"wrt must be places of {self.arguments}, from 0 on, got {self.wrt}")

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """The names that ``forward`` gives to its arguments; those with a default are no part."""
        if isinstance(self.forward, np.ufunc):
            return ("x", "y", "z")[: self.forward.nin]
        parameters = inspect.signature(self.forward).parameters.values()
        return tuple(p.name for p in parameters if p.default is inspect.Parameter.empty)

    @cached_property
    def differentiable(self) -> tuple[bool, ...]:
        """Which arguments take a gradient."""
        if self.wrt is not None:
            return tuple(i in self.wrt for i in range(len(self.arguments)))
        if self.backward is None:
            return tuple(name not in {*self.given, *self.draws} for name in self.arguments)
        arguments = [self.given.get(name, [1.0])[0] for name in self.arguments]
        ones = np.full((3,) * max(1, self.ndim), 0.3)
        trial = [ones if np.ndim(a) == 0 else np.asarray(a) for a in arguments]
        dys = [np.ones_like(np.asarray(y, float)) for y in self._outputs(trial)]
        return tuple(gradient is not None for gradient in self.pull_back(dys, trial))

    def values(self, arguments: Sequence[Any], compute: np.dtype[Any]) -> list[Carried]:
        """What the layer must give, with the bound of the arithmetic."""
        found = self._outputs(self.carried(arguments, compute))
        return [y if isinstance(y, Carried) else carried(y, compute) for y in found]

    def cotangents(self, values: Sequence[Carried], make: Callable[[Any], Any]) -> list[Any]:
        """What arrives at outputs of these values: ``make`` of a shape, None for integers."""
        return [
            make(y.shape) if kind == "float" else None
            for y, kind in zip(values, self.outputs, strict=True)
        ]

    def carried(self, arguments: Sequence[Any], compute: np.dtype[Any]) -> list[Any]:
        """Arrays that take a gradient carry their bound; numbers stay numbers."""
        return [
            carried(a, compute) if wanted else a
            for a, wanted in zip(arguments, self.differentiable, strict=True)
        ]

    def _outputs(self, arguments: Sequence[Any]) -> list[Any]:
        found = self.forward(*arguments)
        outputs = list(found) if isinstance(found, tuple) else [found]
        if len(outputs) != len(self.outputs):
            raise LawError(
                f"{self.name}: outputs names {len(self.outputs)}, forward gives {len(outputs)}"
            )
        return outputs

    def pull_back(self, dys: Sequence[Any], arguments: Sequence[Any]) -> Sequence[Any]:
        """What ``backward`` gives, one gradient for each argument."""
        assert self.backward is not None
        arrived = [
            dy if kind == "float" else None for dy, kind in zip(dys, self.outputs, strict=True)
        ]
        found = self.backward(*arrived, *arguments)
        gradients = found if isinstance(found, tuple) else (found,)
        if len(gradients) != len(self.arguments):
            raise LawError(
                f"{self.name}: backward must give {len(self.arguments)} gradients, one for each of "
                f"{', '.join(self.arguments)}, got {len(gradients)}"
            )
        return gradients

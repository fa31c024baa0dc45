"""A framework of NumPy alone, whose functions are pairs: to test laws where no framework is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from conformance.law.framework import EAGER, Seen, outputs_of


class Plain:
    """See :class:`conformance.law.framework.Framework`. A subject is (forward, backward).

    ``backward`` takes the gradients of the outputs and the arguments, and gives a tuple.
    """

    name = "plain"
    dtypes = ("float32", "float64")
    layouts = ()
    wirings = ("twice", "shared")
    transforms = ("negate",)  # a transform that loses the sign of gradients

    def as_function(self, subject: Any, inputs: int) -> Any:
        forward, backward = subject
        return lambda *given: (forward(*given), lambda *dys: backward(*dys, *given))

    def run(
        self,
        function: Callable[..., Any],
        arguments: Sequence[Any],
        cotangents: Sequence[Any],
        *,
        layout: str = "contiguous",
        wiring: str = "plain",
        transform: str = EAGER,
    ) -> Seen:
        given = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
        if wiring == "shared":
            given[1] = given[0]
        arrived = [c if c is None else c.copy() for c in cotangents]
        y, pull = function(*given)
        ys, gradients = outputs_of(y), list(pull(*arrived))
        if wiring == "shared":
            gradients[:2] = [gradients[0] + gradients[1], None]
        if wiring == "twice":
            ys = [ys[0] + ys[0], *ys[1:]]
            gradients = [g if g is None else g + g for g in gradients]
        if transform == "negate":
            gradients = [g if g is None else -g for g in gradients]
        after = [g if isinstance(g, np.ndarray) else None for g in given]
        return Seen([np.asarray(y) for y in ys], gradients, after, arrived)

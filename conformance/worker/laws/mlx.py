"""Laws in MLX: the example of docs/add-a-framework.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mlx.core as mx
import numpy as np

from ...law.framework import EAGER, Seen, of_arrays, seen_of


# They return the outputs and the arrays' gradients; dys has None at an output of integers.
def reverse(function: Any, arrays: list[Any], dys: list[Any]) -> Any:
    def weighed(given: list[Any]) -> Any:
        ys = function(*given)
        pairs = zip(ys, dys, strict=False)  # what comes after has no gradient
        return sum((y * dy).sum() for y, dy in pairs if dy is not None), ys

    (_, ys), gradients = mx.value_and_grad(weighed)(arrays)
    return ys, gradients


def compiled(function: Any, arrays: list[Any], dys: list[Any]) -> Any:
    return mx.compile(lambda *given: reverse(function, *given))(arrays, dys)


def of_second_order(function: Any, arrays: list[Any], vs: list[Any]) -> Any:
    def half_of_square(given: list[Any]) -> Any:
        ys = function(*given)
        return (ys[0] * ys[0]).sum() / 2, ys

    def first(*given: Any) -> list[Any]:
        (_, ys), gradients = mx.value_and_grad(half_of_square)([*given])
        return [*gradients, *ys]

    both, gradients = reverse(first, arrays, [v for v in vs if v is not None])
    return both[len(arrays) :], gradients


TRANSFORMS = {"compile": compiled, "hessian": of_second_order}


class Mlx:
    name = "mlx"
    dtypes = ("float16", "float32")  # its exp in float64 has the digits of float32
    layouts = ()
    wirings = ("twice", "shared")
    transforms = tuple(TRANSFORMS)

    def as_function(self, subject: Any, inputs: int) -> Callable[..., Any] | None:
        return None if isinstance(subject, type) else subject

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
        wired = of_arrays(function, arguments, wiring)
        through = reverse if transform == EAGER else TRANSFORMS[transform]
        with mx.stream(mx.cpu):
            arrays = [mx.array(a) for a in arguments if isinstance(a, np.ndarray)]
            arrived = [None if c is None else mx.array(c) for c in cotangents]
            ys, found = through(wired, arrays, arrived)
            return seen_of(arguments, ys, found, arrays, arrived)


FRAMEWORK = Mlx()

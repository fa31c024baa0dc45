"""Laws in TensorFlow, and through its graphs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from ...law.framework import EAGER, Seen, of_arrays, seen_of

# Of a function of tensors that returns a list, its tensors and the outputs' gradients (None for
# integers): the outputs and the tensors' gradients, None where there is none.
Pulled = tuple[Sequence[Any], Sequence[Any]]
Function = Callable[..., list[Any]]
ZERO = tf.UnconnectedGradients.ZERO


def reverse(
    function: Function, tensors: Sequence[Any], dys: Sequence[Any], again: bool = False
) -> Pulled:
    """By a tape; ``again``: by the second backward pass over a persistent one."""
    with tf.GradientTape(persistent=again) as tape:
        tape.watch(tensors)
        ys = function(*tensors)
    pairs = [(y, dy) for y, dy in zip(ys, dys, strict=False) if dy is not None]
    for _ in range(2 if again else 1):
        found = tape.gradient([y for y, _ in pairs], tensors, [dy for _, dy in pairs])
    # A gather's gradient comes as slices.
    return ys, [g if g is None else tf.convert_to_tensor(g) for g in found]


def in_graph(**options: Any) -> Callable[[Function, Sequence[Any], Sequence[Any]], Pulled]:
    """A function in a graph of its own, in the graph of a training step."""

    def through(function: Function, tensors: Sequence[Any], dys: Sequence[Any]) -> Pulled:
        inner = tf.function(function, **options)
        step = tf.function(lambda: reverse(inner, tensors, dys), **options)
        return step.get_concrete_function()()  # type: ignore[no-any-return]

    return through


def of_second_order(function: Function, tensors: Sequence[Any], vs: Sequence[Any]) -> Pulled:
    """A tape around a tape."""
    weights = [v for v in vs if v is not None]
    with tf.GradientTape() as outer:
        outer.watch(tensors)
        with tf.GradientTape() as inner:
            inner.watch(tensors)
            ys = function(*tensors)
            half_of_square = tf.reduce_sum(ys[0] * ys[0]) / 2
        gradients = inner.gradient(half_of_square, tensors, unconnected_gradients=ZERO)
        terms = [tf.reduce_sum(g * v) for g, v in zip(gradients, weights, strict=True)]
        penalty = tf.add_n(terms)
    return ys, outer.gradient(penalty, tensors, unconnected_gradients=ZERO)


TRANSFORMS: dict[str, Callable[[Function, Sequence[Any], Sequence[Any]], Pulled]] = {
    "function": in_graph(),
    "xla": in_graph(jit_compile=True),
    "hessian": of_second_order,
}


class TensorFlow:
    """See :class:`..law.framework.Framework`."""

    name = "tensorflow"
    dtypes = ("float16", "bfloat16", "float32", "float64")
    layouts = ()  # tensors are contiguous
    wirings = ("twice", "shared", "again")  # there are no leaves that hold a gradient
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
        with tf.device("CPU"):
            tensors = [tf.constant(a) for a in arguments if isinstance(a, np.ndarray)]
            arrived = [None if c is None else tf.constant(c) for c in cotangents]
            wired = of_arrays(function, arguments, wiring)
            if transform == EAGER:
                ys, found = reverse(wired, tensors, arrived, again=wiring == "again")
            else:
                ys, found = TRANSFORMS[transform](wired, tensors, arrived)
            return seen_of(arguments, *map(_in_numpy, (ys, found, tensors, arrived)))


def _in_numpy(tensors: Sequence[Any]) -> list[Any]:
    return [None if tensor is None else tensor.numpy() for tensor in tensors]


FRAMEWORK = TensorFlow()

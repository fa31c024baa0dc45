"""Laws in JAX, and through its transforms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ...law.framework import EAGER, Seen, of_arrays, seen_of

# Of a function of arrays that returns a list, its arrays and the outputs' gradients (None for
# integers): the outputs and the arrays' gradients.
Pulled = tuple[Sequence[jax.Array], Sequence[jax.Array]]
Function = Callable[..., list[jax.Array]]


def reverse(function: Function, arrays: Sequence[jax.Array], dys: Sequence[Any]) -> Pulled:
    """By the vector-Jacobian product, which is what ``jax.grad`` does."""

    def floats(*given: jax.Array) -> tuple[list[jax.Array], list[jax.Array]]:
        ys = function(*given)
        return [y for y, dy in zip(ys, dys, strict=False) if dy is not None], ys

    _, pull, ys = jax.vjp(floats, *arrays, has_aux=True)
    return ys, pull([dy for dy in dys if dy is not None])


def compiled(function: Function, arrays: Sequence[jax.Array], dys: Sequence[Any]) -> Pulled:
    """A compiled function in a compiled training step."""
    step = jax.jit(lambda *given: reverse(jax.jit(function), *given))
    return step(arrays, dys)  # type: ignore[no-any-return]


def vmapped(function: Function, arrays: Sequence[jax.Array], dys: Sequence[Any]) -> Pulled:
    """The gradients of each of two samples."""
    of_each = jax.vmap(lambda *given: reverse(function, *given))
    return _second(of_each(*_two(arrays, dys)))


def compiled_vmapped(function: Function, arrays: Sequence[jax.Array], dys: Sequence[Any]) -> Pulled:
    of_each = jax.jit(jax.vmap(lambda *given: reverse(function, *given)))
    return _second(of_each(*_two(arrays, dys)))


def scanned(function: Function, arrays: Sequence[jax.Array], dys: Sequence[Any]) -> Pulled:
    """The gradient of a loop over two samples, as over the steps of a recurrent network."""

    def loop(*samples: jax.Array) -> list[jax.Array]:
        _, ys = jax.lax.scan(lambda carry, sample: (carry, function(*sample)), None, samples)
        return ys  # type: ignore[no-any-return]

    return _second(reverse(loop, *_two(arrays, dys)))


def rematerialised(function: Function, arrays: Sequence[jax.Array], dys: Sequence[Any]) -> Pulled:
    return reverse(jax.checkpoint(function), arrays, dys)


def of_second_order(function: Function, arrays: Sequence[jax.Array], vs: Sequence[Any]) -> Pulled:
    """Reverse mode over reverse mode: JAX has no forward mode through a ``custom_vjp``."""
    weights, places = [v for v in vs if v is not None], tuple(range(len(arrays)))

    def half_of_square(*given: jax.Array) -> tuple[jax.Array, list[jax.Array]]:
        ys = function(*given)
        return (ys[0] * ys[0]).sum() / 2, ys

    def penalty(*given: jax.Array) -> tuple[jax.Array, list[jax.Array]]:
        gradients, ys = jax.grad(half_of_square, places, has_aux=True)(*given)
        terms = [(g * v).sum() for g, v in zip(gradients, weights, strict=True)]
        return jnp.stack(terms).sum(), ys

    found, ys = jax.grad(penalty, places, has_aux=True)(*arrays)
    return ys, found


def _two(arrays: Sequence[jax.Array], dys: Sequence[Any]) -> Any:
    """Two samples of each, of which the second is what is asked for."""
    return jax.tree.map(lambda x: jnp.stack([-x, x]), (list(arrays), list(dys)))


def _second(found: Any) -> Pulled:
    ys, gradients = jax.tree.map(lambda x: x[1], found)
    return ys, gradients


TRANSFORMS: dict[str, Callable[[Function, Sequence[jax.Array], Sequence[Any]], Pulled]] = {
    "jit": compiled,
    "vmap": vmapped,
    "jit-vmap": compiled_vmapped,
    "scan": scanned,
    "remat": rematerialised,
    "hessian": of_second_order,
}


class Jax:
    """See :class:`..law.framework.Framework`."""

    name = "jax"
    dtypes = ("float16", "bfloat16", "float32", "float64")
    layouts = ()  # of an array's memory JAX says nothing
    wirings = ("twice", "shared")  # there are no leaves that hold a gradient
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
        arrays_given = [a for a in arguments if isinstance(a, np.ndarray)]
        wide = any(a.dtype == np.float64 for a in arrays_given)
        # Only where it is needed: with it, an array that a function makes of a number is float64.
        with jax.enable_x64(True) if wide else nullcontext():
            arrays = [jnp.array(a) for a in arrays_given]
            arrived = [None if c is None else jnp.array(c) for c in cotangents]
            through = reverse if transform == EAGER else TRANSFORMS[transform]
            ys, found = through(of_arrays(function, arguments, wiring), arrays, arrived)
            return seen_of(arguments, ys, found, arrays, arrived)


FRAMEWORK = Jax()

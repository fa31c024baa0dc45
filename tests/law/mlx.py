"""In MLX: the formulas, and layers as its users write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mlx.core as mx
import numpy as np

from tests.law import Wrong, formulas
from tests.law.formulas import Formula

Array = Any


def function(formula: Formula) -> Any:
    """A function of an array and numbers, with the formula's backward pass."""

    @mx.custom_function
    def declared(x: Array, *numbers: float) -> Array:
        return formula.forward(x, *numbers).astype(x.dtype)

    @declared.vjp
    def backward(given: Any, dy: Array, y: Array) -> Any:
        x, *numbers = given if isinstance(given, tuple) else (given,)
        dx = formula.backward(dy, x, *numbers).astype(dy.dtype)
        return (dx, *(None for _ in numbers)) if numbers else dx

    return declared


def reversal_by(backward: Callable[[Array, float], Array]) -> Callable[[Array, float], Array]:
    def reversal(x: Array, scale: float) -> Array:
        @mx.custom_function
        def reverse(x: Array) -> Array:
            return x

        reverse.vjp(lambda x, dy, y: backward(dy, scale))
        return reverse(x)

    return reversal


reversal = reversal_by(lambda dy, scale: -scale * dy)
in_numpy = reversal_by(lambda dy, scale: mx.array(np.array(-scale * dy)))


@mx.custom_function
def shake(x0: Array, x1: Array, alpha: float, beta: float) -> Array:
    return alpha * x0 + (1 - alpha) * x1


@shake.vjp
def shake_backward(given: Any, dy: Array, y: Array) -> tuple[Array, Array, None, None]:
    *_, beta = given
    return beta * dy, (1 - beta) * dy, None, None


@mx.custom_function
def lsq(x: Array, step: Array) -> Array:
    return mx.clip(mx.round(x / step), -4, 3) * step


@lsq.vjp
def lsq_backward(given: Any, dy: Array, y: Array) -> tuple[Array, Array]:
    x, step = given
    inside, units = (x / step > -4) & (x / step < 3), mx.clip(mx.round(x / step), -4, 3)
    dstep = dy * mx.where(inside, units - x / step, units)
    return mx.where(inside, dy, 0.0), dstep.sum()


def nearest(x: Array, code: Array) -> tuple[Array, Array]:
    index = mx.stop_gradient(x[..., None] > (code[1:] + code[:-1]) / 2).sum(-1)
    return mx.stop_gradient(code)[index] + (x - mx.stop_gradient(x)), index


def shake_drawn(x0: Array, x1: Array) -> tuple[Array, Array, Array]:
    alpha, beta = mx.random.uniform(shape=(2,), dtype=x0.dtype)
    return shake(x0, x1, alpha, beta), alpha, beta


FORMULAS = {name: function(formula) for name, formula in formulas.right(mx).items()}
RIGHT: dict[str, Any] = {  # through all transforms
    "gradient_reversal": reversal,
    "shake_shake": shake,
    "lsq": lsq,
    "vector_quantisation_index": nearest,
    "shake_shake_drawn": shake_drawn,
}


WRONG = [
    *(Wrong(law, function(formula), said) for law, formula, said in formulas.wrong(mx)),
    Wrong("gradient_reversal", in_numpy, "compile: it raises ", ("compile",)),
    Wrong("gradient_reversal", in_numpy, "hessian: dx is 0 everywhere", ("hessian",)),
    Wrong(
        "gradient_reversal",
        lambda x, scale: reversal(x, mx.array(scale)),
        "float16: dtype must be float16, got float32",
    ),
    # A reversal without a function of one's own, of which the value is off by last bits.
    Wrong(
        "gradient_reversal",
        lambda x, scale: (1 + scale) * mx.stop_gradient(x) - scale * x,
        "output of values",
    ),
    Wrong("shake_shake", lambda a, b, alpha, beta: shake(a, b, alpha, alpha), "gradient of"),
    Wrong("round_straight_through", mx.round, "0 everywhere"),
    # The value is off by a last bit: x + (round(x) - x) is not round(x).
    Wrong("round_straight_through", lambda x: x + mx.stop_gradient(mx.round(x) - x), "ULP"),
]

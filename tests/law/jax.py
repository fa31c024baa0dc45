"""In JAX: the formulas, and layers as its users write them."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tests.law import Wrong, formulas
from tests.law.formulas import Formula

Array = Any


def function(formula: Formula) -> Any:
    """A function of an array and numbers, with the formula's backward pass."""

    @jax.custom_vjp
    def declared(x: Array, *numbers: float) -> Array:
        return formula.forward(x, *numbers).astype(x.dtype)

    def backward(given: tuple[Any, ...], dy: Array) -> tuple[Array | None, ...]:
        dx = formula.backward(dy, *given).astype(dy.dtype)
        return dx, *(None for _ in given[1:])

    declared.defvjp(lambda *given: (declared(*given), given), backward)
    return declared


# The first of the two calls the layer. So the second derivative, too, meets the declared gradient.
@jax.custom_vjp
def reversal(x: Array, scale: float) -> Array:
    return x


reversal.defvjp(
    lambda x, scale: (reversal(x, scale), scale),
    lambda scale, dy: (-scale * dy, None),
)


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def scaled_gradient(x: Array, scale: float) -> Array:
    return x


scaled_gradient.defvjp(
    lambda x, scale: (scaled_gradient(x, scale), None),
    lambda scale, _, dy: (scale * dy,),
)


@jax.custom_vjp
def shake(x0: Array, x1: Array, alpha: float, beta: float) -> Array:
    return alpha * x0 + (1 - alpha) * x1


shake.defvjp(
    lambda x0, x1, alpha, beta: (shake(x0, x1, alpha, beta), beta),
    lambda beta, dy: (beta * dy, (1 - beta) * dy, None, None),
)


@jax.custom_jvp
def rounded(x: Array) -> Array:
    return jnp.round(x)


rounded.defjvps(lambda tangent, y, x: tangent)


@jax.custom_vjp
def lsq(x: Array, step: Array) -> Array:
    return jnp.clip(jnp.round(x / step), -4, 3) * step


def lsq_backward(given: tuple[Array, Array], dy: Array) -> tuple[Array, Array]:
    x, step = given
    inside, units = (x / step > -4) & (x / step < 3), jnp.clip(jnp.round(x / step), -4, 3)
    dstep = dy * jnp.where(inside, units - x / step, units)
    return jnp.where(inside, dy, 0.0), dstep.sum()


lsq.defvjp(lambda x, step: (lsq(x, step), (x, step)), lsq_backward)


def nearest(x: Array, code: Array) -> tuple[Array, Array]:
    index = (x[..., None] > (code[1:] + code[:-1]) / 2).sum(-1)
    return stop_gradient(code)[index] + (x - stop_gradient(x)), index


def shake_drawn(x0: Array, x1: Array) -> tuple[Array, Array, Array]:
    alpha, beta = jax.random.uniform(jax.random.key(0), (2,), x0.dtype)
    return shake(x0, x1, alpha, beta), alpha, beta


FORMULAS = {name: function(formula) for name, formula in formulas.right(jnp).items()}
RIGHT: dict[str, Any] = {  # through all transforms
    "gradient_reversal": reversal,
    "gradient_scale": scaled_gradient,
    "gradient_clip": FORMULAS["gradient_clip"],
    "mul_scalar": jax.jit(FORMULAS["mul_scalar"]),
    "shake_shake": shake,
    "round_straight_through": rounded,
    "spike_triangle": FORMULAS["spike_triangle"],
    "lsq": lsq,
    "vector_quantisation_index": nearest,
    "shake_shake_drawn": shake_drawn,
}


def kept_x() -> Any:
    """A reversal, as many write it: the first of the two returns x, and does not call the layer."""

    @jax.custom_vjp
    def layer(x: Array, scale: float) -> Array:
        return x

    layer.defvjp(lambda x, scale: (x, scale), lambda scale, dy: (-scale * dy, None))
    return layer


@jax.custom_vjp
def in_numpy(x: Array, scale: float) -> Array:
    return x


in_numpy.defvjp(
    lambda x, scale: (in_numpy(x, scale), scale),
    lambda scale, dy: (jnp.asarray(np.asarray(dy) * -scale, dy.dtype), None),
)


def kept_aside() -> Any:
    """What the backward pass needs is kept in a variable, as in other frameworks in the context."""
    kept: list[Array] = []

    @jax.custom_vjp
    def layer(x: Array) -> Array:
        return jnp.where(x > 0, x, 0.0)

    def forward(x: Array) -> tuple[Array, None]:
        kept[:] = [x]
        return layer(x), None

    layer.defvjp(forward, lambda _, dy: (jnp.where((kept[0] > 0) & (dy > 0), dy, 0.0),))
    return layer


class Frozen:
    """A reversal whose scale is an attribute, which jit reads when it traces."""

    def __init__(self) -> None:
        self.scale = 1.0
        self.traced = jax.jit(lambda x: reversal(x, self.scale))

    def __call__(self, x: Array, scale: float) -> Array:
        self.scale = scale
        return self.traced(x)


WRONG = [
    *(Wrong(law, function(formula), said) for law, formula, said in formulas.wrong(jnp)),
    # Of sum(y ** 2) / 2 the second derivative is scale ** 2 by the law; it gives -scale.
    Wrong("gradient_reversal", kept_x(), "of x, .*, hessian: at", ("hessian",)),
    *(
        Wrong("gradient_reversal", in_numpy, f" {name}: it raises ", (name,))
        for name in ("jit", "vmap", "jit-vmap", "scan")
    ),
    Wrong("guided_relu", kept_aside(), "remat: it raises .*UnexpectedTracerError", ("remat",)),
    Wrong(
        "gradient_reversal",
        lambda x, scale: reversal(x, jnp.float32(scale)),
        "float16: dtype must be float16, got float32",
    ),
    Wrong("gradient_reversal", Frozen(), "at x = .* the declared gradient is"),
    # The value is off by a last bit: x + (round(x) - x) is not round(x).
    Wrong("round_straight_through", lambda x: x + stop_gradient(jnp.round(x) - x), "ULP"),
]

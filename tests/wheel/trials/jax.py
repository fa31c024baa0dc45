"""A project's test file: a layer of its own in JAX, and the installed wheel."""

import jax
import jax.numpy as jnp
from grl_conformance import assert_conforms, laws


@jax.custom_vjp
def reversal(x: jax.Array, scale: float) -> jax.Array:
    return x


reversal.defvjp(lambda x, scale: (x, scale), lambda scale, dy: (-scale * dy, None))


def test_a_training_step_goes_uphill() -> None:
    weight = jnp.array([1.0, -2.0])
    gradient = jax.grad(lambda w: (reversal(w, 0.5) * jnp.array([2.0, 4.0])).sum())(weight)
    assert (weight - 0.25 * gradient).tolist() == [1.25, -1.5]


def test_it_conforms() -> None:
    assert_conforms(reversal, laws.gradient_reversal)

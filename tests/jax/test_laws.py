"""Implementations of published laws in this framework: right ones pass, wrong ones do not."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from conformance import assert_conforms, laws
from conformance.law.framework import framework_named, framework_of
from tests.law import Wrong, check_page, check_wrong
from tests.law.jax import FORMULAS, RIGHT, WRONG


def test_the_framework_is_found_from_the_class_of_a_subject() -> None:
    layer = jax.custom_vjp(lambda x: x)
    layer.__module__ = "elsewhere"
    assert framework_of(layer) == "jax"


def test_float64_is_there_for_itself_alone() -> None:
    made = []

    def layer(x: jax.Array) -> jax.Array:
        made.append(jnp.zeros(()).dtype)
        return x

    for dtype in ("float32", "float64"):
        one = np.ones(2, dtype)
        seen = framework_named("jax").run(layer, [one], [one])
        assert seen.gradients[0] is not None
        assert [seen.outputs[0].dtype, seen.gradients[0].dtype] == [dtype, dtype]
    assert [*made, jnp.zeros(()).dtype] == ["float32", "float64", "float32"]


@pytest.mark.parametrize("name", FORMULAS)
def test_right(name: str) -> None:
    assert_conforms(FORMULAS[name], getattr(laws, name), strict=True)


@pytest.mark.parametrize("name", RIGHT)
def test_right_through_all_transforms(name: str) -> None:
    assert_conforms(RIGHT[name], getattr(laws, name), transforms="all", strict=True)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.law)
def test_wrong(wrong: Wrong) -> None:
    check_wrong(wrong, "jax")


def test_the_page_names_all_transforms() -> None:
    check_page("jax", "JAX")

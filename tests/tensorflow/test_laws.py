"""Implementations of published laws in this framework: right ones pass, wrong ones do not."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from conformance import assert_conforms, laws
from conformance.law.framework import framework_of
from tests.law import Wrong, check_page, check_wrong
from tests.law.tensorflow import RIGHT, WRONG, Frozen, Reversal, Traced


def test_the_framework_is_found_from_the_class_of_a_layer() -> None:
    assert framework_of(keras.layers.ReLU()) == "tensorflow"


@pytest.mark.parametrize("name", RIGHT)
def test_right_through_all_transforms(name: str) -> None:
    assert_conforms(RIGHT[name], getattr(laws, name), transforms="all", strict=True)


def test_right_layer_of_keras() -> None:
    assert_conforms(Reversal().scaled, laws.gradient_reversal, transforms="all", strict=True)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.law)
def test_wrong(wrong: Wrong) -> None:
    check_wrong(wrong, "tensorflow")


@pytest.mark.parametrize(("layer", "weight"), [(Reversal(), 4.0), (Frozen(), 2.0)])
def test_fit_takes_a_scale_as_the_law_says(layer: Traced, weight: float) -> None:
    """A weight of 0 grows by the scale in each step of SGD: by 1, then by 3 or again by 1."""
    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")
    model = keras.Sequential([dense, layer])
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss=lambda _, y: y)
    for scale in (1.0, 3.0):
        layer.set(scale)
        model.fit(np.ones((1, 1)), np.ones((1, 1)), verbose=0)
    assert dense.kernel.numpy() == weight


def test_the_page_names_all_transforms() -> None:
    check_page("tensorflow", "TensorFlow")

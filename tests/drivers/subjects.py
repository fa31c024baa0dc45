"""What a driver says of itself, and how it calls a layer."""

from __future__ import annotations

import re
import shutil
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from conformance.procedures.driver import Driver
from tests.drivers import DY, X, function, gradients
from tests.mutants import registered


def test_describes_itself(driver: Driver) -> None:
    facts = driver.describe()
    assert facts["version"] == import_module(driver.name).__version__
    assert type(facts["version"]) is str  # torch's own is a subclass, which cannot be sent
    assert facts["device"] == driver.device == "cpu"
    for dtype in ("float16", "float32", "float64"):
        x = driver.variable(X.astype(dtype))
        y = driver.tanh(x)
        (dx,) = gradients(driver, y, [x], DY.astype(dtype))
        assert (driver.value(y).dtype == dx.dtype == dtype) == (dtype in facts["dtypes"])


def test_is_usable(driver: Driver) -> None:
    assert driver.is_usable() is None
    reason = type(driver)("cuda").is_usable()  # type: ignore[call-arg]
    assert reason is None or re.search("cud|nvidia", reason, re.IGNORECASE)
    assert reason or shutil.which("nvidia-smi")


def test_functions_of_every_form(driver: Driver, package: Any) -> None:
    forms = [package.gradient_reversal]
    for name, (layer, _) in registered(driver.name)["right"].items():
        module, _, subject = name.partition(":")
        # Those in public.py may take no scale, or four axes only.
        if layer == "gradient_reversal" and module.endswith(".right"):
            forms.append(getattr(import_module(module), subject))
    functions = [driver.as_function(form, 1) for form in forms]
    assert functions[0] is not None
    assert len(functions) - functions.count(None) >= 3
    for reversal in functions:
        for dtype in (np.float16, np.float32):
            if reversal is not None:
                x, dy = driver.variable(X.astype(dtype)), np.asarray(DY, dtype)
                (dx,) = gradients(driver, reversal(x, 0.5), [x], dy)
                np.testing.assert_array_equal(dx, np.multiply(-0.5, dy, dtype=dtype), strict=True)
    assert driver.as_function(package.GradientReversal, 1) is None


def test_functions_of_two_inputs(driver: Driver, package: Any) -> None:
    for shake in (
        driver.as_function(package.shake_shake, 2),
        function(driver, "shake.BothGradientsComputed", "shake_shake"),
    ):
        assert shake is not None
        y = shake(driver.variable(X), driver.variable(DY), 0.25, 0.5)
        np.testing.assert_allclose(driver.value(y), 0.25 * X + 0.75 * DY, rtol=1e-6)


def test_applies_layers_in_either_mode(driver: Driver, package: Any) -> None:
    layer = package.ShakeShake()
    inputs = [driver.variable(X), driver.variable(np.zeros_like(X))]
    half = driver.apply(layer, inputs, {}, training=False)
    assert np.array_equal(driver.value(half), X / 2)
    assert not np.array_equal(driver.value(driver.apply(layer, inputs, {})), X / 2)
    injected = driver.apply(layer, inputs, {"alpha": 0.25, "beta": 0.5})
    assert np.array_equal(driver.value(injected), X / 4)
    assert driver.apply(lambda x: x, inputs[:1], {}) is inputs[0]


def test_errors_of_a_layer_come_out_as_they_are(driver: Driver, package: Any) -> None:
    inputs = [driver.variable(X), driver.variable(X[:1])]
    with pytest.raises(ValueError, match=r"^x1 must have the shape of x0"):
        driver.apply(package.ShakeShake(), inputs, {})
    reversal = driver.as_function(package.gradient_reversal, 1)
    assert reversal is not None
    with pytest.raises(ValueError, match="scale must be finite"):
        reversal(inputs[0], np.inf)


def test_coefficients(driver: Driver, package: Any) -> None:
    for number in (0.5, 2, np.float32(0.5), True):
        assert driver.coefficient(number) is number
        assert driver.change_coefficient(number) is False
    given = np.array([[0.5], [1.5]], np.float32)
    coefficient = driver.coefficient(given)
    x = driver.variable(X)
    assert np.array_equal(driver.value(package.mul_scalar(x, coefficient)), X * given)
    assert driver.change_coefficient(coefficient) is True
    assert np.array_equal(driver.value(package.mul_scalar(x, coefficient)), X * 7)
    assert given.tolist() == [[0.5], [1.5]]


def test_draws_as_layers_do(driver: Driver) -> None:
    driver.seed(5)
    first = driver.drawn()
    assert all(a != b for a, b in zip(driver.drawn(), first, strict=True))
    driver.seed(5)
    assert driver.drawn() == first

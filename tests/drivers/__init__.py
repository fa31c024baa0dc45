"""The conformance suite's driver for a framework, each method against a known answer.

The three drivers have one interface. Each framework runs these tests in its own interpreter, from
``test_driver.py`` beside the tests of its layers, where those of its own are added.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from conformance.case import branches
from conformance.procedures.driver import Driver

X: Any = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]], np.float32)
DY: Any = np.array([[2.0, 1.0, -1.0], [3.0, 0.25, 5.0]], np.float32)


@pytest.fixture
def package(request: pytest.FixtureRequest) -> Any:
    """The package that the folder of the test is about."""
    return import_module(request.path.parent.name)


@pytest.fixture
def driver(package: Any) -> Driver:
    framework = package.__name__.removeprefix("grl_")
    found: Driver = import_module(f"conformance.worker.{framework}_driver").DRIVER()
    return found


def function(driver: Driver, name: str, layer: str = "gradient_reversal") -> Callable[..., Any]:
    """A layer from ``tests.mutants``, as a function."""
    module = import_module(f"tests.mutants.{driver.name}.{name.partition('.')[0]}")
    found = driver.as_function(getattr(module, name.partition(".")[2]), branches(layer))
    assert found is not None
    return found


def gradients(driver: Driver, y: Any, xs: list[Any], dy: Any = DY, keep: bool = False) -> list[Any]:
    driver.backward(y, driver.variable(dy, needs_grad=False), keep)
    return [driver.gradient(x) for x in xs]

"""One layer in one graph: the plain way to wire it, and what all procedures begin with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..case import Case
from ..seen import Seen
from .driver import Driver, Variable
from .target import Target


def leaves(driver: Driver, case: Case) -> list[Variable]:
    """The case's inputs as leaves, those that are wanted needing a gradient."""
    return [
        driver.variable(array, needs_grad=wanted, layout=case.layout)
        for array, wanted in zip(case.inputs, case.wanted, strict=True)
    ]


def cotangent(driver: Driver, case: Case) -> Variable:
    """The gradient that arrives, as a variable that needs none itself."""
    return driver.variable(case.cotangent, needs_grad=False)


def fits(y: Variable, dy: Variable) -> bool:
    """Whether a gradient can arrive: an output of another shape is the layer's fault."""
    return tuple(y.shape) == tuple(dy.shape)


def gradients(driver: Driver, inputs: list[Variable]) -> list[Any]:
    """The gradients that the leaves hold."""
    return [driver.gradient(x) for x in inputs]


def run(driver: Driver, case: Case, layer: Callable[..., Variable]) -> Seen:
    """One forward and one backward pass: the output and the gradients."""
    inputs = leaves(driver, case)
    y = layer(*inputs)
    driver.value(y)
    driver.backward(y, cotangent(driver, case))
    return Seen(output=driver.value(y), gradients=gradients(driver, inputs))


def plain(driver: Driver, target: Target, case: Case) -> Seen:
    """One layer, one backward pass; also what became of everything that was passed in."""
    inputs, dy = leaves(driver, case), cotangent(driver, case)
    y = target.build(case.coefficients)(*inputs)
    driver.value(y)
    if fits(y, dy):
        driver.backward(y, dy)
    return Seen(
        output=driver.value(y),
        gradients=gradients(driver, inputs),
        inputs=[driver.value(x) for x in inputs],
        cotangent=driver.value(dy),
        input_strides=[driver.strides(x) for x in inputs],
        output_strides=driver.strides(y),
        stored=str(getattr(driver.stored(y), "dtype", "")),  # Bits have none
        shares_memory=driver.shares_memory(y, inputs[0]),
    )

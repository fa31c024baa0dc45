"""Ways to wire a layer into a graph, from plain to shared, and the gradients that come out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.case import Case
from conformance.procedures.driver import Driver, Variable
from conformance.procedures.target import Target
from conformance.seen import Seen


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


def _seen(driver: Driver, y: Variable, inputs: list[Variable], dy: Variable, **more: Any) -> Seen:
    """Output and gradients, and what the backward pass has left in all that was passed in."""
    return Seen(
        output=driver.value(y),
        gradients=gradients(driver, inputs),
        inputs=[driver.value(x) for x in inputs],
        cotangent=driver.value(dy),
        **more,
    )


def plain(driver: Driver, target: Target, case: Case) -> Seen:
    """One layer, one backward pass; also what became of everything that was passed in."""
    inputs, dy = leaves(driver, case), cotangent(driver, case)
    y = target.build(case.coefficients)(*inputs)
    driver.value(y)
    if fits(y, dy):
        driver.backward(y, dy)
    return _seen(
        driver,
        y,
        inputs,
        dy,
        input_strides=[driver.strides(x) for x in inputs],
        output_strides=driver.strides(y),
        shares_memory=driver.shares_memory(y, inputs[0]),
    )


def twice(driver: Driver, target: Target, case: Case) -> Seen:
    """Two graphs, built and run one after the other by one layer."""
    built = target.build(case.coefficients)
    return Seen(runs=[run(driver, case, built) for _ in range(2)])


def backward_twice(driver: Driver, target: Target, case: Case) -> Seen:
    """Two backward passes over one graph, the gradients cleared between them."""
    inputs, runs = leaves(driver, case), []
    y = target.build(case.coefficients)(*inputs)
    driver.value(y)
    for keep in (True, False):
        driver.backward(y, cotangent(driver, case), keep=keep)
        runs.append(Seen(output=driver.value(y), gradients=gradients(driver, inputs)))
        for x in inputs:
            driver.clear_gradient(x)
    return Seen(runs=runs)


def fan_out(driver: Driver, target: Target, case: Case) -> Seen:
    """``(y + y) + x0``: the output has two readers, and so has the first input."""
    inputs, dz = leaves(driver, case), cotangent(driver, case)
    y = target.build(case.coefficients)(*inputs)
    z = driver.add(driver.add(y, y), inputs[0])
    driver.value(z)
    driver.backward(z, dz)
    return _seen(driver, y, inputs, dz)


def same_variable(driver: Driver, target: Target, case: Case) -> Seen:
    """One variable in every place: both branches, or two applications that are added."""
    x, dy = leaves(driver, case)[0], cotangent(driver, case)
    built = target.build(case.coefficients)
    y = built(x, x) if len(case.inputs) == 2 else driver.add(built(x), built(x))
    driver.value(y)
    driver.backward(y, dy)
    return _seen(driver, y, [x], dy)


def existing_gradient(driver: Driver, target: Target, case: Case) -> Seen:
    """Leaves that hold a gradient already (``options["held"]``): the new one is added."""
    inputs, dy = leaves(driver, case), cotangent(driver, case)
    y = target.build(case.coefficients)(*inputs)
    driver.value(y)
    for x, held in zip(inputs, case.options["held"], strict=True):
        driver.set_gradient(x, held)
    driver.backward(y, dy)
    return _seen(driver, y, inputs, dy)


def stale_gradient(driver: Driver, target: Target, case: Case) -> Seen:
    """A backward pass of NaNs, the gradients cleared, and then the real backward pass."""
    inputs = leaves(driver, case)
    y = target.build(case.coefficients)(*inputs)
    driver.value(y)
    nans = driver.variable(case.options["nans"], needs_grad=False)
    driver.backward(y, nans, keep=True)
    for x in inputs:
        driver.clear_gradient(x)
    driver.backward(y, cotangent(driver, case))
    return Seen(gradients=gradients(driver, inputs))


def layer_twice(driver: Driver, target: Target, case: Case) -> Seen:
    """One layer used twice in a row: ``f(f(x))``, or ``f(f(x0, x1), x1)``."""
    inputs, dy = leaves(driver, case), cotangent(driver, case)
    built = target.build(case.coefficients)
    y = built(built(*inputs), *inputs[1:])
    driver.value(y)
    driver.backward(y, dy)
    return _seen(driver, y, inputs, dy)


def interleaved(driver: Driver, target: Target, case: Case) -> Seen:
    """Two layers, the second with ``options["other"]`` for coefficients, on graphs of their own.

    Both are built, then run forward, and then backward, in the same order.
    """
    layers = [target.build(numbers) for numbers in (case.coefficients, case.options["other"])]
    inputs = [leaves(driver, case) for _ in layers]
    outputs = [layer(*xs) for layer, xs in zip(layers, inputs, strict=True)]
    for y in outputs:
        driver.value(y)
    for y in outputs:
        driver.backward(y, cotangent(driver, case))
    return Seen(
        runs=[
            Seen(output=driver.value(y), gradients=gradients(driver, xs))
            for y, xs in zip(outputs, inputs, strict=True)
        ]
    )

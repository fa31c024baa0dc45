"""Whole small networks around a layer, whose gradients are known."""

from __future__ import annotations

from typing import Any

from conformance.case import Case
from conformance.procedures.driver import Driver, Variable
from conformance.worker.target import Target


def shared_weight(driver: Driver, target: Target, case: Case) -> dict[str, Any]:
    """``w * f(w * x)``: the weight w acts below the layer and above it.

    Its gradient is the sum of both branches. ``options["layer"]``: without the layer if False.
    """
    x, w = (driver.variable(array) for array in case.inputs)
    h = driver.multiply(w, x)
    y = driver.multiply(w, target.build(case.coefficients)(h) if case.options["layer"] else h)
    driver.value(y)
    driver.backward(y, driver.variable(case.cotangent, needs_grad=False))
    return {"gradient": driver.gradient(w)}


def one_optimiser_gan(driver: Driver, target: Target, case: Case) -> dict[str, Any]:
    """Gradients of ``softplus(D(R(G(z)))) + softplus(-D(x))``, and of the same without R.

    ``case.inputs`` are z and the real x; ``options`` the weights: "generator" and
    "discriminator", two matrices each. Rows are samples.
    """
    parameters = {
        name: [driver.variable(array) for array in case.options[name]]
        for name in ("generator", "discriminator")
    }
    z, real = (driver.variable(array, needs_grad=False) for array in case.inputs)
    layer = target.build(case.coefficients) if case.options["layer"] else _identity
    fake = _perceptron(driver, z, parameters["generator"])
    judged_fake = _perceptron(driver, layer(fake), parameters["discriminator"])
    judged_real = _perceptron(driver, real, parameters["discriminator"])
    minus_one = driver.variable(case.options["minus_one"], needs_grad=False)
    negated = driver.multiply(judged_real, minus_one)
    loss = driver.add(
        driver.sum(driver.softplus(judged_fake)), driver.sum(driver.softplus(negated))
    )
    value = driver.value(loss)
    driver.backward(loss, driver.variable(case.cotangent, needs_grad=False))
    gradients = {
        name: [driver.gradient(weight) for weight in weights]
        for name, weights in parameters.items()
    }
    return {"loss": value, **gradients}


def _perceptron(driver: Driver, x: Variable, weights: list[Variable]) -> Variable:
    hidden = driver.tanh(driver.matmul(x, weights[0]))
    return driver.matmul(hidden, weights[1])


def _identity(x: Variable) -> Variable:
    return x


PROCEDURES = {"shared_weight": shared_weight, "one_optimiser_gan": one_optimiser_gan}

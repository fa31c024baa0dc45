"""Whole small networks around a layer, whose gradients are known."""

from __future__ import annotations

from ..case import Case
from ..seen import Seen
from .driver import Driver, Variable
from .target import Target
from .wiring import gradients


def shared_weight(driver: Driver, target: Target, case: Case) -> Seen:
    """``w * f(w * x)``: the weight w acts below the layer and above it.

    Its gradient is the sum of both branches. ``options["layer"]``: without the layer if False.
    """
    x, w = (driver.variable(array) for array in case.inputs)
    h = driver.multiply(w, x)
    y = driver.multiply(w, target.build(case.coefficients)(h) if case.options["layer"] else h)
    driver.value(y)
    driver.backward(y, driver.variable(case.cotangent, needs_grad=False))
    return Seen(gradients=[driver.gradient(w)])


def one_optimiser_gan(driver: Driver, target: Target, case: Case) -> Seen:
    """The loss ``softplus(D(R(G(z)))) + softplus(-D(x))`` and its gradients.

    ``case.inputs`` are z and the real x; ``options`` the weights: "generator" and
    "discriminator", two matrices each, in which order the gradients come. Rows are samples.
    ``options["layer"]``: without R if False.
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
    weights = [*parameters["generator"], *parameters["discriminator"]]
    return Seen(output=value, gradients=gradients(driver, weights))


def _perceptron(driver: Driver, x: Variable, weights: list[Variable]) -> Variable:
    hidden = driver.tanh(driver.matmul(x, weights[0]))
    return driver.matmul(hidden, weights[1])


def _identity(x: Variable) -> Variable:
    return x

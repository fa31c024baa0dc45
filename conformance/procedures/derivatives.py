"""Derivatives beyond one backward pass: higher orders, forward mode, finite differences."""

from __future__ import annotations

from functools import reduce
from typing import Any

from conformance.case import Case
from conformance.procedures.driver import Driver
from conformance.procedures.wiring import leaves
from conformance.worker.target import Target


def higher_orders(driver: Driver, target: Target, case: Case) -> dict[str, Any]:
    """Three orders: the gradients; theirs with respect to dy; and that one's again.

    With ``g = vjp(dy)``, ``second`` is the gradient of ``sum(<g, v>)`` with respect to dy, and
    ``third`` that of ``<second, w>`` with respect to each v, with v and w from the options.
    """
    inputs = leaves(driver, case)
    dy = driver.variable(case.cotangent)
    vs = [driver.variable(v) for v in case.options["v"]]
    w = driver.variable(case.options["w"])
    y = target.build(case.coefficients)(*inputs)
    gradients = driver.differentiate([y], inputs, [dy])
    (second,) = driver.differentiate(gradients, [dy], vs)
    third = driver.differentiate([second], vs, [w]) if second is not None else []
    return {
        "gradients": [None if g is None else driver.value(g) for g in gradients],
        "second": None if second is None else driver.value(second),
        "third": [None if t is None else driver.value(t) for t in third],
    }


def penalised(driver: Driver, target: Target, case: Case) -> dict[str, Any]:
    """A gradient penalty: the backward pass of ``<g, v>``, where g is the gradient of z.

    z is the square of ``f(x) + f(x)``: x, the sum and every cotangent have two readers.
    ``second`` is what arrives at the cotangent of z, ``inputs`` what arrives at x. ``options``
    hold v for each input, and w, which comes to ``<g, v>`` element by element.
    """
    inputs, dz = leaves(driver, case), driver.variable(case.cotangent)
    vs = [driver.variable(v, needs_grad=False) for v in case.options["v"]]
    built = target.build(case.coefficients)
    both = driver.add(built(*inputs), built(*inputs))
    z = driver.multiply(both, both)
    gradients = driver.differentiate([z], inputs, [dz])
    penalty = reduce(driver.add, map(driver.multiply, gradients, vs))
    driver.value(penalty)
    driver.backward(penalty, driver.variable(case.options["w"], needs_grad=False))
    return {
        "second": driver.gradient(dz),
        "inputs": [driver.gradient(x) for x in inputs],
        "v": [driver.value(v) for v in vs],
    }


def forward_mode(driver: Driver, target: Target, case: Case) -> dict[str, Any]:
    """Value and tangent by forward mode, with the tangents in ``options``."""
    built = target.build(case.coefficients)
    output, tangent = driver.jvp(built, case.inputs, case.options["tangents"])
    return {"output": output, "tangent": tangent}


def forwards(driver: Driver, target: Target, case: Case) -> dict[str, Any]:
    """The outputs at several points (``options["points"]``), for differences of the forward."""
    built = target.build(case.coefficients)
    return {
        "outputs": [
            driver.value(built(*(driver.variable(array) for array in point)))
            for point in case.options["points"]
        ]
    }


def vjps(driver: Driver, target: Target, case: Case) -> dict[str, Any]:
    """The gradients for several cotangents (``options["cotangents"]``)."""
    built, gradients = target.build(case.coefficients), []
    for array in case.options["cotangents"]:
        inputs = leaves(driver, case)
        y = built(*inputs)
        driver.value(y)
        driver.backward(y, driver.variable(array, needs_grad=False))
        gradients.append([driver.gradient(x) for x in inputs])
    return {"gradients": gradients}


PROCEDURES = {
    function.__name__: function
    for function in (higher_orders, penalised, forward_mode, forwards, vjps)
}

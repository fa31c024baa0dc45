"""Derivatives beyond one backward pass: higher orders, forward mode, finite differences."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import Any

from ..case import Case
from ..seen import Seen
from .driver import Driver, Variable
from .target import Target
from .wiring import gradients, leaves, run


def higher_orders(driver: Driver, target: Target, case: Case) -> Seen:
    """Three orders: the gradients; theirs with respect to dy; and that one's again.

    With ``g = vjp(dy)``, ``second`` is the gradient of ``sum(<g, v>)`` with respect to dy, and
    ``third`` that of ``<second, w>`` with respect to each v, with v and w from the options.
    """
    inputs = leaves(driver, case)
    dy = driver.variable(case.cotangent)
    vs = [driver.variable(v) for v in case.options["v"]]
    w = driver.variable(case.options["w"])
    y = target.build(case.coefficients, training=case.options["training"])(*inputs)
    first = driver.differentiate([y], inputs, [dy])
    (second,) = driver.differentiate(first, [dy], vs)
    third = driver.differentiate([second], vs, [w]) if second is not None else [None] * len(vs)

    def value(variable: Variable | None) -> Any:
        return None if variable is None else driver.value(variable)

    return Seen(
        gradients=[value(g) for g in first], second=value(second), third=[value(t) for t in third]
    )


def penalised(driver: Driver, target: Target, case: Case) -> Seen:
    """A gradient penalty: the backward pass of ``<g, v>``, where g is the gradient of z.

    z is the square of ``f(x) + f(x)``: x, the sum and every cotangent have two readers.
    ``second`` is what arrives at the cotangent of z, ``gradients`` what arrives at x. ``options``
    hold v for each input, and w, which comes to ``<g, v>`` element by element.
    """
    inputs, dz = leaves(driver, case), driver.variable(case.cotangent)
    vs = [driver.variable(v, needs_grad=False) for v in case.options["v"]]
    built = target.build(case.coefficients)
    both = driver.add(built(*inputs), built(*inputs))
    z = driver.multiply(both, both)
    first = driver.differentiate([z], inputs, [dz])
    penalty = reduce(driver.add, map(driver.multiply, first, vs))
    driver.value(penalty)
    driver.backward(penalty, driver.variable(case.options["w"], needs_grad=False))
    return Seen(
        second=driver.gradient(dz),
        gradients=gradients(driver, inputs),
        v=[driver.value(v) for v in vs],
    )


def in_a_loss(driver: Driver, target: Target, case: Case) -> Seen:
    """A gradient penalty that is a part of a loss: ``<g, v> + dy * dy``, with ``g = vjp(dy)``.

    ``second`` is what arrives at dy. Without the other part, a framework may notice that g has no
    graph. ``options`` hold v for each input, and w, which comes to the loss element by element.
    """
    inputs, dy = leaves(driver, case), driver.variable(case.cotangent)
    vs = [driver.variable(v, needs_grad=False) for v in case.options["v"]]
    y = target.build(case.coefficients)(*inputs)
    first = driver.differentiate([y], inputs, [dy])
    loss = reduce(driver.add, map(driver.multiply, first, vs), driver.multiply(dy, dy))
    driver.value(loss)
    driver.backward(loss, driver.variable(case.options["w"], needs_grad=False))
    return Seen(second=driver.gradient(dy))


def forward_mode(driver: Driver, target: Target, case: Case) -> Seen:
    """Value and tangent by forward mode, with the tangents in ``options``."""
    built = target.build(case.coefficients)
    output, tangent = driver.jvp(built, case.inputs, case.options["tangents"])
    return Seen(output=output, tangent=tangent)


def forwards(driver: Driver, target: Target, case: Case) -> Seen:
    """The outputs at several points (``options["points"]``), for differences of the forward."""
    built = target.build(case.coefficients)
    points = [[driver.variable(array) for array in point] for point in case.options["points"]]
    return Seen(outputs=[driver.value(built(*point)) for point in points])


def vjps(driver: Driver, target: Target, case: Case) -> Seen:
    """A run for each of several cotangents (``options["cotangents"]``)."""
    built = target.build(case.coefficients)
    cases = [replace(case, cotangent=array) for array in case.options["cotangents"]]
    return Seen(runs=[run(driver, each, built) for each in cases])

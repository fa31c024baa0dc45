"""What a case must give, from the laws: values with derived bounds, or the one right answer."""

from __future__ import annotations

from typing import Any

import numpy as np

from conformance.case import Case
from conformance.spec.laws import LAWS
from conformance.spec.rounding import Array, Running, compute_type


class Expected:
    """The law applied to one case."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.law = LAWS[case.layer]
        self.dtype = np.asarray(case.inputs[0]).dtype
        self.compute = compute_type(self.dtype)

    def running(self, values: Any) -> Running:
        """Known numbers, to start a calculation with."""
        return Running.of(values, self.compute)

    @property
    def inputs(self) -> list[Running]:
        return [self.running(x) for x in self.case.inputs]

    @property
    def cotangent(self) -> Running:
        return self.running(self.case.cotangent)

    def output(self, inputs: list[Running] | None = None) -> Running:
        """What the layer gives, stored in the dtype of the inputs."""
        given = self.inputs if inputs is None else inputs
        return self.law.forward(given, self.case.coefficients).stored(self.dtype)

    def gradients(self, dy: Running | None = None) -> list[Running]:
        """The gradient of each input."""
        arriving = self.cotangent if dy is None else dy
        gradients = self.law.vjp(arriving, self.case.coefficients)
        return [gradient.stored(self.dtype) for gradient in gradients]

    def tangent(self, tangents: list[Running]) -> Running:
        """The declared tangent."""
        return self.law.jvp(tangents, self.case.coefficients).stored(self.dtype)

    def sum(self, a: Running, b: Running) -> Running:
        """A sum that is stored, as a framework accumulates gradients."""
        return (a + b).stored(self.dtype)

    def twice(self, a: Running) -> Running:
        """A sum of two that are equal."""
        return self.sum(a, a)

    def exact_output(self) -> list[Array]:
        """The outputs that are right at 0 ULP; none where the law gives a bound."""
        return self.law.exact_forward(self.case.inputs, self.case.coefficients)

    def exact_gradients(self) -> list[list[Array]]:
        """For each input, the gradients that are right at 0 ULP; none where it is a bound."""
        return self.law.exact_vjp(self.case.cotangent, self.case.coefficients)

"""What a case must give, from the laws: values with derived bounds, or the one right answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..case import Case
from .laws import LAWS
from .rounding import Array, Running, compute_type, half_tiny, unit_roundoff


class Expected:
    """The law applied to one case.

    ``must``: with the bounds of the MUST clauses, which permit coefficients that are rounded to
    float32 or to a 16-bit type of the inputs, and arithmetic in that type. Otherwise both are
    those of the compute type.
    """

    def __init__(self, case: Case, must: bool = False) -> None:
        self.case = case
        self.must = must
        self.law = LAWS[case.layer]
        self.dtype = np.asarray(case.inputs[0]).dtype
        self.compute = compute_type(self.dtype)
        if must and self.dtype.itemsize < self.compute.itemsize:
            self.compute = self.dtype

    def running(self, values: Any) -> Running:
        """Known numbers, to start a calculation with."""
        return Running.of(values, self.compute)

    @property
    def coefficients(self) -> dict[str, Running]:
        """The coefficients, with the error of rounding them."""
        return {name: self._coefficient(value) for name, value in self.case.coefficients.items()}

    def _coefficient(self, value: Any) -> Running:
        exact = self.running(value)
        with np.errstate(all="ignore"):
            if self.must:
                u = max(unit_roundoff(self.compute), unit_roundoff(np.dtype(np.float32)))
                error = u * np.abs(exact.value) + half_tiny(self.compute)
                return Running(exact.value, error, self.compute)
            rounded = exact.value.astype(self.compute).astype(exact.value.dtype)
        return Running(rounded, np.abs(rounded - exact.value), self.compute)

    @property
    def inputs(self) -> list[Running]:
        return [self.running(x) for x in self.case.inputs]

    @property
    def cotangent(self) -> Running:
        return self.running(self.case.cotangent)

    def output(self, inputs: list[Running] | None = None) -> Running:
        """What the layer gives, stored in the dtype of the inputs.

        R1 permits that the surrogate s is added and taken away, which gives a reversal its gradient
        without a function of its own: s + stop(x - s), (1 + scale) stop(x) - scale x. S1 does not:
        that would be as much as a wrong order of its operations is off by.
        """
        given = self.inputs if inputs is None else inputs
        found = self.law.forward(given, self.coefficients)
        if self.must and self.case.layer == "gradient_reversal":
            carrier = self.law.jvp(given, self.coefficients)
            with np.errstate(all="ignore"):
                size = np.abs(carrier.value) + np.abs(found.value)
                error = 2 * carrier.error + 4 * unit_roundoff(self.compute) * size
            found = Running(found.value, found.error + error, found.compute)
        return found.stored(self.dtype)

    def gradients(self, dy: Running | None = None) -> list[Running]:
        """The gradient of each input."""
        arriving = self.cotangent if dy is None else dy
        gradients = self.law.vjp(arriving, self.coefficients)
        return [gradient.stored(self.dtype) for gradient in gradients]

    def tangent(self, tangents: list[Running]) -> Running:
        """The declared tangent."""
        return self.law.jvp(tangents, self.coefficients).stored(self.dtype)

    def sum(self, a: Running, b: Running) -> Running:
        """A sum that is stored, as a framework accumulates gradients."""
        return (a + b).stored(self.dtype)

    def twice(self, a: Running) -> Running:
        """A sum of two that are equal."""
        return self.sum(a, a)

    def total(self, terms: Sequence[Running]) -> Running:
        """A sum whose partial sums are stored, in whatever order."""
        u = max(unit_roundoff(self.compute), unit_roundoff(self.dtype))
        with np.errstate(all="ignore"):
            size = sum((np.abs(t.value) + t.error for t in terms), start=np.zeros(()))
            value = sum((t.value for t in terms[1:]), start=terms[0].value)
            error = sum((t.error for t in terms[1:]), start=terms[0].error)
            error = error + 1.01 * (len(terms) - 1) * u * size
        return Running(value, error, self.compute)

    def exact_output(self) -> list[Array]:
        """The outputs that are right at 0 ULP; none where the law gives a bound."""
        return self.law.exact_forward(self.case.inputs, self.case.coefficients)

    def exact_gradients(self) -> list[list[Array]]:
        """For each input, the gradients that are right at 0 ULP; none where it is a bound."""
        return self.law.exact_vjp(self.case.cotangent, self.case.coefficients)

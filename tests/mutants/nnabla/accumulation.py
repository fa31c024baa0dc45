"""Layers for nnabla that are wrong in how they deliver a gradient."""

from __future__ import annotations

from typing import Any

from nnabla.backward_functions import register

from tests.mutants import mutant
from tests.mutants.nnabla.right import Multiply, Reversal


@mutant("gradient_reversal", "G9")
class AccumulationIgnored(Reversal):
    """Writes where it should add."""

    def deliver(self, dx: Any, grad: Any, accum: bool) -> None:
        super().deliver(dx, grad, False)


@mutant("gradient_reversal", "G5")
class AccumulatedInPlace(Reversal):
    """Multiplies in place where it adds, to need no second array, and so edits the cotangent."""

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        if accum[0]:
            dy = outputs[0].grad.get_data("rw")
            dy[...] = self.backward(dy, 0)
            inputs[0].grad.get_data("rw")[...] += dy
        else:
            super().backward_impl(inputs, outputs, propagate_down, accum)


@mutant("mul_scalar", "G7")
class AccumulationForgotten(Multiply):
    """Writes where it should add."""

    name = "Conformance.AccumulationForgotten"

    def deliver(self, dx: Any, grad: Any, accum: bool) -> None:
        super().deliver(dx, grad, False)


@mutant("gradient_reversal", "G25")
class PenaltyOverwritten(Reversal):
    """Accumulates; but in double backward it writes where it should add."""

    name = "Conformance.PenaltyOverwritten"


register(PenaltyOverwritten.name, lambda dys, *_, scale: AccumulationForgotten(-scale)(dys[0]))
register(AccumulationForgotten.name, lambda dys, *_, scalar: AccumulationForgotten(scalar)(dys[0]))


@mutant("gradient_reversal", "R3", found_by="G14")
class AlwaysAccumulates(Reversal):
    """Adds where it should write: nnabla hands it zeros then, and -0.0 becomes 0.0."""

    def deliver(self, dx: Any, grad: Any, accum: bool) -> None:
        super().deliver(dx, grad, True)


@mutant("gradient_reversal", "G6")
class StaleRemainder(Reversal):
    """Writes all of the gradient but its last element."""

    def deliver(self, dx: Any, grad: Any, accum: bool) -> None:
        if accum:
            super().deliver(dx, grad, accum)
        else:
            grad.get_data("w", dx.dtype).ravel()[:-1] = dx.ravel()[:-1]

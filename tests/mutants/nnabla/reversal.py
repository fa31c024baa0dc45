"""Wrong gradient reversals for nnabla, besides those of ``anywhere.py``.

A defect that was seen in public layers names one of them; none of those is for nnabla.
"""

from __future__ import annotations

from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import numpy as np
from nnabla.backward_functions import register

from tests.mutants import anywhere, formulas, mutant, situations
from tests.mutants.nnabla.arrays import declare, exact
from tests.mutants.nnabla.right import Reversal, ReversalModule

anywhere.reversals(
    __name__,
    lambda x, scale: Reversal(scale)(x),
    ReversalModule,
    F.unlink,
    lambda: nn.no_grad(False),
    exact,
)
formulas.reversals(__name__, declare, exact, penalised="G18")
situations.reversals(__name__, declare, exact)


@mutant("gradient_reversal", "G5")
class CotangentEdited(Reversal):
    """Reverses in place, in a gradient that others read."""

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        dy = outputs[0].grad.get_data("rw")
        dy[...] = self.backward(dy, 0)
        self.deliver(dy, inputs[0].grad, accum[0])


@mutant("gradient_reversal", "G31")
class OtherGraph(Reversal):
    """Tells nn.grad another backward, which does not reverse."""

    name = "Conformance.OtherGraph"


register(OtherGraph.name, lambda dys, *_, scale: dys[0])


@mutant("gradient_reversal", "G17")
class InputRetained(Reversal):
    """Says that its gradient needs the input, as the example in nnabla's manual does."""

    def grad_depends_input_data(self, i: int, j: int) -> bool:
        return True


@mutant("gradient_reversal", "G17")
class InputSaved(Reversal):
    """Keeps a NumPy view of the input, whose memory nnabla then cannot free."""

    def forward(self, *xs: Any) -> Any:
        (self.saved,) = xs
        return xs[0]


@mutant("gradient_reversal", "G4")
class InputEdited(Reversal):
    """Leaves its input negated."""

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        super().forward_impl(inputs, outputs)
        inputs[0].data.get_data("rw")[...] *= -1


@mutant("gradient_reversal", "G1")
class Flattened(Reversal):
    """Drops the shape."""

    def setup_impl(self, inputs: Any, outputs: Any) -> None:
        outputs[0].reset_shape((inputs[0].size,), True)

    def forward(self, *xs: Any) -> Any:
        self.shape = xs[0].shape
        return xs[0].ravel()

    def backward(self, dy: Any, i: int) -> Any:
        return super().backward(dy.reshape(self.shape), i)


@mutant("gradient_reversal", "G1", found_by="G13")
class ZeroDimensionsPromoted(Flattened):
    """Makes a vector of a 0-d input."""

    def setup_impl(self, inputs: Any, outputs: Any) -> None:
        outputs[0].reset_shape(inputs[0].shape or (1,), True)

    def forward(self, *xs: Any) -> Any:
        super().forward(*xs)
        return np.atleast_1d(xs[0])


@mutant("gradient_reversal", "G23")
class Promoted(Reversal):
    """Assigns to ``.d`` and ``.g``, which makes float32 of half precision: it costs memory."""

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        outputs[0].d = inputs[0].d

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        dx = self.backward(outputs[0].g, 0)
        inputs[0].g = inputs[0].g + dx if accum[0] else dx


@mutant("gradient_reversal", "G21")
class PickledInHalf(ReversalModule):
    """Saves its scale in float16."""

    def __reduce__(self) -> Any:
        return type(self), (float(np.float16(self.scale)),)

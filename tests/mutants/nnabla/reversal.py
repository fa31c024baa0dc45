"""Wrong gradient reversals for nnabla, besides those of ``anywhere.py``.

A defect that was seen in public layers names one of them; none of those is for nnabla.
"""

from __future__ import annotations

import time
from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import numpy as np
from nnabla import Variable
from nnabla.backward_functions import register

from tests.mutants import anywhere, mutant
from tests.mutants.nnabla.arrays import Scalar, exact, scaled
from tests.mutants.nnabla.right import ManualReversal, Reversal, ReversalModule

anywhere.reversals(
    __name__,
    lambda x, scale: Reversal(scale)(x),
    ReversalModule,
    F.unlink,
    lambda: nn.no_grad(False),
    exact,
)


@mutant("gradient_reversal", "R2")
class NeverReversed(ReversalModule):
    """A module's ``backward``, which nnabla never calls (pitchtron issue 3)."""

    def call(self, x: Variable) -> Variable:
        return F.identity(x)

    def backward(self, dy: Any) -> Any:
        return -self.scale * dy


@mutant("gradient_reversal", "R2")
class DoubleNegation(Reversal):
    """Negates twice, so that nothing is reversed (pytorch_DANN issue 10)."""

    def backward(self, dy: Any, i: int) -> Any:
        return super().backward(-dy, i)


@mutant("gradient_reversal", "R3")
class ScaleInDtypeOfGradient(ManualReversal):
    """nnabla's own multiplication, which rounds the scale to float16 in half precision."""

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        product = F.mul_scalar(outputs[0].grad, -self.scale)
        dx = inputs[0].grad
        dx.copy_from(dx + product if accum[0] else product)


@mutant("gradient_reversal", "R5")
class ScaleByReference(Reversal):
    """Reads an NdArray at backward: a change in between changes the gradient."""

    def __init__(self, scale: Scalar) -> None:
        super().__init__(scale)
        self.given = scale

    def backward(self, dy: Any, i: int) -> Any:
        return scaled(dy, -exact(self.given))


@mutant("gradient_reversal", "R5")
class ModuleReadAtBackward(ReversalModule):
    """Reads the module's scale at backward: a schedule changes an earlier graph."""

    def call(self, x: Variable) -> Variable:
        function = Reversal(0.0)
        function.backward = lambda dy, i: scaled(  # type: ignore[method-assign]
            dy, -exact(self.scale)
        )
        return function(x)


@mutant("gradient_reversal", "G14")
class NaNHidden(Reversal):
    """Makes a NaN or infinite gradient finite."""

    def backward(self, dy: Any, i: int) -> Any:
        return super().backward(np.nan_to_num(dy), i)


@mutant("gradient_reversal", "P2")
class Normalised(Reversal):
    """Divides the gradient by its norm, and so is not linear in it."""

    def backward(self, dy: Any, i: int) -> Any:
        return super().backward(dy, i) / np.linalg.norm(dy)


@mutant("gradient_reversal", "G5")
class CotangentEdited(Reversal):
    """Reverses in place, in a gradient that others read."""

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        dy = outputs[0].grad.get_data("rw")
        dy[...] = self.backward(dy, 0)
        self.deliver(dy, inputs[0].grad, accum[0])


@mutant("gradient_reversal", "G18")
class NotRegistered(Reversal):
    """Tells nn.grad no backward: a gradient penalty cannot be built."""

    name = "Conformance.NotRegistered"


@mutant("gradient_reversal", "G18")
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


@mutant("gradient_reversal", "R1")
class ForwardScaled(Reversal):
    """Reverses the values as well."""

    def forward(self, *xs: Any) -> Any:
        return scaled(xs[0], -self.scale)


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


@mutant("gradient_reversal", "G13")
class ZeroDimensionsPromoted(Flattened):
    """Makes a vector of a 0-d input."""

    def setup_impl(self, inputs: Any, outputs: Any) -> None:
        outputs[0].reset_shape(inputs[0].shape or (1,), True)

    def forward(self, *xs: Any) -> Any:
        super().forward(*xs)
        return np.atleast_1d(xs[0])


@mutant("gradient_reversal", "G2")
class Promoted(Reversal):
    """Assigns to ``.d`` and ``.g``, which makes float32 of half precision."""

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        outputs[0].d = inputs[0].d

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        dx = self.backward(outputs[0].g, 0)
        inputs[0].g = inputs[0].g + dx if accum[0] else dx


@mutant("gradient_reversal", "G23")
class OnlyFloat32(Reversal):
    """Refuses other dtypes."""

    def forward(self, *xs: Any) -> Any:
        if xs[0].dtype != np.float32:
            raise TypeError(f"x must be float32, got {xs[0].dtype}")
        return xs[0]


@mutant("gradient_reversal", "G22")
class CotangentShared(Reversal):
    """Passes the gradient through the class, where another thread finds it."""

    passing: Any = None

    def backward(self, dy: Any, i: int) -> Any:
        CotangentShared.passing = dy
        time.sleep(1e-3)
        return super().backward(CotangentShared.passing, i)


@mutant("gradient_reversal", "G21")
class PickledInHalf(ReversalModule):
    """Saves its scale in float16."""

    def __reduce__(self) -> Any:
        return type(self), (float(np.float16(self.scale)),)

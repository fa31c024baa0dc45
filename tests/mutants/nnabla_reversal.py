"""Wrong gradient reversals for nnabla: the part of ``mutants/nnabla.py`` for that layer.

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

from tests.mutants.nnabla_right import (
    ManualReversal,
    Reversal,
    ReversalModule,
    Scalar,
    exact,
    scaled,
)


class NeverReversed(ReversalModule):
    """A module's ``backward``, which nnabla never calls (pitchtron issue 3)."""

    def call(self, x: Variable) -> Variable:
        return F.identity(x)

    def backward(self, dy: Any) -> Any:
        return -self.scale * dy


class DoubleNegation(Reversal):
    """Negates twice, so that nothing is reversed (pytorch_DANN issue 10)."""

    def backward(self, dy: Any, i: int) -> Any:
        return super().backward(-dy, i)


def scale_ignored(x: Variable, scale: Scalar) -> Variable:
    """Reverses by 1, whatever the scale (UDA4POC issue 3)."""
    return Reversal(1.0)(x)


def scale_squared(x: Variable, scale: Scalar) -> Variable:
    """Scales in the layer and once more around it."""
    return Reversal(np.square(exact(scale)))(x)


def integer_scale(x: Variable, scale: Scalar) -> Variable:
    """Puts the scale in an array made for the default of 1: 0.5 becomes 0 (pytorch-adapt)."""
    return Reversal(exact(scale).astype(np.int64))(x)


def only_floats(x: Variable, scale: Scalar) -> Variable:
    """Refuses a scale that is no Python float."""
    if type(scale) is not float:
        raise TypeError(f"scale must be a float, got {scale!r}")
    return Reversal(scale)(x)


def first_sample(x: Variable, scale: Scalar) -> Variable:
    """Uses the scale of the first sample for all."""
    return Reversal(exact(scale).flat[0])(x)


def half_scale(x: Variable, scale: Scalar) -> Variable:
    """Holds the scale in float16."""
    return Reversal(exact(scale).astype(np.float16))(x)


class ScaleInDtypeOfGradient(ManualReversal):
    """nnabla's own multiplication, which rounds the scale to float16 in half precision."""

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        product = F.mul_scalar(outputs[0].grad, -self.scale)
        dx = inputs[0].grad
        dx.copy_from(dx + product if accum[0] else product)


class ScaleByReference(Reversal):
    """Reads an NdArray at backward: a change in between changes the gradient."""

    def __init__(self, scale: Scalar) -> None:
        super().__init__(scale)
        self.given = scale

    def backward(self, dy: Any, i: int) -> Any:
        return scaled(dy, -exact(self.given))


class ModuleReadAtBackward(ReversalModule):
    """Reads the module's scale at backward: a schedule changes an earlier graph."""

    def call(self, x: Variable) -> Variable:
        function = Reversal(0.0)
        function.backward = lambda dy, i: scaled(  # type: ignore[method-assign]
            dy, -exact(self.scale)
        )
        return function(x)


class NaNHidden(Reversal):
    """Makes a NaN or infinite gradient finite."""

    def backward(self, dy: Any, i: int) -> Any:
        return super().backward(np.nan_to_num(dy), i)


class Normalised(Reversal):
    """Divides the gradient by its norm, and so is not linear in it."""

    def backward(self, dy: Any, i: int) -> Any:
        return super().backward(dy, i) / np.linalg.norm(dy)


class CotangentEdited(Reversal):
    """Reverses in place, in a gradient that others read."""

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        dy = outputs[0].grad.get_data("rw")
        dy[...] = self.backward(dy, 0)
        self.deliver(dy, inputs[0].grad, accum[0])


class NotRegistered(Reversal):
    """Tells nn.grad no backward: a gradient penalty cannot be built."""

    name = "Conformance.NotRegistered"


class OtherGraph(Reversal):
    """Tells nn.grad another backward, which does not reverse."""

    name = "Conformance.OtherGraph"


register(OtherGraph.name, lambda dys, *_, scale: dys[0])


class InputRetained(Reversal):
    """Says that its gradient needs the input, as the example in nnabla's manual does."""

    def grad_depends_input_data(self, i: int, j: int) -> bool:
        return True


class InputSaved(Reversal):
    """Keeps a NumPy view of the input, whose memory nnabla then cannot free."""

    def forward(self, *xs: Any) -> Any:
        (self.saved,) = xs
        return xs[0]


def graph_always_kept(x: Variable, scale: Scalar) -> Variable:
    """Builds a graph in no-grad mode too."""
    with nn.no_grad(False):
        return Reversal(scale)(x)


def arithmetic(x: Variable, scale: Scalar) -> Variable:
    """The right gradient by arithmetic, which rounds the values (seen in JAX code)."""
    value = float(exact(scale))
    return (1 + value) * F.unlink(x) - value * x


def straight_through(x: Variable, scale: Scalar) -> Variable:
    """The right gradient by adding a zero, which is NaN for an infinite input."""
    reversed_ = -float(exact(scale)) * x
    return F.unlink(x) + (reversed_ - F.unlink(reversed_))


class InputEdited(Reversal):
    """Leaves its input negated."""

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        super().forward_impl(inputs, outputs)
        inputs[0].data.get_data("rw")[...] *= -1


class ForwardScaled(Reversal):
    """Reverses the values as well."""

    def forward(self, *xs: Any) -> Any:
        return scaled(xs[0], -self.scale)


class Flattened(Reversal):
    """Drops the shape."""

    def setup_impl(self, inputs: Any, outputs: Any) -> None:
        outputs[0].reset_shape((inputs[0].size,), True)

    def forward(self, *xs: Any) -> Any:
        self.shape = xs[0].shape
        return xs[0].ravel()

    def backward(self, dy: Any, i: int) -> Any:
        return super().backward(dy.reshape(self.shape), i)


class ZeroDimensionsPromoted(Flattened):
    """Makes a vector of a 0-d input."""

    def setup_impl(self, inputs: Any, outputs: Any) -> None:
        outputs[0].reset_shape(inputs[0].shape or (1,), True)

    def forward(self, *xs: Any) -> Any:
        super().forward(*xs)
        return np.atleast_1d(xs[0])


class Promoted(Reversal):
    """Assigns to ``.d`` and ``.g``, which makes float32 of half precision."""

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        outputs[0].d = inputs[0].d

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        dx = self.backward(outputs[0].g, 0)
        inputs[0].g = inputs[0].g + dx if accum[0] else dx


class OnlyFloat32(Reversal):
    """Refuses other dtypes."""

    def forward(self, *xs: Any) -> Any:
        if xs[0].dtype != np.float32:
            raise TypeError(f"x must be float32, got {xs[0].dtype}")
        return xs[0]


class WarmStart(ReversalModule):
    """Counts its calls, so that each run has another scale (tllib, in evaluation mode too)."""

    calls = 0

    def call(self, x: Variable) -> Variable:
        self.calls += 1
        return Reversal(self.scale * self.calls)(x)


class CotangentShared(Reversal):
    """Passes the gradient through the class, where another thread finds it."""

    passing: Any = None

    def backward(self, dy: Any, i: int) -> Any:
        CotangentShared.passing = dy
        time.sleep(1e-3)
        return super().backward(CotangentShared.passing, i)


class PickledInHalf(ReversalModule):
    """Saves its scale in float16."""

    def __reduce__(self) -> Any:
        return type(self), (float(np.float16(self.scale)),)

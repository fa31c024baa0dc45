"""Wrong gradient reversals for Chainer, besides those of ``anywhere.py``."""

from __future__ import annotations

import time
from typing import Any

import chainer
import numpy as np
from chainer import Variable

from tests.mutants import anywhere, mutant
from tests.mutants.chainer.arrays import Scalar, scaled
from tests.mutants.chainer.right import Multiply, OldStyleReversal, Reversal, ReversalLink


def _reverse(x: Variable, scale: Scalar) -> Variable:
    return Reversal(scale).apply((x,))[0]


anywhere.reversals(
    __name__,
    _reverse,
    ReversalLink,
    lambda x: Variable(x.array),
    chainer.force_backprop_mode,
)


@mutant("gradient_reversal", "R2")
class NeverReversed(ReversalLink):
    """A link's ``backward``, which Chainer never calls (pitchtron issue 3)."""

    def forward(self, x: Variable) -> Variable:
        return chainer.functions.identity(x)

    def backward(self, indexes: Any, dys: Any) -> Any:
        return (-self.scale * dys[0],)


@mutant("gradient_reversal", "R2")
class DoubleNegation(Reversal):
    """Negates twice, so that nothing is reversed (pytorch_DANN issue 10)."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return Multiply(-self.scale).apply((-dys[0],))


@mutant("gradient_reversal", "R3")
class ScaleInDtypeOfGradient(Reversal):
    """Chainer's own ``-scale * dy``, which rounds the scale to float16 for float16."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return (float(-self.scale) * dys[0],)


@mutant("gradient_reversal", "R5")
class ScaleByReference(Reversal):
    """Reads an array at backward: a change in between changes the gradient."""

    def __init__(self, scale: Scalar) -> None:
        self.scale = np.asarray(scale)


@mutant("gradient_reversal", "R5")
class LinkReadAtBackward(ReversalLink):
    """Reads its scale at backward: a schedule changes the gradient of an earlier graph."""

    def forward(self, x: Variable) -> Variable:
        node = Reversal(0.0)
        node.backward = lambda indexes, dys: _negated(self.scale, dys)  # type: ignore[method-assign]
        return node.apply((x,))[0]


def _negated(scale: Scalar, dys: Any) -> Any:
    return Multiply(-np.asarray(scale)).apply(dys)


@mutant("gradient_reversal", "G14")
class NaNHidden(Reversal):
    """Makes a NaN or infinite gradient finite."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return super().backward(indexes, (Variable(np.nan_to_num(dys[0].array)),))


@mutant("gradient_reversal", "P2")
class Normalised(Reversal):
    """Divides the gradient by its norm, and so is not linear in it."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        (dx,) = super().backward(indexes, dys)
        return (Variable(dx.array / np.linalg.norm(dys[0].array)),)


@mutant("gradient_reversal", "P2")
class Clipped(Reversal):
    """Clips the gradient to [-1, 1]."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        (dx,) = super().backward(indexes, dys)
        return (chainer.functions.clip(dx, -1.0, 1.0),)


@mutant("gradient_reversal", "G5")
class CotangentEdited(Reversal):
    """Reverses in place, in a gradient that others read."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        dys[0].array[...] = scaled(dys[0].array, -self.scale)
        return dys


@mutant("gradient_reversal", "G18")
class Detached(Reversal):
    """Computes on arrays in the backward pass, so that a gradient penalty sees nothing."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return (Variable(scaled(dys[0].array, -self.scale)),)


@mutant("gradient_reversal", "G17")
class InputRetained(OldStyleReversal):
    """Keeps the input, as every old-style function does that does not say otherwise."""

    def forward(self, inputs: Any) -> Any:
        return inputs


@mutant("gradient_reversal", "G17")
class OutputSaved(Reversal):
    """Keeps a view of the output in the node."""

    def forward(self, inputs: Any) -> Any:
        self.saved = inputs[0].reshape(-1)
        return inputs


@mutant("gradient_reversal", "G10")
class OneNode(ReversalLink):
    """Applies one node again and again, though a node stands for one application."""

    def __init__(self, scale: Scalar = 1.0) -> None:
        super().__init__()
        self.node = Reversal(scale)

    def forward(self, x: Variable) -> Variable:
        return self.node.apply((x,))[0]


@mutant("gradient_reversal", "G4")
def input_edited(x: Variable, scale: Scalar) -> Variable:
    """Leaves its input negated."""
    y = _reverse(chainer.functions.copy(x, -1), scale)
    x.array[...] *= -1
    return y


@mutant("gradient_reversal", "R1")
class ForwardScaled(Reversal):
    """Reverses the values as well."""

    def forward(self, inputs: Any) -> Any:
        return (scaled(inputs[0], -self.scale),)


@mutant("gradient_reversal", "R4")
class Copied(Reversal):
    """Copies the values."""

    def forward(self, inputs: Any) -> Any:
        return (inputs[0].copy(order="K"),)


@mutant("gradient_reversal", "G3")
class MadeContiguous(Reversal):
    """Changes the layout of a transposed or channels-last input."""

    def forward(self, inputs: Any) -> Any:
        return (np.ascontiguousarray(inputs[0]).reshape(inputs[0].shape),)


@mutant("gradient_reversal", "G1")
class Flattened(Reversal):
    """Drops the shape."""

    def forward(self, inputs: Any) -> Any:
        self.shape = inputs[0].shape
        return (inputs[0].ravel(),)

    def backward(self, indexes: Any, dys: Any) -> Any:
        (dx,) = super().backward(indexes, dys)
        return (dx.reshape(self.shape),)


@mutant("gradient_reversal", "G2")
def promoted(x: Variable, scale: Scalar) -> Variable:
    """Returns float32 for half precision."""
    return _reverse(chainer.functions.cast(x, np.promote_types(x.dtype, np.float32)), scale)


@mutant("gradient_reversal", "G13")
class ZeroDimensionsPromoted(Reversal):
    """Multiplies as a plain NumPy expression, which makes a float64 of a 0-d float32."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return (Variable(np.asarray(float(-self.scale) * dys[0].array)),)


@mutant("gradient_reversal", "G23")
class OnlyFloat32(Reversal):
    """Refuses other dtypes."""

    def check_type_forward(self, in_types: Any) -> None:
        chainer.utils.type_check.expect(in_types[0].dtype == np.float32)


@mutant("gradient_reversal", "R2")
class OnlyInTraining(ReversalLink):
    """Lets the gradient through as it is in evaluation mode."""

    def forward(self, x: Variable) -> Variable:
        return super().forward(x) if chainer.config.train else _reverse(x, -1.0)


@mutant("gradient_reversal", "G22")
class CotangentShared(Reversal):
    """Passes the gradient through the class, where another thread finds it."""

    passing: Any = None

    def backward(self, indexes: Any, dys: Any) -> Any:
        CotangentShared.passing = dys
        time.sleep(1e-3)
        return super().backward(indexes, CotangentShared.passing)


@mutant("gradient_reversal", "G21")
class SavedInHalf(ReversalLink):
    """Saves its scale in float16."""

    def serialize(self, serializer: Any) -> None:
        super().serialize(serializer)
        self.scale = float(serializer("scale", np.array(self.scale, np.float16)))

"""Wrong gradient reversals for Chainer, besides those of ``anywhere.py``."""

from __future__ import annotations

from typing import Any

import chainer
import numpy as np
from chainer import Variable

from tests.mutants import anywhere, formulas, mutant, situations
from tests.mutants.chainer.arrays import Scalar, declare
from tests.mutants.chainer.right import OldStyleReversal, Reversal, ReversalLink
from tests.mutants.formulas import scaled


def _reverse(x: Variable, scale: Scalar) -> Variable:
    return Reversal(scale).apply((x,))[0]


anywhere.reversals(
    __name__,
    _reverse,
    ReversalLink,
    lambda x: Variable(x.array),
    chainer.force_backprop_mode,
)
formulas.reversals(__name__, declare)
situations.reversals(__name__, declare)


@mutant("gradient_reversal", "G26")
def in_training_alone(x: Variable, scale: Scalar) -> Variable:
    """Reverses in training alone, as a function, by the configuration that all functions see."""
    return _reverse(x, scale) if chainer.config.train else chainer.functions.identity(x)


@mutant("gradient_reversal", "G9")
def gradient_cleared(x: Variable, scale: Scalar) -> Variable:
    """Clears the gradient of x before it begins, which may be one that is added to."""
    x.cleargrad()
    return _reverse(x, scale)


@mutant("gradient_reversal", "G5")
class CotangentEdited(Reversal):
    """Reverses in place, in a gradient that others read."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        dys[0].array[...] = scaled(dys[0].array, -self.scale)
        return dys


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


@mutant("gradient_reversal", "R4")
class Copied(Reversal):
    """Copies the values."""

    def forward(self, inputs: Any) -> Any:
        return (inputs[0].copy(order="K"),)


@mutant("gradient_reversal", "G30")
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


@mutant("gradient_reversal", "R2")
class OnlyInTraining(ReversalLink):
    """Lets the gradient through as it is in evaluation mode."""

    def forward(self, x: Variable) -> Variable:
        return super().forward(x) if chainer.config.train else _reverse(x, -1.0)


@mutant("gradient_reversal", "G21")
class SavedInHalf(ReversalLink):
    """Saves its scale in float16."""

    def serialize(self, serializer: Any) -> None:
        super().serialize(serializer)
        self.scale = float(serializer("scale", np.array(self.scale, np.float16)))

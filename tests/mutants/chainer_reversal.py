"""Wrong gradient reversals for Chainer: the part of ``mutants/chainer.py`` for that layer."""

from __future__ import annotations

import time
from typing import Any

import chainer
import numpy as np
from chainer import Variable

from tests.mutants.chainer_right import (
    Multiply,
    OldStyleReversal,
    Reversal,
    ReversalLink,
    Scalar,
    scaled,
)


def _reverse(x: Variable, scale: Scalar) -> Variable:
    return Reversal(scale).apply((x,))[0]


class NeverReversed(ReversalLink):
    """A link's ``backward``, which Chainer never calls (pitchtron issue 3)."""

    def forward(self, x: Variable) -> Variable:
        return chainer.functions.identity(x)

    def backward(self, indexes: Any, dys: Any) -> Any:
        return (-self.scale * dys[0],)


class DoubleNegation(Reversal):
    """Negates twice, so that nothing is reversed (pytorch_DANN issue 10)."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return Multiply(-self.scale).apply((-dys[0],))


def scale_ignored(x: Variable, scale: Scalar) -> Variable:
    """Reverses by 1, whatever the scale (UDA4POC issue 3, and public node-style Chainer GRLs)."""
    return _reverse(x, 1.0)


def scale_squared(x: Variable, scale: Scalar) -> Variable:
    """Scales in the layer and once more around it."""
    return _reverse(x, np.square(scale))


def integer_scale(x: Variable, scale: Scalar) -> Variable:
    """Puts the scale in an array made for the default of 1: 0.5 becomes 0 (pytorch-adapt)."""
    return _reverse(x, np.asarray(scale).astype(np.int64))


def only_floats(x: Variable, scale: Scalar) -> Variable:
    """Refuses a scale that is no Python float."""
    if type(scale) is not float:
        raise TypeError(f"scale must be a float, got {scale!r}")
    return _reverse(x, scale)


def first_sample(x: Variable, scale: Scalar) -> Variable:
    """Uses the scale of the first sample for all."""
    return _reverse(x, np.asarray(scale).flat[0])


def half_scale(x: Variable, scale: Scalar) -> Variable:
    """Holds the scale in float16."""
    return _reverse(x, np.asarray(scale).astype(np.float16))


class ScaleInDtypeOfGradient(Reversal):
    """Chainer's own ``-scale * dy``, which rounds the scale to float16 for float16."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return (float(-self.scale) * dys[0],)


class ScaleByReference(Reversal):
    """Reads an array at backward: a change in between changes the gradient."""

    def __init__(self, scale: Scalar) -> None:
        self.scale = np.asarray(scale)


class LinkReadAtBackward(ReversalLink):
    """Reads its scale at backward: a schedule changes the gradient of an earlier graph."""

    def forward(self, x: Variable) -> Variable:
        node = Reversal(0.0)
        node.backward = lambda indexes, dys: _negated(self.scale, dys)  # type: ignore[method-assign]
        return node.apply((x,))[0]


def _negated(scale: Scalar, dys: Any) -> Any:
    return Multiply(-np.asarray(scale)).apply(dys)


class NaNHidden(Reversal):
    """Makes a NaN or infinite gradient finite."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return super().backward(indexes, (Variable(np.nan_to_num(dys[0].array)),))


class Normalised(Reversal):
    """Divides the gradient by its norm, and so is not linear in it."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        (dx,) = super().backward(indexes, dys)
        return (Variable(dx.array / np.linalg.norm(dys[0].array)),)


class Clipped(Reversal):
    """Clips the gradient to [-1, 1]."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        (dx,) = super().backward(indexes, dys)
        return (chainer.functions.clip(dx, -1.0, 1.0),)


class CotangentEdited(Reversal):
    """Reverses in place, in a gradient that others read."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        dys[0].array[...] = scaled(dys[0].array, -self.scale)
        return dys


class Detached(Reversal):
    """Computes on arrays in the backward pass, so that a gradient penalty sees nothing."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return (Variable(scaled(dys[0].array, -self.scale)),)


class InputRetained(OldStyleReversal):
    """Keeps the input, as every old-style function does that does not say otherwise."""

    def forward(self, inputs: Any) -> Any:
        return inputs


class OutputSaved(Reversal):
    """Keeps a view of the output in the node."""

    def forward(self, inputs: Any) -> Any:
        self.saved = inputs[0].reshape(-1)
        return inputs


class OneNode(ReversalLink):
    """Applies one node again and again, though a node stands for one application."""

    def __init__(self, scale: Scalar = 1.0) -> None:
        super().__init__()
        self.node = Reversal(scale)

    def forward(self, x: Variable) -> Variable:
        return self.node.apply((x,))[0]


def graph_always_kept(x: Variable, scale: Scalar) -> Variable:
    """Builds a graph in no-backprop mode too."""
    with chainer.force_backprop_mode():
        return _reverse(x, scale)


def arithmetic(x: Variable, scale: Scalar) -> Variable:
    """The right gradient by arithmetic, which rounds the values (seen in JAX code)."""
    return (1 + float(scale)) * Variable(x.array) - float(scale) * x


def straight_through(x: Variable, scale: Scalar) -> Variable:
    """The right gradient by adding a zero, which is NaN for an infinite input."""
    reversed_ = -float(scale) * x
    return Variable(x.array) + (reversed_ - reversed_.array)


def input_edited(x: Variable, scale: Scalar) -> Variable:
    """Leaves its input negated."""
    y = _reverse(chainer.functions.copy(x, -1), scale)
    x.array[...] *= -1
    return y


class ForwardScaled(Reversal):
    """Reverses the values as well."""

    def forward(self, inputs: Any) -> Any:
        return (scaled(inputs[0], -self.scale),)


class Copied(Reversal):
    """Copies the values."""

    def forward(self, inputs: Any) -> Any:
        return (inputs[0].copy(order="K"),)


class MadeContiguous(Reversal):
    """Changes the layout of a transposed or channels-last input."""

    def forward(self, inputs: Any) -> Any:
        return (np.ascontiguousarray(inputs[0]).reshape(inputs[0].shape),)


class Flattened(Reversal):
    """Drops the shape."""

    def forward(self, inputs: Any) -> Any:
        self.shape = inputs[0].shape
        return (inputs[0].ravel(),)

    def backward(self, indexes: Any, dys: Any) -> Any:
        (dx,) = super().backward(indexes, dys)
        return (dx.reshape(self.shape),)


def promoted(x: Variable, scale: Scalar) -> Variable:
    """Returns float32 for half precision."""
    return _reverse(chainer.functions.cast(x, np.promote_types(x.dtype, np.float32)), scale)


class ZeroDimensionsPromoted(Reversal):
    """Multiplies as a plain NumPy expression, which makes a float64 of a 0-d float32."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return (Variable(np.asarray(float(-self.scale) * dys[0].array)),)


class OnlyFloat32(Reversal):
    """Refuses other dtypes."""

    def check_type_forward(self, in_types: Any) -> None:
        chainer.utils.type_check.expect(in_types[0].dtype == np.float32)


class WarmStart(ReversalLink):
    """Counts its calls, so that each run has another scale (tllib, in evaluation mode too)."""

    calls = 0

    def forward(self, x: Variable) -> Variable:
        self.calls += 1
        return _reverse(x, self.scale * self.calls)


class OnlyInTraining(ReversalLink):
    """Lets the gradient through as it is in evaluation mode."""

    def forward(self, x: Variable) -> Variable:
        return super().forward(x) if chainer.config.train else _reverse(x, -1.0)


class CotangentShared(Reversal):
    """Passes the gradient through the class, where another thread finds it."""

    passing: Any = None

    def backward(self, indexes: Any, dys: Any) -> Any:
        CotangentShared.passing = dys
        time.sleep(1e-3)
        return super().backward(indexes, CotangentShared.passing)


class SavedInHalf(ReversalLink):
    """Saves its scale in float16."""

    def serialize(self, serializer: Any) -> None:
        super().serialize(serializer)
        self.scale = float(serializer("scale", np.array(self.scale, np.float16)))

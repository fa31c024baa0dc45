"""Wrong scalar multiplications for Chainer: the part of ``mutants/chainer.py`` for that layer."""

from __future__ import annotations

from typing import Any

import numpy as np
from chainer import Link, Variable

from tests.mutants.chainer_right import Multiply, Scalar, scaled


def native_multiply(x: Variable, scalar: Scalar) -> Variable:
    """Chainer's own product, which rounds the scalar to float16 for float16."""
    return x * float(scalar)


class ForwardUnscaled(Multiply):
    """Scales the gradient only."""

    def forward(self, inputs: Any) -> Any:
        return (inputs[0].copy(),)


class BackwardUnscaled(Multiply):
    """Scales the values only."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return dys


class BackwardReversed(Multiply):
    """Has the backward of a gradient reversal: a gradient check fails."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return Multiply(-self.scalar).apply(dys)


class ForwardRoundedTwice(Multiply):
    """Divides by the rounded reciprocal."""

    def forward(self, inputs: Any) -> Any:
        (x,) = inputs
        return (np.asarray(x / x.dtype.type(1 / self.scalar)),)


class BackwardRoundedTwice(Multiply):
    """Divides the gradient by the rounded reciprocal."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return (dys[0] / float(1 / self.scalar),)


class ScalarByReference(Multiply):
    """Reads the scalar at backward."""

    def __init__(self, scalar: Scalar) -> None:
        self.scalar = np.asarray(scalar)


class SharedScalar(Multiply):
    """Keeps the scalar in the class, where the next layer that is built changes it."""

    shared: Any = None

    def __init__(self, scalar: Scalar) -> None:
        super().__init__(scalar)
        SharedScalar.shared = self.scalar

    def backward(self, indexes: Any, dys: Any) -> Any:
        return Multiply(SharedScalar.shared).apply(dys)


class _Late(Multiply):
    def __init__(self, layer: Any) -> None:
        super().__init__(layer.scalar)
        self.layer = layer

    def backward(self, indexes: Any, dys: Any) -> Any:
        return Multiply(self.layer.scalar).apply(dys)


class ScalarReadLate(Link):
    """Reads its own scalar at backward."""

    def __init__(self, scalar: Scalar) -> None:
        super().__init__()
        self.scalar = scalar

    def forward(self, x: Variable) -> Variable:
        return _Late(self).apply((x,))[0]


class IntegerScalar(Multiply):
    """Takes an integer scalar for 1."""

    def __init__(self, scalar: Scalar) -> None:
        super().__init__(1.0 if isinstance(scalar, int) else scalar)


class InputKept(Multiply):
    """Keeps the input for a gradient of the scalar, which nobody asked for."""

    def forward(self, inputs: Any) -> Any:
        self.retain_inputs((0,))
        return (scaled(inputs[0], self.scalar),)

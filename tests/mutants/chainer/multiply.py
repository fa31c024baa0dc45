"""Wrong scalar multiplications for Chainer."""

from __future__ import annotations

from typing import Any

import numpy as np
from chainer import Link, Variable

from tests.mutants import mutant
from tests.mutants.chainer.arrays import Scalar, scaled
from tests.mutants.chainer.right import Multiply


@mutant("mul_scalar", "M3")
def native_multiply(x: Variable, scalar: Scalar) -> Variable:
    """Chainer's own product, which rounds the scalar to float16 for float16."""
    return x * float(scalar)


@mutant("mul_scalar", "M1")
class ForwardUnscaled(Multiply):
    """Scales the gradient only."""

    def forward(self, inputs: Any) -> Any:
        return (inputs[0].copy(),)


@mutant("mul_scalar", "M2")
class BackwardUnscaled(Multiply):
    """Scales the values only."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return dys


@mutant("mul_scalar", "M4")
class BackwardReversed(Multiply):
    """Has the backward of a gradient reversal: a gradient check fails."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return Multiply(-self.scalar).apply(dys)


@mutant("mul_scalar", "M1")
class ForwardRoundedTwice(Multiply):
    """Divides by the rounded reciprocal."""

    def forward(self, inputs: Any) -> Any:
        (x,) = inputs
        return (np.asarray(x / x.dtype.type(1 / self.scalar)),)


@mutant("mul_scalar", "M3")
class BackwardRoundedTwice(Multiply):
    """Divides the gradient by the rounded reciprocal."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return (dys[0] / float(1 / self.scalar),)


@mutant("mul_scalar", "M5")
class ScalarByReference(Multiply):
    """Reads the scalar at backward."""

    def __init__(self, scalar: Scalar) -> None:
        self.scalar = np.asarray(scalar)


@mutant("mul_scalar", "G24")
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


@mutant("mul_scalar", "M5")
class ScalarReadLate(Link):
    """Reads its own scalar at backward."""

    def __init__(self, scalar: Scalar) -> None:
        super().__init__()
        self.scalar = scalar

    def forward(self, x: Variable) -> Variable:
        return _Late(self).apply((x,))[0]


@mutant("mul_scalar", "M1", found_by="M6")
class IntegerScalar(Multiply):
    """Takes an integer scalar for 1."""

    def __init__(self, scalar: Scalar) -> None:
        super().__init__(1.0 if isinstance(scalar, int) else scalar)


@mutant("mul_scalar", "G17")
class InputKept(Multiply):
    """Keeps the input for a gradient of the scalar, which nobody asked for."""

    def forward(self, inputs: Any) -> Any:
        self.retain_inputs((0,))
        return (scaled(inputs[0], self.scalar),)

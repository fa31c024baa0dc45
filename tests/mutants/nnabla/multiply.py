"""Wrong scalar multiplications for nnabla."""

from __future__ import annotations

from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import numpy as np
from nnabla import Variable

from tests.mutants import mutant
from tests.mutants.nnabla.arrays import Scalar, exact, scaled
from tests.mutants.nnabla.right import Multiply


@mutant("mul_scalar", "M1")
def native_multiply(x: Variable, scalar: Scalar) -> Variable:
    """nnabla's own product, which rounds the scalar to float16 in half precision."""
    return F.mul_scalar(x, float(exact(scalar)))


@mutant("mul_scalar", "M1")
class ForwardUnscaled(Multiply):
    """Scales the gradient only."""

    def forward(self, *xs: Any) -> Any:
        return xs[0]


@mutant("mul_scalar", "M2")
class BackwardUnscaled(Multiply):
    """Scales the values only."""

    def backward(self, dy: Any, i: int) -> Any:
        return dy


@mutant("mul_scalar", "M4")
class BackwardReversed(Multiply):
    """Has the backward of a gradient reversal: a gradient check fails."""

    def backward(self, dy: Any, i: int) -> Any:
        return scaled(dy, -self.scalar)


@mutant("mul_scalar", "M1")
class ForwardRoundedTwice(Multiply):
    """Divides by the rounded reciprocal."""

    def forward(self, *xs: Any) -> Any:
        return _divided(xs[0], self.scalar)


@mutant("mul_scalar", "M3")
class BackwardRoundedTwice(Multiply):
    """Divides the gradient by the rounded reciprocal."""

    def backward(self, dy: Any, i: int) -> Any:
        return _divided(dy, self.scalar)


def _divided(x: Any, scalar: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.asarray(x / (1 / scalar).astype(x.dtype))


@mutant("mul_scalar", "M5")
class ScalarByReference(Multiply):
    """Reads the scalar at backward."""

    def __init__(self, scalar: Scalar) -> None:
        super().__init__(scalar)
        self.given = scalar

    def backward(self, dy: Any, i: int) -> Any:
        return scaled(dy, exact(self.given))


@mutant("mul_scalar", "G24")
class SharedScalar(Multiply):
    """Keeps the scalar in the class, where the next layer that is built changes it."""

    shared: Any = None

    def __init__(self, scalar: Scalar) -> None:
        super().__init__(scalar)
        SharedScalar.shared = self.scalar

    def backward(self, dy: Any, i: int) -> Any:
        return scaled(dy, SharedScalar.shared)


class _Late(Multiply):
    def __init__(self, layer: Any) -> None:
        super().__init__(layer.scalar)
        self.layer = layer

    def backward(self, dy: Any, i: int) -> Any:
        return scaled(dy, exact(self.layer.scalar))


@mutant("mul_scalar", "M5")
class ScalarReadLate(nn.Module):
    """Reads its own scalar at backward."""

    def __init__(self, scalar: Scalar) -> None:
        self.scalar = scalar

    def call(self, x: Variable) -> Variable:
        return _Late(self)(x)


@mutant("mul_scalar", "M1", found_by="M6")
class IntegerScalar(Multiply):
    """Takes an integer scalar for 1."""

    def __init__(self, scalar: Scalar) -> None:
        super().__init__(1.0 if isinstance(scalar, int) else scalar)

"""Wrong scalar multiplications for PyTorch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function

from tests.mutants import mutant
from tests.mutants.torch.right import ClassicMultiply, Scalar, tensor_hook_reversal


@mutant("mul_scalar", "M1")
def forward_unscaled(x: Tensor, scalar: Scalar) -> Tensor:
    """Scales the gradient only."""
    return tensor_hook_reversal(x, -float(scalar))


@mutant("mul_scalar", "M2")
class BackwardUnscaled(ClassicMultiply):
    """Scales the values only."""

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy.clone(), None


@mutant("mul_scalar", "M4")
class BackwardReversed(ClassicMultiply):
    """Has the backward of a gradient reversal: a gradient check fails."""

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy * -ctx.scalar, None


@mutant("mul_scalar", "M1")
class ForwardRoundedTwice(ClassicMultiply):
    """Divides by the rounded reciprocal."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, scalar: Scalar) -> Tensor:
        ctx.scalar = float(scalar)
        return x / torch.tensor(ctx.scalar, dtype=x.dtype).reciprocal()


@mutant("mul_scalar", "M3")
class BackwardRoundedTwice(ClassicMultiply):
    """Divides the gradient by the rounded reciprocal."""

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy / torch.tensor(ctx.scalar, dtype=dy.dtype).reciprocal(), None


@mutant("mul_scalar", "M5")
class ScalarByReference(ClassicMultiply):
    """Reads the scalar at backward."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, scalar: Scalar) -> Tensor:
        ctx.scalar = scalar
        return torch.mul(x, scalar)


@mutant("mul_scalar", "G24")
class SharedScalar(ClassicMultiply):
    """Keeps the scalar in the class, where the next call changes it."""

    shared = 1.0

    @staticmethod
    def forward(ctx: Any, x: Tensor, scalar: Scalar) -> Tensor:
        SharedScalar.shared = float(scalar)
        return x * SharedScalar.shared

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy * SharedScalar.shared, None


class _Late(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, layer: Any) -> Tensor:
        ctx.layer = layer
        return torch.mul(x, layer.scalar)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, None]:
        return dy * ctx.layer.scalar, None


@mutant("mul_scalar", "M5")
class ScalarReadLate(nn.Module):
    """Reads its own scalar at backward."""

    def __init__(self, scalar: Scalar) -> None:
        super().__init__()
        self.scalar = scalar

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = _Late.apply(x, self)  # type: ignore[no-untyped-call]
        return y


@mutant("mul_scalar", "M1", found_by="M6")
class IntegerScalar(ClassicMultiply):
    """Takes an integer scalar for 1."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, scalar: Scalar) -> Tensor:
        ctx.scalar = 1.0 if isinstance(scalar, int) else float(scalar)
        return x.mul(ctx.scalar)

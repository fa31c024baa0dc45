"""Wrong Shake-Shake layers for PyTorch, besides those of ``anywhere.py``."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from tests.mutants import anywhere, mutant
from tests.mutants.torch.right import ClassicShake, Scalar, ShakeModule

anywhere.shakes(__name__, ClassicShake.apply)
anywhere.drawing(__name__, ShakeModule, torch.manual_seed, torch.randn)


# -- the function --------------------------------------------------------------------------


@mutant("shake_shake", "S2")
class BetaForBoth(ClassicShake):
    """Forgets ``1 - beta`` for the second branch."""

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        dx0, *_ = ClassicShake.backward(ctx, dy)
        return dx0, dx0, None, None


@mutant("shake_shake", "V5")
class DifferenceOfRounded(ClassicShake):
    """Takes 1 - beta from beta in float32, as a layer must whose coefficients are tensors."""


@mutant("shake_shake", "S3")
class RoundedDifference(ClassicShake):
    """Takes the first gradient for what the second one leaves, with two more roundings."""

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        _, dx1, *_ = ClassicShake.backward(ctx, dy)
        return None if dx1 is None else dy - dx1, dx1, None, None


@mutant("shake_shake", "G11")
class BothGradientsComputed(ClassicShake):
    """Does not ask which gradients are wanted."""

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        (beta,) = ctx.saved_tensors
        return (beta * dy).to(dy.dtype), ((1 - beta) * dy).to(dy.dtype), None, None


@mutant("shake_shake", "G5")
class HalvedInPlace(ClassicShake):
    """Where one variable is both branches, gives it half of dy twice, made in the place of dy."""

    @staticmethod
    def forward(ctx: Any, x0: Tensor, x1: Tensor, alpha: Scalar, beta: Scalar) -> Tensor:
        ctx.is_one = x0 is x1
        return ClassicShake.forward(ctx, x0, x1, alpha, beta)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        if ctx.is_one:
            dy.mul_(0.5)
            return dy, dy, None, None
        return ClassicShake.backward(ctx, dy)


@mutant("shake_shake", "S1")
class MixedInHalf(ClassicShake):
    """Rounds both products to the branches' dtype before it adds them."""

    @staticmethod
    def forward(ctx: Any, x0: Tensor, x1: Tensor, alpha: Scalar, beta: Scalar) -> Tensor:
        ClassicShake.forward(ctx, x0, x1, alpha, beta)
        return torch.add((x0 * alpha).to(x0.dtype), (x1 * (1 - alpha)).to(x1.dtype))


@mutant("shake_shake", "G14")
class Interpolated(ClassicShake):
    """Uses ``lerp``, which is NaN where both branches are infinite."""

    @staticmethod
    def forward(ctx: Any, x0: Tensor, x1: Tensor, alpha: Scalar, beta: Scalar) -> Tensor:
        ClassicShake.forward(ctx, x0, x1, alpha, beta)
        return torch.lerp(x1, x0, torch.as_tensor(alpha, dtype=x0.dtype))


@mutant("shake_shake", "G17")
class BranchesSaved(ClassicShake):
    """Keeps both branches, which the backward does not need (hysts/pytorch_shake_shake)."""

    @staticmethod
    def forward(ctx: Any, x0: Tensor, x1: Tensor, alpha: Scalar, beta: Scalar) -> Tensor:
        y = ClassicShake.forward(ctx, x0, x1, alpha, beta)
        ctx.branches = x0, x1
        return y


# -- the layer, which draws ----------------------------------------------------------------


class _Redrawn(Function):
    @staticmethod
    def forward(ctx: Any, x0: Tensor, x1: Tensor, alpha: Scalar) -> Tensor:
        return torch.add(alpha * x0, (1 - alpha) * x1)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, Tensor, None]:
        beta = torch.rand((), device=dy.device)
        return beta * dy, (1 - beta) * dy, None


@mutant("shake_shake", "S10")
class DrawnInBackward(ShakeModule):
    """Draws beta in the backward pass: two passes disagree (the Lua original, owruby)."""

    def forward(
        self, x0: Tensor, x1: Tensor, *, alpha: Scalar = None, beta: Scalar = None
    ) -> Tensor:
        if alpha is None:
            alpha, _ = self.coefficients(x0)
        return _Redrawn.apply(x0, x1, alpha)  # type: ignore[no-untyped-call]


@mutant("shake_shake", "S6")
class PerElement(ShakeModule):
    """Draws a number for each element."""

    def draw(self, x: Tensor) -> Tensor:
        return torch.rand_like(x)


@mutant("shake_shake", "G1")
class FourAxes(ShakeModule):
    """Draws in shape (N, 1, 1, 1), which turns branches of rank 2 into rank 4 (hysts)."""

    def draw(self, x: Tensor) -> Tensor:
        return super().draw(x[..., None, None] if x.ndim == 2 else x)

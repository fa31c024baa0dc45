"""Wrong Shake-Shake layers for PyTorch, besides those of ``anywhere.py``."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from grl_torch import ShakeShake
from tests.mutants import anywhere, draws, formulas, mutant, situations
from tests.mutants.torch.arrays import declare
from tests.mutants.torch.right import ClassicShake, Scalar, ShakeModule

anywhere.shakes(__name__, ClassicShake.apply)
draws.layers(__name__, ShakeModule, declare, torch.manual_seed, torch.randn)
formulas.shakes(__name__, declare)
situations.drawing(__name__, ShakeModule, declare)
situations.shakes(__name__, declare)


# -- the function --------------------------------------------------------------------------


@mutant("shake_shake", "G28")
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


@mutant("shake_shake", "G17")
class BranchesSaved(ClassicShake):
    """Keeps both branches, which the backward does not need (hysts/pytorch_shake_shake)."""

    @staticmethod
    def forward(ctx: Any, x0: Tensor, x1: Tensor, alpha: Scalar, beta: Scalar) -> Tensor:
        y = ClassicShake.forward(ctx, x0, x1, alpha, beta)
        ctx.branches = x0, x1
        return y


# -- the layer, which draws ----------------------------------------------------------------


@mutant("shake_shake", "G1")
class FourAxes(ShakeModule):
    """Draws in shape (N, 1, 1, 1), which turns branches of rank 2 into rank 4 (hysts)."""

    def draw(self, x: Tensor) -> Tensor:
        return super().draw(x[..., None, None] if x.ndim == 2 else x)


@mutant("shake_shake", "S10")
class EvenWithoutGraph(ShakeModule):
    """Takes no-grad mode for evaluation."""

    def coefficients(self, x: Tensor) -> tuple[Any, Any]:
        return super().coefficients(x) if torch.is_grad_enabled() else (0.5, 0.5)


@mutant("shake_shake", "S13")
class TouchesTheDefault(ShakeShake):
    """Draws from the default generator too, whatever generator it is given."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        torch.rand(1)
        return super().forward(*args, **kwargs)

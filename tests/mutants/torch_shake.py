"""Wrong Shake-Shake layers for PyTorch: the part of ``mutants/torch.py`` for that layer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from tests.mutants.torch_right import ClassicShake, Scalar, ShakeModule


def _shake(x0: Tensor, x1: Tensor, alpha: Scalar, beta: Scalar) -> Tensor:
    return ClassicShake.apply(x0, x1, alpha, beta)  # type: ignore[no-untyped-call]


# -- the function --------------------------------------------------------------------------


def alpha_for_beta(x0: Tensor, x1: Tensor, alpha: Scalar, beta: Scalar) -> Tensor:
    """Goes backward by alpha, the derivative of the forward (a misplaced stop_gradient)."""
    return _shake(x0, x1, alpha, alpha)


def alpha_and_beta_swapped(x0: Tensor, x1: Tensor, alpha: Scalar, beta: Scalar) -> Tensor:
    """Goes forward by beta."""
    return _shake(x0, x1, beta, alpha)


def gradients_swapped(x0: Tensor, x1: Tensor, alpha: Scalar, beta: Scalar) -> Tensor:
    """Gives each branch the gradient of the other one."""
    return _shake(x0, x1, alpha, 1 - beta)


def shared_over_batch(x0: Tensor, x1: Tensor, alpha: Scalar, beta: Scalar) -> Tensor:
    """Uses the coefficients of the first image for all."""
    alpha, beta = (torch.as_tensor(c).flatten()[0] for c in (alpha, beta))
    return _shake(x0, x1, alpha, beta)


def broadcasts(x0: Tensor, x1: Tensor, alpha: Scalar, beta: Scalar) -> Tensor:
    """Takes branches of different shapes, as every layer without a check does."""
    x0, x1 = torch.broadcast_tensors(x0, x1)
    return _shake(x0, x1, alpha, beta)


class BetaForBoth(ClassicShake):
    """Forgets ``1 - beta`` for the second branch."""

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        dx0, *_ = ClassicShake.backward(ctx, dy)
        return dx0, dx0, None, None


class DifferenceOfRounded(ClassicShake):
    """Takes 1 - beta from beta in float32, as a layer must whose coefficients are tensors."""


class RoundedDifference(ClassicShake):
    """Takes the first gradient for what the second one leaves, with two more roundings."""

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        _, dx1, *_ = ClassicShake.backward(ctx, dy)
        return None if dx1 is None else dy - dx1, dx1, None, None


class BothGradientsComputed(ClassicShake):
    """Does not ask which gradients are wanted."""

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        (beta,) = ctx.saved_tensors
        return (beta * dy).to(dy.dtype), ((1 - beta) * dy).to(dy.dtype), None, None


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


class MixedInHalf(ClassicShake):
    """Rounds both products to the branches' dtype before it adds them."""

    @staticmethod
    def forward(ctx: Any, x0: Tensor, x1: Tensor, alpha: Scalar, beta: Scalar) -> Tensor:
        ClassicShake.forward(ctx, x0, x1, alpha, beta)
        return torch.add((x0 * alpha).to(x0.dtype), (x1 * (1 - alpha)).to(x1.dtype))


class Interpolated(ClassicShake):
    """Uses ``lerp``, which is NaN where both branches are infinite."""

    @staticmethod
    def forward(ctx: Any, x0: Tensor, x1: Tensor, alpha: Scalar, beta: Scalar) -> Tensor:
        ClassicShake.forward(ctx, x0, x1, alpha, beta)
        return torch.lerp(x1, x0, torch.as_tensor(alpha, dtype=x0.dtype))


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


class DrawnInBackward(ShakeModule):
    """Draws beta in the backward pass: two passes disagree (the Lua original, owruby)."""

    def forward(
        self, x0: Tensor, x1: Tensor, *, alpha: Scalar = None, beta: Scalar = None
    ) -> Tensor:
        if alpha is None:
            alpha, _ = self.coefficients(x0)
        return _Redrawn.apply(x0, x1, alpha)  # type: ignore[no-untyped-call]


class RandomInEvaluation(ShakeModule):
    """Draws beta in evaluation mode too (chainercv2, owruby, archai)."""

    def coefficients(self, x: Tensor) -> tuple[Scalar, Scalar]:
        alpha, beta = super().coefficients(x)
        return alpha, beta if self.training else self.draw(x)


class OverflowInEvaluation(ShakeModule):
    """Adds before it halves, which overflows in half precision."""

    def forward(
        self, x0: Tensor, x1: Tensor, *, alpha: Scalar = None, beta: Scalar = None
    ) -> Tensor:
        if self.training:
            return super().forward(x0, x1, alpha=alpha, beta=beta)
        return 0.5 * (x0 + x1)


class NormalDraws(ShakeModule):
    """Draws from a normal distribution."""

    def draw(self, x: Tensor) -> Tensor:
        return torch.randn_like(super().draw(x))


class CoarseDraws(ShakeModule):
    """Draws one of two numbers only, of the right mean."""

    def draw(self, x: Tensor) -> Tensor:
        return super().draw(x).round()


class PerElement(ShakeModule):
    """Draws a number for each element."""

    def draw(self, x: Tensor) -> Tensor:
        return torch.rand_like(x)


class LevelIgnored(ShakeModule):
    """Draws per image, whatever the level."""

    def __init__(self, mode: str = "shake-shake", level: str = "image") -> None:
        super().__init__(mode, "image")


class ModeIgnored(ShakeModule):
    """Draws both, whatever the mode."""

    def __init__(self, mode: str = "shake-shake", level: str = "image") -> None:
        super().__init__("shake-shake", level)


class BetaFollowsAlpha(ShakeModule):
    """Draws one number, and makes both coefficients of it."""

    def coefficients(self, x: Tensor) -> tuple[Scalar, Scalar]:
        alpha, beta = super().coefficients(x)
        return alpha, 1 - alpha if self.training else beta


class NeighboursAlike(ShakeModule):
    """Draws for every second image, and uses it for the next one as well."""

    def draw(self, x: Tensor) -> Tensor:
        drawn = super().draw(x)
        return drawn[::2].repeat_interleave(2, 0)[: len(drawn)]


class FourAxes(ShakeModule):
    """Draws in shape (N, 1, 1, 1), which turns branches of rank 2 into rank 4 (hysts)."""

    def draw(self, x: Tensor) -> Tensor:
        return super().draw(x[..., None, None] if x.ndim == 2 else x)

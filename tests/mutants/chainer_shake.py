"""Wrong Shake-Shake layers for Chainer: the part of ``mutants/chainer.py`` for that layer."""

from __future__ import annotations

from typing import Any

import chainer
import numpy as np
from chainer import Variable, functions

from tests.mutants.chainer_right import Multiply, Scalar, Shake, ShakeLink

# -- the function --------------------------------------------------------------------------


def _shake(x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
    return Shake(alpha, beta).apply((x0, x1))[0]


def alpha_for_beta(x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
    """Goes backward by alpha, the derivative of the forward (a misplaced stop_gradient)."""
    return _shake(x0, x1, alpha, alpha)


def alpha_and_beta_swapped(x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
    """Goes forward by beta."""
    return _shake(x0, x1, beta, alpha)


def gradients_swapped(x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
    """Gives each branch the gradient of the other one."""
    return _shake(x0, x1, alpha, 1 - beta)


def shared_over_batch(x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
    """Uses the coefficients of the first image for all."""
    return _shake(x0, x1, np.asarray(alpha).flat[0], np.asarray(beta).flat[0])


def broadcasts(x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
    """Takes branches of different shapes, as every layer without a check does."""
    x0, x1 = functions.broadcast(x0, x1)
    return _shake(x0, x1, alpha, beta)


class BetaForBoth(Shake):
    """Forgets ``1 - beta`` for the second branch."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return tuple(Multiply(self.beta).apply(dys)[0] for _ in indexes)


def difference_of_rounded(x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
    """Takes 1 - beta from beta in float32: one unit off in the published example."""
    return _shake(x0, x1, alpha, np.asarray(beta).astype(np.float32))


class RoundedDifference(Shake):
    """Takes the first gradient for what the second one leaves, with two more roundings."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        (dx1,) = Multiply(1 - self.beta).apply(dys)
        return tuple((dys[0] - dx1, dx1)[i] for i in indexes)


class BothGradientsComputed(Shake):
    """Does not ask which gradients are wanted."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return super().backward((0, 1), dys)


class MixedInHalf(Shake):
    """Rounds both products to the branches' dtype before it adds them."""

    def forward(self, inputs: Any) -> Any:
        super().forward(inputs)  # for its checks
        (y0,), (y1,) = (
            Multiply(c).forward((x,))
            for c, x in zip((self.alpha, 1 - self.alpha), inputs, strict=True)
        )
        return (np.asarray(y0 + y1),)


class Interpolated(Shake):
    """Steps from one branch to the other, which is NaN where both are infinite."""

    def forward(self, inputs: Any) -> Any:
        (y,) = super().forward(inputs)
        x0, x1 = inputs
        return (np.asarray(x1 + self.alpha * (x0 - x1)).astype(y.dtype),)


class BranchesRetained(Shake):
    """Keeps both branches, which the backward does not need (hysts/pytorch_shake_shake)."""

    def forward(self, inputs: Any) -> Any:
        self.retain_inputs((0, 1))
        return super().forward(inputs)


class DetachedMix(Shake):
    """Computes on arrays in the backward pass, so that a gradient penalty sees nothing."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return super().backward(indexes, (Variable(dys[0].array),))


# -- the link, which draws -----------------------------------------------------------------


class _Redrawn(Shake):
    def backward(self, indexes: Any, dys: Any) -> Any:
        self.beta = np.array(np.random.random_sample())
        return super().backward(indexes, dys)


class DrawnInBackward(ShakeLink):
    """Draws beta in the backward pass: two passes disagree (chainercv2)."""

    def mix(self, x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
        return _Redrawn(alpha, beta).apply((x0, x1))[0]


class DrawnAtConstruction(ShakeLink):
    """Draws once for all forward passes."""

    def __init__(self, mode: str = "shake-shake", level: str = "image") -> None:
        super().__init__(mode, level)
        self.seed = np.random.randint(1 << 31)

    def draw(self, x: Any) -> Any:
        np.random.seed(self.seed)
        return super().draw(x)


class RandomInEvaluation(ShakeLink):
    """Draws beta in evaluation mode too (chainercv2, owruby, archai)."""

    def coefficients(self, x: Any) -> tuple[Scalar, Scalar]:
        alpha, beta = super().coefficients(x)
        return alpha, beta if chainer.config.train else self.draw(x)


class OverflowInEvaluation(ShakeLink):
    """Adds before it halves, which overflows in half precision."""

    def mix(self, x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
        if chainer.config.train:
            return super().mix(x0, x1, alpha, beta)
        return 0.5 * (x0 + x1)


class NormalDraws(ShakeLink):
    """Draws from a normal distribution."""

    def draw(self, x: Any) -> Any:
        return np.random.standard_normal(super().draw(x).shape)


class CoarseDraws(ShakeLink):
    """Draws one of two numbers only, of the right mean."""

    def draw(self, x: Any) -> Any:
        return super().draw(x).round()


class PerElement(ShakeLink):
    """Draws a number for each element."""

    def draw(self, x: Any) -> Any:
        return np.random.random_sample(x.shape)


class LevelIgnored(ShakeLink):
    """Draws per image, whatever the level."""

    def __init__(self, mode: str = "shake-shake", level: str = "image") -> None:
        super().__init__(mode, "image")


class ModeIgnored(ShakeLink):
    """Draws both, whatever the mode."""

    def __init__(self, mode: str = "shake-shake", level: str = "image") -> None:
        super().__init__("shake-shake", level)


class BetaFollowsAlpha(ShakeLink):
    """Draws one number, and makes both coefficients of it."""

    def coefficients(self, x: Any) -> tuple[Scalar, Scalar]:
        alpha, beta = super().coefficients(x)
        return alpha, 1 - alpha if chainer.config.train else beta


class NeighboursAlike(ShakeLink):
    """Draws for every second image, and uses it for the next one as well."""

    def draw(self, x: Any) -> Any:
        drawn = super().draw(x)
        return drawn[::2].repeat(2, axis=0)[: len(drawn)]

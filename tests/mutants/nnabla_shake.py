"""Wrong Shake-Shake layers for nnabla: the part of ``mutants/nnabla.py`` for that layer."""

from __future__ import annotations

from typing import Any

import numpy as np
from nnabla import Variable
from nnabla.function import PythonFunction

from tests.mutants.nnabla_right import (
    Scalar,
    Shake,
    ShakeModule,
    exact,
    scaled,
)

# -- the function --------------------------------------------------------------------------


def alpha_for_beta(x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
    """Goes backward by alpha, the derivative of the forward (a misplaced stop_gradient)."""
    return Shake(alpha, alpha)(x0, x1)


def alpha_and_beta_swapped(x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
    """Goes forward by beta."""
    return Shake(beta, alpha)(x0, x1)


def gradients_swapped(x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
    """Gives each branch the gradient of the other one."""
    return Shake(alpha, 1 - exact(beta))(x0, x1)


def shared_over_batch(x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
    """Uses the coefficients of the first image for all."""
    return Shake(exact(alpha).flat[0], exact(beta).flat[0])(x0, x1)


def broadcasts(x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
    """Takes branches of different shapes, as nnabla's own functions do."""
    return Shake(alpha, beta)(x0 + 0.0 * x1, x1 + 0.0 * x0)


class BetaForBoth(Shake):
    """Forgets ``1 - beta`` for the second branch."""

    def backward(self, dy: Any, i: int) -> Any:
        return super().backward(dy, 0)


def difference_of_rounded(x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
    """Takes 1 - beta from beta in float32: one unit off in the published example."""
    return Shake(alpha, np.float32(exact(beta)))(x0, x1)


class RoundedDifference(Shake):
    """Takes the first gradient for what the second one leaves, with two more roundings."""

    def backward(self, dy: Any, i: int) -> Any:
        dx1 = super().backward(dy, 1)
        return dx1 if i else dy - dx1


class BothGradientsComputed(Shake):
    """Does not ask which gradients are wanted."""

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        super().backward_impl(inputs, outputs, [True, True], accum)


class MixedInHalf(Shake):
    """Rounds both products to the branches' dtype before it adds them."""

    def forward(self, *xs: Any) -> Any:
        with np.errstate(all="ignore"):
            return np.asarray(scaled(xs[0], self.alpha) + scaled(xs[1], 1 - self.alpha))


class Interpolated(Shake):
    """Steps from one branch to the other, which is NaN where both are infinite."""

    def forward(self, *xs: Any) -> Any:
        x0, x1 = xs
        with np.errstate(all="ignore"):
            return np.asarray(x1 + self.alpha * (x0 - x1)).astype(x0.dtype)


class BranchesRetained(Shake):
    """Says that its gradient needs the branches (hysts/pytorch_shake_shake saves them)."""

    def grad_depends_input_data(self, i: int, j: int) -> bool:
        return True


class BranchSaved(Shake):
    """Keeps the first branch in an attribute."""

    def forward(self, *xs: Any) -> Any:
        self.saved = xs[0].copy()
        return super().forward(*xs)


class MixNotRegistered(Shake):
    """Tells nn.grad no backward: a gradient penalty cannot be built."""

    name = "Conformance.MixNotRegistered"


# -- the module, which draws ---------------------------------------------------------------


class _Redrawn(Shake):
    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        self.beta = np.random.random_sample(self.beta.shape)
        super().backward_impl(inputs, outputs, propagate_down, accum)


class DrawnInBackward(ShakeModule):
    """Draws beta in the backward pass: two passes disagree (chainercv2)."""

    def mix(self, x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
        return _Redrawn(alpha, beta)(x0, x1)


class DrawnAtConstruction(ShakeModule):
    """Draws once for all forward passes."""

    def __init__(self, mode: str = "shake-shake", level: str = "image") -> None:
        super().__init__(mode, level)
        self.seed = np.random.randint(1 << 31)

    def draw(self, x: Variable) -> Any:
        np.random.seed(self.seed)
        return super().draw(x)


class RandomInEvaluation(ShakeModule):
    """Draws beta in evaluation mode too (chainercv2, owruby, archai)."""

    def coefficients(self, x: Variable) -> tuple[Scalar, Scalar]:
        alpha, beta = super().coefficients(x)
        return alpha, beta if self.training else self.draw(x)


class OverflowInEvaluation(ShakeModule):
    """Adds before it halves, which overflows in half precision."""

    def mix(self, x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
        return super().mix(x0, x1, alpha, beta) if self.training else 0.5 * (x0 + x1)


class NormalDraws(ShakeModule):
    """Draws from a normal distribution."""

    def draw(self, x: Variable) -> Any:
        return np.random.standard_normal(super().draw(x).shape)


class CoarseDraws(ShakeModule):
    """Draws one of two numbers only, of the right mean."""

    def draw(self, x: Variable) -> Any:
        return super().draw(x).round()


class _PerElement(Shake):
    __call__ = PythonFunction.__call__  # past the check of the coefficients' shapes


class PerElement(ShakeModule):
    """Draws a number for each element."""

    def draw(self, x: Variable) -> Any:
        return np.random.random_sample(x.shape)

    def mix(self, x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
        return _PerElement(alpha, beta)(x0, x1)


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

    def coefficients(self, x: Variable) -> tuple[Scalar, Scalar]:
        alpha, beta = super().coefficients(x)
        return alpha, 1 - alpha if self.training else beta


class NeighboursAlike(ShakeModule):
    """Draws for every second image, and uses it for the next one as well."""

    def draw(self, x: Variable) -> Any:
        drawn = super().draw(x)
        return drawn[::2].repeat(2, axis=0)[: len(drawn)]

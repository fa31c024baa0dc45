"""Wrong Shake-Shake layers for Chainer, besides those of ``anywhere.py``."""

from __future__ import annotations

from typing import Any

import numpy as np
from chainer import Variable

from tests.mutants import anywhere, mutant
from tests.mutants.chainer.arrays import Scalar
from tests.mutants.chainer.right import Multiply, Shake, ShakeLink

# -- the function --------------------------------------------------------------------------


def _shake(x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
    return Shake(alpha, beta).apply((x0, x1))[0]


anywhere.shakes(__name__, _shake)
anywhere.drawing(__name__, ShakeLink, np.random.seed, np.random.standard_normal)


@mutant("shake_shake", "S2")
class BetaForBoth(Shake):
    """Forgets ``1 - beta`` for the second branch."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return tuple(Multiply(self.beta).apply(dys)[0] for _ in indexes)


@mutant("shake_shake", "V5")
def difference_of_rounded(x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
    """Takes 1 - beta from beta in float32: one unit off in the published example."""
    return _shake(x0, x1, alpha, np.asarray(beta).astype(np.float32))


@mutant("shake_shake", "S3")
class RoundedDifference(Shake):
    """Takes the first gradient for what the second one leaves, with two more roundings."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        (dx1,) = Multiply(1 - self.beta).apply(dys)
        return tuple((dys[0] - dx1, dx1)[i] for i in indexes)


@mutant("shake_shake", "G11")
class BothGradientsComputed(Shake):
    """Does not ask which gradients are wanted."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return super().backward((0, 1), dys)


@mutant("shake_shake", "S1")
class MixedInHalf(Shake):
    """Rounds both products to the branches' dtype before it adds them."""

    def forward(self, inputs: Any) -> Any:
        super().forward(inputs)  # for its checks
        (y0,), (y1,) = (
            Multiply(c).forward((x,))
            for c, x in zip((self.alpha, 1 - self.alpha), inputs, strict=True)
        )
        return (np.asarray(y0 + y1),)


@mutant("shake_shake", "G14")
class Interpolated(Shake):
    """Steps from one branch to the other, which is NaN where both are infinite."""

    def forward(self, inputs: Any) -> Any:
        (y,) = super().forward(inputs)
        x0, x1 = inputs
        return (np.asarray(x1 + self.alpha * (x0 - x1)).astype(y.dtype),)


@mutant("shake_shake", "G17")
class BranchesRetained(Shake):
    """Keeps both branches, which the backward does not need (hysts/pytorch_shake_shake)."""

    def forward(self, inputs: Any) -> Any:
        self.retain_inputs((0, 1))
        return super().forward(inputs)


@mutant("shake_shake", "G18")
class DetachedMix(Shake):
    """Computes on arrays in the backward pass, so that a gradient penalty sees nothing."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return super().backward(indexes, (Variable(dys[0].array),))


# -- the link, which draws -----------------------------------------------------------------


class _Redrawn(Shake):
    def backward(self, indexes: Any, dys: Any) -> Any:
        self.beta = np.array(np.random.random_sample())
        return super().backward(indexes, dys)


@mutant("shake_shake", "S10")
class DrawnInBackward(ShakeLink):
    """Draws beta in the backward pass: two passes disagree (chainercv2)."""

    def mix(self, x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
        return _Redrawn(alpha, beta).apply((x0, x1))[0]


@mutant("shake_shake", "S6")
class PerElement(ShakeLink):
    """Draws a number for each element."""

    def draw(self, x: Any) -> Any:
        return np.random.random_sample(x.shape)

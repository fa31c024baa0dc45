"""Wrong Shake-Shake layers for nnabla, besides those of ``anywhere.py``."""

from __future__ import annotations

from typing import Any

import numpy as np
from nnabla import Variable
from nnabla.function import PythonFunction

from tests.mutants import anywhere, mutant
from tests.mutants.nnabla.arrays import Scalar, exact, scaled
from tests.mutants.nnabla.right import Shake, ShakeModule

anywhere.shakes(__name__, lambda x0, x1, alpha, beta: Shake(alpha, beta)(x0, x1), exact)
anywhere.drawing(__name__, ShakeModule, np.random.seed, np.random.standard_normal)

# -- the function --------------------------------------------------------------------------


@mutant("shake_shake", "S2")
class BetaForBoth(Shake):
    """Forgets ``1 - beta`` for the second branch."""

    def backward(self, dy: Any, i: int) -> Any:
        return super().backward(dy, 0)


@mutant("shake_shake", "V5")
def difference_of_rounded(x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
    """Takes 1 - beta from beta in float32: one unit off in the published example."""
    return Shake(alpha, np.float32(exact(beta)))(x0, x1)


@mutant("shake_shake", "S3")
class RoundedDifference(Shake):
    """Takes the first gradient for what the second one leaves, with two more roundings."""

    def backward(self, dy: Any, i: int) -> Any:
        dx1 = super().backward(dy, 1)
        return dx1 if i else dy - dx1


@mutant("shake_shake", "G11")
class BothGradientsComputed(Shake):
    """Does not ask which gradients are wanted."""

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        super().backward_impl(inputs, outputs, [True, True], accum)


@mutant("shake_shake", "S1")
class MixedInHalf(Shake):
    """Rounds both products to the branches' dtype before it adds them."""

    def forward(self, *xs: Any) -> Any:
        with np.errstate(all="ignore"):
            return np.asarray(scaled(xs[0], self.alpha) + scaled(xs[1], 1 - self.alpha))


@mutant("shake_shake", "G14")
class Interpolated(Shake):
    """Steps from one branch to the other, which is NaN where both are infinite."""

    def forward(self, *xs: Any) -> Any:
        x0, x1 = xs
        with np.errstate(all="ignore"):
            return np.asarray(x1 + self.alpha * (x0 - x1)).astype(x0.dtype)


@mutant("shake_shake", "G17")
class BranchesRetained(Shake):
    """Says that its gradient needs the branches (hysts/pytorch_shake_shake saves them)."""

    def grad_depends_input_data(self, i: int, j: int) -> bool:
        return True


@mutant("shake_shake", "G17")
class BranchSaved(Shake):
    """Keeps the first branch in an attribute."""

    def forward(self, *xs: Any) -> Any:
        self.saved = xs[0].copy()
        return super().forward(*xs)


@mutant("shake_shake", "G18")
class MixNotRegistered(Shake):
    """Tells nn.grad no backward: a gradient penalty cannot be built."""

    name = "Conformance.MixNotRegistered"


# -- the module, which draws ---------------------------------------------------------------


class _Redrawn(Shake):
    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        self.beta = np.random.random_sample(self.beta.shape)
        super().backward_impl(inputs, outputs, propagate_down, accum)


@mutant("shake_shake", "S10")
class DrawnInBackward(ShakeModule):
    """Draws beta in the backward pass: two passes disagree (chainercv2)."""

    def mix(self, x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
        return _Redrawn(alpha, beta)(x0, x1)


class _PerElement(Shake):
    __call__ = PythonFunction.__call__  # past the check of the coefficients' shapes


@mutant("shake_shake", "S6")
class PerElement(ShakeModule):
    """Draws a number for each element."""

    def draw(self, x: Variable) -> Any:
        return np.random.random_sample(x.shape)

    def mix(self, x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
        return _PerElement(alpha, beta)(x0, x1)

"""Wrong Shake-Shake layers for Chainer, besides those of ``anywhere.py``."""

from __future__ import annotations

from typing import Any

import numpy as np
from chainer import Variable

from grl_chainer import ShakeShake
from tests.mutants import anywhere, draws, formulas, mutant, situations
from tests.mutants.chainer.arrays import Scalar, declare
from tests.mutants.chainer.right import Shake, ShakeLink

# -- the function --------------------------------------------------------------------------


def _shake(x0: Variable, x1: Variable, alpha: Scalar, beta: Scalar) -> Variable:
    return Shake(alpha, beta).apply((x0, x1))[0]


anywhere.shakes(__name__, _shake)
draws.layers(__name__, ShakeLink, declare, np.random.seed, np.random.standard_normal)
formulas.shakes(__name__, declare)
situations.drawing(__name__, ShakeLink, declare)
situations.shakes(__name__, declare)


@mutant("shake_shake", "G28")
class BothGradientsComputed(Shake):
    """Does not ask which gradients are wanted."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return super().backward((0, 1), dys)


@mutant("shake_shake", "G17")
class BranchesRetained(Shake):
    """Keeps both branches, which the backward does not need (hysts/pytorch_shake_shake)."""

    def forward(self, inputs: Any) -> Any:
        self.retain_inputs((0, 1))
        return super().forward(inputs)


# -- the link, which draws -----------------------------------------------------------------


@mutant("shake_shake", "S13")
class TouchesTheDefault(ShakeShake):
    """Draws from the default generator too, whatever generator it is given."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        np.random.random_sample()
        return super().forward(*args, **kwargs)

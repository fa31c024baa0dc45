"""Wrong Shake-Shake layers for nnabla, besides those of ``anywhere.py``."""

from __future__ import annotations

from typing import Any

import numpy as np

from grl_nnabla import ShakeShake
from tests.mutants import anywhere, draws, formulas, mutant, situations
from tests.mutants.nnabla.arrays import declare, exact
from tests.mutants.nnabla.right import Shake, ShakeModule

anywhere.shakes(__name__, lambda x0, x1, alpha, beta: Shake(alpha, beta)(x0, x1), exact)
draws.layers(__name__, ShakeModule, declare, np.random.seed, np.random.standard_normal)
formulas.shakes(__name__, declare, exact, penalised="G18")
situations.drawing(__name__, ShakeModule, declare)
situations.shakes(__name__, declare, exact)

# -- the function --------------------------------------------------------------------------


@mutant("shake_shake", "G28")
class BothGradientsComputed(Shake):
    """Does not ask which gradients are wanted."""

    def backward_impl(self, inputs: Any, outputs: Any, propagate_down: Any, accum: Any) -> None:
        super().backward_impl(inputs, outputs, [True, True], accum)


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


# -- the module, which draws ---------------------------------------------------------------


@mutant("shake_shake", "S13")
class TouchesTheDefault(ShakeShake):
    """Draws from the default generator too, whatever generator it is given."""

    def call(self, *args: Any, **kwargs: Any) -> Any:
        np.random.random_sample()
        return super().call(*args, **kwargs)

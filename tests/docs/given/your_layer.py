"""docs/your-layer.md: the reader's own layer, in a module ``mine``, which an adapter serves."""

import sys

from torch import Tensor

from conformance import assert_conforms, laws
from grl_torch import gradient_reversal

sys.modules["mine"] = sys.modules[__name__]


class RevGrad:
    def __init__(self, alpha: float) -> None:
        self.alpha = alpha

    def forward(self, x: Tensor) -> Tensor:
        return gradient_reversal(x, -self.alpha)


def check() -> None:
    assert_conforms(globals()["reversal"], laws.gradient_reversal, framework="torch")

"""autoPyTorch 0.2.1, neural architecture search: the ``shake_shake`` of its backbones.

It wants its coefficients as tensors, which its users draw anew for each forward pass. So a
number becomes a tensor here at each call.
"""

from __future__ import annotations

from torch import Tensor

from benchmarks.idioms.bare_import import bare_import

# Imported as a whole it needs dozens of packages, among them a scikit-learn of 2021.
_package = bare_import("autoPyTorch.pipeline.components.setup.network_backbone.utils")


def shake_shake(x0: Tensor, x1: Tensor, alpha: float | Tensor, beta: float | Tensor) -> Tensor:
    y: Tensor = _package.shake_shake(x0, x1, _tensor(alpha, x0), _tensor(beta, x0))
    return y


def _tensor(value: float | Tensor, like: Tensor) -> Tensor:
    return value if isinstance(value, Tensor) else like.new_tensor([value])

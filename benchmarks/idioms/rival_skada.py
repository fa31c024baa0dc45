"""skada 0.6.0, domain adaptation in scikit-learn's manner: its ``GradientReversalLayer``."""

from __future__ import annotations

from torch import Tensor

from benchmarks.idioms.bare_import import bare_import

# Imported as a whole it needs 12 further packages, scikit-learn and pandas among them.
_Function = bare_import("skada.deep.modules").GradientReversalLayer


def gradient_reversal(x: Tensor, scale: float) -> Tensor:
    y: Tensor = _Function.apply(x, scale)
    return y

"""Gradient reversals for Chainer that are wrong in how they deliver a gradient."""

from __future__ import annotations

from typing import Any

from tests.mutants import mutant
from tests.mutants.chainer.right import Multiply, Reversal


@mutant("gradient_reversal", "G9")
class AccumulatedOverwritten(Reversal):
    """Returns its own gradient where Chainer asks for the sum with what came before."""

    def backward_accumulate(self, indexes: Any, dys: Any, held: Any) -> Any:
        return self.backward(indexes, dys)


@mutant("gradient_reversal", "G5")
class AccumulatedInPlace(Reversal):
    """Adds into the array that came before, which Chainer hands to several variables at once."""

    def backward_accumulate(self, indexes: Any, dys: Any, held: Any) -> Any:
        (dx,) = self.backward(indexes, dys)
        if held[0] is None:
            return (dx,)
        held[0].array += dx.array
        return held


class _Overwriting(Multiply):
    def backward_accumulate(self, indexes: Any, dys: Any, held: Any) -> Any:
        return self.backward(indexes, dys)


@mutant("gradient_reversal", "G25")
class PenaltyOverwritten(Reversal):
    """Accumulates; but in double backward it returns its own gradient instead of the sum."""

    def backward(self, indexes: Any, dys: Any) -> Any:
        return _Overwriting(-self.scale).apply(dys)

"""Wrong scalar multiplications for Chainer."""

from __future__ import annotations

from typing import Any

from chainer import Variable

from tests.mutants import formulas, mutant
from tests.mutants.chainer.arrays import Scalar, declare
from tests.mutants.chainer.right import Multiply
from tests.mutants.formulas import scaled

formulas.multiplications(__name__, declare)


@mutant("mul_scalar", "M3")
def native_multiply(x: Variable, scalar: Scalar) -> Variable:
    """Chainer's own product, which rounds the scalar to float16 for float16."""
    return x * float(scalar)


@mutant("mul_scalar", "G17")
class InputKept(Multiply):
    """Keeps the input for a gradient of the scalar, which nobody asked for."""

    def forward(self, inputs: Any) -> Any:
        self.retain_inputs((0,))
        return (scaled(inputs[0], self.scalar),)

"""Wrong scalar multiplications for nnabla."""

from __future__ import annotations

import nnabla.functions as F  # noqa: N812 - as nnabla writes it
from nnabla import Variable

from tests.mutants import formulas, mutant
from tests.mutants.nnabla.arrays import Scalar, declare, exact

formulas.multiplications(__name__, declare, exact)


@mutant("mul_scalar", "M3")
def native_multiply(x: Variable, scalar: Scalar) -> Variable:
    """nnabla's own product, which rounds the scalar to float16 in half precision."""
    return F.mul_scalar(x, float(exact(scalar)))

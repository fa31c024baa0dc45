"""Wrong scalar multiplications for PyTorch."""

from __future__ import annotations

from tests.mutants import formulas
from tests.mutants.torch.arrays import declare

formulas.multiplications(__name__, declare)

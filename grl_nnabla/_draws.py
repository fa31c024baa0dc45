"""Alpha and beta, drawn anew in every forward pass."""

from __future__ import annotations

from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import numpy as np
from nnabla.core.graph_def import ProtoFunction
from nnabla.function import Rand
from numpy.random import Generator, RandomState

from grl_nnabla._arguments import exact
from grl_nnabla._autograd import Declared
from grl_nnabla.native import is_native


class _Draw(Declared):
    """Draws both together. Its input only gives their shape: a PythonFunction has to have one."""

    outputs = 2

    def __init__(self, rng: RandomState | Generator) -> None:
        super().__init__()
        self.rng = rng

    def forward_impl(self, inputs: Any, outputs: Any) -> None:
        # In float32, a float64 just below 1 would round to 1.
        drawn = np.minimum(self.rng.random((2, *inputs[0].shape)), 1 - 2**-24)
        for output, numbers in zip(outputs, drawn, strict=True):
            np.copyto(output.data.get_data("w", np.float64), numbers)


def draw(x: Any, level: str, rng: RandomState | Generator | None, needed: tuple[bool, bool]) -> Any:
    """Alpha and beta for a mix of ``x``: 1/2 for one that is not needed, or drawn together."""
    if not any(needed):
        return 0.5, 0.5
    shape = (*x.shape[:1], *(1,) * (len(x.shape) - 1)) if level == "image" else ()
    drawn = _drawn(x, shape, rng, needed)
    return tuple(c if need else 0.5 for c, need in zip(drawn, needed, strict=True))


def _drawn(x: Any, shape: tuple[int, ...], rng: Any, needed: tuple[bool, bool]) -> Any:
    if rng is not None:
        if is_native():
            raise ValueError("rng must be None here: a .nnp file keeps no generator of NumPy's")
        drawn = _Draw(rng)(nn.Variable(shape))
    elif isinstance(x, nn.ProtoVariable):
        # F.rand makes Variables only; and what nothing reads would be an output of the graph.
        functions = [Rand(nn.Context(), 0, 1, shape, -1) if need else None for need in needed]
        return [f and ProtoFunction(f, "Rand", f.arguments)([], 1) for f in functions]
    else:
        # In float32 whatever the type of the network: float16 would round some up to 1.
        with nn.context_scope(nn.Context()):
            drawn = F.rand(shape=shape), F.rand(shape=shape)
    if isinstance(x, nn.NdArray):
        nn.forward_all(drawn)
        return [exact("", coefficient.data) for coefficient in drawn]
    for coefficient in drawn:
        coefficient.persistent = True  # Recomputation would draw again.
    return drawn

"""The shared weight in nnabla."""

from __future__ import annotations

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it

from examples.common.device import context
from examples.common.job import Array, Arrays, Settings
from grl_nnabla import gradient_reversal


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """The output and the gradient of the weight; option "scale", None without the layer."""
    scale = settings.options["scale"]
    nn.set_default_context(context(settings))
    x = nn.Variable.from_numpy_array(start["x"])
    w = nn.Variable.from_numpy_array(start["w"]).apply(need_grad=True)
    h = w * x
    z = w * (h if scale is None else gradient_reversal(h, scale))
    z.persistent = True
    total = F.sum(z)
    total.forward()
    w.grad.zero()
    total.backward()
    return {"z": z.d.copy(), "dw": w.g.copy()}

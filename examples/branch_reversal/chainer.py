"""The shared weight in Chainer."""

from __future__ import annotations

import chainer.functions as F  # noqa: N812 - as Chainer writes it
from chainer import Variable
from chainer.backends import cuda

from examples.common.device import chainer_device
from examples.common.job import Array, Arrays, Settings
from grl_chainer import gradient_reversal


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """The output and the gradient of the weight; option "scale", None without the layer."""
    scale, device = settings.options["scale"], chainer_device(settings)
    x, w = (Variable(device.send(start[name])) for name in ("x", "w"))
    h = w * x
    z = w * (h if scale is None else gradient_reversal(h, scale))
    F.sum(z).backward()
    return {"z": cuda.to_cpu(z.array), "dw": cuda.to_cpu(w.grad)}

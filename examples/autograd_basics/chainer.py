"""The basics of autograd in Chainer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import chainer
import chainer.functions as F  # noqa: N812 - as Chainer writes it
import chainer.links as L  # noqa: N812
import numpy as np
from chainer import Sequential, Variable, optimizers, serializers
from chainer.backends import cuda

from examples.common.device import chainer_device
from examples.common.job import Array, Arrays, Settings
from examples.common.steps import Steps


def gradients(given: dict[str, Any]) -> dict[str, Array]:
    """Those of Q = 3 a^3 - b^2, and whether there is one where b is frozen or all is off."""
    a, b = Variable(given["a"]), Variable(given["b"])
    q = 3 * a**3 - b**2
    q.grad = given["cotangent"]
    q.backward()
    da, db = cuda.to_cpu(a.grad), cuda.to_cpu(b.grad)

    a.cleargrad()
    b = Variable(given["b"], requires_grad=False)
    q = 3 * a**3 - b**2
    q.grad = given["cotangent"]
    q.backward()
    frozen = b.grad is None and np.array_equal(cuda.to_cpu(a.grad), da)
    with chainer.no_backprop_mode():
        off = (3 * a**3 - b**2).creator is None
    return {"da": da, "db": db, "frozen": np.array(frozen), "off": np.array(off)}


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """The gradients, and the losses of a fit; options: "optimiser" (False: by hand) and "rate"."""
    rate, device = settings.options["rate"], chainer_device(settings)
    given = {name: device.send(array) for name, array in start.items()}
    (inputs, hidden), (_, outputs) = start["w1"].shape, start["w2"].shape
    with chainer.using_config("dtype", np.dtype(settings.dtype)):
        model = Sequential(
            L.Linear(inputs, hidden, nobias=True), F.relu, L.Linear(hidden, outputs, nobias=True)
        )
    for layer, name in ((model[0], "w1"), (model[2], "w2")):
        layer.W.array[...] = start[name].T
    model.to_device(device)
    optimiser = optimizers.SGD(rate).setup(model)

    def write(folder: Path) -> None:
        serializers.save_npz(folder / "model.npz", model)  # SGD keeps nothing between steps

    def read(folder: Path) -> None:
        serializers.load_npz(folder / "model.npz", model)

    steps = Steps(settings, write, read)
    for _ in steps:
        loss = F.sum((model(given["x"]) - given["y"]) ** 2)
        model.cleargrads()
        loss.backward()
        if settings.options["optimiser"]:
            optimiser.update()
        else:
            for weight in model.params():
                weight.array -= rate * weight.grad  # arrays, which no graph knows of
        steps.log(loss=float(loss.array))
    return {**gradients(given), **steps.arrays()}

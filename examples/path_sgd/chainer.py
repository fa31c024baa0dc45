"""Path-SGD in Chainer: an optimiser's hook."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import chainer
import chainer.functions as F  # noqa: N812 - as Chainer writes it
import chainer.links as L  # noqa: N812
import numpy as np
from chainer import ChainList, Variable, optimizers
from chainer.backends import cuda

from examples.common.device import chainer_device
from examples.common.job import Array, Arrays, Settings
from examples.common.state import chainer_state
from examples.common.steps import Steps


class Multilayer(ChainList):  # type: ignore[misc]
    """Linear layers with ReLUs between them: inputs (N, sizes[0]), outputs (N, sizes[-1])."""

    def __init__(self, sizes: Sequence[int]) -> None:
        super().__init__(*(L.Linear(inputs, outputs) for inputs, outputs in pairwise(sizes)))

    def forward(self, x: Any) -> Variable:
        *hidden, last = self
        for layer in hidden:
            x = F.relu(layer(x))
        return last(x)


class PathNormalisation:
    """A hook that divides each gradient by its gamma, so that no rescaling changes the step.

    The gamma of a weight is the sum over the paths through it of the product of the other weights
    squared. It is the derivative of the outputs' sum by the squared weight, where all weights are
    squared and all inputs are 1; a ReLU of sums of squares leaves them as they are. A bias is a
    weight from a unit of value 1.
    (Neyshabur et al., Path-SGD, NIPS 2015, section 5.)
    """

    name = "PathNormalisation"
    call_for_each_param = False
    timing = "pre"

    def __init__(self, network: Multilayer) -> None:
        self.squared = network.copy(mode="copy")

    def scales(self, network: Multilayer) -> dict[str, Array]:
        """The gamma of all weights as they are now, by their names in ``network.namedparams()``."""
        squared = dict(self.squared.namedparams())
        for name, weight in network.namedparams():
            self.squared.xp.square(weight.array, out=squared[name].array)
        self.squared.cleargrads()
        first = self.squared[0].W.array
        ones = self.squared.xp.ones((1, first.shape[1]), first.dtype)
        F.sum(self.squared(ones)).backward()
        return {name: weight.grad for name, weight in squared.items()}

    def __call__(self, optimiser: Any) -> None:
        scales = self.scales(optimiser.target)
        for name, weight in optimiser.target.namedparams():
            # Where gamma is 0, the gradient is 0 as well.
            tiny = np.finfo(weight.dtype).tiny
            weight.grad /= self.squared.xp.maximum(scales[name], tiny)


def optimiser_of(name: str, network: Multilayer, rate: float) -> Any:
    """The optimiser of a name, set up.

    Raises:
        ValueError: there is none of that name.
    """
    if name == "adagrad":
        return optimizers.AdaGrad(rate, eps=1e-8).setup(network)
    if name not in ("path_sgd", "sgd"):
        raise ValueError(f"optimiser must be path_sgd, adagrad or sgd, got {name!r}")
    optimiser = optimizers.SGD(rate).setup(network)
    if name == "path_sgd":
        optimiser.add_hook(PathNormalisation(network))
    return optimiser


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train a classifier; options: "optimiser" and "rate"."""
    options, device = settings.options, chainer_device(settings)
    given = {name: device.send(array) for name, array in start.items()}
    with chainer.using_config("dtype", np.dtype(settings.dtype)):
        network = Multilayer(start["sizes"].tolist())
    for number, layer in enumerate(network):
        layer.W.array[...] = start[f"weight{number}"].T
        layer.b.array[...] = start[f"bias{number}"]
    network.to_device(device)
    optimiser = optimiser_of(options["optimiser"], network, options["rate"])

    epoch = len(start["x"]) // start["batches"].shape[1]
    steps = Steps(settings, *chainer_state(network, optimiser))
    for step in steps:
        batch = start["batches"][step]
        loss = F.softmax_cross_entropy(network(given["x"][batch]), given["y"][batch])
        network.cleargrads()
        loss.backward()
        optimiser.update()
        steps.log(loss=float(loss.array))
        if (step + 1) % epoch == 0 or step + 1 == settings.steps:
            with chainer.using_config("train", False), chainer.no_backprop_mode():
                of_all = F.softmax_cross_entropy(network(given["x"]), given["y"])
                wrong = network(given["test_x"]).array.argmax(1) != given["test_y"]
            steps.log(train_loss=float(of_all.array), test_error=float(wrong.mean()))

    scales, result = PathNormalisation(network).scales(network), steps.arrays()
    for path, weight in network.namedparams():
        _, number, short = path.split("/")
        name = {"W": "weight", "b": "bias"}[short] + number
        result[name] = cuda.to_cpu(weight.array.T)
        result[f"{name}.scale"] = cuda.to_cpu(scales[path].T)
    return result

"""DANN in Chainer: a label and a domain classifier on one representation."""

from __future__ import annotations

from typing import Any

import chainer
import chainer.functions as F  # noqa: N812 - as Chainer writes it
import chainer.links as L  # noqa: N812
import numpy as np
from chainer import Chain, Variable, optimizers

from examples.common.device import chainer_device
from examples.common.job import Array, Arrays, Settings
from examples.common.state import chainer_state
from examples.common.steps import Steps
from grl_chainer import GradientReversal, dann_scale


class Dann(Chain):  # type: ignore[misc]
    """Gives, for points (N, 2), the logits of two labels (N, 2) and of the domain (N, 1)."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        with self.init_scope():
            self.features = L.Linear(2, hidden)
            self.label = L.Linear(hidden, 2)
            self.reversal = GradientReversal()
            self.domain = L.Linear(hidden, 1)

    def forward(self, x: Any) -> tuple[Variable, Variable]:
        h = F.tanh(self.features(x))
        return self.label(h), self.domain(self.reversal(h))


def domain_loss(logits: Variable, label: int) -> Variable:
    """The mean cross entropy of points that are all of one domain, 0 or 1."""
    labels = logits.xp.full(logits.shape, label, np.int32)
    return F.sigmoid_cross_entropy(logits, labels)


def set_weights(model: Dann, start: Arrays) -> None:
    """Copy the weights that NumPy drew; linear layers have them transposed. Biases are 0."""
    for name in ("features", "label", "domain"):
        model[name].W.array[...] = start[name].T


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train a DANN; options: "adapt", "domain_weight", "rate", "momentum"."""
    options = settings.options
    device = chainer_device(settings)
    given = {name: device.send(array) for name, array in start.items()}
    with chainer.using_config("dtype", np.dtype(settings.dtype)):
        model = Dann(start["features"].shape[1])
    set_weights(model, start)
    model.to_device(device)
    rate, momentum = options["rate"], options["momentum"]
    optimiser = optimizers.MomentumSGD(rate, momentum) if momentum else optimizers.SGD(rate)
    optimiser.setup(model)

    steps = Steps(settings, *chainer_state(model, optimiser))
    for step in steps:
        model.reversal.scale = dann_scale(step / settings.steps) if options["adapt"] else 0.0
        source, target = start["source_batches"][step], start["target_batches"][step]
        labels, of_source = model(given["source_x"][source])
        _, of_target = model(given["target_x"][target])
        label = F.softmax_cross_entropy(labels, given["source_y"][source])
        domain = domain_loss(of_source, 0) + domain_loss(of_target, 1)
        model.cleargrads()
        (label + options["domain_weight"] * domain).backward()
        optimiser.update()
        steps.log(label=float(label.array), domain=float(domain.array))

    right = {}
    with chainer.using_config("train", False), chainer.no_backprop_mode():
        for name in ("test", "source_test"):
            logits, _ = model(given[f"{name}_x"])
            right[name] = logits.array.argmax(1) == given[f"{name}_y"]
    model.to_cpu()
    return {
        **steps.arrays(),
        "target_accuracy": np.float64(right["test"].mean()),
        "source_accuracy": np.float64(right["source_test"].mean()),
        **{
            f"{name}.{of}": np.array(parameter.array.T)
            for name in ("features", "label", "domain")
            for of, parameter in (("weight", model[name].W), ("bias", model[name].b))
        },
    }

"""A convolutional DANN in Chainer."""

from __future__ import annotations

from typing import Any

import chainer
import chainer.functions as F  # noqa: N812 - as Chainer writes it
import chainer.links as L  # noqa: N812
import numpy as np
from chainer import Chain, ChainList, Variable, optimizers

from examples.common.device import chainer_device
from examples.common.job import Array, Arrays, Settings
from examples.common.state import chainer_state
from examples.common.steps import Steps
from examples.moons.chainer import domain_loss
from grl_chainer import GradientReversal, dann_scale

SOURCE, TARGET = 0, 1


class DomainNorm(Chain):  # type: ignore[misc]
    """Batch normalisation with statistics apart for the domains, and parameters in common."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        apart = {"use_gamma": False, "use_beta": False, "eps": 1e-5}
        with self.init_scope():
            self.of = ChainList(*(L.BatchNormalization(channels, **apart) for _ in range(2)))
            self.common = L.Scale(axis=1, W_shape=(channels,), bias_term=True)

    def forward(self, x: Any, domain: int) -> Variable:
        return self.common(self.of[domain](x))


class Dann(Chain):  # type: ignore[misc]
    """Gives, for images (N, C, H, W) of a domain, the logits of labels and of the domain (N, 1)."""

    def __init__(self, start: Arrays, norm: bool) -> None:
        super().__init__()
        (first, channels), second = start["conv1"].shape[:2], len(start["conv2"])
        (flat, hidden), classes = start["label1"].shape, start["label2"].shape[1]
        with self.init_scope():
            self.conv1 = L.Convolution2D(channels, first, 3, pad=1)
            self.norm1 = DomainNorm(first) if norm else None
            self.conv2 = L.Convolution2D(first, second, 3, pad=1)
            self.norm2 = DomainNorm(second) if norm else None
            self.label1, self.label2 = L.Linear(flat, hidden), L.Linear(hidden, classes)
            self.reversal = GradientReversal()
            self.domain1, self.domain2 = L.Linear(flat, hidden), L.Linear(hidden, 1)

    def forward(self, x: Any, domain: int) -> tuple[Variable, Variable]:
        h = x / 255
        for conv, norm in ((self.conv1, self.norm1), (self.conv2, self.norm2)):
            h = conv(h) if norm is None else norm(conv(h), domain)
            h = F.max_pooling_2d(F.relu(h), 2, cover_all=False)
        labels = self.label2(F.relu(self.label1(h)))
        return labels, self.domain2(F.relu(self.domain1(self.reversal(h))))


def set_weights(model: Dann, start: Arrays) -> None:
    """Copy the weights that NumPy drew; linear layers have them transposed. Biases are 0."""
    for name in ("conv1", "conv2", "label1", "label2", "domain1", "domain2"):
        weight = start[name]
        model[name].W.array[...] = weight.T if weight.ndim == 2 else weight


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train a DANN; options: "adapt", "domain_weight", "norm", "rate", "decay"."""
    options, dtype = settings.options, np.dtype(settings.dtype)
    device = chainer_device(settings)
    given = {name: device.send(array) for name, array in start.items()}
    with chainer.using_config("dtype", dtype):
        model = Dann(start, options["norm"])
    set_weights(model, start)
    model.to_device(device)
    optimiser = optimizers.SGD(options["rate"]).setup(model)

    steps = Steps(settings, *chainer_state(model, optimiser))
    for step in steps:
        progress = step / settings.steps
        model.reversal.scale = dann_scale(progress)
        optimiser.lr = options["rate"] * (1 + options["decay"] * progress) ** -0.75
        source, target = given["source_batches"][step], given["target_batches"][step]
        labels, of_source = model(given["source_x"][source].astype(dtype), SOURCE)
        loss = label = F.softmax_cross_entropy(labels, given["source_y"][source])
        if options["adapt"]:
            _, of_target = model(given["target_x"][target].astype(dtype), TARGET)
            domain = domain_loss(of_source, 0) + domain_loss(of_target, 1)
            loss = label + options["domain_weight"] * domain
            steps.log(domain=float(domain.array))
        model.cleargrads()
        loss.backward()
        optimiser.update()
        steps.log(label=float(label.array))

    domain = TARGET if options["adapt"] else SOURCE  # what it has statistics of
    with chainer.using_config("train", False), chainer.no_backprop_mode():
        logits, _ = model(given["test_x"].astype(dtype), domain)
    accuracy = (logits.array.argmax(1) == given["test_y"]).mean()
    return {**steps.arrays(), "accuracy": np.float64(accuracy)}

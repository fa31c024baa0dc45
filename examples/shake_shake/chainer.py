"""Shake-Shake in Chainer: a residual network with two branches in each block."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import chainer
import chainer.functions as F  # noqa: N812 - as Chainer writes it
import chainer.links as L  # noqa: N812
import numpy as np
from chainer import Chain, ChainList, Variable, optimizers, serializers
from chainer.backends import cuda

from examples.common.device import chainer_device
from examples.common.job import Array, Arrays, Settings
from examples.common.steps import Steps
from examples.shake_shake.batches import (
    PASSES,
    batch,
    coefficients,
    cosine,
    load_generator,
    save_generator,
    tests,
)
from grl_chainer import ShakeShake

EPS = 1e-5  # of the normalisation, as in the other frameworks; Chainer's own is 2e-5


class Branch(Chain):  # type: ignore[misc]
    """ReLU, convolution and normalisation, twice."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        with self.init_scope():
            self.conv1 = L.Convolution2D(inputs, outputs, 3, stride, 1, nobias=True)
            self.norm1 = L.BatchNormalization(outputs, eps=EPS)
            self.conv2 = L.Convolution2D(outputs, outputs, 3, 1, 1, nobias=True)
            self.norm2 = L.BatchNormalization(outputs, eps=EPS)

    def forward(self, x: Variable) -> Variable:
        h = self.norm1(self.conv1(F.relu(x)))
        return self.norm2(self.conv2(F.relu(h)))


class Shortcut(Chain):  # type: ignore[misc]
    """Takes every ``stride``-th pixel twice, the second time of the image moved by one pixel."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        with self.init_scope():
            self.conv1 = L.Convolution2D(inputs, outputs // 2, 1, nobias=True)
            self.conv2 = L.Convolution2D(inputs, outputs // 2, 1, nobias=True)
            self.norm = L.BatchNormalization(outputs, eps=EPS)

    def forward(self, x: Variable) -> Variable:
        h = F.relu(x)
        height, width = h.shape[2:]
        moved = F.pad(h, ((0, 0), (0, 0), (1, 0), (1, 0)), "constant")
        h1 = self.conv1(h[:, :, :: self.stride, :: self.stride])
        h2 = self.conv2(moved[:, :, : height : self.stride, : width : self.stride])
        return self.norm(F.concat([h1, h2]))


class Block(Chain):  # type: ignore[misc]
    """The input plus a mix of two branches."""

    def __init__(self, inputs: int, outputs: int, stride: int, shake: ShakeShake) -> None:
        super().__init__()
        with self.init_scope():
            self.branch0 = Branch(inputs, outputs, stride)
            self.branch1 = Branch(inputs, outputs, stride)
            self.shake = shake.copy()
            same = inputs == outputs
            self.shortcut = F.identity if same else Shortcut(inputs, outputs, stride)

    def forward(self, x: Variable, alpha: Any = None, beta: Any = None) -> Variable:
        mixed = self.shake(self.branch0(x), self.branch1(x), alpha=alpha, beta=beta)
        return self.shortcut(x) + mixed


class ShakeNet(Chain):  # type: ignore[misc]
    """Gives, for images (N, channels, height, width), the logits of ten classes (N, 10)."""

    def __init__(
        self, channels: int, blocks: Sequence[tuple[int, int, int]], shake: ShakeShake
    ) -> None:
        super().__init__()
        with self.init_scope():
            self.stem = L.Convolution2D(channels, blocks[0][0], 3, 1, 1, nobias=True)
            self.norm = L.BatchNormalization(blocks[0][0], eps=EPS)
            self.blocks = ChainList(*(Block(*sizes, shake) for sizes in blocks))
            self.linear = L.Linear(blocks[-1][1], 10)

    def forward(self, x: Any, given: Any = None) -> Variable:
        """``given`` takes the place of what is drawn: alpha and beta of each block."""
        h = self.norm(self.stem(x))
        for i, block in enumerate(self.blocks):
            h = block(h) if given is None else block(h, *given[i])
        return self.linear(F.mean(F.relu(h), (2, 3)))


def test_error(model: ShakeNet, start: Arrays, settings: Settings) -> float:
    """The share of test images that the network tells wrong, in the mode of Chainer's config."""
    wrong = []
    with chainer.no_backprop_mode():
        for x, y in tests(start, settings):
            logits = model(model.device.send(x)).array
            wrong.append(cuda.to_cpu(logits).argmax(1) != y)
    return float(np.concatenate(wrong).mean())


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train a network; see ``OPTIONS`` in ``show.py`` for the options."""
    options = settings.options
    device = chainer_device(settings)
    rng = np.random.RandomState(options["seed"])
    shake = ShakeShake(options["mode"], options["level"], rng)
    with chainer.using_config("dtype", np.dtype(settings.dtype)):
        model = ShakeNet(start["x"].shape[1], options["blocks"], shake)
    for path, link in model.namedlinks(skipself=True):
        name = path[1:].replace("/", ".")
        if name in start:
            link.W.array[...] = start[name]
    model.to_device(device)
    rate, momentum = options["rate"], options["momentum"]
    optimiser = optimizers.MomentumSGD(rate, momentum) if momentum else optimizers.SGD(rate)
    optimiser.setup(model)
    if options["weight_decay"]:
        optimiser.add_hook(chainer.optimizer_hooks.WeightDecay(options["weight_decay"]))

    def write(folder: Path) -> None:
        serializers.save_npz(folder / "model.npz", model)
        serializers.save_npz(folder / "optimiser.npz", optimiser)
        save_generator(folder, rng)

    def read(folder: Path) -> None:
        serializers.load_npz(folder / "model.npz", model)
        serializers.load_npz(folder / "optimiser.npz", optimiser)
        load_generator(folder, rng)

    steps, gradients = Steps(settings, write, read), []
    for step in steps:
        x, y = (device.send(array) for array in batch(start, settings, step))
        given = device.send(coefficients(settings, step)) if options["given"] else None
        loss = F.softmax_cross_entropy(model(x, given), y)
        model.cleargrads()
        loss.backward()
        if options["record"]:
            grads = [cuda.to_cpu(p.grad).ravel() for _, p in sorted(model.namedparams())]
            gradients.append(np.concatenate(grads))
        optimiser.lr = rate * cosine(step / settings.steps)
        optimiser.update()
        steps.log(loss=float(loss.array))

    if options["record"]:
        return {**steps.arrays(), "gradients": np.stack(gradients)}
    with chainer.using_config("train", False):
        error = test_error(model, start, settings)
    shaken = [test_error(model, start, settings) for _ in range(PASSES)]
    return {**steps.arrays(), "error": np.array(error), "shaken": np.mean(shaken)}

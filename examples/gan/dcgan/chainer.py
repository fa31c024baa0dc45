"""A DCGAN with one optimiser in Chainer: a Trainer with extensions."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path
from typing import Any

import chainer
import chainer.functions as F  # noqa: N812 - as Chainer writes it
import chainer.links as L  # noqa: N812
import numpy as np
from chainer import Chain, Sequential, Variable, initializers, optimizers, training
from chainer.backends import cuda
from chainer.iterators import SerialIterator
from chainer.training import extensions

from examples.common.device import chainer_device
from examples.common.job import Array, Arrays, Settings
from grl_chainer import GradientReversal

LATENT = 100


class Gan(Chain):  # type: ignore[misc]
    """Gives, for images x (N, 1, 28, 28) and z (N, LATENT), the one loss of both networks."""

    def __init__(self, rng: np.random.RandomState) -> None:
        super().__init__()
        w = {"initialW": initializers.Normal(0.02, rng=rng)}  # as in Radford et al., ICLR 2016
        with self.init_scope():
            self.generator = Sequential(
                L.Linear(LATENT, 1024, **w),
                L.BatchNormalization(1024),
                F.relu,
                L.Linear(1024, 256 * 5 * 5, **w),
                L.BatchNormalization(256 * 5 * 5),
                F.relu,
                lambda h: F.reshape(h, (-1, 256, 5, 5)),
                L.Deconvolution2D(256, 128, 3, **w),  # 7×7
                L.BatchNormalization(128),
                F.relu,
                L.Deconvolution2D(128, 64, 4, stride=2, pad=1, **w),  # 14×14
                L.BatchNormalization(64),
                F.relu,
                L.Deconvolution2D(64, 1, 4, stride=2, pad=1, **w),
                F.tanh,
            )
            self.reversal = GradientReversal()
            self.discriminator = Sequential(
                L.Convolution2D(1, 64, 4, stride=2, pad=1, **w),  # 14×14
                F.leaky_relu,  # whose slope is 0.2
                L.Convolution2D(64, 128, 4, stride=2, pad=1, **w),  # 7×7
                F.leaky_relu,
                L.Linear(128 * 7 * 7, 1, **w),
            )

    def forward(self, x: Any, z: Any, noise: Any) -> Variable:
        fake = self.reversal(self.generator(z))
        of_fake, of_real = self.discriminator(fake + noise[0]), self.discriminator(x + noise[1])
        return F.mean(F.softplus(of_fake)) + F.mean(F.softplus(-of_real))


class Updater(training.StandardUpdater):  # type: ignore[misc]
    """One step for both networks."""

    def __init__(self, batches: Any, optimiser: Any, device: Any, settings: Settings) -> None:
        super().__init__(batches, optimiser, device=device)
        self.settings = settings

    def update_core(self) -> None:
        options, step = self.settings.options, self.iteration
        x = np.stack(self.get_iterator("main").next()) / np.float32(127.5) - 1
        draws = np.random.RandomState([options["seed"], step])  # the same again after a resume
        z = draws.standard_normal((len(x), LATENT)).astype(np.float32)
        level = options["noise"] * (1 - step / self.settings.steps)
        noise = (level * draws.standard_normal((2, *x.shape))).astype(np.float32)
        optimiser = self.get_optimizer("main")
        loss = optimiser.target(*(self.device.send(array) for array in (x, z, noise)))
        optimiser.target.cleargrads()
        loss.backward()
        optimiser.update()
        chainer.report({"loss": loss})


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train by epochs; options: "seed", "batch", "epoch" (steps of it), "noise", "rate".

    Returns the loss of each step, and the samples (len(z), 1, 28, 28) after each epoch.
    """
    options, device = settings.options, chainer_device(settings)
    out = Path(settings.checkpoints) / settings.name
    gan = Gan(np.random.RandomState(options["seed"]))
    gan.to_device(device)
    optimiser = optimizers.Adam(options["rate"], beta1=0.5).setup(gan)
    epochs = count(len(list(out.glob("shown-*.npy"))) if settings.resume else 0)
    batches = SerialIterator(
        list(start["x"]),
        options["batch"],
        order_sampler=lambda order, _: np.random.RandomState(
            [options["seed"], next(epochs)]
        ).permutation(len(order)),
    )
    trainer = training.Trainer(
        Updater(batches, optimiser, device, settings), (settings.steps, "iteration"), str(out)
    )

    def show(trainer: training.Trainer) -> None:
        with chainer.using_config("train", False), chainer.no_backprop_mode():
            shown = gan.generator(device.send(start["z"]))
        epoch = trainer.updater.iteration // options["epoch"]
        np.save(out / f"shown-{epoch:03}.npy", cuda.to_cpu(shown.array))

    end = (options["epoch"], "iteration")
    losses = extensions.LogReport(["loss"], trigger=(1, "iteration"), filename=None)
    trainer.extend(losses)
    trainer.extend(extensions.FailOnNonNumber())
    trainer.extend(show, name="show", trigger=end, priority=training.PRIORITY_WRITER)
    trainer.extend(
        extensions.snapshot(
            filename="snapshot-{.updater.iteration}", n_retains=1, autoload=settings.resume
        ),
        trigger=end,
    )
    if sys.stderr.isatty():
        trainer.extend(extensions.ProgressBar(update_interval=10, out=sys.stderr))
    trainer.run()
    shown = [np.load(path) for path in sorted(out.glob("shown-*.npy"))]
    return {"loss": np.array([row["loss"] for row in losses.log]), "shown": np.array(shown)}

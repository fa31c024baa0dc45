"""A GAN with one optimiser in Chainer."""

from __future__ import annotations

from typing import Any

import chainer
import chainer.functions as F  # noqa: N812 - as Chainer writes it
import chainer.links as L  # noqa: N812
import numpy as np
from chainer import Chain, Sequential, Variable, optimizers
from chainer.backends import cuda

from examples.common.device import chainer_device
from examples.common.job import Array, Arrays, Settings
from examples.common.state import chainer_state
from examples.common.steps import Steps
from examples.gan.draws import draw, shown_at
from grl_chainer import GradientReversal


class Gan(Chain):  # type: ignore[misc]
    """Gives the one loss that both networks are trained with.

    The discriminator D minimises softplus(D(G(z))) + softplus(-D(x)). The generator G stands
    behind a gradient reversal, so the same step makes it maximise its term: the zero-sum game of
    Goodfellow et al. (NIPS 2014, equation 1).
    """

    def __init__(self, start: Arrays) -> None:
        super().__init__()
        with self.init_scope():
            self.generator = Sequential(
                _linear(start["generator0"]),
                F.relu,
                _linear(start["generator1"]),
                F.relu,
                _linear(start["generator2"]),
                F.tanh,
            )
            self.reversal = GradientReversal()
            self.discriminator = Sequential(
                _linear(start["discriminator0"]),
                F.leaky_relu,  # whose slope is 0.2
                _linear(start["discriminator1"]),
                F.leaky_relu,
                _linear(start["discriminator2"]),
            )

    def generate(self, z: Any, wanted: Any) -> Variable:
        return self.generator(F.concat([z, wanted]))

    def judge(self, x: Any, classes: Any) -> Variable:
        return self.discriminator(F.concat([x, classes]))

    def forward(self, z: Any, wanted: Any, x: Any, shown: Any, noise: Any) -> Variable:
        fake = self.reversal(self.generate(z, wanted))
        of_fake = self.judge(fake + noise[0], wanted)
        of_real = self.judge(x + noise[1], shown)
        return F.mean(F.softplus(of_fake)) + F.mean(F.softplus(-of_real))

    def r1(self, x: Any, shown: Any) -> Variable:
        """Half the squared gradient at real digits (Mescheder et al., ICML 2018, equation 9)."""
        x = Variable(x)
        (gradient,) = chainer.grad([F.sum(self.judge(x, shown))], [x], enable_double_backprop=True)
        return F.mean(F.sum(gradient**2, axis=1)) / 2


def _linear(weight: Array) -> L.Linear:
    """With the weights (inputs, outputs) that NumPy drew, and biases of 0."""
    return L.Linear(*weight.shape, initialW=weight.T)


def optimiser_for(options: dict[str, Any]) -> Any:
    """By the option "optimiser": "adam", "momentum" or "sgd", with the option "rate"."""
    rate = options["rate"]
    optimisers = {
        "adam": lambda: optimizers.Adam(rate, beta1=0.5),
        "momentum": lambda: optimizers.MomentumSGD(rate, 0.9),
        "sgd": lambda: optimizers.SGD(rate),
    }
    return optimisers[options["optimiser"]]()


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train a GAN; options: "seed", "noise", "r1" (its weight), "optimiser", "rate"."""
    options, device = settings.options, chainer_device(settings)
    with chainer.using_config("dtype", np.dtype(settings.dtype)):
        gan = Gan(start)
    gan.to_device(device)
    optimiser = optimiser_for(options).setup(gan)

    def samples(name: str) -> Array:
        with chainer.no_backprop_mode():
            fake = gan.generate(*(device.send(start[f"{name}_{of}"]) for of in "zy"))
        return cuda.to_cpu(fake.array)

    steps = Steps(settings, *chainer_state(gan, optimiser))
    for step in steps:
        drawn = {n: device.send(a) for n, a in vars(draw(start, settings, step)).items()}
        loss = gan(**drawn)
        total = loss
        if options["r1"]:
            total = loss + options["r1"] * gan.r1(drawn["x"], drawn["shown"])
        gan.cleargrads()
        total.backward()
        optimiser.update()
        steps.log(loss=float(loss.array))
        if step + 1 in shown_at(settings.steps):
            steps.keep(shown=samples("shown"))

    return {**steps.arrays(), "judged": samples("judged")}

"""A GAN in Chainer, with one optimiser or with one for each network."""

from __future__ import annotations

import chainer
import chainer.functions as F  # noqa: N812 - as Chainer writes it
import numpy as np

from examples.common.device import chainer_device
from examples.common.job import Array, Arrays, Settings
from examples.gan.chainer import Gan, optimiser_for
from examples.gan.draws import draw


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train; options: those of the GAN, and "way": "one", "together" or "in turn".

    Returns the weights of "generator" and "discriminator", each one after the other.
    """
    options, device = settings.options, chainer_device(settings)
    with chainer.using_config("dtype", np.dtype(settings.dtype)):
        gan = Gan(start)
    gan.reversal.scale = options["scale"]
    gan.to_device(device)
    both = optimiser_for(options).setup(gan)
    generator = optimiser_for(options).setup(gan.generator)
    discriminator = optimiser_for(options).setup(gan.discriminator)
    for step in range(settings.steps):
        drawn = {n: device.send(a) for n, a in vars(draw(start, settings, step)).items()}
        if options["way"] == "one":
            gan.cleargrads()
            gan(**drawn).backward()
            both.update()
            continue
        z, wanted, x, shown, noise = drawn.values()
        fake = gan.generate(z, wanted)
        gan.generator.cleargrads()
        of_fake = gan.judge(fake + noise[0], wanted)
        (-options["scale"] * F.mean(F.softplus(of_fake))).backward()
        generator.update()
        if options["way"] == "in turn":  # the discriminator sees what the new generator makes
            fake = gan.generate(z, wanted)
        of_fake = gan.judge(fake.array + noise[0], wanted)
        of_real = gan.judge(x + noise[1], shown)
        gan.discriminator.cleargrads()  # of what the generator's loss left there
        (F.mean(F.softplus(of_fake)) + F.mean(F.softplus(-of_real))).backward()
        discriminator.update()
    gan.to_cpu()
    return {
        name: np.concatenate([p.array.ravel() for _, p in sorted(gan[name].namedparams())])
        for name in ("generator", "discriminator")
    }

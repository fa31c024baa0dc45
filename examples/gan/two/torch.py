"""A GAN in PyTorch, with one optimiser or with one for each network."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812 - as PyTorch writes it
from torch.nn.utils import parameters_to_vector

from examples.common.job import Array, Arrays, Settings
from examples.gan.draws import draw
from examples.gan.torch import Gan, optimiser_for, tensors


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train; options: those of the GAN, and "way": "one", "together" or "in turn".

    Returns the weights of "generator" and "discriminator", each one after the other.
    """
    options = settings.options
    gan = Gan(start).to(settings.device)
    gan.reversal.scale = options["scale"]
    both = optimiser_for(gan.parameters(), options)
    generator = optimiser_for(gan.generator.parameters(), options)
    discriminator = optimiser_for(gan.discriminator.parameters(), options)
    for step in range(settings.steps):
        drawn = tensors(draw(start, settings, step), settings)
        if options["way"] == "one":
            both.zero_grad()
            gan(**drawn).backward()
            both.step()
            continue
        z, wanted, x, shown, noise = drawn.values()
        fake = gan.generate(z, wanted)
        generator.zero_grad()
        of_fake = gan.judge(fake + noise[0], wanted)
        (-options["scale"] * F.softplus(of_fake).mean()).backward()
        generator.step()
        if options["way"] == "in turn":  # the discriminator sees what the new generator makes
            fake = gan.generate(z, wanted)
        of_fake = gan.judge(fake.detach() + noise[0], wanted)
        of_real = gan.judge(x + noise[1], shown)
        discriminator.zero_grad()  # of what the generator's loss left there
        (F.softplus(of_fake).mean() + F.softplus(-of_real).mean()).backward()
        discriminator.step()
    return {
        name: parameters_to_vector(getattr(gan, name).parameters()).detach().cpu().numpy()
        for name in ("generator", "discriminator")
    }

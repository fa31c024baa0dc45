"""A GAN in nnabla, with one solver or with one for each network."""

from __future__ import annotations

from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import numpy as np

from examples.common.device import context
from examples.common.job import Array, Arrays, Settings
from examples.gan.draws import draw
from examples.gan.nnabla import gan, generate, inputs, judge, set_weights, solver_for


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train; options: those of the GAN, and "way": "one", "together" or "in turn".

    Returns the weights of "generator" and "discriminator", each one after the other.
    """
    options = settings.options
    nn.clear_parameters()
    nn.set_default_context(context(settings))
    given = inputs(start, settings)
    loss = gan(**given, scale=options["scale"])
    fake = generate(given["z"], given["wanted"])
    fake.persistent = True  # both losses read it
    of_generator, of_discriminator = _losses(given, fake, options["scale"])
    set_weights(start)
    both = _solver(options, "")
    generator, discriminator = _solver(options, "generator"), _solver(options, "discriminator")
    for step in range(settings.steps):
        for name, array in vars(draw(start, settings, step)).items():
            given[name].d = array
        if options["way"] == "one":
            _update(both, loss)
            continue
        _update(generator, of_generator)
        if options["way"] == "in turn":  # the discriminator sees what the new generator makes
            fake.forward()
        _update(discriminator, of_discriminator)
    return {name: _weights(name) for name in ("generator", "discriminator")}


def _losses(given: dict[str, Any], fake: Any, scale: float) -> tuple[Any, Any]:
    """The generator's, and the discriminator's, which does not reach the generator."""
    _, wanted, x, shown, noise = given.values()
    of_generator = -scale * F.mean(F.softplus(judge(fake + noise[0], wanted)))
    of_fake = judge(fake.get_unlinked_variable(need_grad=False) + noise[0], wanted)
    of_real = judge(x + noise[1], shown)
    return of_generator, F.mean(F.softplus(of_fake)) + F.mean(F.softplus(-of_real))


def _solver(options: dict[str, Any], network: str) -> Any:
    """For the parameters below a name, or for all."""
    solver = solver_for(options)
    with nn.parameter_scope(network):
        solver.set_parameters(nn.get_parameters())
    return solver


def _weights(network: str) -> Array:
    with nn.parameter_scope(network):
        return np.concatenate([p.d.ravel() for _, p in sorted(nn.get_parameters().items())])


def _update(solver: Any, loss: Any) -> None:
    loss.forward()
    for parameter in nn.get_parameters().values():  # the other network's as well
        parameter.grad.zero()
    loss.backward()
    solver.update()

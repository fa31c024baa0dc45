"""A GAN with one optimiser in nnabla, as a static graph."""

from __future__ import annotations

from typing import Any

import nnabla as nn
import nnabla.functions as F  # noqa: N812 - as nnabla writes it
import nnabla.parametric_functions as PF  # noqa: N812
import nnabla.solvers as S  # noqa: N812

from examples.common.device import context
from examples.common.job import Array, Arrays, Settings
from examples.common.state import nnabla_state
from examples.common.steps import Steps
from examples.gan.draws import draw, shown_at
from grl_nnabla import gradient_reversal


def generate(z: Any, wanted: Any) -> Any:
    """Digits (N, 64) in [-1, 1] from z (N, LATENT) and classes (N, 10)."""
    h = F.concatenate(z, wanted)
    with nn.parameter_scope("generator"):
        h = F.relu(PF.affine(h, 128, name="0"))
        h = F.relu(PF.affine(h, 128, name="1"))
        return F.tanh(PF.affine(h, 64, name="2"))


def judge(x: Any, classes: Any) -> Any:
    """Logits (N, 1) that digits (N, 64) are real, given their classes (N, 10)."""
    h = F.concatenate(x, classes)
    with nn.parameter_scope("discriminator"):
        h = F.leaky_relu(PF.affine(h, 128, name="0"), 0.2)
        h = F.leaky_relu(PF.affine(h, 128, name="1"), 0.2)
        return PF.affine(h, 1, name="2")


def gan(z: Any, wanted: Any, x: Any, shown: Any, noise: Any, scale: float = 1.0) -> Any:
    """The one loss that both networks are trained with.

    The discriminator D minimises softplus(D(G(z))) + softplus(-D(x)). The generator G stands
    behind a gradient reversal, so the same step makes it maximise its term: the zero-sum game of
    Goodfellow et al. (NIPS 2014, equation 1).
    """
    fake = gradient_reversal(generate(z, wanted), scale)
    of_fake = judge(fake + noise[0], wanted)
    of_real = judge(x + noise[1], shown)
    return F.mean(F.softplus(of_fake)) + F.mean(F.softplus(-of_real))


def r1(x: Any, shown: Any) -> Any:
    """Half the squared gradient at real digits (Mescheder et al., ICML 2018, equation 9)."""
    (gradient,) = nn.grad([F.sum(judge(x, shown))], [x])
    return F.mean(F.sum(gradient**2, axis=1)) / 2


def set_weights(start: Arrays) -> None:
    """Copy the weights that NumPy drew. Biases are 0."""
    for network in ("generator", "discriminator"):
        with nn.parameter_scope(network):
            parameters = nn.get_parameters()
            for i in range(3):
                parameters[f"{i}/affine/W"].d = start[f"{network}{i}"]
                parameters[f"{i}/affine/b"].d = 0


def solver_for(options: dict[str, Any]) -> Any:
    """By the option "optimiser": "adam", "momentum" or "sgd", with the option "rate"."""
    rate = options["rate"]
    solvers = {
        "adam": lambda: S.Adam(rate, beta1=0.5),
        "momentum": lambda: S.Momentum(rate, 0.9),
        "sgd": lambda: S.Sgd(rate),
    }
    return solvers[options["optimiser"]]()


def inputs(start: Arrays, settings: Settings) -> dict[str, Any]:
    """Variables for a step's draws, by name."""
    return {n: nn.Variable(array.shape) for n, array in vars(draw(start, settings, 0)).items()}


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train a GAN; options: "seed", "noise", "r1" (its weight), "optimiser", "rate"."""
    options = settings.options
    nn.clear_parameters()
    nn.set_default_context(context(settings))
    given = inputs(start, settings)
    loss = gan(**given)
    loss.persistent = True  # it is read after the backward pass
    total = loss
    if options["r1"]:
        x = given["x"].get_unlinked_variable(need_grad=True)
        total = loss + options["r1"] * r1(x, given["shown"])
    set_weights(start)
    solver = solver_for(options)
    solver.set_parameters(nn.get_parameters())

    def samples(name: str) -> Array:
        z, wanted = (nn.Variable.from_numpy_array(start[f"{name}_{of}"]) for of in "zy")
        fake = generate(z, wanted)
        fake.forward()
        return fake.d.copy()

    steps = Steps(settings, *nnabla_state(solver))
    for step in steps:
        for name, array in vars(draw(start, settings, step)).items():
            given[name].d = array
        total.forward(clear_no_need_grad=True)
        solver.zero_grad()
        total.backward(clear_buffer=True)
        solver.update()
        steps.log(loss=float(loss.d))
        if step + 1 in shown_at(settings.steps):
            steps.keep(shown=samples("shown"))

    return {**steps.arrays(), "judged": samples("judged")}

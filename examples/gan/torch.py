"""A GAN with one optimiser in PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - as PyTorch writes it
from torch import Tensor, nn
from torch.optim import SGD, Adam, Optimizer

from examples.common.job import Array, Arrays, Settings
from examples.common.steps import Steps
from examples.common.torch_state import torch_state
from examples.gan.draws import Draw, draw, shown_at
from grl_torch import GradientReversal


class Gan(nn.Module):
    """Gives the one loss that both networks are trained with.

    The discriminator D minimises softplus(D(G(z))) + softplus(-D(x)). The generator G stands
    behind a gradient reversal, so the same step makes it maximise its term: the zero-sum game of
    Goodfellow et al. (NIPS 2014, equation 1).
    """

    def __init__(self, start: Arrays) -> None:
        super().__init__()
        self.generator = nn.Sequential(
            _linear(start["generator0"]),
            nn.ReLU(),
            _linear(start["generator1"]),
            nn.ReLU(),
            _linear(start["generator2"]),
            nn.Tanh(),
        )
        self.reversal = GradientReversal()
        self.discriminator = nn.Sequential(
            _linear(start["discriminator0"]),
            nn.LeakyReLU(0.2),
            _linear(start["discriminator1"]),
            nn.LeakyReLU(0.2),
            _linear(start["discriminator2"]),
        )

    def generate(self, z: Tensor, wanted: Tensor) -> Tensor:
        return self.generator(torch.cat([z, wanted], 1))  # type: ignore[no-any-return]

    def judge(self, x: Tensor, classes: Tensor) -> Tensor:
        return self.discriminator(torch.cat([x, classes], 1))  # type: ignore[no-any-return]

    def forward(self, z: Tensor, wanted: Tensor, x: Tensor, shown: Tensor, noise: Tensor) -> Tensor:
        fake = self.reversal(self.generate(z, wanted))
        of_fake = self.judge(fake + noise[0], wanted)
        of_real = self.judge(x + noise[1], shown)
        return F.softplus(of_fake).mean() + F.softplus(-of_real).mean()

    def r1(self, x: Tensor, shown: Tensor) -> Tensor:
        """Half the squared gradient at real digits (Mescheder et al., ICML 2018, equation 9)."""
        x = x.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(self.judge(x, shown).sum(), x, create_graph=True)
        return gradient.square().sum(1).mean() / 2


def _linear(weight: Array) -> nn.Linear:
    """With the weights (inputs, outputs) that NumPy drew, and biases of 0."""
    given = torch.from_numpy(weight)
    inputs, outputs = weight.shape
    layer = nn.Linear(inputs, outputs, dtype=given.dtype)
    layer.weight.data.copy_(given.T)
    nn.init.zeros_(layer.bias)
    return layer


def optimiser_for(parameters: Iterable[nn.Parameter], options: dict[str, Any]) -> Optimizer:
    """By the option "optimiser": "adam", "momentum" or "sgd", with the option "rate"."""
    rate = options["rate"]
    optimisers: dict[str, Callable[[], Optimizer]] = {
        "adam": lambda: Adam(parameters, rate, betas=(0.5, 0.999)),
        "momentum": lambda: SGD(parameters, rate, momentum=0.9),
        "sgd": lambda: SGD(parameters, rate),
    }
    return optimisers[options["optimiser"]]()


def tensors(drawn: Draw, settings: Settings) -> dict[str, Tensor]:
    """A step's draws on the device."""
    return {n: torch.from_numpy(a).to(settings.device) for n, a in vars(drawn).items()}


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train a GAN; options: "seed", "noise", "r1" (its weight), "optimiser", "rate"."""
    options, device = settings.options, settings.device
    gan = Gan(start).to(device)
    optimiser = optimiser_for(gan.parameters(), options)

    def samples(name: str) -> Array:
        z, wanted = (torch.from_numpy(start[f"{name}_{of}"]).to(device) for of in "zy")
        with torch.no_grad():
            return gan.generate(z, wanted).cpu().numpy()

    steps = Steps(settings, *torch_state(gan, optimiser))
    for step in steps:
        drawn = tensors(draw(start, settings, step), settings)
        loss = gan(**drawn)
        total = loss
        if options["r1"]:
            total = loss + options["r1"] * gan.r1(drawn["x"], drawn["shown"])
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        steps.log(loss=loss.item())
        if step + 1 in shown_at(settings.steps):
            steps.keep(shown=samples("shown"))

    return {**steps.arrays(), "judged": samples("judged")}

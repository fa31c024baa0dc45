"""A DCGAN with one optimiser in PyTorch: a DataLoader and a plain loop."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 - as PyTorch writes it
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from examples.common.job import Array, Arrays, Settings
from examples.common.steps import Steps
from grl_torch import GradientReversal

LATENT = 100


class Gan(nn.Module):
    """Gives, for images x (N, 1, 28, 28) and z (N, LATENT), the one loss of both networks."""

    def __init__(self) -> None:
        super().__init__()
        self.generator = nn.Sequential(
            nn.Linear(LATENT, 1024),
            nn.BatchNorm1d(1024),
            nn.ReLU(),
            nn.Linear(1024, 256 * 5 * 5),
            nn.BatchNorm1d(256 * 5 * 5),
            nn.ReLU(),
            nn.Unflatten(1, (256, 5, 5)),
            nn.ConvTranspose2d(256, 128, 3),  # 7×7
            nn.BatchNorm2d(128),
            nn.ReLU(),
            nn.ConvTranspose2d(128, 64, 4, stride=2, padding=1),  # 14×14
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.ConvTranspose2d(64, 1, 4, stride=2, padding=1),
            nn.Tanh(),
        )
        self.reversal = GradientReversal()
        self.discriminator = nn.Sequential(
            nn.Conv2d(1, 64, 4, stride=2, padding=1),  # 14×14
            nn.LeakyReLU(0.2),
            nn.Conv2d(64, 128, 4, stride=2, padding=1),  # 7×7
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(128 * 7 * 7, 1),
        )
        for name, parameter in self.named_parameters():
            if parameter.ndim > 1:
                nn.init.normal_(parameter, 0, 0.02)  # as in Radford et al., ICLR 2016
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)

    def forward(self, x: Tensor, z: Tensor, noise: Tensor) -> Tensor:
        fake = self.reversal(self.generator(z))
        of_fake, of_real = (
            self.discriminator(x + n) for x, n in zip((fake, x), noise, strict=True)
        )
        return F.softplus(of_fake).mean() + F.softplus(-of_real).mean()


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train by epochs; options: "seed", "batch", "epoch" (steps of it), "noise", "rate".

    Returns the loss of each step, and the samples (len(z), 1, 28, 28) after each epoch.
    """
    options, device = settings.options, settings.device
    torch.manual_seed(options["seed"])
    draws = torch.Generator().manual_seed(options["seed"])
    gan = Gan().to(device)
    optimiser = torch.optim.Adam(gan.parameters(), options["rate"], betas=(0.5, 0.999))
    images = TensorDataset(torch.from_numpy(start["x"]))
    loader = DataLoader(images, options["batch"], shuffle=True, drop_last=True, generator=draws)

    def write(folder: Path) -> None:
        states = [gan.state_dict(), optimiser.state_dict(), draws.get_state()]
        torch.save(states, folder / "training.pt")

    def read(folder: Path) -> None:
        weights, state, drawn = torch.load(folder / "training.pt", weights_only=True)
        gan.load_state_dict(weights)
        optimiser.load_state_dict(state)
        draws.set_state(drawn)

    steps = Steps(settings, write, read)
    for step in steps:
        if step % options["epoch"] == 0:  # the start of an epoch
            batches = iter(loader)
        (x,) = next(batches)
        x = x.to(device) / 127.5 - 1
        level = options["noise"] * (1 - step / settings.steps)
        z = torch.randn(len(x), LATENT, generator=draws).to(device)
        noise = level * torch.randn(2, *x.shape, generator=draws).to(device)
        loss = gan(x, z, noise)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        steps.log(loss=loss.item())
        if (step + 1) % options["epoch"] == 0:  # its end; Steps writes a checkpoint then
            gan.eval()
            with torch.no_grad():
                shown = gan.generator(torch.from_numpy(start["z"]).to(device))
            gan.train()
            steps.keep(shown=shown.cpu().numpy())
    return steps.arrays()

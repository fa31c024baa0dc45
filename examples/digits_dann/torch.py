"""A convolutional DANN in PyTorch."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - as PyTorch writes it
from torch import Tensor, nn

from examples.common.job import Array, Arrays, Settings
from examples.common.steps import Steps
from examples.common.torch_state import torch_state
from examples.moons.torch import domain_loss
from grl_torch import GradientReversal, dann_scale

SOURCE, TARGET = 0, 1


class DomainNorm(nn.Module):
    """Batch normalisation with statistics apart for the domains, and parameters in common."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.of = nn.ModuleList(nn.BatchNorm2d(channels, affine=False) for _ in (SOURCE, TARGET))
        self.gamma = nn.Parameter(torch.ones(channels, 1, 1))
        self.beta = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x: Tensor, domain: int) -> Tensor:
        return self.gamma * self.of[domain](x) + self.beta  # type: ignore[no-any-return]


class Dann(nn.Module):
    """Gives, for images (N, C, H, W) of a domain, the logits of labels and of the domain (N, 1)."""

    def __init__(self, start: Arrays, norm: bool) -> None:
        super().__init__()
        (first, channels), second = start["conv1"].shape[:2], len(start["conv2"])
        (flat, hidden), classes = start["label1"].shape, start["label2"].shape[1]
        self.conv1 = nn.Conv2d(channels, first, 3, padding=1)
        self.norm1 = DomainNorm(first) if norm else None
        self.conv2 = nn.Conv2d(first, second, 3, padding=1)
        self.norm2 = DomainNorm(second) if norm else None
        self.label1, self.label2 = nn.Linear(flat, hidden), nn.Linear(hidden, classes)
        self.reversal = GradientReversal()
        self.domain1, self.domain2 = nn.Linear(flat, hidden), nn.Linear(hidden, 1)

    def forward(self, x: Tensor, domain: int) -> tuple[Tensor, Tensor]:
        h = x / 255
        for conv, norm in ((self.conv1, self.norm1), (self.conv2, self.norm2)):
            h = conv(h) if norm is None else norm(conv(h), domain)
            h = F.max_pool2d(F.relu(h), 2)
        h = h.flatten(1)
        labels = self.label2(F.relu(self.label1(h)))
        return labels, self.domain2(F.relu(self.domain1(self.reversal(h))))


def set_weights(model: Dann, start: Arrays) -> None:
    """Copy the weights that NumPy drew; linear layers have them transposed."""
    for name in ("conv1", "conv2", "label1", "label2", "domain1", "domain2"):
        layer = model.get_submodule(name)
        weight = torch.from_numpy(start[name])
        layer.weight.data.copy_(weight.T if weight.ndim == 2 else weight)  # type: ignore[operator]
        nn.init.zeros_(layer.bias)  # type: ignore[arg-type]


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train a DANN; options: "adapt", "domain_weight", "norm", "rate", "decay"."""
    options, device = settings.options, settings.device
    dtype = getattr(torch, settings.dtype)
    given = {name: torch.from_numpy(array).to(device) for name, array in start.items()}
    model = Dann(start, options["norm"]).to(device, dtype)
    set_weights(model, start)
    optimiser = torch.optim.SGD(model.parameters(), options["rate"])
    decay = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: (1 + options["decay"] * step / settings.steps) ** -0.75
    )

    steps = Steps(settings, *torch_state(model, optimiser, decay))
    for step in steps:
        model.reversal.scale = dann_scale(step / settings.steps)
        source, target = given["source_batches"][step], given["target_batches"][step]
        labels, of_source = model(given["source_x"][source].to(dtype), SOURCE)
        loss = label = F.cross_entropy(labels, given["source_y"][source].long())
        if options["adapt"]:
            _, of_target = model(given["target_x"][target].to(dtype), TARGET)
            domain = domain_loss(of_source, 0.0) + domain_loss(of_target, 1.0)
            loss = label + options["domain_weight"] * domain
            steps.log(domain=domain.item())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        decay.step()
        steps.log(label=label.item())

    model.eval()
    with torch.no_grad():
        tested = TARGET if options["adapt"] else SOURCE  # what it has statistics of
        found = model(given["test_x"].to(dtype), tested)[0].argmax(1)
    accuracy = (found == given["test_y"]).double().mean()
    return {**steps.arrays(), "accuracy": accuracy.cpu().numpy()}

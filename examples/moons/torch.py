"""DANN in PyTorch: a label and a domain classifier on one representation."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - as PyTorch writes it
from torch import Tensor, nn

from examples.common.job import Array, Arrays, Settings
from examples.common.steps import Steps
from examples.common.torch_state import torch_state
from grl_torch import GradientReversal, dann_scale


class Dann(nn.Module):
    """Gives, for points (N, 2), the logits of two labels (N, 2) and of the domain (N, 1)."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.features = nn.Linear(2, hidden)
        self.label = nn.Linear(hidden, 2)
        self.reversal = GradientReversal()
        self.domain = nn.Linear(hidden, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = torch.tanh(self.features(x))
        return self.label(h), self.domain(self.reversal(h))


def domain_loss(logits: Tensor, label: float) -> Tensor:
    """The mean cross entropy of points that are all of one domain, 0 or 1."""
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def set_weights(model: Dann, start: Arrays) -> None:
    """Copy the weights that NumPy drew; linear layers have them transposed. Biases are 0."""
    for name in ("features", "label", "domain"):
        layer = model.get_submodule(name)
        nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        layer.weight.data.copy_(torch.from_numpy(start[name].T))  # type: ignore[operator]


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train a DANN; options: "adapt", "domain_weight", "rate", "momentum"."""
    options, device = settings.options, settings.device
    given = {name: torch.from_numpy(array).to(device) for name, array in start.items()}
    model = Dann(start["features"].shape[1]).to(device, getattr(torch, settings.dtype))
    set_weights(model, start)
    optimiser = torch.optim.SGD(
        model.parameters(), lr=options["rate"], momentum=options["momentum"]
    )

    steps = Steps(settings, *torch_state(model, optimiser))
    for step in steps:
        model.reversal.scale = dann_scale(step / settings.steps) if options["adapt"] else 0.0
        source, target = given["source_batches"][step], given["target_batches"][step]
        labels, of_source = model(given["source_x"][source])
        _, of_target = model(given["target_x"][target])
        label = F.cross_entropy(labels, given["source_y"][source].long())
        domain = domain_loss(of_source, 0.0) + domain_loss(of_target, 1.0)
        optimiser.zero_grad()
        (label + options["domain_weight"] * domain).backward()
        optimiser.step()
        steps.log(label=label.item(), domain=domain.item())

    model.eval()
    with torch.no_grad():
        tests = {name: model(given[f"{name}_x"])[0].argmax(1) for name in ("test", "source_test")}
    right = {name: tests[name] == given[f"{name}_y"] for name in tests}
    weights = {name: tensor.cpu().numpy() for name, tensor in model.state_dict().items()}
    return {
        **steps.arrays(),
        "target_accuracy": right["test"].double().mean().cpu().numpy(),
        "source_accuracy": right["source_test"].double().mean().cpu().numpy(),
        **{name: array.T if name.endswith("weight") else array for name, array in weights.items()},
    }

"""Path-SGD in PyTorch: an optimiser of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F  # noqa: N812 - as PyTorch writes it
from torch import Tensor, nn
from torch.func import functional_call
from torch.optim import SGD, Adagrad, Optimizer

from examples.common.job import Array, Arrays, Settings
from examples.common.steps import Steps
from examples.common.torch_state import torch_state


def path_scales(network: nn.Sequential) -> dict[str, Tensor]:
    """The gamma of each weight, by the parameter's name.

    It is the sum over the paths through the weight of the product of the other weights squared:
    the derivative of the outputs' sum by the squared weight, where all weights are squared and all
    inputs are 1; a ReLU of sums of squares leaves them as they are. A bias is a weight from a unit
    of value 1. (Neyshabur et al., Path-SGD, NIPS 2015, section 5.)
    """
    squared = {name: w.detach().square().requires_grad_() for name, w in network.named_parameters()}
    first = next(network.parameters())
    total = functional_call(network, squared, (first.new_ones(1, first.shape[1]),)).sum()
    gradients = torch.autograd.grad(total, list(squared.values()))
    return dict(zip(squared, gradients, strict=True))


class PathSGD(Optimizer):
    """Steps by -rate * gradient / gamma, so that no rescaling changes the step."""

    def __init__(self, network: nn.Sequential, lr: float) -> None:
        super().__init__(network.named_parameters(), {"lr": lr})
        self.network = network

    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        loss = None if closure is None else closure()
        scales = path_scales(self.network)
        (group,) = self.param_groups
        with torch.no_grad():
            for name, weight in zip(group["param_names"], group["params"], strict=True):
                if weight.grad is not None:
                    # Where gamma is 0, the gradient is 0 as well.
                    scale = scales[name].clamp(min=torch.finfo(weight.dtype).tiny)
                    weight.addcdiv_(weight.grad, scale, value=-group["lr"])
        return loss


def multilayer(sizes: Sequence[int]) -> nn.Sequential:
    """Linear layers with ReLUs between them."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def optimiser_of(name: str, network: nn.Sequential, rate: float) -> Optimizer:
    """The optimiser of a name.

    Raises:
        ValueError: there is none of that name.
    """
    if name == "path_sgd":
        return PathSGD(network, rate)
    if name == "adagrad":
        return Adagrad(network.parameters(), rate, eps=1e-8)  # that of the other frameworks
    if name == "sgd":
        return SGD(network.parameters(), rate)
    raise ValueError(f"optimiser must be path_sgd, adagrad or sgd, got {name!r}")


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """Train a classifier; options: "optimiser" and "rate"."""
    options, device = settings.options, settings.device
    given = {name: torch.from_numpy(array).to(device) for name, array in start.items()}
    network = multilayer(start["sizes"].tolist()).to(device, getattr(torch, settings.dtype))
    linear = [layer for layer in network if isinstance(layer, nn.Linear)]
    for number, layer in enumerate(linear):
        layer.weight.data.copy_(given[f"weight{number}"].T)
        layer.bias.data.copy_(given[f"bias{number}"])
    optimiser = optimiser_of(options["optimiser"], network, options["rate"])

    epoch = len(start["x"]) // start["batches"].shape[1]
    labels, test_labels = given["y"].long(), given["test_y"].long()
    steps = Steps(settings, *torch_state(network, optimiser))
    for step in steps:
        batch = given["batches"][step]
        loss = F.cross_entropy(network(given["x"][batch]), labels[batch])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        steps.log(loss=loss.item())
        if (step + 1) % epoch == 0 or step + 1 == settings.steps:
            with torch.no_grad():
                of_all = F.cross_entropy(network(given["x"]), labels)
                wrong = network(given["test_x"]).argmax(1) != test_labels
            steps.log(train_loss=of_all.item(), test_error=wrong.double().mean().item())

    scales = list(path_scales(network).values())
    result = steps.arrays()
    for number, layer in enumerate(linear):
        result[f"weight{number}"] = layer.weight.detach().cpu().numpy().T
        result[f"bias{number}"] = layer.bias.detach().cpu().numpy()
        result[f"weight{number}.scale"] = scales[2 * number].cpu().numpy().T
        result[f"bias{number}.scale"] = scales[2 * number + 1].cpu().numpy()
    return result

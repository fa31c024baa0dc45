"""What PyTorch does."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - as PyTorch writes it
from torch import Tensor, nn
from torch.optim import SGD, Adagrad, Adam, RMSprop

from tests.porting.page import Measurements


def _stepped(
    optimiser: Any,
    gradients: list[float],
    rates: list[float] | None = None,
    start: float = 0,
    form: str = ".3g",
    **options: Any,
) -> str:
    """By how much the last step lowers a weight."""
    w = torch.tensor(float(start), requires_grad=True)
    made = optimiser([w], **options)
    before = 0.0
    for number, gradient in enumerate(gradients):
        before = w.item()
        w.grad = torch.tensor(float(gradient))
        if rates:
            made.param_groups[0]["lr"] = rates[number]
        made.step()
    return format(before - w.item(), form)


def _normalised(values: list[list[float]]) -> tuple[Tensor, nn.Module]:
    """A batch, and the layer that has seen it."""
    norm = nn.BatchNorm1d(1)
    return norm(torch.tensor(values)), norm


def _eps() -> str:
    y = _normalised([[1e-3], [-1e-3]])[0].max().item()
    return f"{1e-6 / y**2 - 1e-6:.0e}"


def _one_value() -> str:
    try:
        return f"{_normalised([[1.0]])[0].item():.0f}"
    except ValueError:
        return "raises"


def _ignored() -> str:
    logits, labels = torch.zeros(2, 3), torch.tensor([0, -100])
    kept = F.cross_entropy(logits[:1], labels[:1])
    return "-100" if F.cross_entropy(logits, labels) == kept else "none"


def _soft_target() -> str:
    logit = torch.tensor([1.0])
    got = F.binary_cross_entropy_with_logits(logit, torch.tensor([0.3])).item()
    return "taken as it is" if abs(got - (math.log(1 + math.e) - 0.3)) < 1e-6 else "?"


def _deconvolved() -> str:
    layer = nn.ConvTranspose2d(1, 1, 3, stride=2, padding=1, output_padding=1)
    return "`output_padding=1`" if layer(torch.zeros(1, 1, 4, 4)).shape[2:] == (8, 8) else "?"


def _bilinear() -> str:
    x = torch.tensor([[[[0.0, 1.0]]]])
    y = F.interpolate(x, scale_factor=(1.0, 2.0), mode="bilinear")
    return ", ".join(f"{value:.2g}" for value in y.flatten().tolist())


def _dropout() -> str:
    x = torch.ones(1000)
    return "off" if torch.equal(nn.Dropout(0.5).eval()(x), x) else "on"


def _accumulated() -> str:
    x = torch.ones(1, requires_grad=True)
    for _ in range(2):
        (2 * x).backward()
    grad: Tensor | None = x.grad
    return {4.0: "is added", 2.0: "replaces"}.get(grad.item() if grad is not None else 0, "?")


MEASURED: Measurements = {
    "shape of the weights of a linear layer, 3 to 2": lambda: tuple(nn.Linear(3, 2).weight.shape),
    "spread of its first weights, 400 to 100": lambda: f"{nn.Linear(400, 100).weight.std():.2f}",
    "its first biases": lambda: "not 0" if nn.Linear(400, 100).bias.any() else "0",
    "eps of batch normalisation": _eps,
    "its running mean after a batch of mean 1": lambda: (
        f"{_normalised([[0.0], [2.0]])[1].get_buffer('running_mean').item():.1f}"
    ),
    "its running variance after a batch of -1, 1, -1, 1": lambda: (
        f"{_normalised([[-1.0], [1.0], [-1.0], [1.0]])[1].get_buffer('running_var').item():.4f}"
    ),
    "a training batch of one value a channel": _one_value,
    "shape of its parameters, 3 channels of images": lambda: tuple(nn.BatchNorm2d(3).weight.shape),
    "Adam's first step for a gradient of 1e-8": lambda: _stepped(Adam, [1e-8], form=".1e"),
    "Adam's first step for a weight of 1, a weight decay of 0.1 and no gradient": lambda: _stepped(
        Adam, [0], start=1, weight_decay=0.1
    ),
    "AdaGrad's first step for a gradient of 1": lambda: _stepped(Adagrad, [1]),
    "RMSprop's first step for a gradient of 1": lambda: _stepped(RMSprop, [1]),
    "momentum's second step for gradients of 1, with a rate of 0.1 and then 0.01": lambda: _stepped(
        SGD, [1, 1], [0.1, 0.01], momentum=0.9
    ),
    "Nesterov's second step for gradients of 1, with a rate of 0.1": lambda: _stepped(
        SGD, [1, 1], lr=0.1, momentum=0.9, nesterov=True
    ),
    "shape of a softmax cross entropy of two samples": lambda: tuple(
        F.cross_entropy(torch.zeros(2, 3), torch.tensor([0, 1])).shape
    ),
    "the label that it leaves out": _ignored,
    "a target of 0.3 for a sigmoid cross entropy": _soft_target,
    "leaky ReLU of -1": lambda: f"{F.leaky_relu(torch.tensor(-1.0)).item():.2g}",
    "max pooling by 2 of 5x5": lambda: tuple(F.max_pool2d(torch.zeros(1, 1, 5, 5), 2).shape[2:]),
    "a deconvolution from 4x4 to 8x8, kernel 3, stride 2, padding 1": _deconvolved,
    "shape of 2x2 upsampled by 2, nearest": lambda: tuple(
        F.interpolate(torch.zeros(1, 1, 2, 2), scale_factor=2.0).shape[2:]
    ),
    "0, 1 upsampled by 2, bilinear": _bilinear,
    "softplus of 21 less 21, float64 where there is one": lambda: (
        f"{F.softplus(torch.tensor(21.0, dtype=torch.float64)).item() - 21:.1e}"
    ),
    "dropout in evaluation": _dropout,
    "a second backward pass": _accumulated,
    "tanh of float64": lambda: str(torch.tanh(torch.ones(1).double()).dtype).removeprefix("torch."),
}

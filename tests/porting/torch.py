"""What PyTorch does."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - as PyTorch writes it
from torch import Tensor, nn

from tests.porting.page import facts

FACTS, fact = facts()


def _stepped(optimiser: Any, gradients: list[float], rates: list[float], start: float = 0) -> float:
    """By how much the last step lowers a weight."""
    w = torch.tensor(float(start), requires_grad=True)
    made = optimiser([w])
    before = 0.0
    for gradient, rate in zip(gradients, rates or [math.nan] * len(gradients), strict=True):
        before = w.item()
        w.grad = torch.tensor(gradient)
        if rates:
            made.param_groups[0]["lr"] = rate
        made.step()
    return before - w.item()


@fact("shape of the weights of a linear layer, 3 to 2")
def linear_shape() -> str:
    return str(tuple(nn.Linear(3, 2).weight.shape))


@fact("spread of its first weights, 400 to 100")
def linear_spread() -> str:
    return f"{nn.Linear(400, 100).weight.std().item():.2f}"


@fact("its first biases")
def linear_bias() -> str:
    return "0" if (nn.Linear(400, 100).bias == 0).all() else "not 0"


@fact("eps of batch normalisation")
def norm_eps() -> str:
    x = torch.tensor([[1e-3], [-1e-3]])
    y = nn.BatchNorm1d(1)(x).max().item()
    return f"{1e-6 / y**2 - 1e-6:.0e}"


@fact("its running mean after a batch of mean 1")
def norm_mean() -> str:
    norm = nn.BatchNorm1d(1)
    norm(torch.tensor([[0.0], [2.0]]))
    return f"{norm.get_buffer('running_mean').item():.1f}"


@fact("its running variance after a batch of -1, 1, -1, 1")
def norm_variance() -> str:
    norm = nn.BatchNorm1d(1)
    norm(torch.tensor([[-1.0], [1.0], [-1.0], [1.0]]))
    return f"{norm.get_buffer('running_var').item():.4f}"


@fact("a training batch of one value a channel")
def norm_of_one() -> str:
    try:
        return f"{nn.BatchNorm1d(1)(torch.ones(1, 1)).item():.0f}"
    except ValueError:
        return "raises"


@fact("shape of its parameters, 3 channels of images")
def norm_shape() -> str:
    return str(tuple(nn.BatchNorm2d(3).weight.shape))


@fact("Adam's first step for a gradient of 1e-8")
def adam_eps() -> str:
    return f"{_stepped(torch.optim.Adam, [1e-8], []):.1e}"


@fact("Adam's first step for a weight of 1, a weight decay of 0.1 and no gradient")
def adam_decay() -> str:
    return f"{_stepped(lambda w: torch.optim.Adam(w, weight_decay=0.1), [0.0], [], 1.0):.3g}"


@fact("AdaGrad's first step for a gradient of 1")
def adagrad() -> str:
    return f"{_stepped(torch.optim.Adagrad, [1.0], []):.3g}"


@fact("RMSprop's first step for a gradient of 1")
def rmsprop() -> str:
    return f"{_stepped(torch.optim.RMSprop, [1.0], []):.3g}"


@fact("momentum's second step for gradients of 1, with a rate of 0.1 and then 0.01")
def momentum() -> str:
    sgd = lambda w: torch.optim.SGD(w, 0.1, momentum=0.9)  # noqa: E731
    return f"{_stepped(sgd, [1.0, 1.0], [0.1, 0.01]):.3g}"


@fact("Nesterov's second step for gradients of 1, with a rate of 0.1")
def nesterov() -> str:
    sgd = lambda w: torch.optim.SGD(w, 0.1, momentum=0.9, nesterov=True)  # noqa: E731
    return f"{_stepped(sgd, [1.0, 1.0], []):.3g}"


@fact("shape of a softmax cross entropy of two samples")
def cross_entropy_shape() -> str:
    return str(tuple(F.cross_entropy(torch.zeros(2, 3), torch.tensor([0, 1])).shape))


@fact("the label that it leaves out")
def ignored() -> str:
    logits = torch.zeros(2, 3)
    kept = F.cross_entropy(logits[:1], torch.tensor([0]))
    return "-100" if F.cross_entropy(logits, torch.tensor([0, -100])) == kept else "none"


@fact("a target of 0.3 for a sigmoid cross entropy")
def soft_target() -> str:
    logit = torch.tensor([1.0])
    got = F.binary_cross_entropy_with_logits(logit, torch.tensor([0.3])).item()
    return "taken as it is" if abs(got - (math.log(1 + math.e) - 0.3)) < 1e-6 else "?"


@fact("leaky ReLU of -1")
def leaky() -> str:
    return f"{F.leaky_relu(torch.tensor(-1.0)).item():.2g}"


@fact("max pooling by 2 of 5x5")
def pooled() -> str:
    return str(tuple(F.max_pool2d(torch.zeros(1, 1, 5, 5), 2).shape[2:]))


@fact("a deconvolution from 4x4 to 8x8, kernel 3, stride 2, padding 1")
def deconvolved() -> str:
    layer = nn.ConvTranspose2d(1, 1, 3, stride=2, padding=1, output_padding=1)
    return "`output_padding=1`" if layer(torch.zeros(1, 1, 4, 4)).shape[2:] == (8, 8) else "?"


@fact("shape of 2x2 upsampled by 2, nearest")
def upsampled() -> str:
    return str(tuple(F.interpolate(torch.zeros(1, 1, 2, 2), scale_factor=2.0).shape[2:]))


@fact("0, 1 upsampled by 2, bilinear")
def bilinear() -> str:
    x = torch.tensor([[[[0.0, 1.0]]]])
    y = F.interpolate(x, scale_factor=(1.0, 2.0), mode="bilinear")
    return ", ".join(f"{value:.2g}" for value in y.flatten().tolist())


@fact("softplus of 21 less 21, float64 where there is one")
def softplus() -> str:
    return f"{F.softplus(torch.tensor(21.0, dtype=torch.float64)).item() - 21:.1e}"


@fact("dropout in evaluation")
def dropout() -> str:
    x = torch.ones(1000)
    return "off" if torch.equal(nn.Dropout(0.5).eval()(x), x) else "on"


@fact("a second backward pass")
def accumulated() -> str:
    x = torch.ones(1, requires_grad=True)
    for _ in range(2):
        (2 * x).backward()
    grad: Tensor | None = x.grad
    return {4.0: "is added", 2.0: "replaces"}.get(grad.item() if grad is not None else 0, "?")


@fact("tanh of float64")
def wide() -> str:
    return str(torch.tanh(torch.ones(1, dtype=torch.float64)).dtype).removeprefix("torch.")

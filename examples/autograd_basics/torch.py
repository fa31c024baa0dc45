"""The basics of autograd in PyTorch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn

from examples.common.job import Array, Arrays, Settings
from examples.common.steps import Steps


def gradients(start: Arrays, device: str) -> dict[str, Array]:
    """Those of Q = 3 a^3 - b^2, and whether there is one where b is frozen or all is off."""
    a, b, cotangent = (torch.from_numpy(start[name]).to(device) for name in ("a", "b", "cotangent"))
    a.requires_grad_()
    b.requires_grad_()
    (3 * a**3 - b**2).backward(cotangent)
    assert a.grad is not None
    assert b.grad is not None
    da, db = a.grad, b.grad

    a, b = a.detach().requires_grad_(), b.detach()  # the same numbers, b frozen
    (3 * a**3 - b**2).backward(cotangent)
    assert a.grad is not None
    frozen = b.grad is None and torch.equal(a.grad, da)
    with torch.no_grad():
        off = not (3 * a**3 - b**2).requires_grad
    return {
        "da": da.cpu().numpy(),
        "db": db.cpu().numpy(),
        "frozen": np.array(frozen),
        "off": np.array(off),
    }


def train(start: Arrays, settings: Settings) -> dict[str, Array]:
    """The gradients, and the losses of a fit; options: "optimiser" (False: by hand) and "rate"."""
    rate, device = settings.options["rate"], settings.device
    x, y = (torch.from_numpy(start[name]).to(device) for name in ("x", "y"))
    (inputs, hidden), (_, outputs) = start["w1"].shape, start["w2"].shape
    model = nn.Sequential(
        nn.Linear(inputs, hidden, bias=False), nn.ReLU(), nn.Linear(hidden, outputs, bias=False)
    ).to(device, x.dtype)
    for weight, name in zip(model.parameters(), ("w1", "w2"), strict=True):
        weight.data.copy_(torch.from_numpy(start[name].T))
    optimiser = torch.optim.SGD(model.parameters(), rate)

    def write(folder: Path) -> None:
        torch.save(model.state_dict(), folder / "model.pt")  # SGD keeps nothing between steps

    def read(folder: Path) -> None:
        model.load_state_dict(torch.load(folder / "model.pt", weights_only=True))

    steps = Steps(settings, write, read)
    for _ in steps:
        loss = (model(x) - y).square().sum()
        model.zero_grad()
        loss.backward()
        if settings.options["optimiser"]:
            optimiser.step()
        else:
            with torch.no_grad():  # the update is no part of what is differentiated
                for weight in model.parameters():
                    assert weight.grad is not None
                    weight.sub_(rate * weight.grad)
        steps.log(loss=loss.item())
    return {**gradients(start, device), **steps.arrays()}

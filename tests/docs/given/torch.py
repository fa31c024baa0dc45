"""docs/torch.md: a training, into which a schedule goes there and in grl_torch/scheduler.py."""

import torch
from torch import Tensor, nn

from grl_torch import (  # noqa: F401
    GradientReversal,
    dann_scale,
    gradient_reversal,
    mul_scalar,
    shake_shake,
)

epochs = 2
loader = [torch.ones(3, 2)] * 4
model = nn.Sequential(GradientReversal(), nn.Linear(2, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
path = "checkpoint.pt"


def loss(model: nn.Module, batch: Tensor) -> Tensor:
    out: Tensor = model(batch).sum()
    return out


def validate(model: nn.Module) -> None:
    assert not model.training


def train(batch: Tensor) -> None:
    loss(model, batch).backward()


def check() -> None:
    """The page trains to the end, the example for one epoch of two."""
    saved = torch.load(path)
    assert saved["scale"]["last_step"] == 8
    assert saved["model"]["0.scale"] == dann_scale(1.0)
    assert model.get_buffer("0.scale") == dann_scale(0.5)

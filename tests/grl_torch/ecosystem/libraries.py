"""The libraries that these tests run, and a network to give them.

They lie in a folder that dev.py makes, apart from PyTorch's environment.
"""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from conformance import known
from grl_torch import GradientReversal

FOLDER = known().ecosystem.get("torch")
SCALE = 0.1234567890123456789  # neither float32 nor a half-precision dtype holds it


def library(name: str) -> Any:
    """Import a module of the folder; without the folder, skip the test module that asks."""
    if FOLDER is None:
        pytest.skip(f"there is no folder with {name}", allow_module_level=True)
    if FOLDER not in sys.path:
        sys.path.append(FOLDER)
        os.environ["HF_HUB_OFFLINE"] = "1"  # read once, when the first of them is imported
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(name)


class Network(nn.Module):
    """A body and a head with a reversal between them."""

    def __init__(self, scale: float | Tensor = SCALE, *, persistent: bool = True) -> None:
        super().__init__()
        self.body, self.head = nn.Linear(4, 4), nn.Linear(4, 2)
        self.grl = GradientReversal(scale, persistent=persistent)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.head(self.grl(self.body(x)))
        return y


def samples(dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(3, 4, generator=torch.Generator().manual_seed(1)).to(dtype)


def check_scale(layer: nn.Module, scale: float = SCALE) -> None:
    """The scale is a float64 tensor that holds exactly this number."""
    held = layer.get_buffer("scale")
    assert (held.dtype, held.item()) == (torch.float64, scale)


@contextmanager
def watched(layer: nn.Module, *known: float) -> Iterator[list[float]]:
    """Give the scales of the forward passes; at the end, check what the backward passes did.

    The layer returned its input, and its gradient was ``-scale * dy``, bit for bit. ``known`` are
    the scales, where they cannot be read from the layer after a forward pass.
    """
    scales, seen = [*known], list[tuple[Tensor, Tensor]]()

    def watch(_: nn.Module, inputs: tuple[Tensor], y: Tensor) -> None:
        if not known:
            scales.append(layer.get_buffer("scale").max().item())
        for tensor in (*inputs, y):
            tensor.retain_grad()
        seen.append((*inputs, y))

    with layer.register_forward_hook(watch):
        yield scales
    for (x, y), scale in zip(seen, scales, strict=True):
        assert torch.equal(x, y)
        assert x.grad is not None
        assert y.grad is not None
        assert y.grad.any()
        factor = torch.tensor(-scale, dtype=torch.float32)
        assert torch.equal(x.grad, (y.grad.float() * factor).to(x.dtype))


def check_reverses(layer: nn.Module, scale: float, run: Callable[[], Tensor]) -> None:
    """The layer inside ``run`` works with this scale."""
    with watched(layer, scale):
        run().float().square().sum().backward()

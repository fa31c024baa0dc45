"""The modules with a factor, numbers for them, and what they must hold."""

from __future__ import annotations

import io
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from grl_torch import GradientReversal, MulScalar
from tests.grl_torch.declared import gradient

MODULES: dict[str, Any] = {"scale": GradientReversal, "scalar": MulScalar}
each_module = pytest.mark.parametrize(("name", "module"), MODULES.items(), ids=MODULES)
# float32 cannot hold the first, nor float16 the others.
NUMBERS: dict[str, float | Tensor] = {
    "float": 1 / 3,
    "float32": torch.tensor(0.1),
    "per-sample": torch.tensor([[0.1], [0.2]]),
}
each_number = pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)


def holds(module: nn.Module, name: str, number: float | Tensor) -> bool:
    """Whether the buffer is exact, of the dtype it was given in, and what the layer uses."""
    expected = torch.as_tensor(number, dtype=None if isinstance(number, Tensor) else torch.float64)
    buffer: Tensor = getattr(module, name)
    x, dy = (torch.ones(2, 3, dtype=torch.float64) for _ in range(2))
    dx = gradient(module(x.requires_grad_()), x, dy)
    return (
        buffer.dtype == expected.dtype
        and torch.equal(buffer, expected)
        and torch.equal(dx.abs(), expected.double() * dy)
    )


def saved_and_loaded(module: nn.Module, into: nn.Module) -> nn.Module:
    file = io.BytesIO()
    torch.save(module.state_dict(), file)
    file.seek(0)
    into.load_state_dict(torch.load(file, weights_only=True))
    return into

"""The same as ``state``, of PyTorch, whose types are found in its own interpreter only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from examples.common.state import Saving


def torch_state(*parts: Any) -> Saving:
    """Of a model, an optimiser, a scheduler: of all that has a ``state_dict``."""

    def write(folder: Path) -> None:
        torch.save([part.state_dict() for part in parts], folder / "training.pt")

    def read(folder: Path) -> None:
        states = torch.load(folder / "training.pt", weights_only=True)
        for part, state in zip(parts, states, strict=True):
            part.load_state_dict(state)

    return write, read

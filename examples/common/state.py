"""Writes and reads what a framework keeps between steps, in its own format: for ``Steps``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Saving = tuple[Callable[[Path], None], Callable[[Path], None]]  # to a folder, and from it


def nnabla_state(solver: Any) -> Saving:
    """Of all parameters, and of a solver."""
    import nnabla as nn  # noqa: PLC0415 - each framework has an interpreter of its own

    def write(folder: Path) -> None:
        nn.save_parameters(str(folder / "weights.h5"))
        solver.save_states(str(folder / "solver.h5"))

    def read(folder: Path) -> None:
        nn.load_parameters(str(folder / "weights.h5"))
        solver.load_states(str(folder / "solver.h5"))

    return write, read


def chainer_state(model: Any, optimiser: Any) -> Saving:
    """Of a link and its optimiser."""
    from chainer import serializers  # noqa: PLC0415

    parts = {"model": model, "optimiser": optimiser}

    def write(folder: Path) -> None:
        for name, part in parts.items():
            serializers.save_npz(folder / f"{name}.npz", part)

    def read(folder: Path) -> None:
        for name, part in parts.items():
            serializers.load_npz(folder / f"{name}.npz", part)

    return write, read

"""What a training is told, and what it gives: settings, and arrays by name. Python 3.10, NumPy."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

Array = Any
Arrays = Mapping[str, Array]
SETTINGS = "settings"  # the name under which they stand in a file


@dataclass(frozen=True)
class Settings:
    """How to train.

    Attributes:
        name: of this training, in progress bars and files.
        steps: how many.
        device: "cpu" or "cuda".
        dtype: of the network: "float32" or "float64".
        checkpoints: the folder for them; none are written where it is empty.
        every: the number of steps between two checkpoints.
        resume: go on from the last checkpoint, if there is one.
        bar: the line of its progress bar, below those of others that run at the same time.
        options: those of the example, such as a learning rate.
    """

    name: str
    steps: int
    device: str = "cpu"
    dtype: str = "float32"
    checkpoints: str = ""
    every: int = 500
    resume: bool = False
    bar: int = 0
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """A training: its settings, and what it starts from (data, batches, first weights)."""

    settings: Settings
    start: Arrays


def save(path: Path, arrays: Arrays, settings: Settings | None = None) -> None:
    """Write arrays to an .npz file, whole or not at all."""
    named = dict(arrays)
    if settings is not None:
        named[SETTINGS] = np.array(json.dumps(asdict(settings)))
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("wb") as file:
        np.savez(file, **named)
    os.replace(partial, path)


def load_job(path: Path) -> Job:
    """A job that :func:`save` has written."""
    arrays = load(path)
    return Job(Settings(**json.loads(str(arrays.pop(SETTINGS)))), arrays)


def load(path: Path) -> dict[str, Array]:
    """The arrays of an .npz file."""
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def last_checkpoint(settings: Settings) -> Path | None:
    """The folder of the last whole checkpoint."""
    home = Path(settings.checkpoints) / settings.name
    if not settings.checkpoints or not (home / "last").exists():
        return None
    folder = home / (home / "last").read_text("ascii")
    return folder if folder.is_dir() else None

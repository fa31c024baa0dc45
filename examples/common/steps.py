"""The steps of a training: progress, losses, checkpoints. Python 3.10, NumPy and tqdm."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm  # type: ignore[import-untyped]

from examples.common.job import Array, Settings, last_checkpoint, load, save


class Steps:
    """Iterate over it; each step ends with :meth:`log`.

    ``write`` and ``read`` save and load all that the framework keeps (weights, the optimiser's
    state), in a folder that they are given: the framework's own way of doing so.
    """

    def __init__(
        self, settings: Settings, write: Callable[[Path], None], read: Callable[[Path], None]
    ) -> None:
        self.settings = settings
        self.write = write
        self.losses: dict[str, list[Any]] = {}
        self.done = 0
        last = last_checkpoint(settings) if settings.resume else None
        if last is not None:
            read(last)
            self.losses = {name: list(row) for name, row in load(last / "losses.npz").items()}
            self.done = int(last.name)

    def __iter__(self) -> Iterator[int]:
        settings = self.settings
        rest = range(self.done, settings.steps)
        bar = {"initial": self.done, "position": settings.bar, "leave": False, "disable": None}
        for step in tqdm(rest, settings.name, settings.steps, **bar):
            yield step
            self.done = step + 1
            if settings.checkpoints and self.done % settings.every == 0:
                self._checkpoint()

    def log(self, **losses: float) -> None:
        """Keep the losses of a step.

        Raises:
            FloatingPointError: one is not finite; the last checkpoint stays as it is.
        """
        for name, value in losses.items():
            if not math.isfinite(value):
                raise FloatingPointError(
                    f"{self.settings.name}: {name} is {value} at step {self.done}"
                )
            self.losses.setdefault(name, []).append(value)

    def keep(self, **arrays: Array) -> None:
        """Keep arrays beside the losses, such as samples: those of one name have one shape."""
        for name, array in arrays.items():
            self.losses.setdefault(name, []).append(array)

    def arrays(self) -> dict[str, Array]:
        """The losses of all steps and what was kept, by name."""
        return {name: np.array(row) for name, row in self.losses.items()}

    def _checkpoint(self) -> None:
        """A folder named by the step, once it is whole; the file ``last`` names it."""
        home = Path(self.settings.checkpoints) / self.settings.name
        partial, folder = home / "partial", home / f"{self.done:08}"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        try:
            self.write(partial)
            save(partial / "losses.npz", self.arrays())
            pointer = home / "last.partial"
            pointer.write_text(folder.name, "ascii")
        except (OSError, RuntimeError) as error:  # PyTorch raises the latter on a full disk
            free = shutil.disk_usage(home).free
            shutil.rmtree(partial, ignore_errors=True)
            raise OSError(
                f"{self.settings.name}: the checkpoint of step {self.done} cannot be written "
                f"below {home}, where {free} bytes are free: {error}"
            ) from error
        earlier = last_checkpoint(self.settings)
        shutil.rmtree(folder, ignore_errors=True)  # of a training before this one
        partial.rename(folder)
        os.replace(pointer, home / "last")
        if earlier is not None and earlier != folder:
            shutil.rmtree(earlier)

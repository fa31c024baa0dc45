"""How much is tried, and the seed of all values."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Plan:
    """How much is tried, and the seed of all values."""

    quick: bool = False
    seed: int = 0
    draws: int | None = None

    @property
    def passes(self) -> int:
        """How many forward passes of a layer that draws are looked at, for S8 to S10."""
        return self.draws or (32 if self.quick else 256)

    def generator(self, *name: object) -> np.random.Generator:
        """The same numbers for the same name, whichever other cases there are."""
        return np.random.default_rng([self.seed, zlib.crc32(repr(name).encode())])

    def few(self, names: tuple[Any, ...], most: int = 2) -> tuple[Any, ...]:
        """All of them in a full run, the first ones in a quick run."""
        return names[:most] if self.quick else names

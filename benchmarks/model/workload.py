"""What is timed: one stage of one layer at one size, and the row that one subject has there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

# "both" is a forward and a backward pass; "accumulate" is a backward pass into a gradient that
# is there already.
STAGES = ("forward", "backward", "both", "accumulate")

ONE = (1,)
PUBLISHED = (64, 3, 224, 224)  # of the published timing: a batch of 64 ImageNet pictures

ITEM_BYTES = {"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8}

# None of them is representable, so that a wrong rounding shows in the check before the timing.
SCALE = 0.37
ALPHA, BETA = 0.3, 0.8


@dataclass(frozen=True, order=True)
class Workload:
    """One thing to time, whoever does it.

    Attributes:
        layer: one of ``benchmarks.model.LAYERS``.
        stage: one of ``STAGES``.
        shape: of every input.
        dtype: its name, a key of ``ITEM_BYTES``.
        level: of Shake-Shake's coefficients: "batch" for two numbers, "image" for two per image.
        device: "cpu" or "cuda".
    """

    layer: str
    stage: str
    shape: tuple[int, ...] = PUBLISHED
    dtype: str = "float32"
    level: str = "batch"
    device: str = "cpu"

    @property
    def size(self) -> int:
        """The number of elements of one input."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """The bytes of one input."""
        return self.size * ITEM_BYTES[self.dtype]

    @property
    def branches(self) -> int:
        """The number of inputs."""
        return 2 if self.layer == "shake_shake" else 1

    @property
    def layer_name(self) -> str:
        """The layer, and the level where it is not the usual one: "shake shake, per image"."""
        level = ", per image" if self.level == "image" else ""
        return self.layer.replace("_", " ") + level

    @property
    def label(self) -> str:
        """In words, as a table's row or a plot's title."""
        place = "" if self.device == "cpu" else f", {self.device}"
        shape = " x ".join(map(str, self.shape))
        return f"{self.layer_name}, {self.stage}, {shape}, {self.dtype}{place}"

    def to_wire(self) -> dict[str, Any]:
        """A dictionary for ``conformance.remote``, and for the results' file."""
        return asdict(self)

    @classmethod
    def from_wire(cls, message: Mapping[str, Any]) -> Workload:
        """The workload that :meth:`to_wire` described."""
        return cls(**{**message, "shape": tuple(message["shape"])})


@dataclass(frozen=True, order=True)
class Row:
    """A workload as one subject of one framework does it: one line of the table."""

    workload: Workload
    backend: str
    subject: str  # the name of an entry of ``CATALOGUE``, or one of ``REFERENCES``

    @property
    def label(self) -> str:
        """In words, as pyperf's name of a benchmark."""
        return f"{self.backend} {self.subject}: {self.workload.label}"

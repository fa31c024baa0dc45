"""What the timing asks of a framework, and what is the same in all of them.

A bench is the only code that knows its framework, on one device. On a GPU (``--device cuda``) it
differs in where arrays lie, in ``synchronize`` and in the operations of the references.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

# A numpy array, or Bits for a dtype that numpy lacks (bfloat16).
Array = Any


@dataclass(frozen=True)
class Arrays:
    """What goes in; nobody may change it, so that all subjects can share it.

    Attributes:
        inputs: x, or x0 and x1.
        cotangent: the gradient that arrives at the output.
        coefficients: by name, in the order of the layer's arguments; a float, or a numpy array
            of one number per image.
        gradients: what is in the inputs' gradients before the stage "accumulate".
    """

    inputs: tuple[Array, ...]
    cotangent: Array
    coefficients: dict[str, Any]
    gradients: tuple[Array, ...]


class Graph(Protocol):
    """A graph around one subject, ready to be run again and again.

    The four stages are what is timed, once each, as the framework's users write them. A forward
    pass is recorded for a backward one; a backward pass without a forward one runs over a graph
    that is kept.
    """

    def forward(self) -> None: ...

    def backward(self) -> None: ...

    def both(self) -> None:
        """A forward pass and its backward pass."""

    def accumulate(self) -> None:
        """A backward pass that adds to the gradients that are there: see ``fill_gradients``."""

    def fill_gradients(self) -> None:
        """Give the inputs the gradients ``Arrays.gradients``, before "accumulate"."""

    def output(self) -> Array:
        """The output of the last forward pass; of "both" too."""

    def input_gradients(self) -> list[Array]:
        """The gradients that the inputs have now; None where there is none."""


class Bench:
    """One framework on one device."""

    version: str
    dtypes: tuple[str, ...]  # those that it computes in

    def __init__(self, device: str) -> None:
        self.device = device

    def describe(self) -> dict[str, Any]:
        """What the header of a run tells of it."""
        return {"version": self.version, "device": self.device, "dtypes": [*self.dtypes]}

    def graph(self, subject: Callable[..., Any], arrays: Arrays) -> Graph:
        """Build a graph around the subject, which has not run yet."""
        raise NotImplementedError

    def operations(self) -> Any:
        """What copies and computes on this device without the framework's graph.

        On a CPU that is :class:`benchmarks.worker.operations.Operations`; on a GPU it needs
        ``array``, ``empty``, ``copy`` and ``fresh_copy`` alone.
        """
        raise NotImplementedError

    def synchronize(self) -> None:
        """Wait for what the device still has to do."""
        raise NotImplementedError

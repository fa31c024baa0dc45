"""What the timing asks of a framework, and what is the same in all of them.

A bench is the only code that knows its framework. It runs in the framework's own interpreter:
Python 3.10 syntax, numpy and that framework only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

# A numpy array, or wire.Bits for a dtype that numpy lacks (bfloat16).
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

    Attributes:
        y: the output, and with it the graph.
    """

    y: Any

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
        """The gradients that the inputs have now."""


class Operations(Protocol):
    """The bare operations that the limit and the floor are made of, on this device's arrays."""

    def array(self, values: Array) -> Any:
        """The values as an array of this device; it may share their memory."""

    def own(self, values: Array) -> Any:
        """A copy of the values in memory of the framework's, as its users' arrays are."""

    def empty(self, like: Any) -> Any:
        """An array of the same shape, type and device, in memory that has been written to."""

    def copy(self, x: Any, out: Any) -> None: ...

    def fresh_copy(self, x: Any) -> None:
        """A copy in new memory, which is given back."""

    def multiply(self, x: Any, factor: float, out: Any) -> None: ...

    def add(self, x: Any, y: Any, out: Any) -> None: ...


class Bench(Protocol):
    """One framework on one device."""

    def describe(self) -> dict[str, Any]:
        """``version``, ``device`` in words, and ``dtypes``: the names of those it computes in."""

    def graph(self, subject: Callable[..., Any], arrays: Arrays) -> Graph:
        """Build a graph around the subject, and run it forward once."""

    def operations(self, threads: int) -> Operations:
        """What copies and computes on this device without the framework's graph."""

    def cache_bytes(self) -> int:
        """The size of a GPU's cache, which has to be gone round; 0 for a CPU."""

    def elapsed(self, run: Callable[[], None], loops: int) -> float:
        """How many seconds ``loops`` calls of ``run`` take.

        On a GPU it first waits for work that was begun before, and it waits for that of ``run``.
        """

    def set_threads(self, threads: int) -> None:
        """How many threads one operation may use."""

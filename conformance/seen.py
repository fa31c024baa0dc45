"""What a procedure saw on a layer, never a judgement. It crosses the process boundary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Array = Any  # a numpy array; wire.Bits for a dtype that numpy lacks


class Seen:
    """A procedure sets what it looked at. Reading anything else is an AttributeError."""

    # A forward and a backward pass.
    output: Array
    gradients: list[Array]  # None where a leaf holds none
    inputs: list[Array]  # as they are afterwards; so is the cotangent
    cotangent: Array
    input_strides: list[list[int]]
    output_strides: list[int]
    shares_memory: bool
    stored: str  # the dtype of the output's array, "" where NumPy lacks it
    # Several of them.
    runs: Sequence[Seen]
    ways: list[str]  # how the layer of each run was copied
    outputs: list[Array]
    # Derivatives of derivatives, and forward mode.
    second: Array
    third: list[Array]
    v: list[Array]
    tangent: Array
    # What a graph keeps, and which gradients it computes.
    graph: bool
    graph_outside: bool
    retained: list[str]
    grown: int  # bytes
    computed: list[bool]
    # What a bad argument, or a late change, led to.
    raised: str | None
    bases: list[str]
    message: str
    changed: list[str]
    # A layer that draws: one row for each forward pass.
    alpha: Array
    beta: Array
    rest: Array  # 1 - beta
    beta_again: Array  # of a second backward pass
    # Its generators: the next numbers of the default ones, and outputs with one of its own.
    after: list[list[float]]
    left: list[list[float]]
    own: list[Array]

    def __init__(self, **what: Any) -> None:
        unknown = what.keys() - Seen.__annotations__.keys()
        if unknown:
            raise TypeError(f"there is no place for {', '.join(sorted(unknown))}")
        vars(self).update(what)

    def to_wire(self) -> dict[str, Any]:
        """A dictionary that can be sent."""
        fields = dict(vars(self))
        if "runs" in fields:
            fields["runs"] = [run.to_wire() for run in self.runs]
        return fields

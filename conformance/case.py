"""A case: what is tried on a layer. It never carries the expected answer."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .seen import Seen

# The coefficients that each layer takes, in the order of its arguments, and its branches.
COEFFICIENTS: dict[str, tuple[str, ...]] = {
    "gradient_reversal": ("scale",),
    "shake_shake": ("alpha", "beta"),
    "mul_scalar": ("scalar",),
}
LAYERS = tuple(COEFFICIENTS)


def branches(layer: str) -> int:
    """How many inputs a layer takes."""
    return 2 if layer == "shake_shake" else 1


@dataclass(frozen=True)
class Case:
    """One thing to try.

    Attributes:
        layer: one of ``LAYERS``.
        procedure: how the graph is wired and what is looked at: a function of
            ``conformance.procedures``, of a driver, a target and a case.
        inputs: the inputs' values (numpy arrays; bfloat16 by ml_dtypes).
        coefficients: by name; a Python or numpy scalar stays one, an array becomes what the
            framework's users pass (torch: a tensor).
        cotangent: the gradient that arrives at the output.
        wanted: for which inputs a gradient is asked.
        layout: the inputs' layout in memory (``Driver.variable``).
        options: what a single procedure wants to know.
    """

    layer: str
    procedure: Callable[[Any, Any, Case], Seen]
    inputs: tuple[Any, ...]
    coefficients: Mapping[str, Any]
    cotangent: Any = None
    wanted: tuple[bool, ...] = (True, True)
    layout: str = "contiguous"
    options: Mapping[str, Any] = field(default_factory=dict)

    def to_wire(self) -> dict[str, Any]:
        """A dictionary that can be sent; the procedure goes by its name."""
        return {
            **vars(self),
            "procedure": [self.procedure.__module__, self.procedure.__name__],
            "coefficients": dict(self.coefficients),
            "options": dict(self.options),
        }

    @classmethod
    def from_wire(cls, message: Mapping[str, Any]) -> Case:
        """The case that :meth:`to_wire` described."""
        fields = dict(message)
        module, name = fields["procedure"]
        fields["procedure"] = getattr(importlib.import_module(module), name)
        for name in ("inputs", "wanted"):
            fields[name] = tuple(fields[name])
        return cls(**fields)

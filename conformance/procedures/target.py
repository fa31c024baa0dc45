"""A subject as the procedures see it: anyone's layer, ready to be called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from conformance.case import COEFFICIENTS
from conformance.procedures.driver import Driver


class SubjectError(Exception):
    """The subject cannot be imported or called: nothing was judged."""


class Built:
    """A subject with its coefficients: call it with the inputs."""

    def __init__(self, call: Callable[..., Any], values: Mapping[str, Any], layer: Any) -> None:
        self.call = call
        self.values = values  # the coefficients, as they were passed
        self.layer = layer  # the layer object, None for a function

    def __call__(self, *inputs: Any) -> Any:
        return self.call(*inputs)


class Target:
    """A function ``f(x, scale)``, or a class that is built with the scale."""

    def __init__(self, driver: Driver, subject: Any, layer: str) -> None:
        if not callable(subject):
            raise SubjectError(f"the subject must be callable, got {type(subject).__name__}")
        self.driver = driver
        self.subject = subject
        self.layer = layer
        self.function = driver.as_function(subject, layer)
        self.draws = self.function is None and layer == "shake_shake"

    def describe(self) -> dict[str, Any]:
        """What can be asked of it: its form, and whether coefficients can be handed to it."""
        return {
            "form": "layer" if self.function is None else "function",
            "takes": [name for name in COEFFICIENTS[self.layer] if self._takes(name)],
            "options": sorted(set(self._parameters()) & {"mode", "level", "rng"})
            if self.draws
            else [],
        }

    def build(
        self,
        coefficients: Mapping[str, Any],
        options: Mapping[str, Any] | None = None,
        training: bool = True,
    ) -> Built:
        """The subject with these coefficients; ``options`` are a drawing layer's arguments."""
        values = {name: self.driver.coefficient(value) for name, value in coefficients.items()}
        if self.function is not None:
            function = self.function
            return Built(lambda *inputs: function(*inputs, *values.values()), values, None)
        if self.draws:
            layer = self.subject(**(options or {}))
            injected = values
        else:
            layer = self.subject(*values.values())
            injected = {}
        apply = self.driver.apply
        return Built(lambda *inputs: apply(layer, inputs, injected, training), values, layer)

    def _takes(self, name: str) -> bool:
        """A drawing layer need not take coefficients in its call; all other subjects do."""
        if not self.draws:
            return True
        # What a layer's users write: a torch Module's or a Link's forward, an nnabla Module's call.
        methods = ("forward", "call", "__call__")
        method = next(getattr(self.subject, m) for m in methods if hasattr(self.subject, m))
        return name in inspect.signature(method).parameters

    def _parameters(self) -> list[str]:
        try:
            return list(inspect.signature(self.subject).parameters)
        except (TypeError, ValueError):  # built-in callables have no signature
            return []

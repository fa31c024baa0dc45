"""A subject as the procedures see it: anyone's layer, found by name, ready to be called.

Runs in the framework's interpreter.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
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


def resolve(driver: Driver, name: str, layer: str) -> Target:
    """The subject "package.module:Name" or "path/to/file.py:Name".

    Raises:
        SubjectError: it cannot be imported, with what went wrong and what to do.
    """
    place, _, attribute = name.rpartition(":")
    if not place or not attribute:
        raise SubjectError(f"a subject is MODULE:NAME or FILE.py:NAME, got {name!r}")
    try:
        found: Any = _import_file(Path(place)) if place.endswith(".py") else _import_module(place)
    except SubjectError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise SubjectError(
            f"cannot import {place}: {reason}; try it in {sys.executable}"
        ) from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise SubjectError(f"{place} has no {part!r}; it has {_public_names(found)}")
        found = getattr(found, part)
    return Target(driver, found, layer)


def _import_module(name: str) -> ModuleType:
    # The folder that the user stands in comes last, so that nothing there hides a package.
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    return importlib.import_module(name)


def _import_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise SubjectError(f"no such file: {path} (seen from {os.getcwd()})")
    path = path.resolve()
    name = "subject_" + "_".join(path.with_suffix("").parts[1:])
    if name in sys.modules:
        return sys.modules[name]
    sys.path.append(str(path.parent))  # what the file imports from beside it
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # pickling looks the class up here
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _public_names(module: Any) -> str:
    return ", ".join(name for name in dir(module) if not name.startswith("_")) or "no public names"

"""Layers that test the suite: wrong ones that it must catch, and right ones that it must not blame.

There is a folder for each framework. The wrong layers that are the same in all three are made in
``anywhere.py`` and ``draws.py``, of right ones, and in ``formulas.py``, of their arithmetic. Each
wrong layer is a right one with one thing changed.
"""

from __future__ import annotations

import inspect
import pkgutil
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

Subject = TypeVar("Subject", bound=Callable[..., Any])

_found: dict[str, dict[str, tuple[str, str]]] = {"mutant": {}, "right": {}}


def mutant(
    layer: str, clause: str, found_by: str = "", home: str = ""
) -> Callable[[Subject], Subject]:
    """Registers a wrong layer: the layer that it claims to be, and the clause that it must fail.

    ``found_by`` is the clause whose test finds that, where it is another. ``home`` is the module
    that a layer belongs to which was made in a function.
    """
    return _register("mutant", layer, f"{clause} {found_by or clause}", home)


def right(layer: str) -> Callable[[Subject], Subject]:
    """Registers a right layer, as people write them: it fails no MUST clause."""
    return _register("right", layer, "", "")


def registered(framework: str) -> dict[str, dict[str, tuple[str, str]]]:
    """The layers for a framework, by "mutant" or "right" and by "module:name".

    Each has the layer that it claims to be, and for a wrong one the clauses, as one string.

    Raises:
        ValueError: a layer is registered nowhere.
    """
    package = import_module(f"tests.mutants.{framework}")
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        module = import_module(found.name)
        if found.name.endswith(".arrays"):  # what layers are made of
            continue
        for name, thing in vars(module).items():
            is_layer = inspect.isclass(thing) or inspect.isfunction(thing)
            if is_layer and thing.__module__ == found.name and not name.startswith("_"):
                subject = f"{found.name}:{name}"
                if not any(subject in layers for layers in _found.values()):
                    raise ValueError(f"{subject} is registered neither as a mutant nor as right")
    return _found


def _register(kind: str, layer: str, clauses: str, home: str) -> Callable[[Subject], Subject]:
    def register(subject: Subject) -> Subject:
        if home:
            # Where it is looked up by name, also to pickle its objects.
            subject.__module__, subject.__qualname__ = home, subject.__name__
            setattr(sys.modules[home], subject.__name__, subject)
        _found[kind][f"{subject.__module__}:{subject.__name__}"] = layer, clauses
        return subject

    return register

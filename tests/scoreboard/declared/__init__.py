"""Declared gradients of public packages, with the law that each package's documentation states.

Each module is about one package. A law is written from the documentation, never from the code:
where they differ, that is what is to be found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from conformance import Law


@dataclass(frozen=True)
class Declared:
    """A declared gradient of a package.

    Attributes:
        name: as the package's users write it.
        make: imports and returns it, a function of the law's arguments.
        law: what the documentation says of it.
        note: what a reader must know about the law.
    """

    name: str
    make: Callable[[], Any]
    law: Law
    note: str = ""


def of(package: str) -> list[Declared]:
    """The declared gradients of a package, in the order of its page.

    Raises:
        ModuleNotFoundError: none is listed.
    """
    found: list[Declared] = import_module(f"{__name__}.{package}").DECLARED
    return found


def step_above(x: Any) -> Any:
    """1 where x > 0, else 0."""
    return (x > 0) * 1.0


def step_from(x: Any) -> Any:
    """1 where x >= 0, else 0."""
    return (x >= 0) * 1.0


def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)), which overflows for no x."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + small), small / (1 + small))

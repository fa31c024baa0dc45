"""What a worker does for the suite: open a subject, run a case on it, say what was seen.

The controller calls these functions by name.
"""

from __future__ import annotations

import importlib
import platform
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from ..case import Case
from ..procedures.driver import Driver
from ..procedures.target import SubjectError, Target
from .find import digest, find


@cache
def _driver(framework: str, device: str) -> Driver:
    module = importlib.import_module(f".{framework}_driver", __package__)
    driver: Driver = module.DRIVER(device)
    return driver


@cache
def _target(framework: str, device: str, name: str, layer: str) -> Target:
    return Target(_driver(framework, device), find(name), layer)


def open_framework(framework: str, device: str) -> dict[str, Any]:
    """Import a framework and describe it.

    Raises:
        SubjectError: the device does not work here, with the reason.
    """
    driver = _driver(framework, device)
    reason = driver.is_usable()
    if reason is not None:
        raise SubjectError(f"{framework} cannot use {device}: {reason}")
    return {
        **driver.describe(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "numpy": np.__version__,
    }


def open_subject(framework: str, device: str, name: str, layer: str) -> str:
    """Import a subject; returns a digest of its source.

    Raises:
        SubjectError: it cannot be imported.
    """
    _target(framework, device, name, layer)
    return digest(name)


def describe_subject(framework: str, device: str, name: str, layer: str) -> dict[str, Any]:
    """Call a subject, to find out how it is called (``Target.describe``).

    Raises:
        SubjectError: it cannot be called.
    """
    return _target(framework, device, name, layer).describe()


def observe(subject: Sequence[str], case: Mapping[str, Any]) -> dict[str, Any]:
    """Run one case on one subject: its procedure's ``Seen``, as a dictionary."""
    target = _target(*subject)
    parsed = Case.from_wire(case)
    return parsed.procedure(target.driver, target, parsed).to_wire()

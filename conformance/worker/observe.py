"""What a worker does for the suite: open a subject, run a case on it, say what was seen.

Runs in the framework's interpreter; the controller calls these functions by name.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from conformance import procedures
from conformance.case import Case
from conformance.procedures.driver import Driver
from conformance.worker import frameworks
from conformance.worker.target import SubjectError, Target, resolve


@cache
def _driver(framework: str, device: str) -> Driver:
    return frameworks.load(framework, device)


@cache
def _target(framework: str, device: str, name: str, layer: str) -> Target:
    return resolve(_driver(framework, device), name, layer)


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


def open_subject(framework: str, device: str, name: str, layer: str) -> dict[str, Any]:
    """Import a subject and describe it (``Target.describe``).

    Raises:
        SubjectError: it cannot be imported.
    """
    return _target(framework, device, name, layer).describe()


def observe(subject: Mapping[str, str], case: Mapping[str, Any]) -> dict[str, Any]:
    """Run one case on one subject; the observation depends on the case's procedure."""
    target = _target(subject["framework"], subject["device"], subject["name"], subject["layer"])
    parsed = Case.from_wire(case)
    return procedures.named(parsed.procedure)(target.driver, target, parsed)

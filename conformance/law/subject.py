"""The subject of a judgement: which framework it is of, and how it is called."""

from __future__ import annotations

import importlib
import inspect
import sys
from typing import Any

from ..procedures.driver import Driver

FRAMEWORKS = ("torch", "nnabla", "chainer")


def framework_of(subject: Any) -> str:
    """The framework that a subject is written in: of its class, or of what its module imports.

    Raises:
        LookupError: there is none, or there are several.
    """
    kind = subject if isinstance(subject, type) else type(subject)
    module = sys.modules.get(getattr(subject, "__module__", ""), None)
    of_module = [
        str(getattr(value, attribute, ""))
        for value in (vars(module).values() if module else ())
        for attribute in ("__name__", "__module__")
    ]
    for names in ([base.__module__ for base in inspect.getmro(kind)], of_module):
        found = {f for f in FRAMEWORKS if any(n == f or n.startswith(f"{f}.") for n in names)}
        if len(found) == 1:
            return found.pop()
    raise LookupError(f"framework must be given, one of {', '.join(FRAMEWORKS)}: it cannot be told")


def driver_of(framework: str) -> Driver:
    """What calls a framework, on the CPU."""
    if framework not in FRAMEWORKS:
        raise ValueError(f"framework must be one of {', '.join(FRAMEWORKS)}, got {framework!r}")
    module = importlib.import_module(f"..worker.{framework}_driver", __package__)
    driver: Driver = module.DRIVER("cpu")
    return driver


def name_of(subject: Any) -> str:
    """What it is called in messages."""
    return str(getattr(subject, "__name__", type(subject).__name__))

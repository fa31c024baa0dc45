"""The procedures: how a graph is wired around a layer, and what is looked at.

Each takes a driver, a target and a case, and returns what was seen, never a judgement. They run
in the framework's interpreter and are written once, on :class:`conformance.procedures.driver`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.case import Case
from conformance.procedures import derivatives, drawn, hygiene, networks, state, wiring
from conformance.procedures.driver import Driver
from conformance.worker.target import Target

Procedure = Callable[[Driver, Target, Case], "dict[str, Any]"]

_MODULES = (wiring, derivatives, hygiene, state, drawn, networks)


def named(name: str) -> Procedure:
    """The procedure of this name."""
    for module in _MODULES:
        if name in module.PROCEDURES:
            procedure: Procedure = module.PROCEDURES[name]
            return procedure
    raise KeyError(f"no procedure {name!r}")

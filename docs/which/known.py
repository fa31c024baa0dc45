"""What the repository's data tell of each framework: pins, environments, declared limitations."""

from __future__ import annotations

import re
from dataclasses import asdict
from fnmatch import fnmatchcase
from typing import Any

from conformance.interpreters import BACKENDS
from conformance.spec.limitations import limitations
from docs.which.by_hand import BY_HAND
from environments import specs


def known() -> dict[str, Any]:
    """The facts, by framework."""
    return {backend: _framework(backend) for backend in BACKENDS}


def pinned(spec: specs.Spec, package: str) -> list[str]:
    """The versions of a package in the pins of an environment; some depend on the Python."""
    return re.findall(rf"^{package}==(\S+)", spec.pins.read_text("utf-8"), re.MULTILINE)


def _framework(backend: str) -> dict[str, Any]:
    spec = specs.BACKENDS[backend]
    ends = specs.TORCH_ENDS.values() if backend == "torch" else ()
    declared = [each for each in limitations() if fnmatchcase(backend, each.backend)]
    return {
        "pythons": sorted(spec.pythons, key=lambda version: [*map(int, version.split("."))]),
        "machines": list(spec.machines),
        "ends": [version for end in ends for version in pinned(end, backend)],
        "limitations": [asdict(each) for each in declared],
        "by hand": {what: asdict(fact) for what, fact in BY_HAND[backend].items()},
    }

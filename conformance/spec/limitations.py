"""Known limitations: what a framework cannot do, declared, and checked to be still so."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = Path(__file__).parent.parent / "known_limitations.toml"


@dataclass(frozen=True)
class Limitation:
    """One entry of known_limitations.toml. ``case`` is a pattern such as "float16*"."""

    backend: str
    layer: str
    clause: str
    case: str
    reason: str

    def covers(self, backend: str, layer: str, clause: str, case: str) -> bool:
        """Whether this is the declared limitation for a case."""
        pairs = ((backend, self.backend), (layer, self.layer), (clause, self.clause))
        return all(fnmatchcase(*pair) for pair in pairs) and fnmatchcase(case, self.case)


@cache
def limitations() -> tuple[Limitation, ...]:
    """All declared limitations."""
    entries = tomllib.loads(FILE.read_text("utf-8")).get("limitation", [])
    return tuple(Limitation(**entry) for entry in entries)

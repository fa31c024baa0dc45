"""The numbered clauses, read from SPEC.md: the one place where they are written down.

``dev.py`` imports this file before there is any environment: standard library, Python 3.9.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

SPEC = Path(__file__).with_name("SPEC.md")


@dataclass(frozen=True)
class Clause:
    """A clause: "G1", "MUST" or "SHOULD", and its title."""

    id: str
    level: Literal["MUST", "SHOULD"]
    title: str


@cache
def clauses() -> dict[str, Clause]:
    """All clauses by id, in the order of the specification (headings "### G1 MUST Title")."""
    found = re.findall(r"^### ([A-Z]\d+) (MUST|SHOULD) (.+)$", SPEC.read_text("utf-8"), re.M)
    return {id: Clause(id, level, title) for id, level, title in found}


@cache
def groups() -> dict[str, str]:
    """The groups' titles by letter (headings "## G. General")."""
    return dict(re.findall(r"^## ([A-Z])\. (.+)$", SPEC.read_text("utf-8"), re.M))


@cache
def texts() -> dict[str, str]:
    """The clauses' texts by id: the Markdown between a clause's heading and the next heading."""
    found = re.findall(r"^### ([A-Z]\d+) .*\n(?s:(.*?))(?=^#|\Z)", SPEC.read_text("utf-8"), re.M)
    return {id: text.strip() for id, text in found}

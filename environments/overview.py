"""`dev.py backends`: a row for each framework, to help pick one."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

from environments import ROOT
from environments.interpreters import UnavailableError, ask
from environments.prepare import Prepared
from environments.specs import BACKENDS, Spec

SCRIPT = Path(__file__).with_name("describe.py")
COLUMNS = "{:8}  {:14}  {:8}  {}"


def overview(prepared: Prepared) -> int:
    """Prints the rows. Returns 1 if a framework that has its interpreter does not work there."""
    broken = 0
    print(COLUMNS.format("backend", "version", "Python", "devices that work"))
    for name, spec in BACKENDS.items():
        if name in prepared.unavailable:
            print(COLUMNS.format(name, "unavailable", "-", "-"))
            line("why", prepared.unavailable[name])
        else:
            broken += not row(spec, prepared.pythons[name])
        line("lacks", spec.lacks)
    return 1 if broken else 0


def row(spec: Spec, python: Path) -> bool:
    """Prints what the framework's own interpreter says of it; False if it fails."""
    try:
        answer = ask(python, str(SCRIPT), spec.name, str(ROOT), timeout=300)
    except UnavailableError as error:
        print(COLUMNS.format(spec.name, "broken", "-", "-"))
        line("error", str(error))
        return False
    said = json.loads(answer.splitlines()[-1])  # a framework may greet before it
    devices = ", ".join(said["devices"]) or "none"
    print(COLUMNS.format(spec.name, said["version"], said["python"], devices))
    line("layers", ", ".join(said["layers"]))
    return True


def line(title: str, text: str) -> None:
    """An indented line under a row, wrapped."""
    start = f"{'':8}  {title + ':':8}"
    print(textwrap.fill(text, 100, initial_indent=start, subsequent_indent=" " * len(start)))

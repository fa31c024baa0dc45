"""`dev.py backends`: a row for each framework, to help pick one."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

from conformance.interpreters import BACKENDS, DEVICES
from environments import ROOT, UnavailableError
from environments.prepare import Prepared
from environments.process import ask
from environments.specs import SPECS

COLUMNS = "{:8}  {:14}  {:8}  {}"
# Runs in the framework's interpreter; prints, as JSON, what it is and can run on.
SCRIPT = """\
import importlib, json, sys
_, root, backend, *devices = sys.argv
sys.path.insert(0, root)
layers = importlib.import_module(f"grl_{backend}").__all__
from conformance.worker.observe import open_framework
facts = {}
for device in devices:
    try:
        facts[device] = open_framework(backend, device)
    except Exception:
        pass  # a missing device raises what its framework likes to raise
version = next((found["version"] for found in facts.values()), "unknown")
python = "{}.{}.{}".format(*sys.version_info)
print(json.dumps([version, python, list(facts), sorted(layers)]))
"""


def overview(prepared: Prepared) -> int:
    """Prints the rows. Returns 1 if a framework that has its interpreter does not work there."""
    broken = 0
    print(COLUMNS.format("backend", "version", "Python", "devices that work"))
    for name in BACKENDS:
        if name in prepared.unavailable:
            print(COLUMNS.format(name, "unavailable", "-", "-"))
            line("why", prepared.unavailable[name])
        else:
            broken += not row(name, prepared.pythons[name])
        line("lacks", SPECS[name].lacks)
    return 1 if broken else 0


def row(name: str, python: Path) -> bool:
    """Prints what the framework's own interpreter says of it; False if it fails."""
    try:
        answer = ask(python, "-c", SCRIPT, str(ROOT), name, *DEVICES, timeout=300)
    except UnavailableError as error:
        print(COLUMNS.format(name, "broken", "-", "-"))
        line("error", str(error))
        return False
    # A framework may say something before it, or after.
    last = [text for text in answer.splitlines() if text.startswith("[")][-1]
    version, python_version, devices, names = json.loads(last)
    print(COLUMNS.format(name, version, python_version, ", ".join(devices) or "none"))
    line("layers", ", ".join(names))
    return True


def line(title: str, text: str) -> None:
    """An indented line under a row, wrapped."""
    start = f"{'':8}  {title + ':':8}"
    print(textwrap.fill(text, 100, initial_indent=start, subsequent_indent=" " * len(start)))

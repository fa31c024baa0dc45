"""`dev.py backends`: what works here."""

from __future__ import annotations

from conformance.interpreters import BACKENDS, DEVICES
from environments import ROOT, UnavailableError
from environments.prepare import Prepared
from environments.process import ask

# Runs in the framework's interpreter, and prints what it is and can run on.
SCRIPT = """\
import importlib, platform, sys
_, root, backend, *devices = sys.argv
sys.path.insert(0, root)
importlib.import_module(f"grl_{backend}")
from conformance.worker.observe import open_framework
facts = {}
for device in devices:
    try:
        facts[device] = open_framework(backend, device)
    except Exception:
        pass  # a missing device raises what its framework likes to raise
version = next((found["version"] for found in facts.values()), "of unknown version")
works = ", ".join(facts) or "no device"
print(f"> {backend} {version}, Python {platform.python_version()}, on {works}")
"""


def overview(prepared: Prepared) -> int:
    """Prints a line for each framework. Returns 1 if one that has its interpreter fails there."""
    broken = 0
    for name in BACKENDS:
        if name in prepared.unavailable:
            print(f"{name}: unavailable: {prepared.unavailable[name]}")
            continue
        try:
            python = prepared.pythons[name]
            said = ask(python, "-c", SCRIPT, str(ROOT), name, *DEVICES, timeout=300)
        except UnavailableError as error:
            broken = 1
            print(f"{name}: broken: {error}")
        else:  # a framework may say something before it, or after
            print(*(line[2:] for line in said.splitlines() if line.startswith("> ")))
    return broken

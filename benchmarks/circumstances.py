"""Why two runs may not be comparable: what was different around them, and what they lack."""

from __future__ import annotations

from typing import Any

from benchmarks.results import Results
from benchmarks.statistics import FEWEST_ROUNDS

HEADER = ("preset", "device", "suite")
# Of the system, what a time depends on.
SYSTEM = ("cpu_model_name", "cpu_count", "cpu_affinity", "platform", "transparent_hugepage")
BACKEND = ("version", "numpy", "device")


def differences(before: Results, after: Results) -> list[str]:
    """Between the machines, the versions and the presets, a sentence each."""
    was, now = _facts(before), _facts(after)
    return [
        f"{name} was {was[name]} and is {now[name]}"
        for name in was
        if name in now and was[name] != now[name]
    ]


def shortcomings(before: Results, after: Results) -> list[str]:
    """Of either run, a sentence each."""
    found = []
    for name, results in (("earlier", before), ("later", after)):
        rounds = results.header.get("rounds", 0)
        if results.header.get("partial"):
            found.append(f"the {name} run was cut short")
        if rounds < FEWEST_ROUNDS:
            found.append(f"the {name} run has {rounds} rounds; a verdict needs {FEWEST_ROUNDS}")
    return found


def _facts(results: Results) -> dict[str, Any]:
    header = results.header
    backends: dict[str, dict[str, Any]] = header.get("backends", {})
    return {
        **{name: header.get(name) for name in HEADER},
        **{name: header.get("system", {}).get(name) for name in SYSTEM},
        **{f"{b} {name}": seen.get(name) for b, seen in backends.items() for name in BACKEND},
    }

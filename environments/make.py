"""Makes one environment: an interpreter of its own, and in it what is pinned."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from environments.install import fill, installer, installing, once, say, stamped
from environments.interpreters import (
    Interpreter,
    UnavailableError,
    find,
    prove,
    prove_imports,
    uv,
)
from environments.specs import Spec


def python_of(spec: Spec) -> Path:
    """The interpreter of an environment, whether or not it has been made."""
    return spec.home / "bin" / "python"


def trusted(spec: Spec) -> Interpreter | None:
    """The environment's interpreter, if the environment is whole, current and runs."""
    try:
        found = prove(python_of(spec))
    except UnavailableError:
        return None
    return found if stamped(spec, found) and found.minor in spec.pythons else None


def ready(spec: Spec) -> Path:
    """The environment's interpreter; makes the environment where that is needed.

    Raises UnavailableError when no Python serves its pins, and SetupError when making it fails.
    """
    once(spec, lambda: trusted(spec) is not None, lambda lock: make(spec, lock))
    return python_of(spec)


def make(spec: Spec, lock: IO[str]) -> None:
    """Builds the environment anew and stamps it."""
    python = find(spec.pythons)
    say(spec.name, f"making .envs/{spec.name} with Python {python.version} and {installer()}")

    def proven() -> Interpreter:
        made = prove(python_of(spec))
        prove_imports(made.path, spec.imports)
        return made

    fill(spec, commands(spec, python), proven, lock)


def commands(spec: Spec, python: Interpreter) -> list[list[str]]:
    """What makes the environment: uv where there is one, else venv and pip."""
    tool, path, home = uv(), str(python.path), str(spec.home)
    venv = [tool, "venv", "--python", path] if tool else [path, "-I", "-m", "venv"]
    return [[*venv, home], installing(spec, python_of(spec))]

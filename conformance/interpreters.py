"""Where the interpreters of the frameworks are. Nothing else knows ``.envs`` or the variable.

``dev.py`` imports this file before there is any environment: standard library, Python 3.9.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

BACKENDS = ("torch", "nnabla", "chainer")  # those with layers of ours
FRAMEWORKS = (*BACKENDS, "jax", "tensorflow", "mlx")  # those in which laws are judged
DEVICES = ("cpu", "cuda")
CONTROLLER = "controller"  # the environment that no framework is in
HOME = Path(__file__).resolve().parent.parent / ".envs"  # what dev.py makes, in a checkout
CHECKOUT = (HOME.parent / "dev.py").is_file()
COMMAND = "python3 dev.py conformance" if CHECKOUT else "grl-conformance"
VARIABLE = "GRL_SUITE_ENVIRONMENTS"  # through which dev.py tells a command what there is


class Unavailable(Exception):
    """A backend or a subject cannot be run here; the message says why and what to do."""


@dataclass(frozen=True)
class Environments:
    """What can be used, by backend: an interpreter, a reason why there is none, folders."""

    pythons: Mapping[str, str] = field(default_factory=dict)
    unavailable: Mapping[str, str] = field(default_factory=dict)
    rivals: Mapping[str, str] = field(default_factory=dict)  # public layers to time beside ours
    ecosystem: Mapping[str, str] = field(default_factory=dict)  # libraries to test ours with

    def variables(self) -> dict[str, str]:
        """The environment variables that hand this on to a command."""
        return {VARIABLE: json.dumps(asdict(self))}


def known() -> Environments:
    """What ``dev.py`` told, or else what it made, or else this interpreter's own frameworks."""
    if VARIABLE in os.environ:
        return Environments(**json.loads(os.environ[VARIABLE]))
    here = {name: sys.executable for name in BACKENDS if importlib.util.find_spec(name)}
    made = {name: python for name in BACKENDS if (python := python_in(name)).exists()}
    return Environments(
        pythons={**here, **{name: str(python) for name, python in made.items()}},
        rivals=_folders("rivals"),
        ecosystem=_folders("ecosystem"),
    )


def python_in(name: str) -> Path:
    """The interpreter of an environment that ``dev.py`` makes, whether or not it has made it."""
    return HOME / name / "bin" / "python"


def _folders(kind: str) -> dict[str, str]:
    """The folders of packages that lie beside the environments."""
    folders = {name: HOME / f"{kind}-{name}" for name in BACKENDS}
    return {name: str(folder) for name, folder in folders.items() if folder.is_dir()}

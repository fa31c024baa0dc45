"""From the backends that a command wants to the interpreters that run them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from conformance.interpreters import BACKENDS, Environments, python_in
from environments import ROOT, SetupError, UnavailableError, say, uv
from environments.folders import change, current, usable
from environments.lock import hold
from environments.process import ask, clean
from environments.pythons import base
from environments.specs import CONTROLLER, EXTRAS, SCOREBOARD, SPECS, Spec

# -I leaves out the working folder, PYTHONPATH and the user's site-packages: a random.py or a NumPy
# there is none of the controller's. Python 3.10 has no -P.
BOOT = """\
import os, runpy, signal, sys
sys.path.insert(0, sys.argv.pop(1))
try:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
except KeyboardInterrupt:
    os.write(2, b"dev.py: interrupted\\n")
    os._exit(130)
"""


@dataclass
class Prepared:
    """What can be used, and why the rest cannot."""

    pythons: dict[str, Path] = field(default_factory=dict)
    unavailable: dict[str, str] = field(default_factory=dict)
    extras: dict[str, dict[str, str]] = field(default_factory=dict)  # folders by kind and backend

    def variables(self) -> dict[str, str]:
        """The environment variables that hand this on to a command."""
        pythons = {name: str(path) for name, path in self.pythons.items() if name in BACKENDS}
        return Environments(pythons, self.unavailable, **self.extras).variables()

    def become(
        self, module: str, arguments: list[str], environment: str = CONTROLLER.name
    ) -> NoReturn:
        """Goes on as `python -m MODULE` of an environment, in this process's place.

        So no signal and no exit code needs passing on.
        """
        env = {**clean(os.environ), **self.variables()}
        if "PYTHONPATH" in os.environ:  # a subject may need it, in its own interpreter
            env["PYTHONPATH"] = os.environ["PYTHONPATH"]
        python = str(self.pythons[environment])
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # no traceback of Python's start
        os.execve(python, [python, "-I", "-c", BOOT, str(ROOT), module, *arguments], env)


def prepare(
    wanted: Iterable[str], given: dict[str, Path], required: set[str], also: tuple[str, ...] = ()
) -> Prepared:
    """Makes or mends every wanted environment that can be had.

    `given` names interpreters to use as they are; they must import `also` besides the framework.
    Raises SetupError when making one fails, or when a required one cannot be had.
    """
    hold(lambda: uv.found() is not None, uv.get)
    prepared = Prepared()
    for name in wanted:
        try:
            prepared.pythons[name] = provide(name, given.get(name), also)
        except UnavailableError as error:
            if name in required:
                raise SetupError(f"{name} cannot be had: {error}") from error
            prepared.unavailable[name] = str(error)
            say(name, f"SKIPPED: {error}")
    made = {SPECS[name]: path for name, path in prepared.pythons.items() if name not in given}
    reasons: dict[str, list[str]] = {}  # what befalls one befalls others, such as a missing network
    for folder, failure in fill(made).items():
        reasons.setdefault(str(failure), []).append(f".envs/{folder.name}")
    if reasons:
        told = (f"{', '.join(names)} could not be made: {why}" for why, names in reasons.items())
        raise SetupError("\n".join(told))
    return prepared


def add_extras(prepared: Prepared, *kinds: str) -> None:
    """Installs the packages of these kinds for the backends that there are.

    They are no reason to stop: where they cannot be had, the rest is timed or tested without them.
    """
    wanted = {
        Spec(f"{kind}-{name}"): (kind, name)
        for kind in kinds
        for name in EXTRAS[kind]
        if name in prepared.pythons
    }
    failed = fill({folder: prepared.pythons[name] for folder, (_, name) in wanted.items()})
    for folder, (kind, name) in wanted.items():
        if folder in failed:
            say(folder.name, f"SKIPPED, it goes on without them: {failed[folder]}")
        else:
            prepared.extras.setdefault(kind, {})[name] = str(folder.home)


def add_scoreboard(prepared: Prepared) -> dict[str, str]:
    """Installs the scoreboard's packages; returns why, for those that cannot be had."""
    wanted = {
        Spec(f"scoreboard-{package}"): prepared.pythons[backend]
        for package, backend in SCOREBOARD.items()
        if backend in prepared.pythons
    }
    reasons: dict[str, str] = {}
    for folder, error in fill(wanted).items():
        said = str(error).splitlines()
        line = next((line for line in said if "Error: " in line or "cause: " in line), said[0])
        reasons[folder.name.partition("-")[2]] = line.strip()
        say(folder.name, f"SKIPPED, the others are judged: {error}")
    return reasons


def provide(name: str, given: Path | None, also: tuple[str, ...]) -> Path:
    """The interpreter for an environment, which may have to be made yet.

    Raises UnavailableError where none can be had, SetupError where the given one does not serve.
    """
    spec = SPECS[name]
    if given is None:
        if reason := spec.missing_wheel():
            raise UnavailableError(reason)
        if not usable(spec):
            base(spec)
        return python_in(name)
    path = Path(os.path.abspath(given.expanduser()))  # not resolve(): a venv's python is a link
    modules = ", ".join(spec.imports + also)
    try:
        ask(path, "-c", f"import {modules}", timeout=300)
    except UnavailableError as error:
        raise SetupError(
            f"--python {name}={path}: {error}\n"
            f"It must be a Python that imports {modules}; see {spec.pins}"
        ) from error
    return path


def fill(folders: Mapping[Spec, Path]) -> dict[Spec, SetupError]:
    """Makes each folder what is pinned for its interpreter; returns those that failed.

    The others are left to finish when one fails: a second try needs them.
    """
    failed: dict[Spec, SetupError] = {}

    def mend(folder: Spec) -> None:
        try:
            change(folder, folders[folder])
        except SetupError as error:
            failed[folder] = error

    with ThreadPoolExecutor(8) as pool:

        def stale() -> list[Spec]:
            whole = pool.map(current, folders, folders.values())
            return [folder for folder, yes in zip(folders, whole) if not yes]

        hold(lambda: not stale(), lambda: list(pool.map(mend, stale())))
    return {folder: failed[folder] for folder in folders if folder in failed}  # in their order

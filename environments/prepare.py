"""From the backends that a command wants to the interpreters that run them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from conformance.interpreters import BACKENDS, Environments, python_in
from environments import SetupError, UnavailableError, say, uv
from environments.folders import change, current, usable
from environments.lock import hold
from environments.process import ask, each
from environments.pythons import base
from environments.specs import EXTRAS, SPECS, Pinned

T = TypeVar("T")
R = TypeVar("R")


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


def prepare(
    wanted: Iterable[str], given: dict[str, Path], required: set[str], also: tuple[str, ...] = ()
) -> Prepared:
    """Makes or mends every wanted environment that can be had.

    `given` names interpreters to use as they are; they must import `also` besides the framework.
    Raises SetupError when making one fails, or when a required one cannot be had.
    """
    hold(lambda: uv.found() is not None, uv.get)
    prepared = Prepared()
    refused = []
    found = each(wanted, partial(tried, lambda name: provide(name, given.get(name), also)))
    for name, python in found.items():
        if isinstance(python, Path):
            prepared.pythons[name] = python
        elif isinstance(python, UnavailableError) and name not in required:
            prepared.unavailable[name] = str(python)
            say(name, f"SKIPPED: {python}")
        else:
            refused.append(f"{name} cannot be had: {python}")
    if not refused:
        made: dict[Pinned, Path] = {
            SPECS[name]: path for name, path in prepared.pythons.items() if name not in given
        }
        refused = [str(error) for error in fill(made).values()]
    if refused:
        raise SetupError("\n".join(refused))
    return prepared


def add_extras(prepared: Prepared, *kinds: str) -> None:
    """Installs the packages of these kinds for the backends that there are.

    They are no reason to stop: where they cannot be had, the rest is timed or tested without them.
    """
    wanted = {
        folder: (kind, name)
        for kind in kinds
        for name, folder in EXTRAS[kind].items()
        if name in prepared.pythons
    }
    failed = fill({folder: prepared.pythons[name] for folder, (_, name) in wanted.items()})
    for folder, (kind, name) in wanted.items():
        if folder in failed:
            say(folder.name, f"SKIPPED, it goes on without them: {failed[folder]}")
        else:
            prepared.extras.setdefault(kind, {})[name] = str(folder.home)


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


def fill(folders: Mapping[Pinned, Path]) -> dict[Pinned, SetupError]:
    """Makes each folder what is pinned for its interpreter; returns those that failed."""
    failed: dict[Pinned, SetupError] = {}

    def stale() -> list[Pinned]:
        answers = each(folders, lambda folder: current(folder, folders[folder]))
        return [folder for folder, answer in answers.items() if not answer]

    def change_stale() -> None:
        # The others are left to finish when one fails: a second try needs them.
        answers = each(stale(), partial(tried, lambda folder: change(folder, folders[folder])))
        failed.update({f: e for f, e in answers.items() if isinstance(e, SetupError)})

    hold(lambda: not stale(), change_stale)
    return failed


def tried(work: Callable[[T], R], item: T) -> R | SetupError:
    """What `work` returns for the item, or the SetupError that it raises."""
    try:
        return work(item)
    except SetupError as error:
        return error

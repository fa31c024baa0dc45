"""From the backends that a command wants to the interpreters that run them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from environments import SetupError
from environments.install import say, stop_installers
from environments.interpreters import UnavailableError, prove, prove_imports
from environments.make import ready
from environments.specs import SPECS, Spec


@dataclass
class Prepared:
    """What can be used, and why the rest cannot."""

    pythons: dict[str, Path] = field(default_factory=dict)
    unavailable: dict[str, str] = field(default_factory=dict)
    extras: dict[str, dict[str, Path]] = field(default_factory=dict)  # folders by kind and backend


@contextmanager
def installers() -> Iterator[ThreadPoolExecutor]:
    """Threads that install at the same time, and stop when this one is stopped."""
    with ThreadPoolExecutor(max_workers=len(SPECS)) as pool:
        try:
            yield pool
        except BaseException:  # Ctrl-C, a signal, a full disk
            stop_installers()
            raise


def prepare(
    wanted: list[str],
    given: dict[str, Path],
    required: set[str],
    also: tuple[str, ...] = (),
) -> Prepared:
    """Makes every wanted environment that can be had, several at a time.

    `given` names interpreters to use as they are; they must import `also` besides the framework.
    Raises SetupError when making one fails, or when a required one cannot be had.
    """
    prepared = Prepared()
    refused: list[SetupError] = []
    with installers() as pool:
        jobs = {n: pool.submit(provide, SPECS[n], given.get(n), also) for n in wanted}
        for name, job in jobs.items():
            try:
                prepared.pythons[name] = job.result()
            except UnavailableError as error:
                prepared.unavailable[name] = str(error)
            except SetupError as error:  # the others are left to finish: a second try needs them
                refused.append(error)
    for name, reason in prepared.unavailable.items():
        if name in required:
            refused.append(SetupError(f"{name} cannot be had: {reason}"))
        else:
            say(name, f"SKIPPED: {reason}")
    if refused:
        raise SetupError("\n".join(str(error) for error in refused))
    return prepared


def provide(spec: Spec, given: Path | None, also: tuple[str, ...]) -> Path:
    """The interpreter for one environment. Raises UnavailableError where none can be had."""
    if given is not None:
        return check_given(spec, given, also)
    if reason := spec.missing_wheel():
        raise UnavailableError(reason)
    try:
        return ready(spec)
    except UnavailableError as error:
        wanted = " or ".join(spec.pythons)
        raise UnavailableError(
            f"it needs Python {wanted}, and none was found that runs ({error}). Install one, "
            f"or uv, which fetches its own, or name one with --python {spec.name}=PATH"
        ) from error


def check_given(spec: Spec, path: Path, also: tuple[str, ...]) -> Path:
    """An interpreter that was named by hand, once it is proven to serve. Raises SetupError."""
    path = Path(os.path.abspath(path.expanduser()))  # not resolve(): a venv's python is a link
    modules = spec.imports + also
    try:
        prove(path)
        prove_imports(path, modules)
    except UnavailableError as error:
        raise SetupError(
            f"--python {spec.name}={path}: {error}\n"
            f"It must be a Python that imports {', '.join(modules)}; see {spec.pins}"
        ) from error
    return path

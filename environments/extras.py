"""Public packages beside a backend's environment: a folder for each kind and backend.

They come without their dependencies and stay outside the environment: the framework is there
already, and their wish for another version of it must not decide what is measured or tested.
"""

from __future__ import annotations

from pathlib import Path

from environments import SetupError
from environments.install import fill, installing, once, say, stamped
from environments.interpreters import UnavailableError, prove
from environments.prepare import Prepared, installers
from environments.specs import EXTRAS, Pinned


def add_extras(prepared: Prepared, *kinds: str) -> None:
    """Installs the packages of these kinds for the backends that there are.

    They are no reason to stop: where they cannot be had, the rest is timed or tested without them.
    """
    with installers() as pool:
        jobs = {
            (kind, name): pool.submit(ready, folder, prepared.pythons[name])
            for kind in kinds
            for name, folder in EXTRAS[kind].items()
            if name in prepared.pythons
        }
        for (kind, name), job in jobs.items():
            try:
                prepared.extras.setdefault(kind, {})[name] = job.result()
            except (SetupError, UnavailableError) as error:
                say(EXTRAS[kind][name].name, f"SKIPPED, it goes on without them: {error}")


def ready(folder: Pinned, path: Path) -> Path:
    """The folder, whole, for this interpreter; fills it where needed.

    Raises SetupError when that fails, and UnavailableError when the interpreter does not run.
    """
    python = prove(path)
    command = installing(folder, python.path, "--no-deps", "--target", str(folder.home))
    once(
        folder,
        lambda: stamped(folder, python),
        lambda lock: fill(folder, [command], lambda: python, lock),
    )
    return folder.home

"""The public packages that the benchmarks time beside our layers: a folder for each backend.

A rival comes without its dependencies and stays outside the environment: the framework is there
already, and a rival's wish for another version of it must not decide what is measured.
"""

from __future__ import annotations

from pathlib import Path

from environments import SetupError
from environments.install import fill, installing, once, say, stamped
from environments.interpreters import UnavailableError, prove
from environments.prepare import Prepared, installers
from environments.specs import RIVALS


def add_rivals(prepared: Prepared) -> None:
    """Installs the rivals for the backends that there are.

    They are no reason to stop: where they cannot be had, the rest is timed or tested without them.
    """
    with installers() as pool:
        found = {name: python for name, python in prepared.pythons.items() if name in RIVALS}
        jobs = {name: pool.submit(ready, name, python) for name, python in found.items()}
        for name, job in jobs.items():
            try:
                prepared.rivals[name] = job.result()
            except (SetupError, UnavailableError) as error:
                say(RIVALS[name].name, f"SKIPPED, it goes on without them: {error}")


def ready(backend: str, path: Path) -> Path:
    """The folder with the rivals for an interpreter of this backend; fills it where needed.

    Raises SetupError when that fails, and UnavailableError when the interpreter does not run.
    """
    folder, python = RIVALS[backend], prove(path)
    command = installing(folder, python.path, "--no-deps", "--target", str(folder.home))
    once(
        folder,
        lambda: stamped(folder, python),
        lambda lock: fill(folder, [command], lambda: python, lock),
    )
    return folder.home

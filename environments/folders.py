"""Makes, checks and mends one folder of packages, by uv."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from conformance.interpreters import python_in
from environments import SetupError, say, uv
from environments.lock import descriptor
from environments.process import run
from environments.pythons import base
from environments.specs import Pinned, Spec

TAIL = 15  # lines of uv's output to show when it fails
SHOWN = 4  # packages to name when some have changed
FULL = ("No space left on device", "os error 28", "Disk quota exceeded")


def usable(spec: Spec) -> bool:
    """Whether the environment has an interpreter that its pins serve."""
    folders = (spec.home / f"lib/python{minor}/site-packages" for minor in spec.pythons)
    return python_in(spec.name).exists() and any(folder.is_dir() for folder in folders)


def current(folder: Pinned, python: Path) -> bool:
    """Whether the folder holds what is pinned, for this interpreter, and whole."""
    if isinstance(folder, Spec) and not usable(folder):
        return False
    code, _ = run([*installing(folder, python), "--check", "--offline"])
    return code == 0 and not any(damaged(folder))


def damaged(folder: Pinned) -> Iterator[str]:
    """The packages of which a file is missing: to uv they are installed."""
    pattern = "lib/python*/site-packages/*.dist-info" if isinstance(folder, Spec) else "*.dist-info"
    for package in folder.home.glob(pattern):
        try:
            lines = (package / "RECORD").read_text("utf-8").splitlines()
        except OSError:
            lines = ["RECORD"]
        # The quotes are those of CSV; compiled files come and go.
        files = (line.rsplit(",", 2)[0].strip('"') for line in lines)
        if not all((package.parent / file).exists() for file in files if file[-4:] != ".pyc"):
            yield package.name.partition("-")[0]


def installing(folder: Pinned, python: Path) -> list[str]:
    """The command that makes the folder what is pinned."""
    exact = not isinstance(folder, Spec) or folder.exact
    command = ["sync"] if exact else ["install", "--requirements"]
    target = [] if isinstance(folder, Spec) else ["--target", str(folder.home)]
    build = ["--build-constraints", str(folder.build_pins)] if folder.build_pins.exists() else []
    return [uv.get(), "pip", *command, str(folder.pins), "--python", str(python), *target, *build]


def change(folder: Pinned, python: Path) -> None:
    """Makes the folder what is pinned. Raises SetupError when that fails."""
    begun = time.monotonic()
    mended = folder.home.exists()
    if isinstance(folder, Spec) and not usable(folder):
        mended = False
        say(folder.name, f"making .envs/{folder.name} with {base(folder)}")
        part = folder.home.with_name(f"{folder.name}.part")
        for old in (part, folder.home):
            shutil.rmtree(old, ignore_errors=True)
        venv = ["venv", "--no-project", "--relocatable", "--python", base(folder), str(part)]
        work(folder, [uv.get(), *venv])
        part.rename(folder.home)  # so that one that was cut short is never taken for a whole one
    say(folder.name, f"installing {folder.pins.name} ({folder.note})")
    options = [f"--reinstall-package={name}" for name in damaged(folder)]
    if isinstance(folder, Spec) and folder.compiled:
        options.append("--compile-bytecode")
    said = work(folder, [*installing(folder, python), *options]).splitlines()
    changes = [line.strip() for line in said if line.startswith((" + ", " - ", " ~ "))]
    more = f" and {len(changes) - SHOWN} more" if len(changes) > SHOWN else ""
    detail = f": {', '.join(changes[:SHOWN])}{more}" if mended else ""
    say(folder.name, f"ready after {time.monotonic() - begun:.0f} s{detail}")


def work(folder: Pinned, command: list[str]) -> str:
    """Runs uv, and returns what it said. Raises SetupError when it fails."""

    def alive() -> None:
        say(folder.name, "still at it")

    # uv keeps the lock for as long as it lives, which may be a moment longer than dev.py.
    code, output = run(command, uv.settings(), alive=alive, pass_fds=(descriptor(),))
    if code == 0:
        return output
    reason = f"uv failed with exit code {code}"
    if any(words in output for words in FULL):
        free = shutil.disk_usage(folder.home.parent).free // 2**20
        reason = f"the disk is full: {free} MB are free for {folder.home.parent}"
    say(folder.name, f"not ready: {reason}")
    said = "\n".join(output.strip().splitlines()[-TAIL:])
    raise SetupError(f".envs/{folder.name} could not be made: {reason}\n---\n{said}\n---")

"""Makes, checks and mends one folder of packages, by uv."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from conformance.interpreters import python_in
from environments import SetupError, say, uv
from environments.causes import cause
from environments.lock import descriptor
from environments.process import run
from environments.pythons import base
from environments.specs import Spec

TAIL = 15  # lines of uv's output to show when it fails


def usable(folder: Spec) -> bool:
    """Whether it has an interpreter that its pins serve, where it needs one of its own."""
    sites = (folder.home / f"lib/python{minor}/site-packages" for minor in folder.pythons)
    found = python_in(folder.name).exists() and any(site.is_dir() for site in sites)
    return found or not folder.pythons


def current(folder: Spec, python: Path) -> bool:
    """Whether the folder holds what is pinned, for this interpreter, and whole."""
    if not usable(folder):
        return False
    code, _ = run([*installing(folder, python), "--check", "--offline"])
    return code == 0 and not any(damaged(folder))


def damaged(folder: Spec) -> Iterator[str]:
    """The packages of which a file is missing: to uv they are installed."""
    pattern = "lib/python*/site-packages/*.dist-info" if folder.pythons else "*.dist-info"
    for package in folder.home.glob(pattern):
        try:
            lines = (package / "RECORD").read_text("utf-8").splitlines()
        except OSError:
            lines = ["RECORD"]
        # The quotes are those of CSV; compiled files come and go.
        files = (line.rsplit(",", 2)[0].strip('"') for line in lines)
        if not all((package.parent / file).exists() for file in files if file[-4:] != ".pyc"):
            yield package.name.partition("-")[0]


def installing(folder: Spec, python: Path) -> list[str]:
    """The command that makes the folder what is pinned."""
    command = ["sync"] if folder.exact else ["install", "--requirements"]
    target = [] if folder.pythons else ["--target", str(folder.home)]
    pins = folder.pins.with_name(f"{folder.name}-build.txt")  # what it takes to build from source
    build = ["--build-constraints", str(pins)] if pins.exists() else []
    return [uv.get(), "pip", *command, str(folder.pins), "--python", str(python), *target, *build]


def change(folder: Spec, python: Path) -> None:
    """Makes the folder what is pinned. Raises SetupError, which does not name it, on failure."""
    if not usable(folder):
        say(folder.name, f"making .envs/{folder.name} with {base(folder)}")
        part = folder.home.with_name(f"{folder.name}.part")
        for old in (part, folder.home):
            shutil.rmtree(old, ignore_errors=True)
        venv = ["venv", "--no-project", "--relocatable", "--python", base(folder), str(part)]
        work(folder, [uv.get(), *venv])
        part.rename(folder.home)  # so that one that was cut short is never taken for a whole one
    size = f" ({folder.note})" if folder.note else ""
    say(folder.name, f"installing {folder.pins.name}{size}")
    # Compiled here and not by a test, to which the warnings of a package's code are errors.
    options = ["--compile-bytecode", *(f"--reinstall-package={name}" for name in damaged(folder))]
    work(folder, [*installing(folder, python), *options])


def work(folder: Spec, command: list[str]) -> None:
    """Runs uv. Raises SetupError when it fails."""
    # uv keeps the lock for as long as it lives, which may be a moment longer than dev.py.
    code, output = run(command, uv.settings(), pass_fds=(descriptor(),))
    if code == 0:
        return
    reason = cause(output)
    say(folder.name, f"not ready: {reason or f'uv failed with exit code {code}'}".partition(";")[0])
    said = output.strip().splitlines()[-1 if reason else -TAIL :]
    raise SetupError("\n".join((reason or f"uv failed with exit code {code}", "---", *said, "---")))

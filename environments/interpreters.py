"""Finds Pythons by running them: a version manager's shim can exist and fail."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

WHO = """\
import platform, sys, sysconfig
assert sys.implementation.name == "cpython" and sys.maxsize > 2**32, "not a 64-bit CPython"
assert not sysconfig.get_config_var("Py_GIL_DISABLED"), "a free-threaded build"
print(platform.python_version(), sys.executable)
"""


class UnavailableError(Exception):
    """An interpreter cannot be used; the message says what was wrong with it."""


@dataclass(frozen=True)
class Interpreter:
    """A Python that has been run."""

    path: Path
    version: str  # such as "3.11.7"

    @property
    def minor(self) -> str:
        """The version that wheels are built for, such as "3.11"."""
        return ".".join(self.version.split(".")[:2])


def ask(python: Path, *arguments: str, timeout: float = 60) -> str:
    """Runs `python -I ARGUMENTS` and returns its output. Raises UnavailableError if that fails."""
    try:
        done = subprocess.run(
            [str(python), "-I", *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
        )
    except OSError as error:
        raise UnavailableError(f"{python} does not run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(f"{python} gave no answer within {timeout:.0f} s") from error
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["no message"]
        # An exception comes last; a shim's complaint comes first.
        line = said[-1] if "Traceback" in done.stderr else said[0]
        raise UnavailableError(f"{python} fails with exit code {done.returncode}: {line.strip()}")
    return done.stdout


def prove(python: Path) -> Interpreter:
    """The interpreter behind a path. Raises UnavailableError when it is not a CPython that runs."""
    answer = ask(python, "-c", WHO).strip().split(" ", 1)
    if len(answer) != 2:
        raise UnavailableError(f"{python} does not answer like a Python")
    return Interpreter(Path(answer[1]), answer[0])


def prove_imports(python: Path, modules: tuple[str, ...]) -> None:
    """Raises UnavailableError when one of the modules does not import."""
    ask(python, "-c", "import " + ", ".join(modules), timeout=300)


@functools.cache
def uv() -> str | None:
    """uv, where it is on PATH and runs."""
    path = shutil.which("uv")
    if path is None:
        return None
    try:
        subprocess.run([path, "--version"], check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return path


def candidates(minor: str) -> Iterator[Path]:
    """Places where a Python X.Y may be, the likeliest first. None of them is proven yet."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        path = Path(folder, f"python{minor}")
        if folder and os.access(path, os.X_OK):
            yield path
    if minor == "{}.{}".format(*sys.version_info):
        yield Path(sys.executable)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    versions = [path for path in pyenv.glob(f"versions/{minor}.*") if path.is_dir()]
    versions.sort(key=lambda p: [int(n) for n in re.findall(r"\d+", p.name)], reverse=True)
    yield from (path / "bin" / "python" for path in versions)


def find(minors: tuple[str, ...]) -> Interpreter:
    """The first Python of the wanted versions that runs. Raises UnavailableError if none does."""
    tried = []
    for minor in minors:
        for path in candidates(minor):
            try:
                found = prove(path)
                if found.minor != minor:
                    raise UnavailableError(f"{path} is Python {found.version}")
                if uv() is None:  # Debian's Pythons come without it
                    ask(path, "-c", "import ensurepip, venv")
            except UnavailableError as error:
                tried.append(str(error))
            else:
                return found
    try:
        return from_uv(minors[0])
    except UnavailableError as error:
        tried.append(str(error))
    raise UnavailableError("; ".join(tried))


def from_uv(minor: str) -> Interpreter:
    """A Python that uv has, or downloads. Raises UnavailableError when there is none."""
    tool = uv()
    if tool is None:
        raise UnavailableError("uv, which could download one, is not on PATH")
    for command in ("find", "install", "find"):
        done = subprocess.run(
            [tool, "python", command, minor],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if command == "find" and done.returncode == 0:
            return prove(Path(done.stdout.strip()))
        if command == "install" and done.returncode:
            break
    said = done.stderr.strip().splitlines() or ["no message"]
    raise UnavailableError(f"uv could not get Python {minor}: {said[-1]}")

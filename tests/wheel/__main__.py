"""``python -m tests.wheel``: the package as its users install it. dev.py calls this."""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from conformance.interpreters import BACKENDS, HOME
from environments import UnavailableError, say, uv
from environments.process import ask, run
from environments.pythons import base
from environments.specs import SPECS
from environments.steps import count, words
from tests.wheel.options import parse

TRIALS = Path(__file__).with_name("trials")
TAIL = 25  # lines of a failed command to show
VERSIONS = """\
import platform, sys
from importlib.metadata import version
print(*(f"{name} {version(name)}" for name in sys.argv[1:]), f"Python {platform.python_version()}",
    sep=", ")
"""


class FailedError(Exception):
    """A step of the trial did not succeed; the message is its output."""


@dataclass(frozen=True)
class Row:
    """What came of one environment."""

    name: str
    verdict: str
    passed: bool = False
    versions: str = ""


def main(arguments: list[str] | None = None) -> int:
    """Tries the package in each environment. Returns 1 unless all pass, 2 without a package."""
    given = parse(sys.argv[1:] if arguments is None else arguments)
    HOME.mkdir(exist_ok=True)
    # Beside the other environments: a folder for temporary files may be too small for torch.
    with tempfile.TemporaryDirectory(prefix="wheel-", dir=HOME) as folder:
        try:
            package = given.package or built(Path(folder))
        except FailedError as error:
            print(f"dev.py wheel: no wheel was built\n{error}", file=sys.stderr)
            return 2
        rows = [tried(name, package.resolve(), Path(folder, name)) for name in given.backend]
    print(table(rows))
    print(f"{package.name}: {sum(row.passed for row in rows)} of {len(rows)} environments passed")
    return int(not all(row.passed for row in rows))


def built(folder: Path) -> Path:
    """Builds the wheel of this checkout into the folder."""
    _checked([sys.executable, "-I", "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)])
    (wheel,) = folder.glob("*.whl")
    return wheel


def requirements(name: str, package: Path) -> list[str]:
    """What a user asks for, in pip's words: the framework is an extra where it has layers."""
    backend = name.partition("-")[0]
    if backend in BACKENDS:
        return [f"grl-suite[{backend}] @ {package.as_uri()}", "pytest"]
    return [f"grl-suite @ {package.as_uri()}", backend, "pytest"]


def tried(name: str, package: Path, folder: Path) -> Row:
    """Makes the environment, takes its trial, and removes it."""
    say(name, "installing")
    try:
        python = installed(name, package, folder)
        backend = name.partition("-")[0]
        versions = ask(python, "-c", VERSIONS, backend, "numpy", timeout=300).strip()
        say(name, f"trying with {versions}")
        return Row(name, *trial(python, TRIALS / f"{backend}.py", folder / "project"), versions)
    except UnavailableError as error:
        return Row(name, f"NOT TRIED: {error}")
    except FailedError as error:
        print(f"== {name}\n{error}\n")
        return Row(name, "FAILED to install")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def installed(name: str, package: Path, folder: Path) -> Path:
    """The interpreter of a fresh environment that holds the package and the pinned framework."""
    spec = SPECS[name]
    if reason := spec.missing_wheel():
        raise UnavailableError(reason)
    python = folder / "bin" / "python"
    _checked([uv.get(), "venv", "--no-project", "--python", base(spec), str(folder)])
    pins = [f"--constraints={spec.pins}"]
    build = spec.pins.with_name(f"{name}-build.txt")
    if build.exists():
        pins.append(f"--build-constraints={build}")
    install = [uv.get(), "pip", "install", f"--python={python}", *pins]
    _checked([*install, *requirements(name, package)])
    return python


def trial(python: Path, tests: Path, project: Path) -> tuple[str, bool]:
    """Runs the tests in a project of their own: the verdict, and whether they passed."""
    project.mkdir(parents=True)
    shutil.copy(tests, project / "test_layer.py")
    (project / "pytest.ini").touch()  # this is the root, and not the checkout around it
    command = [str(python), "-I", "-m", "pytest", "-q", "--color=no", str(project)]
    code, output = run(command)
    if code:
        print(f"== {tests.stem}\n{output}\n")
    return f"{'FAILED' if code else 'ok'}: {words(count(output))}", code == 0


def _checked(command: list[str]) -> None:
    """Runs a command of the set-up. Raises FailedError with the end of its output."""
    code, output = run(command, uv.settings())
    if code:
        raise FailedError("\n".join(output.strip().splitlines()[-TAIL:]))


def table(rows: list[Row]) -> str:
    """The rows, in columns."""
    columns = [("environment", "versions", "verdict")]
    columns += [(row.name, row.versions or "-", row.verdict) for row in rows]
    widths = [max(map(len, column)) for column in zip(*columns, strict=True)]
    lines = (map(str.ljust, line, widths) for line in columns)
    return "\n".join("  ".join(line).rstrip() for line in lines)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("dev.py wheel: interrupted", file=sys.stderr)
        sys.exit(130)

"""`dev.py test`: what is checked, and in which environment."""

from __future__ import annotations

import re
from pathlib import Path

from conformance.interpreters import BACKENDS
from environments import ROOT
from environments.prepare import Prepared
from environments.steps import Step

NEEDS = ("pytest",)  # what the tests need from an interpreter besides its framework
FOLDERS = ("environments", "conformance", "benchmarks", "examples", "tests")
USES_TORCH = re.compile(r"^\s*(?:from|import) [\w.]*torch", re.MULTILINE)


def sources() -> tuple[list[str], list[str]]:
    """The Python files for mypy: those that use torch, and all others.

    Torch has types, which are found only in torch's environment; the other files need the
    controller's. nnabla and Chainer have no types, so their files do with the controller too.
    """
    folders = [*FOLDERS, *(f"grl_{name}" for name in BACKENDS)]
    files = [ROOT / "dev.py", *(p for f in folders for p in sorted(ROOT.glob(f"{f}/**/*.py")))]
    with_torch = [
        path
        for path in files
        if "grl_torch" in path.parts or USES_TORCH.search(path.read_text("utf-8"))
    ]
    return names(with_torch), names([path for path in files if path not in with_torch])


def names(paths: list[Path]) -> list[str]:
    """Paths as mypy shall show them."""
    return [str(path.relative_to(ROOT)) for path in paths]


def static(prepared: Prepared) -> list[Step]:
    """The checks that run no test."""
    controller = [str(prepared.pythons["controller"]), "-I", "-m"]
    with_torch, others = sources()
    mypy = [*controller, "mypy", "--strict"]
    torch = prepared.pythons.get("torch")
    # A cache of its own: alternating interpreters would empty a common one each time.
    options = [f"--python-executable={torch}", "--cache-dir=.mypy_cache/torch"]
    return [
        Step(
            "mypy, what uses torch",
            [*mypy, *options, *with_torch] if torch else [],
            prepared.unavailable.get("torch", "not asked for"),
        ),
        Step("mypy", [*mypy, *others]),
        Step("ruff check", [*controller, "ruff", "check", "."]),
        Step("ruff format", [*controller, "ruff", "format", "--check", "."]),
    ]


def steps(prepared: Prepared, pytest_arguments: list[str]) -> list[Step]:
    """All checks, those first that take long: what starts last decides when all is done."""
    controller = prepared.pythons["controller"]
    own = {f"grl_{name}" for name in BACKENDS}
    folders = sorted(
        {
            path.parent.relative_to(ROOT / "tests").parts[0]
            for path in (ROOT / "tests").glob("*/**/test_*.py")
        }
        - own
    )
    return [
        *(layers(name, name, prepared, pytest_arguments) for name in BACKENDS),
        *(pytest(f"tests/{folder}", controller, pytest_arguments) for folder in folders),
        *static(prepared),
    ]


def pytest(folder: str, python: Path, arguments: list[str]) -> Step:
    """The tests of a folder."""
    command = [str(python), "-I", "-m", "pytest", "-q", folder, *arguments]
    return Step(f"pytest, {folder.partition('/')[2]}", command, tests=True)


def layers(backend: str, environment: str, prepared: Prepared, pytest_arguments: list[str]) -> Step:
    """The tests of a backend's layers, in one of its environments."""
    if python := prepared.pythons.get(environment):
        return pytest(f"tests/grl_{backend}", python, pytest_arguments)
    reason = prepared.unavailable.get(environment, "not asked for")
    return Step(f"pytest, {environment}", [], reason, tests=True)

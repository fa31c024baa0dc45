"""`dev.py test`: what is checked, and in which environment."""

from __future__ import annotations

import re

from conformance.interpreters import BACKENDS
from environments import ROOT
from environments.prepare import Prepared
from environments.specs import LAWS
from environments.steps import Step

NEEDS = ("pytest",)  # what the tests need from an interpreter besides its framework
FOLDERS = ("environments", "conformance", "benchmarks", "docs", "examples", "tests")
USES_TORCH = re.compile(r"^\s*(?:from|import) [\w.]*torch", re.MULTILINE)


def sources() -> tuple[list[str], list[str]]:
    """The Python files for mypy: those that use torch, and all others.

    Torch has types, which are found only in torch's environment; the other files need the
    controller's. nnabla and Chainer have no types, so their files do with the controller too.
    """
    folders = [*FOLDERS, *(f"grl_{name}" for name in BACKENDS)]
    of: dict[bool, list[str]] = {True: [], False: []}
    for path in (ROOT / "dev.py", *(p for f in folders for p in sorted(ROOT.glob(f"{f}/**/*.py")))):
        torch = "grl_torch" in path.parts or USES_TORCH.search(path.read_text("utf-8"))
        of[bool(torch)].append(str(path.relative_to(ROOT)))
    return of[True], of[False]


def static(prepared: Prepared) -> list[Step]:
    """The checks that run no test."""
    controller = [str(prepared.pythons["controller"]), "-I", "-m"]
    with_torch, others = sources()
    mypy = [*controller, "mypy", "--strict"]
    # A cache of its own: alternating interpreters would empty a common one each time.
    torch = [
        f"--python-executable={prepared.pythons.get('torch')}",
        "--cache-dir=.mypy_cache/torch",
    ]
    return [
        step("mypy, what uses torch", [*mypy, *torch, *with_torch], "torch", prepared),
        Step("mypy", [*mypy, *others]),
        Step("ruff check", [*controller, "ruff", "check", "."]),
        Step("ruff format", [*controller, "ruff", "format", "--check", "."]),
    ]


def steps(prepared: Prepared, arguments: list[str]) -> list[Step]:
    """All checks, those first that take long: what starts last decides when all is done."""
    own = [*(f"grl_{name}" for name in BACKENDS), *LAWS]  # of LAWS only those asked for, by dev.py
    folders = {
        path.relative_to(ROOT / "tests").parts[0] for path in ROOT.glob("tests/*/**/test_*.py")
    }
    long = {"conformance", "mutants", "examples"}
    others = sorted(folders.difference(own), key=lambda folder: (folder not in long, folder))
    return [
        pytest(others[0], "controller", prepared, arguments),
        *(pytest(f"grl_{name}", name, prepared, arguments) for name in BACKENDS),
        *(pytest(folder, "controller", prepared, arguments) for folder in others[1:]),
        *static(prepared),
    ]


def pytest(folder: str, environment: str, prepared: Prepared, arguments: list[str]) -> Step:
    """The tests of a folder, in an environment."""
    python = str(prepared.pythons.get(environment))
    command = [python, "-I", "-m", "pytest", "-q", "--color=no", f"tests/{folder}", *arguments]
    return step(f"pytest, {folder}", command, environment, prepared, tests=True)


def step(
    name: str, command: list[str], environment: str, prepared: Prepared, tests: bool = False
) -> Step:
    """A step that cannot run where its environment is missing."""
    if environment in prepared.pythons:
        return Step(name, command, tests=tests)
    return Step(name, [], prepared.unavailable.get(environment, "not asked for"), tests)

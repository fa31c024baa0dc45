"""`dev.py test`: every check of the project, and one closing line for all of them."""

from __future__ import annotations

import re
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from environments import ROOT
from environments.launch import launch
from environments.prepare import Prepared
from environments.specs import BACKENDS

NEEDS = ("pytest",)  # what the tests need from an interpreter besides its framework
PYTEST = ("-m", "pytest", "-q")
NOTHING_COLLECTED = 5  # pytest's exit code
FOLDERS = ("environments", "conformance", "benchmarks", "examples", "tests")
USES_TORCH = re.compile(r"^\s*(?:from|import) [\w.]*torch", re.MULTILINE)


@dataclass
class Step:
    """One command of the run. `command` is empty where `reason` says why it cannot run."""

    name: str
    command: list[str]
    reason: str = ""
    tests: bool = False


@dataclass
class Counts:
    """What pytest counted; an error counts as a failure."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def sources() -> tuple[list[str], list[str]]:
    """The Python files for mypy: those that use torch, and all others.

    Torch has types, which are found only in torch's environment; the other files need the
    controller's. nnabla and Chainer have no types, so their files do with the controller too.
    """
    folders = [*FOLDERS, *(f"grl_{name}" for name in BACKENDS)]
    files = [
        ROOT / "dev.py",
        *(path for f in folders for path in sorted(ROOT.glob(f"{f}/**/*.py"))),
    ]
    with_torch = [
        path
        for path in files
        if "grl_torch" in path.parts or USES_TORCH.search(path.read_text("utf-8"))
    ]
    others = [path for path in files if path not in with_torch]
    return names(with_torch), names(others)


def names(paths: list[Path]) -> list[str]:
    """Paths as mypy shall show them."""
    return [str(path.relative_to(ROOT)) for path in paths]


def steps(prepared: Prepared, pytest_arguments: list[str]) -> Iterator[Step]:
    """The checks, in their order."""
    controller = str(prepared.pythons["controller"])
    yield Step("ruff check", [controller, "-m", "ruff", "check", "."])
    yield Step("ruff format", [controller, "-m", "ruff", "format", "--check", "."])

    with_torch, others = sources()
    mypy = [controller, "-m", "mypy", "--strict"]
    yield Step("mypy", [*mypy, *others])
    torch = prepared.pythons.get("torch")
    yield Step(
        "mypy, what uses torch",
        # A cache of its own: alternating interpreters would empty a common one each time.
        [*mypy, f"--python-executable={torch}", "--cache-dir=.mypy_cache/torch", *with_torch]
        if torch
        else [],
        prepared.unavailable.get("torch", "not asked for"),
    )

    apart = [f"--ignore=tests/grl_{name}" for name in BACKENDS]
    arguments = ["tests", *apart, *pytest_arguments]
    yield Step("pytest, controller", [controller, *PYTEST, *arguments], tests=True)
    for name in BACKENDS:
        yield layers(name, name, prepared, pytest_arguments)


def layers(backend: str, environment: str, prepared: Prepared, pytest_arguments: list[str]) -> Step:
    """The tests of a backend's layers, in one of its environments."""
    python = prepared.pythons.get(environment)
    command = [str(python), *PYTEST, f"tests/grl_{backend}", *pytest_arguments]
    return Step(
        f"pytest, {environment}",
        command if python else [],
        prepared.unavailable.get(environment, "not asked for"),
        tests=True,
    )


def run(step: Step, env: Mapping[str, str], report: Path, filtered: bool) -> tuple[str, Counts]:
    """Runs one step. Returns its verdict, and what pytest wrote into its report."""
    command = [*step.command, f"--junitxml={report}"] if step.tests else step.command
    code = launch(command, env, cwd=ROOT)
    if code == NOTHING_COLLECTED and step.tests and filtered:
        return "no match", Counts()  # such as -k, which need not match in every environment
    counts = count(report) if step.tests else Counts()
    if code and step.tests and not counts.failed:
        counts.failed = 1  # it crashed or collected nothing, which no count of pytest's shows
    return ("FAILED" if code else "ok"), counts


def count(report: Path) -> Counts:
    """What pytest counted in a run; nothing if it died before it wrote its report."""
    counts = Counts()
    if report.exists():
        for suite in ElementTree.parse(report).iter("testsuite"):
            failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped = int(suite.get("skipped", 0))
            tests = int(suite.get("tests", 0))
            counts += Counts(max(tests - failed - skipped, 0), failed, skipped)
    return counts


def check(todo: list[Step], env: Mapping[str, str], filtered: bool) -> int:
    """Runs every step, whatever the ones before it did. Returns 1 if one failed.

    Where the tests are `filtered`, a step of which no test is left has not failed.
    """
    total = Counts()
    summary = []
    with TemporaryDirectory() as folder:
        for number, step in enumerate(todo, 1):
            print(f"\n== {number}/{len(todo)} {step.name}", flush=True)
            if not step.command:
                summary.append(f"NOT RUN   {step.name}: {step.reason}")
                print(step.reason)
                continue
            begun = time.monotonic()
            report = Path(folder, f"{number}.xml")
            verdict, counts = run(step, env, report, filtered)
            total += counts
            detail = f": {counts}" if step.tests else ""
            seconds = time.monotonic() - begun
            summary.append(f"{verdict:8}  {step.name}{detail} ({seconds:.1f} s)")
    if not total.passed + total.failed:
        summary.append("FAILED    no test ran")
    print("\n" + "\n".join(summary))
    print(total)
    return int(any(line.startswith("FAILED") for line in summary))

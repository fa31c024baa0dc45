"""One sign changed anywhere in the arithmetic of our layers makes the suite say so.

Every minus is turned into a plus and every plus into a minus, and one factor of every product
is negated, each in a copy of its own of the package, whose layers are judged as subjects.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.interpreters import BACKENDS
from conformance.results import Outcome
from conformance.run import session as suite
from conformance.run.subject import OURS, Interpreter, Subject
from tests.conformance.signs import changes
from tests.conformance.whole_runs import interpreter

ROOT = Path(suite.__file__).parents[2]
WAYS = Path(__file__).parent / "ways"  # through a package that none of its exported layers takes

# What the scale is during a training is nothing that a layer computes.
SCHEDULES = ("schedules.py", "scheduler.py", "extensions.py")

_DEVICE = "only on another device than a CPU; tests/grl_nnabla/test_arrays.py plays one"
_FILLED = "for an input that holds no floats, or none yet; tests/grl_nnabla/test_graphs.py"
_SELDOM = "only for a draw among the last 2**-24 below 1, one in some 30 million"
# Changes that the suite cannot notice, by a part of their place: why, or what notices them.
UNNOTICED: dict[str, dict[str, str]] = {
    "torch": {"fitted: -LARGEST": "a bound of what is refused; tests/grl_torch/test_numbers.py"},
    "nnabla": {
        "_arrays.py DeviceArithmetic.": _DEVICE,
        ", 1.0, False)": _FILLED,
        "1 - 2 ** (-24)": _SELDOM,
    },
    "chainer": {"1 - 2 ** (-24)": _SELDOM},
}


def _files(backend: str) -> list[str]:
    """The files of a package, as they stand in its folder."""
    package = ROOT / f"grl_{backend}"
    return sorted(str(path.relative_to(package)) for path in package.rglob("*.py"))


def _copy(backend: str, folder: Path, number: int, changed: dict[str, str]) -> Path:
    """A package ``grl_<backend>_<number>``, some files changed; a module that imports it."""
    old, new = f"grl_{backend}", f"grl_{backend}_{number}"
    sources = {file: (ROOT / old / file).read_text("utf-8") for file in _files(backend)}
    sources["ways.py"] = (WAYS / f"{backend}.py").read_text("utf-8")
    for file, source in {**sources, **changed}.items():
        path = folder / new / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source.replace(old, new), "utf-8")
    module = folder / f"{new}.module.py"
    module.write_text(f"import {new}.ways\n", "utf-8")
    return module


def _subjects(python: Interpreter, module: Path, file: str = "") -> list[Subject]:
    """The layers that a file of a package belongs to: its own, or all."""
    package = module.name.partition(".")[0]
    layers = {f"{package}.{name}": layer for layer, names in OURS.items() for name in names}
    # The table's own method: a worker calls functions by name, and this one returns the table.
    ways = python.worker.call(f"tests.conformance.ways.{python.backend}:LAYERS.copy")
    layers |= {f"{package}.ways.{name}": layer for name, layer in ways.items()}
    own = file.removesuffix(".py")
    return [
        Subject(python, layer, f"{module}:{name}", foreign=True)
        for name, layer in layers.items()
        if own in (layer, "") or own not in OURS
    ]


def _failures(subjects: list[Subject], clauses: tuple[str, ...]) -> dict[str, set[str]]:
    """What each subject fails, by module."""
    settings = suite.Settings(quick=True, clauses=clauses, pytest_args=("--tb=no",))
    run = suite.run(settings, subjects, suite.header(settings, subjects, {}))
    failures: dict[str, set[str]] = {subject.name.partition(":")[0]: set() for subject in subjects}
    for result in run.results:
        if result.outcome is not Outcome.PASSED:
            module = result.subject.partition(":")[0]
            case = result.case.replace(Path(module).name.partition(".")[0], "")
            failures[module].add(f"{result.clause} {case}")
    return failures


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_changed_sign_is_noticed(backend: str, tmp_path: Path) -> None:
    places: dict[Path, str] = {}
    files: dict[Path, str] = {}
    for file in _files(backend):
        source = (ROOT / f"grl_{backend}" / file).read_text("utf-8")
        for place, changed in changes(source) if file not in SCHEDULES else ():
            module = _copy(backend, tmp_path, len(places) + 1, {file: changed})
            places[module], files[module] = f"{file} {place}", file
    for part in UNNOTICED[backend]:
        assert any(part in place for place in places.values()), f"{part} is no longer there"
    left = [m for m, place in places.items() if not any(p in place for p in UNNOTICED[backend])]
    assert left
    unchanged = _copy(backend, tmp_path, 0, {})
    with interpreter(backend) as python:
        # Some clauses of few cases notice most of them; all are tried on the others.
        for clauses in (("G9", "G12", "G19", "G24", "G25"), ("G21",), ()):
            if not left:
                break
            layers = [_subjects(python, module, files[module]) for module in left]
            subjects = sum(layers, _subjects(python, unchanged))
            failures = _failures(subjects, clauses)
            left = [module for module in left if failures[str(module)] <= failures[str(unchanged)]]
    assert not [places[module] for module in left]

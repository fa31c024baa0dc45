"""docs/write-your-own.md: the plain layers on the page meet every MUST clause, as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.interpreters import BACKENDS, known
from conformance.results import Run
from conformance.run import session as suite
from conformance.run.subject import Interpreter, Subject

PYTHONS = known().pythons
PAGE = (Path(__file__).parents[2] / "docs" / "write-your-own.md").read_text("utf-8")
HEADINGS = {"torch": "PyTorch", "nnabla": "nnabla", "chainer": "Chainer"}
# The names in each file that are judged.
NAMES = {"torch": ("gradient_reversal", "GradientReversal")}


def _section(backend: str) -> str:
    return PAGE.partition(f"\n## {HEADINGS[backend]}\n")[2].partition("\n## ")[0]


def _code(backend: str) -> str:
    (code,) = re.findall(r"^```python\n(.*?)^```", _section(backend), re.M | re.S)
    return str(code)


def _judged(backend: str, folder: Path) -> Run:
    if backend not in PYTHONS:
        pytest.skip(f"{backend} is not set up here")
    file = folder / "plain.py"
    file.write_text(_code(backend), "utf-8")
    interpreter = Interpreter(backend, "cpu", PYTHONS[backend], timeout=60)
    subjects = [
        Subject(interpreter, "gradient_reversal", f"{file}:{name}", foreign=True)
        for name in NAMES.get(backend, ("gradient_reversal",))
    ]
    settings = suite.Settings(pytest_args=("--tb=no",))
    try:
        return suite.run(settings, subjects, suite.header(settings, subjects, {}))
    finally:
        suite.close(subjects)


@pytest.mark.parametrize("backend", BACKENDS)
def test_plain_layer_is_right(backend: str, tmp_path: Path) -> None:
    run = _judged(backend, tmp_path)
    assert not [f"{r.subject} {r.clause} {r.case}: {r.detail[:300]}" for r in run.failures()]
    assert len(run.results) > 100
    missed = {clause for clauses in run.missed_should().values() for clause in clauses}
    (said,) = re.findall(r"^A? ?SHOULD clauses? that it misses: (.*)$", _section(backend), re.M)
    assert set(re.findall(r"\b[GRV]\d+\b", said)) == missed


@pytest.mark.parametrize("backend", BACKENDS)
def test_plain_layer_is_short(backend: str) -> None:
    assert 30 <= len(_code(backend).splitlines()) <= 65


@pytest.mark.parametrize(("backend", "module"), [(b, f"grl_{b}") for b in BACKENDS])
def test_the_model_file_is_short(backend: str, module: str) -> None:
    """What people read first: at most 60 lines, docstrings and all."""
    source = Path(__file__).parents[2] / module / "gradient_reversal.py"
    assert len(source.read_text("utf-8").splitlines()) <= 60

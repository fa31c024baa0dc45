"""docs/write-your-own.md: the plain layers on the page meet every MUST clause, as it says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from conformance.interpreters import BACKENDS
from conformance.results import Run
from conformance.run.session import Settings
from tests.conformance.conftest import ROOT
from tests.conformance.whole_runs import PYTHONS, run

PAGE = (ROOT / "docs" / "write-your-own.md").read_text("utf-8")
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
    subjects = tuple(
        (backend, f"{file}:{name}", "gradient_reversal")
        for name in NAMES.get(backend, ("gradient_reversal",))
    )
    return run(Settings(subjects=subjects, pytest_args=("--tb=no",)))


@pytest.mark.parametrize("backend", BACKENDS)
def test_plain_layer_is_right(backend: str, tmp_path: Path) -> None:
    found = _judged(backend, tmp_path)
    assert not [f"{r.subject} {r.clause} {r.case}: {r.detail[:300]}" for r in found.failures()]
    assert len(found.results) > 100
    missed = {clause for clauses in found.missed_should().values() for clause in clauses}
    (said,) = re.findall(r"^A? ?SHOULD clauses? that it misses: (.*)$", _section(backend), re.M)
    assert set(re.findall(r"\b[GRV]\d+\b", said)) == missed


@pytest.mark.parametrize("backend", BACKENDS)
def test_plain_layer_is_short(backend: str) -> None:
    assert 30 <= len(_code(backend).splitlines()) <= 65


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_model_file_is_short(backend: str) -> None:
    """What people read first: at most 50 lines beside the docstrings."""
    source = (ROOT / f"grl_{backend}" / "gradient_reversal.py").read_text("utf-8")
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, documented)]
    texts = [node.body[0] for node in nodes if ast.get_docstring(node)]
    told = sum((text.end_lineno or 0) - text.lineno + 1 for text in texts)
    assert told
    assert len(source.splitlines()) - told <= 50

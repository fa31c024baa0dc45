"""One sign changed anywhere in the arithmetic of a layer file makes the suite say so.

Every minus is turned into a plus and every plus into a minus, and one factor of every product
is negated, each in a copy of the file of its own, which is judged as a subject.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from conformance import suite
from conformance.case import LAYERS
from conformance.results import Outcome
from conformance.subject import BACKENDS, OURS, Interpreter, Subject, interpreters

PYTHONS = interpreters()
ROOT = Path(suite.__file__).parent.parent


# It keeps a draw just below 1 from being rounded to 1, once in some 30 million draws.
SELDOM = "1 - 2 ** (-24)"


def _is_sign(node: ast.AST) -> bool:
    """Whether this is a sign in the arithmetic, not in the ranks and axes of shapes."""
    if not isinstance(node, ast.expr) or "ndim" in (text := ast.unparse(node)) or "shape" in text:
        return False
    if text == SELDOM:
        return False
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in ("multiply", "add", "addcmul")
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, (ast.Sub, ast.Add, ast.Mult))
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)


def _flip(node: Any) -> None:
    minus = ast.USub()
    if isinstance(node, ast.Call):
        node.args[1] = ast.UnaryOp(minus, node.args[1])
    elif isinstance(node, ast.UnaryOp):
        node.op = ast.UAdd()
    elif isinstance(node.op, ast.Mult):
        node.right = ast.UnaryOp(minus, node.right)
    else:
        node.op = ast.Add() if isinstance(node.op, ast.Sub) else ast.Sub()


def _changes(source: str) -> list[tuple[str, str]]:
    """The source with each sign changed, and what was there, with its line."""
    count = sum(map(_is_sign, ast.walk(ast.parse(source))))
    changed = []
    for number in range(count):
        tree = ast.parse(source)
        node: Any = [node for node in ast.walk(tree) if _is_sign(node)][number]
        place = f"{node.lineno}: {ast.unparse(node)}"
        _flip(node)
        changed.append((place, ast.unparse(tree)))
    return changed


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_changed_sign_is_noticed(backend: str, tmp_path: Path) -> None:
    if backend not in PYTHONS:
        pytest.skip(f"{backend} is not set up here")
    interpreter = Interpreter(backend, "cpu", PYTHONS[backend], timeout=60)
    subjects: list[Subject] = []
    places: dict[str, list[str]] = {}  # for each change the subjects that have it
    for layer in LAYERS:
        source = (ROOT / f"grl_{backend}" / f"{layer}.py").read_text("utf-8")
        changes = _changes(source)
        assert changes, f"no sign was found in {layer}.py"
        for number, (place, changed) in enumerate(changes):
            path = tmp_path / f"{layer}_{number}.py"
            path.write_text(changed, "utf-8")
            both = [
                Subject(interpreter, layer, f"{path}:{name}", foreign=True) for name in OURS[layer]
            ]
            subjects += both
            places[f"{layer}.py:{place}"] = [subject.name for subject in both]
    settings = suite.Settings(quick=True, pytest_args=("-k", "not test_any", "--tb=no"))
    try:
        run = suite.run(settings, subjects, suite.header(settings, subjects, {}))
    finally:
        suite.close(subjects)
    noticed = {
        result.subject
        for result in run.results
        if result.outcome is Outcome.FAILED and result.level == "MUST"
    }
    # A sign in the drawing of coefficients is in the class alone.
    assert not [place for place, names in places.items() if not noticed.intersection(names)]

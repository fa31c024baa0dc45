"""The signs in the arithmetic of a Python file, and the file with one of them changed."""

from __future__ import annotations

import ast
import re
from typing import Any

# Functions that multiply or add their arguments: the sign of the second, or only, one is changed.
CALLS = re.compile(
    r"\b(add|addcmul|mul_scalar|multiply|plus_product|subtract|times|MulScalar)_?\)?$"
)
# Not in what a layer computes: ranks, lengths and counts; exponents and indices; a bound.
SIZES = re.compile(r"ndim|shape|len\(|\.size|count|images|^-\d+$|^-math\.inf$")


def changes(source: str) -> list[tuple[str, str]]:
    """The place and text of each sign, and the source with that sign changed."""
    number = sum(map(_has_sign, ast.walk(ast.parse(source))))
    return [_change(source, i) for i in range(number)]


def _change(source: str, number: int) -> tuple[str, str]:
    tree = ast.parse(source)
    node = [node for node in ast.walk(tree) if _has_sign(node)][number]
    owners = [
        owner.name
        for owner in ast.walk(tree)
        if isinstance(owner, (ast.ClassDef, ast.FunctionDef)) and node in ast.walk(owner)
    ]
    place = f"{'.'.join(owners)}: {ast.unparse(node)}"
    _flip(node)
    return place, ast.unparse(tree)


def _has_sign(node: Any) -> bool:
    if isinstance(node, ast.Call):
        return bool(CALLS.search(ast.unparse(node.func)))
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        is_sign = isinstance(node.op, (ast.Sub, ast.Add, ast.Mult))
    else:
        is_sign = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    return is_sign and not SIZES.search(ast.unparse(node))


def _flip(node: Any) -> None:
    """Make a plus of a minus and the other way round; negate one factor of a product."""
    if isinstance(node, ast.Call):
        at = min(1, len(node.args) - 1)
        node.args[at] = _minus(node.args[at])
    elif isinstance(node, ast.UnaryOp):
        node.op = ast.UAdd()
    elif not isinstance(node.op, ast.Mult):
        node.op = ast.Add() if isinstance(node.op, ast.Sub) else ast.Sub()
    elif isinstance(node, ast.AugAssign):
        node.value = _minus(node.value)
    else:
        node.right = _minus(node.right)


def _minus(node: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.USub(), node)

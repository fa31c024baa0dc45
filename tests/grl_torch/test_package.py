"""The package: its public names, and what it imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import grl_torch

PACKAGE = Path(grl_torch.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))


def test_public_names_are_documented() -> None:
    for name in grl_torch.__all__:
        assert getattr(grl_torch, name).__doc__


def test_imports() -> None:
    """The standard library, torch, and the files beside it: the folder can be copied whole."""
    allowed = {*sys.stdlib_module_names, "torch", "grl_torch"}
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                assert {alias.name.split(".")[0] for alias in node.names} <= allowed
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0
                assert str(node.module).split(".")[0] in allowed


def test_importing_is_quick() -> None:
    """The compiler alone would take a second; only code that is compiled needs it."""
    program = (
        "import sys, torch; before = set(sys.modules); import grl_torch; "
        "x = torch.ones(3, requires_grad=True); grl_torch.gradient_reversal(x).sum().backward(); "
        "new = {name for name in set(sys.modules) - before if name.startswith('torch')}; "
        "assert 'torch._dynamo' not in new, new"
    )
    root = str(PACKAGE.parent)
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60, cwd=root)

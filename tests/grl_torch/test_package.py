"""The package: its public names, what it imports, and what a copied layer needs beside it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import grl_torch

PACKAGE = Path(grl_torch.__file__).parent
FILES = sorted(PACKAGE.glob("*.py"))


def test_public_names() -> None:
    assert grl_torch.__all__ == [
        "GradientReversal",
        "MulScalar",
        "ScaleScheduler",
        "ShakeShake",
        "dann_scale",
        "gradient_reversal",
        "mul_scalar",
        "shake_branches",
        "shake_shake",
        "warm_start_scale",
    ]
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


# What a layer's file needs beside it where it is copied.
COMMON = ("declared", "factors", "compiled", "mul_scalar")
WITH = {
    "gradient_reversal": ("GradientReversal(0.5)(x)", COMMON),
    "mul_scalar": ("MulScalar(-0.5)(x)", COMMON),
    "shake_shake": (
        "shake_shake(x, x.detach(), 0.5, -0.5)",
        (*COMMON, "draws", "replay", "shake_branches"),
    ),
    "schedules": ("-dann_scale(0.5, 0.0) * x - 0.5 * x", ()),
}


@pytest.mark.parametrize("name", WITH)
def test_a_copied_layer_works(name: str, tmp_path: Path) -> None:
    """Eager and under torch.func, where the other files are needed."""
    use, beside = WITH[name]
    for stem in (name, *beside):
        source = (PACKAGE / f"{stem}.py").read_text("utf-8")
        (tmp_path / f"{stem}.py").write_text(source.replace("from grl_torch.", "from "), "utf-8")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from {name} import *; import torch; "
        "x = torch.ones(3, requires_grad=True); "
        f"({use}).sum().backward(); assert x.grad.tolist() == [-0.5] * 3; "
        f"assert torch.func.grad(lambda x: ({use}).sum())(x).tolist() == [-0.5] * 3"
    )
    # -I: neither the folder with grl_torch nor PYTHONPATH is there to import from.
    subprocess.run([sys.executable, "-I", "-c", program], check=True, timeout=60)


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

"""The package: its public names, what it imports, and that its folder can be copied."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import grl_torch

PACKAGE = Path(grl_torch.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))


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


def test_the_folder_can_be_copied(tmp_path: Path) -> None:
    """It needs PyTorch and nothing beside it, eager and under torch.func."""
    shutil.copytree(PACKAGE, tmp_path / "grl_torch")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); "
        "from grl_torch import *; import torch; "
        f"import grl_torch; assert grl_torch.__file__.startswith({str(tmp_path)!r}); "
        "x = torch.ones(3, requires_grad=True); f = lambda x: (GradientReversal(0.25)(x) "
        "+ mul_scalar(x, -0.125) + shake_shake(x, x.detach(), 0.5, -0.125)).sum(); "
        "f(x).backward(); assert x.grad.tolist() == [-0.5] * 3; "
        "assert torch.func.grad(f)(x).tolist() == [-0.5] * 3"
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

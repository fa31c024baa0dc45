"""The package: its public names, and layer files that can be copied alone."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import grl_torch

PACKAGE = Path(grl_torch.__file__).parent
FILES = sorted(PACKAGE.glob("*.py"))
LAYER_FILES = [file for file in FILES if file.stem != "__init__"]


def test_public_names() -> None:
    assert grl_torch.__all__ == [
        "GradientReversal",
        "MulScalar",
        "ShakeShake",
        "dann_scale",
        "gradient_reversal",
        "mul_scalar",
        "shake_shake",
    ]
    for name in grl_torch.__all__:
        assert getattr(grl_torch, name).__doc__


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_imports(file: Path) -> None:
    """The standard library and torch; only ``__init__`` imports the files beside it."""
    allowed = set(sys.stdlib_module_names) | {"torch"}
    allowed |= {"grl_torch"} if file.stem == "__init__" else set()
    imported = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(str(node.module).split(".")[0])
    assert imported
    assert imported <= allowed


@pytest.mark.parametrize("file", LAYER_FILES, ids=lambda file: file.stem)
def test_a_copied_file_works_alone(file: Path, tmp_path: Path) -> None:
    shutil.copy(file, tmp_path / "copied.py")
    use = {
        "gradient_reversal": "copied.GradientReversal(0.5)(x)",
        "mul_scalar": "copied.MulScalar(-0.5)(x)",
        "schedules": "-copied.dann_scale(0.5, 0.0) * x - 0.5 * x",
        "shake_shake": "copied.shake_shake(x, x.detach(), 0.5, -0.5)",
    }[file.stem]
    program = (
        "import copied, torch; x = torch.ones(3, requires_grad=True); "
        f"({use}).sum().backward(); assert x.grad.tolist() == [-0.5] * 3"
    )
    # -I: neither the folder with grl_torch nor PYTHONPATH is there to import from.
    path = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); "
    subprocess.run([sys.executable, "-I", "-c", path + program], check=True, timeout=60)

"""The README's examples do what their comments say, each in its framework's interpreter."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conformance import laws
from conformance.interpreters import BACKENDS, known
from conformance.spec.clauses import clauses

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n# (\w+)\n(.*?)^```", README, re.M | re.S)
EXAMPLES = {name.lower().replace("pytorch", "torch"): code for name, code in BLOCKS}
PYTHONS = known().pythons


def test_there_is_an_example_for_every_backend() -> None:
    assert set(EXAMPLES) == set(BACKENDS)


@pytest.mark.parametrize("backend", BACKENDS)
def test_example(backend: str) -> None:
    if backend not in PYTHONS:
        pytest.skip(f"{backend} is not set up here")
    code = EXAMPLES[backend]
    done = subprocess.run(
        [PYTHONS[backend], "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = re.findall(r"^\s*print\(.*\)  # (.*)$", code, re.M)
    assert len(said) == code.count("print(") > 0
    assert done.stdout.splitlines() == said


@pytest.mark.skipif("torch" not in PYTHONS, reason="torch is not set up here")
def test_the_layer_that_never_reverses_is_told_so(tmp_path: Path) -> None:
    (code,) = re.findall(r"^```python\n(class GRL.*?)^```", README, re.M | re.S)
    (said,) = re.findall(r"^```\n\$ python3 dev.py (.*?)^```", README, re.M | re.S)
    command, *expected = said.splitlines()
    built = (
        "    def __init__(self, scale):\n        super().__init__()\n        self.scale = scale\n"
    )
    head, body = code.split("\n", 1)
    (tmp_path / "yours.py").write_text(f"from torch import nn\n{head}\n{built}\n{body}", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", *command.split(), "--quick"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 1
    assert [line for line in expected if line not in done.stdout.splitlines()] == []


@pytest.mark.skipif("torch" not in PYTHONS, reason="torch is not set up here")
def test_the_test_of_ones_own_passes_and_fails_as_said() -> None:
    (code,) = re.findall(
        r"^```python\n(import torch\nfrom grl_conformance.*?)^```", README, re.M | re.S
    )
    assert f"{len(laws.__all__)} published ones" in README
    code = code.replace("grl_conformance", "conformance")
    tries = (
        "test_my_round()\n"
        "for name in ('export', 'compile-vjp'):\n"
        "    try: assert_conforms(Round, laws.round_straight_through, transforms=name)\n"
        "    except AssertionError as error: assert 'is 0 everywhere' in str(error); print(name)"
    )
    done = subprocess.run(
        [PYTHONS["torch"], "-c", code + tries],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.stdout.split() == ["export", "compile-vjp"], done.stderr


def test_the_number_of_clauses_is_right() -> None:
    assert f"the {len(clauses())} clauses" in README


def test_every_link_leads_somewhere() -> None:
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"

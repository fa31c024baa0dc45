"""The README: the verdict that it quotes, and its numbers. tests/docs runs its examples."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conformance import laws
from conformance.clauses import clauses
from conformance.interpreters import known
from tests.conformance.test_report_json import problems

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")
PYTHONS = known().pythons


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
    document = json.loads((tmp_path / "reports" / "conformance.json").read_text("utf-8"))
    assert {result["outcome"] for result in document["results"]} == {"passed", "failed"}
    assert problems(document) == []
    assert [line for line in expected if line not in done.stdout.splitlines()] == []


def test_the_numbers_of_clauses_and_laws_are_right() -> None:
    assert f"the {len(clauses())} clauses" in README
    assert f"{len(laws.__all__)} published ones" in README

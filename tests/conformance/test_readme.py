"""The README's examples do what their comments say, each in its framework's interpreter."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

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


def test_the_number_of_clauses_is_right() -> None:
    assert f"the {len(clauses())} clauses" in README


def test_every_link_leads_somewhere() -> None:
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"

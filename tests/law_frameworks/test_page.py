"""What docs/add-a-framework.md tells to do has been done for each framework."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.interpreters import BACKENDS, FRAMEWORKS
from environments.checks import steps
from environments.prepare import Prepared
from environments.specs import LAWS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "add-a-framework.md").read_text("utf-8")


def test_the_page_is_short() -> None:
    assert len(PAGE.splitlines()) <= 120


def test_each_framework_is_a_backend_or_of_laws_alone() -> None:
    assert (*BACKENDS, *LAWS) == FRAMEWORKS


@pytest.mark.parametrize("name", LAWS)
def test_framework_has_its_parts(name: str) -> None:
    for part in ("conformance/worker/laws/{}.py", "tests/law/{}.py", "tests/{}/test_laws.py"):
        assert (ROOT / part.format(name)).is_file()
    pins = LAWS[name].pins.read_text("utf-8")
    assert {"numpy", "pytest", name} <= set(re.findall(r"^(\S+)==", pins, re.M))
    assert f'"{name}.*",' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_frameworks_of_laws_are_no_part_of_all_tests() -> None:
    pythons = {name: Path(name) for name in ("controller", *BACKENDS, *LAWS)}
    names = {step.name for step in steps(Prepared(pythons), [])}
    assert "pytest, law_frameworks" in names
    assert not {f"pytest, {name}" for name in LAWS} & names


@pytest.mark.parametrize("also", ["--backend=torch", "--torch=oldest", "--static"])
def test_framework_of_laws_is_tested_alone(also: str) -> None:
    command = [sys.executable, str(ROOT / "dev.py"), "test", "--backend=jax", also]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "--backend jax runs the tests of laws in it, and no others" in refused.stderr

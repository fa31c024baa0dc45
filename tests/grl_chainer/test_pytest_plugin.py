"""The pytest plugin, in runs of its own on a test file as anyone would write it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILE = """
import chainer
import chainer.functions as F
import numpy as np
from conformance import conforms, laws
from grl_chainer import gradient_reversal


@conforms(laws.gradient_reversal, transforms="all")
def reversal(x, scale):
    return gradient_reversal(x, scale)


@conforms(laws.gradient_reversal)
class Forgets(chainer.FunctionNode):
    def __init__(self, scale):
        self.scale = scale

    def forward(self, inputs):
        return inputs

    def backward(self, indexes, dys):
        return (dys[0] * self.scale,)


class Child(Forgets):
    pass


def test_other():
    pass
"""


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_mine.py").write_text(FILE, "utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "conformance.pytest_plugin", "-p"]
    return subprocess.run(
        [*command, "no:cacheprovider", "-v", "--color=no", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def _entries(folder: Path, text: str) -> str:
    file = folder / "entries.txt"
    file.write_text(text, "utf-8")
    return str(file)


def test_each_clause_dtype_and_transform_is_an_item(tmp_path: Path) -> None:
    done = _run(tmp_path, "--junit-xml=found.xml")
    assert done.returncode == 1, done.stdout + done.stderr
    cases = {
        (case.get("classname"), case.get("name")): [child.tag for child in case]
        for case in ElementTree.parse(tmp_path / "found.xml").iter("testcase")
    }
    of = {name: {n: c for (owner, n), c in cases.items() if name in str(owner)} for name in
          ("reversal", "Forgets", "Child")}  # fmt: skip
    assert {n.split("-")[1] for n in of["reversal"] if n} == {"float16", "float32", "float64"}
    assert "T1-float32-double-backward" in of["reversal"]
    assert "G8-float32-eager" not in of["reversal"]  # it has one input
    assert not any(of["reversal"].values())
    assert {n for n, children in of["Forgets"].items() if children == ["failure"]} == {
        f"L2-{dtype}-eager" for dtype in ("float16", "float32", "float64")
    }
    # What is looked at only where values are right was not tried, and does not count as passed.
    assert of["Forgets"]["G7-float32-eager"] == ["skipped"]
    assert not of["Child"]
    assert "not tried: L2 is not met" in (tmp_path / "found.xml").read_text("utf-8")
    assert "Forgets does not follow gradient_reversal:" in done.stdout
    assert re.search(r"L2 gradient of x, values, float32: .*declared gradient is", done.stdout)


def test_an_item_that_fails_as_expected_passes_the_run(tmp_path: Path) -> None:
    file = _entries(tmp_path, "# known\nForgets::L2-*  # the sign\n")
    done = _run(tmp_path, "--xfails-file", file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 xfailed" in done.stdout


def test_an_item_that_passes_against_expectation_fails(tmp_path: Path) -> None:
    file = _entries(tmp_path, "Forgets::L*\ntest_other\n")
    done = _run(tmp_path, "--xfails-file", file)
    assert done.returncode == 1
    assert "[XPASS(strict)] Forgets::L*" in done.stdout
    assert "no item is named by 'test_other' of --xfails-file" in done.stdout


def test_an_item_can_be_left_out(tmp_path: Path) -> None:
    file = _entries(tmp_path, "test_mine.py::Forgets::*\n")
    done = _run(tmp_path, "--skips-file", file, "-rs")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_mine.py::Forgets::*: --skips-file" in done.stdout
    assert "FAILED" not in done.stdout


@pytest.mark.parametrize("name", ["skips", "xfails"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    done = _run(tmp_path, f"--{name}-file=none.txt")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "cannot read none.txt" in done.stderr

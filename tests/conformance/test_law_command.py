"""A law from the shell: ``--subject`` and ``--law``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from conformance import __main__ as command_line

ROOT = Path(__file__).resolve().parents[2]
MINE = """
import chainer
import numpy as np
from chainer import functions as F


class Round(chainer.FunctionNode):
    def forward(self, inputs):
        return (np.asarray(np.round(inputs[0])),)  # of a 0-d array it is a number

    def backward(self, indexes, dys):
        return dys


def mine(x):
    return Round().apply((x,))[0]


def forgets(x):
    return F.floor(x + 0.5)
"""
LAWS = """
import numpy as np
from grl_conformance import Law  # as in the author's tests

my_round = Law(forward=np.round, backward=lambda dy, x: dy, exact=True, name="my_round")
contradicts = Law(forward=np.round, backward=lambda dy, x: dy**3)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(MINE, "utf-8")
    (tmp_path / "laws.py").write_text(LAWS, "utf-8")
    return tmp_path


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conformance", *arguments, "--json", str(folder / "found.json")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_right_function_conforms_through_all_transforms(folder: Path) -> None:
    subject = f"chainer:{folder}/mine.py:mine"
    done = _run(
        folder, "--subject", subject, "--law", f"{folder}/laws.py:my_round", "--transform", "all"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "(chainer) as my_round: conforms" in done.stdout
    found = json.loads((folder / "found.json").read_text("utf-8"))
    cases = {(result["clause"], result["case"]) for result in found["results"]}
    assert ("L2", "float32-eager") in cases
    assert ("T1", "float64-double-backward") in cases
    assert {result["outcome"] for result in found["results"]} == {"passed"}


def test_a_wrong_one_does_not_and_what_was_not_tried_is_told(folder: Path) -> None:
    subject = f"chainer:{folder}/mine.py:forgets"
    done = _run(folder, "--subject", subject, "--law", "round_straight_through")
    assert done.returncode == 1
    assert "fails L1 The output is the law's" in done.stdout
    assert "MUST clauses not tried, for L1 is not met: G3 G7 G9 G24 G16 G26" in done.stdout
    found = json.loads((folder / "found.json").read_text("utf-8"))
    (rerun, *_) = {result["rerun"] for result in found["results"]}
    assert rerun.endswith(f"--subject {subject} --law round_straight_through")


@pytest.mark.parametrize(
    ("subject", "law", "more", "said"),
    [
        ("mine", "laws.py:my_round", ["--transform", "jit"], "grad, forget, double-backward; got"),
        ("mine", "mine.py:Round", [], "mine.py:Round is no law, but of type "),
        ("mine", "laws.py:nothing", [], "has no 'nothing'; it has "),
        ("mine", "laws.py:contradicts", [], "the gradient of a is not linear"),
        ("none", "laws.py:my_round", [], "mine.py has no 'none'"),
    ],
)
def test_what_cannot_be_had_is_named(
    folder: Path,
    subject: str,
    law: str,
    more: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder)
    arguments = ["--subject", f"chainer:{folder}/mine.py:{subject}", "--law", f"{folder}/{law}"]
    assert command_line.main([*arguments, *more]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err

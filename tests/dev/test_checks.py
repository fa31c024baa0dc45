"""`dev.py test` runs every step and counts every test; `dev.py backends` tells of each."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from environments.checks import steps
from environments.overview import overview
from environments.prepare import Prepared
from environments.specs import TORCH_ENDS
from environments.steps import Step, check
from tests.dev.conftest import Checkout, seen, told

PYTHON = Path("python")
ALL = Prepared({name: PYTHON / name for name in ("controller", "torch", "nnabla", "chainer")})
# Stands in for pytest: says something in two pieces, and ends as it is told.
PYTEST = """\
import os, sys, time
print("begun", flush=True)
time.sleep(0.1)
print("ended", sys.argv[2], "said at exit", sep="\\n", flush=True)
os.kill(os.getpid(), 9) if sys.argv[1] == "-9" else sys.exit(int(sys.argv[1]))
"""
NOTHING = (5, "no tests ran in 0.01s")
FIVE = (0, "5 passed in 0.01s")


def pytest_step(code: int, said: str) -> Step:
    """A step of which pytest ends so."""
    return Step("pytest", [sys.executable, "-c", PYTEST, str(code), said], tests=True)


@pytest.mark.parametrize(
    ("outcomes", "filtered", "code", "total"),
    [
        ([(0, "10 passed, 2 skipped in 76.2s (0:01:16)"), FIVE], False, 0, "15, 0, 2"),
        ([(0, "==== 2 passed, 1 xfailed, 3 warnings in 9.1s ===="), FIVE], False, 0, "7, 0, 1"),
        # A test may have shown what another pytest said.
        ([(1, "9 passed in 1.00s\n2 errors, 3 passed in 0.1s"), FIVE], False, 1, "8, 2, 0"),
        ([(-9, ""), FIVE], False, 1, "5, 1, 0"),
        ([NOTHING, FIVE], False, 1, "5, 1, 0"),
        # A filter need not match everywhere, but somewhere.
        ([NOTHING, FIVE], True, 0, "5, 0, 0"),
        ([NOTHING, NOTHING], True, 1, "0, 0, 0"),
    ],
)
def test_every_step_runs_and_their_tests_are_summed(
    capsys: pytest.CaptureFixture[str],
    outcomes: list[tuple[int, str]],
    filtered: bool,
    code: int,
    total: str,
) -> None:
    assert check([pytest_step(*outcome) for outcome in outcomes], {}, filtered) == code
    printed = capsys.readouterr().out
    assert printed.count("begun\nended\n") == len(outcomes)  # the output of each in one piece
    passed, failed, skipped = total.split(", ")
    last = f"{passed} passed, {failed} failed, {skipped} skipped"
    assert printed.splitlines()[-1] == last


def test_failed_check_and_missing_backend_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    lacking = Step("pytest, torch", [], "no wheel", tests=True)
    failing = Step("mypy", [sys.executable, "-c", "raise SystemExit(3)"])
    assert check([lacking, failing, pytest_step(*FIVE)], {}, False) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "NOT RUN   pytest, torch: no wheel" in lines
    assert any(line.startswith("FAILED    mypy (") for line in lines)
    assert lines[-1] == "5 passed, 0 failed, 0 skipped"


def test_each_file_is_checked_where_its_imports_are() -> None:
    of = {step.name: step.command for step in steps(ALL, [])}
    assert of["pytest, grl_nnabla"][0] == str(PYTHON / "nnabla")
    assert of["pytest, conformance"][0] == str(PYTHON / "controller")
    torch_files, others = of["mypy, what uses torch"], of["mypy"]
    assert f"--python-executable={PYTHON / 'torch'}" in torch_files
    assert "grl_torch/gradient_reversal.py" in torch_files
    assert "grl_torch/gradient_reversal.py" not in others
    assert {"dev.py", "grl_chainer/gradient_reversal.py"} <= set(others)


def test_tests_get_the_rivals_and_the_ecosystem(checkout: Checkout) -> None:
    (checkout.root / "tests/dev").mkdir(parents=True)
    (checkout.root / "tests/dev/test_one.py").touch()
    done = checkout.run("test", "--backend", "torch", PYTHONPATH="/theirs", PYTEST_ADDOPTS="-x")
    runs = seen(done.stdout)
    assert {said["argv"][3] for said in runs} == {"tests/dev", "tests/grl_torch"}
    for said in runs:
        for kind in ("ecosystem", "rivals"):
            assert told(said)[kind] == {"torch": str(checkout.root / f".envs/{kind}-torch")}
        assert not [name for name in said["env"] if name.startswith("PYT")]
    assert done.stdout.splitlines()[-1] == "6 passed, 2 failed, 2 skipped"
    assert done.returncode == 1
    assert not seen(checkout.run("test", "--static").stdout)


@pytest.mark.parametrize("end", TORCH_ENDS)
def test_end_of_the_versions_runs_torchs_tests_alone(checkout: Checkout, end: str) -> None:
    done = checkout.run("test", "--torch", end, "--", "-k", "shake")
    (said,) = seen(done.stdout)
    assert said["argv"][3:] == ["tests/grl_torch", "-k", "shake"]
    assert told(said)["ecosystem"] == {}
    assert done.stdout.splitlines()[-1] == "3 passed, 1 failed, 1 skipped"
    assert [path.name for path in checkout.root.glob(".envs/*/")] == [f"torch-{end}"]


def test_overview_tells_of_a_broken_and_of_a_missing_backend(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # The controller imports no framework, so as torch's interpreter it is a broken one.
    broken = Path(sys.executable)
    prepared = Prepared({"torch": broken, "chainer": broken}, {"nnabla": "no wheel for this"})
    assert overview(prepared) == 1
    torch, nnabla, chainer = capsys.readouterr().out.splitlines()
    assert re.match("torch: broken: .*No module named 'torch'", torch)
    assert nnabla == "nnabla: unavailable: no wheel for this"
    assert chainer.startswith("chainer: broken: ")

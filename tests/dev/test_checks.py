"""`dev.py test` runs every step and counts every test; `dev.py backends` has a row for each."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from environments import checks
from environments.checks import check, steps
from environments.overview import overview
from environments.prepare import Prepared

XML = '<testsuites><testsuite tests="{}" failures="{}" errors="{}" skipped="{}"/></testsuites>'
PYTHON = Path("python")
ALL = Prepared({name: PYTHON / name for name in ("controller", "torch", "nnabla", "chainer")})
Outcome = tuple[int, str | None]


class Recorder:
    """Stands in for `launch`: gives each step the outcome that was set for it."""

    def __init__(self, outcomes: Mapping[str, Outcome]) -> None:
        self.outcomes = outcomes
        self.commands: list[list[str]] = []

    def __call__(self, command: list[str], env: Mapping[str, str], cwd: Path) -> int:
        self.commands.append(command)
        report = next((a.partition("=")[2] for a in command if a.startswith("--junitxml")), None)
        key = Path(command[0]).name if report else command[2]
        code, xml = self.outcomes.get(key, (0, XML.format(1, 0, 0, 0)))
        if report and xml:
            Path(report).write_text(xml)
        return code


def outcome(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    outcomes: Mapping[str, Outcome],
    prepared: Prepared = ALL,
    arguments: tuple[str, ...] = (),
) -> tuple[int, list[str], list[list[str]]]:
    """The exit code, the printed lines and the commands of one run."""
    recorder = Recorder(outcomes)
    monkeypatch.setattr(checks, "launch", recorder)
    code = check(list(steps(prepared, list(arguments))), {}, bool(arguments))
    return code, capsys.readouterr().out.splitlines(), recorder.commands


def test_counts_of_all_runs_are_summed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes = {
        "controller": (0, XML.format(10, 0, 0, 2)),
        "torch": (1, XML.format(7, 1, 2, 1)),
        "chainer": (0, XML.format(100, 0, 0, 0)),
    }
    code, lines, commands = outcome(monkeypatch, capsys, outcomes)
    assert code == 1
    assert lines[-1] == "112 passed, 3 failed, 3 skipped"
    assert any(
        line.startswith("FAILED    pytest, torch: 3 passed, 3 failed, 1 skipped") for line in lines
    )
    assert len(commands) == 8


@pytest.mark.parametrize("step", ["ruff", "mypy", "controller", "nnabla"])
def test_every_step_runs_after_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], step: str
) -> None:
    code, _, commands = outcome(monkeypatch, capsys, {step: (1, XML.format(1, 1, 0, 0))})
    assert code == 1
    assert len(commands) == 8


def test_all_well(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines, _ = outcome(monkeypatch, capsys, {})
    assert code == 0
    assert lines[-1] == "4 passed, 0 failed, 0 skipped"


@pytest.mark.parametrize("crash", [(5, XML.format(0, 0, 0, 0)), (-11, None)])
def test_run_without_tests_counts_as_failed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], crash: Outcome
) -> None:
    code, lines, _ = outcome(monkeypatch, capsys, {"torch": crash})
    assert code == 1
    assert lines[-1] == "3 passed, 1 failed, 0 skipped"


def test_filter_need_not_match_everywhere_but_somewhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nothing = (5, XML.format(0, 0, 0, 0))
    some = {"torch": nothing, "nnabla": nothing}
    code, lines, commands = outcome(monkeypatch, capsys, some, arguments=("-k", "shake"))
    assert (code, lines[-1]) == (0, "2 passed, 0 failed, 0 skipped")
    assert all("shake" in command for command in commands if "pytest" in command)
    every = dict.fromkeys(ALL.pythons, nothing)
    code, lines, _ = outcome(monkeypatch, capsys, every, arguments=("-k", "absent"))
    assert (code, lines[-1]) == (1, "0 passed, 0 failed, 0 skipped")


def test_missing_backend_is_named_and_the_rest_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    some = Prepared({"controller": PYTHON, "chainer": PYTHON}, {"torch": "no wheel", "nnabla": "x"})
    code, lines, commands = outcome(monkeypatch, capsys, {}, some)
    assert code == 0
    assert "NOT RUN   pytest, torch: no wheel" in lines
    assert "NOT RUN   mypy, what uses torch: no wheel" in lines
    assert len(commands) == 5


def test_backend_tests_run_in_their_own_environment_only() -> None:
    of = {step.name: step.command for step in steps(ALL, [])}
    assert of["pytest, nnabla"][0] == str(PYTHON / "nnabla")
    assert "tests/grl_nnabla" in of["pytest, nnabla"]
    assert "--ignore=tests/grl_nnabla" in of["pytest, controller"]
    torch_files, others = of["mypy, what uses torch"], of["mypy"]
    assert f"--python-executable={PYTHON / 'torch'}" in torch_files
    assert "grl_torch/gradient_reversal.py" in torch_files
    assert "grl_torch/gradient_reversal.py" not in others
    assert {"dev.py", "grl_chainer/gradient_reversal.py"} <= set(others)


def test_overview_has_a_row_for_a_broken_and_for_a_missing_backend(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # The controller imports no framework, so as torch's interpreter it is a broken one.
    broken = Path(sys.executable)
    prepared = Prepared({"torch": broken, "chainer": broken}, {"nnabla": "no wheel for this"})
    assert overview(prepared) == 1
    printed = capsys.readouterr().out
    rows = [line.split()[:2] for line in printed.splitlines() if line and line[0] != " "][1:]
    assert rows == [["torch", "broken"], ["nnabla", "unavailable"], ["chainer", "broken"]]
    words = " ".join(printed.split())  # the lines are wrapped
    assert "No module named 'torch'" in words
    assert "no wheel for this" in words
    assert printed.count("lacks:") == 3

"""`dev.py wheel`: what it installs, and what it says of what came."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from environments import UnavailableError
from environments.specs import SPECS
from tests.wheel import __main__ as fresh
from tests.wheel.__main__ import TRIALS, FailedError, Row, main, requirements, trial
from tests.wheel.options import NAMES

WHEEL = Path("/a folder/grl_suite-1-py3-none-any.whl")
ADDRESS = "file:///a%20folder/grl_suite-1-py3-none-any.whl"
GOOD = "def test_a(): pass\ndef test_b(): pass\n"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("torch-oldest", [f"grl-suite[torch] @ {ADDRESS}", "pytest"]),
        ("chainer", [f"grl-suite[chainer] @ {ADDRESS}", "pytest"]),
        ("jax", [f"grl-suite @ {ADDRESS}", "jax", "pytest"]),
    ],
)
def test_the_framework_is_an_extra_where_it_has_layers(name: str, wanted: list[str]) -> None:
    assert requirements(name, WHEEL) == wanted


@pytest.mark.parametrize("name", NAMES)
def test_an_environment_has_a_pin_and_a_trial(name: str) -> None:
    backend = name.partition("-")[0]
    assert f"\n{backend}==" in SPECS[name].pins.read_text("utf-8")
    assert (TRIALS / f"{backend}.py").is_file()


@pytest.mark.parametrize(
    ("tests", "verdict", "passed"),
    [
        (GOOD, "ok: 2 passed, 0 failed, 0 skipped", True),
        (GOOD + "def test_c(): assert 1 == 2\n", "FAILED: 2 passed, 1 failed, 0 skipped", False),
        ("", "FAILED: 0 passed, 0 failed, 0 skipped", False),
    ],
)
def test_a_trial_passes_where_its_tests_do(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    tests: str,
    verdict: str,
    passed: bool,
) -> None:
    (tmp_path / "mine.py").write_text(tests, "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --not-for-the-trial\n", "utf-8")
    project = tmp_path / "deep" / "project"
    assert trial(Path(sys.executable), tmp_path / "mine.py", project) == (verdict, passed)
    assert ("assert 1 == 2" in capsys.readouterr().out) == ("1 failed" in verdict)


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (UnavailableError("no Python 3.10"), "NOT TRIED: no Python 3.10"),
        (FailedError("no such version"), "FAILED to install"),
    ],
)
def test_what_cannot_be_installed_has_not_passed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception, verdict: str
) -> None:
    def fail(name: str, package: Path, folder: Path) -> Path:
        raise error

    monkeypatch.setattr(fresh, "installed", fail)
    assert fresh.tried("nnabla", WHEEL, tmp_path) == Row("nnabla", verdict, passed=False)


@pytest.mark.parametrize(("verdict", "passed"), [("ok", True), ("FAILED", False)])
def test_all_have_to_pass(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    verdict: str,
    passed: bool,
) -> None:
    found = {"nnabla": Row("nnabla", "ok", True, "nnabla 1"), "jax": Row("jax", verdict, passed)}
    monkeypatch.setattr(fresh, "built", lambda folder: WHEEL)
    monkeypatch.setattr(fresh, "tried", lambda name, package, folder: found[name])
    assert main(["--backend", "nnabla", "--backend", "jax"]) == int(not passed)
    assert capsys.readouterr().out.splitlines() == [
        "environment  versions  verdict",
        "nnabla       nnabla 1  ok",
        f"jax          -         {verdict}",
        f"{WHEEL.name}: {1 + passed} of 2 environments passed",
    ]


def test_without_a_wheel_there_is_no_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(folder: Path) -> Path:
        raise FailedError("unknown classifier")

    monkeypatch.setattr(fresh, "built", fail)
    assert main(["--backend", "jax"]) == 2
    assert capsys.readouterr().err == "dev.py wheel: no wheel was built\nunknown classifier\n"
    with pytest.raises(SystemExit):
        main(["no.whl"])
    assert "package must be a file, a wheel or an sdist; got no.whl" in capsys.readouterr().err

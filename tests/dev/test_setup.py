"""Environments are made where missing, remade when their pins change, and trusted only if whole."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import pytest

from environments import SetupError, install, make, specs
from environments.interpreters import Interpreter
from tests.dev.conftest import PATIENCE, Checkout

SETUP = ("setup", "--backend", "torch")
BOTH = ["controller", "torch"]


def test_second_run_installs_nothing(checkout: Checkout) -> None:
    first = checkout.run(*SETUP)
    assert first.returncode == 0, first.stderr
    assert "making .envs/torch with Python" in first.stderr
    assert checkout.installed() == BOTH
    assert checkout.run(*SETUP).returncode == 0
    assert checkout.installed() == []


@pytest.mark.parametrize("pins", ["torch.txt", "torch-build.txt"])
def test_changed_pins_remake_that_environment_alone(checkout: Checkout, pins: str) -> None:
    checkout.run(*SETUP)
    checkout.installed()
    with (checkout.root / "environments" / pins).open("a") as file:
        file.write("# another pin\n")
    assert checkout.run(*SETUP).returncode == 0
    assert checkout.installed() == ["torch"]


@pytest.mark.parametrize("lost", ["complete.json", "bin/python"])
def test_environment_that_is_not_whole_is_remade(checkout: Checkout, lost: str) -> None:
    checkout.run(*SETUP)
    checkout.installed()
    (checkout.root / ".envs/torch" / lost).unlink()
    assert checkout.run(*SETUP).returncode == 0
    assert checkout.installed() == ["torch"]


def test_moved_checkout_is_remade(checkout: Checkout) -> None:
    checkout.run(*SETUP)
    checkout.installed()
    elsewhere = checkout.root.with_name("elsewhere")
    shutil.move(checkout.root, elsewhere)
    checkout.root = elsewhere
    assert checkout.run(*SETUP).returncode == 0
    assert checkout.installed() == BOTH


def test_failed_install_shows_the_log_and_leaves_nothing_trusted(checkout: Checkout) -> None:
    failed = checkout.run(*SETUP, FAKE_UV_DO="fail")
    assert failed.returncode == 2
    assert "no such package on this planet" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert "no such package" in (checkout.root / ".envs/torch.log").read_text()
    assert checkout.installed() == BOTH
    assert checkout.run(*SETUP).returncode == 0
    assert checkout.installed() == BOTH


def test_failed_remake_does_not_leave_the_old_stamp(checkout: Checkout) -> None:
    pins = checkout.root / "environments/torch.txt"
    before = pins.read_text()
    checkout.run(*SETUP)
    pins.write_text("torch==0\n")
    assert checkout.run(*SETUP, FAKE_UV_DO="fail").returncode == 2
    checkout.installed()
    pins.write_text(before)
    assert checkout.run(*SETUP).returncode == 0
    assert checkout.installed() == ["torch"]


def test_removal_that_is_cut_short_leaves_no_stamp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(specs, "HOME", tmp_path)
    monkeypatch.setattr(make, "find", lambda pythons: Interpreter(Path("python"), "3.11.0"))
    monkeypatch.setattr(shutil, "rmtree", interrupted)
    stamp = tmp_path / "torch" / install.STAMP
    stamp.parent.mkdir()
    stamp.touch()
    with (tmp_path / "lock").open("w") as lock, pytest.raises(KeyboardInterrupt):
        make.make(specs.BACKENDS["torch"], lock)
    assert not stamp.exists()


def test_environment_that_does_not_import_is_not_trusted(checkout: Checkout) -> None:
    source = checkout.root / "environments/specs.py"
    source.write_text(source.read_text().replace('("torch", "numpy")', '("torch", "absent")'))
    failed = checkout.run(*SETUP)
    assert failed.returncode == 2
    assert "No module named 'absent'" in failed.stderr
    assert not checkout.stamp("torch").exists()


def test_kill_leaves_no_stamp_and_the_next_run_waits_for_the_orphans(checkout: Checkout) -> None:
    first = checkout.start(*SETUP, FAKE_UV_DO="hang")
    installers = checkout.wait_for_installers(2)
    first.kill()
    first.wait(PATIENCE)
    assert not checkout.stamp("torch").exists()
    checkout.installed()

    second = checkout.start(*SETUP)
    assert second.stderr is not None
    waiting = [second.stderr.readline(), second.stderr.readline()]
    assert all("waiting for another dev.py" in line for line in waiting), waiting
    assert checkout.record == []
    for installer in installers:
        os.kill(installer["pid"], signal.SIGKILL)
    assert second.wait(PATIENCE) == 0
    assert checkout.installed() == BOTH


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupt_ends_the_installers_and_leaves_no_stamp(
    checkout: Checkout, number: signal.Signals, code: int
) -> None:
    run = checkout.start(*SETUP, FAKE_UV_DO="hang")
    installers = checkout.wait_for_installers(2)
    if number == signal.SIGINT:
        os.killpg(run.pid, number)  # as a terminal sends it
    else:
        run.send_signal(number)
    _, said = run.communicate(timeout=PATIENCE)
    assert run.returncode == code
    assert "Traceback" not in said
    for installer in installers:
        with pytest.raises(ProcessLookupError):
            os.kill(installer["pid"], 0)
    assert not checkout.stamp("torch").exists()


def test_two_runs_at_once_install_once(checkout: Checkout) -> None:
    runs = [checkout.start(*SETUP, FAKE_UV_DO="slow") for _ in range(2)]
    outputs = [run.communicate(timeout=PATIENCE)[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], outputs
    assert checkout.installed() == BOTH


TORCH = specs.BACKENDS["torch"]


def test_made_by_another_run_is_used_while_that_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(install, "HOME", tmp_path)
    monkeypatch.setattr(install, "POLL", 0.01)
    whole = threading.Event()
    with ThreadPoolExecutor(1) as pool, (tmp_path / "torch.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_SH)
        # The other run holds its lock to the end: who waits for more than its work waits for ever.
        second = pool.submit(install.once, TORCH, whole.is_set, lambda lock: pytest.fail("made"))
        deadline = time.monotonic() + PATIENCE
        while "waiting for another dev.py" not in capsys.readouterr().err:
            assert time.monotonic() < deadline, "it did not wait"
        whole.set()
        second.result(PATIENCE)


def test_failure_lets_go_of_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(lock: IO[str]) -> None:
        raise SetupError("no network")

    monkeypatch.setattr(install, "HOME", tmp_path)
    with pytest.raises(SetupError):
        install.once(TORCH, lambda: False, fail)
    with (tmp_path / "torch.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_find_links_reach_uv(checkout: Checkout) -> None:
    checkout.run(*SETUP, PIP_FIND_LINKS="first second", UV_FIND_LINKS="third,first")
    assert {entry["find_links"] for entry in checkout.record} == {"third,first,second"}


def test_find_links_of_the_pip_settings_count(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = ":env:.timeout='3'\nglobal.find-links='a b'\ninstall.find-links='\\nc\\nd'\n"
    monkeypatch.setattr(install, "ask", lambda *arguments: settings)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.delenv("UV_FIND_LINKS", raising=False)
    assert install.find_links.__wrapped__() == ("a", "b", "c", "d")


def test_chainer_is_built_with_its_constraints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONSTRAINT", "theirs.txt")
    env = install.surroundings(specs.BACKENDS["chainer"])
    assert env["PIP_CONSTRAINT"] == "theirs.txt chainer-build.txt"
    assert env["PIP_BUILD_CONSTRAINT"].endswith("chainer-build.txt")

"""Environments are made where missing and mended where they are not what is pinned, by uv."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import replace

import psutil
import pytest

from tests.dev.conftest import PATIENCE, Checkout, script

SETUP = ("setup", "--backend", "torch")


def quiet(checkout: Checkout) -> bool:
    """Whether a run finds nothing to do, and says no more than that."""
    done = checkout.run(*SETUP)
    return done.returncode == 0 and done.stderr.count("\n") == 1 and "ready: " in done.stderr


def wait_until(condition: Callable[[], object]) -> None:
    """Returns once the condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def test_pins_are_followed_and_a_failure_is_told_and_tried_again(checkout: Checkout) -> None:
    checkout.pin("torch", "torch==3")
    failed = checkout.run(*SETUP)
    assert failed.returncode == 2
    assert ".envs/torch could not be made: uv failed with exit code 1" in failed.stderr
    assert "there is no version of torch==3" in failed.stderr
    checkout.pin("torch", "torch==1")
    assert checkout.run(*SETUP).returncode == 0
    assert checkout.has("torch") == ["torch-1"]
    assert quiet(checkout)
    checkout.pin("torch", "torch==2", "numpy==1")
    changed = checkout.run(*SETUP)
    assert "torch: installing torch.txt" in changed.stderr
    assert "controller: " not in changed.stderr
    assert checkout.has("torch") == ["numpy-1", "torch-2"]
    assert quiet(checkout)


def test_moved_checkout_and_one_that_shares_them_find_nothing_to_do(checkout: Checkout) -> None:
    checkout.run(*SETUP)
    before, after = checkout.root, checkout.root.with_name("elsewhere")
    shutil.move(before, after)
    shutil.copytree(after, before, ignore=shutil.ignore_patterns(".envs"))
    (before / ".envs").symlink_to(after / ".envs")
    for root in (after, before, after):
        assert quiet(replace(checkout, root=root))


def test_environment_that_is_not_whole_is_mended(checkout: Checkout) -> None:
    checkout.run(*SETUP)
    site = next(checkout.root.glob(".envs/torch/lib/python*/site-packages"))
    names = ("torch", "torch/__init__.py", "torch-1.dist-info", "torch-1.dist-info/RECORD")
    for lost in (*(site / name for name in names), site.parents[2] / "bin/python"):
        shutil.rmtree(lost) if lost.is_dir() else lost.unlink()
        assert checkout.run(*SETUP).returncode == 0
        assert lost.exists()
        assert (site / "torch/__init__.py").exists()
        assert quiet(checkout)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("failed to write: No space left on device (os error 28)", "uv's cache is full; free some"),
        ("  cause: dns error", "no package index can be reached; connect this machine"),
        ("failed to create directory: Read-only file system (os error 30)", "cannot be written"),
    ],
)
def test_what_befalls_newcomers_is_told_in_one_sentence(
    checkout: Checkout, said: str, sentence: str
) -> None:
    script(
        checkout.uv,
        f'case "$*" in *--help) exit;; "python find"*) echo "{checkout.python}"; exit;; esac',
        f'echo something; echo "{said}"; exit 2',
    )
    failed = checkout.run(*SETUP)
    assert failed.returncode == 2
    told = failed.stderr.partition("dev.py: ")[2].splitlines()
    assert told[0].startswith(".envs/controller, .envs/torch could not be made: ")
    assert sentence in told[0]
    assert told[1:] == ["---", said, "---"]


def test_checkout_that_cannot_be_written_is_named(checkout: Checkout) -> None:
    (checkout.root / ".envs").touch()  # in the way, whoever runs this
    failed = checkout.run(*SETUP)
    assert failed.returncode == 2
    assert f"{checkout.root / '.envs'} cannot be made (" in failed.stderr
    assert "copy the checkout to a folder that can be written" in failed.stderr


def test_two_runs_at_once_make_them_once(checkout: Checkout) -> None:
    runs = [checkout.start(*SETUP) for _ in range(2)]
    said = [run.communicate(timeout=PATIENCE)[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert "".join(said).count("making .envs/torch") == 1
    assert quiet(checkout)


def test_what_another_run_uses_is_not_changed_under_it(checkout: Checkout) -> None:
    checkout.run(*SETUP)
    with (checkout.root / ".envs/lock").open() as other:
        fcntl.flock(other, fcntl.LOCK_SH)
        assert quiet(checkout)
        checkout.pin("torch", "torch==2")
        run = checkout.start(*SETUP)
        assert run.stderr
        assert "waiting for another dev.py" in run.stderr.readline()
        assert "torch-1" in checkout.has("torch")
    assert run.wait(PATIENCE) == 0
    assert "torch-2" in checkout.has("torch")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)]
)
def test_run_that_is_cut_short_ends_all_and_the_next_one_mends(
    checkout: Checkout, number: signal.Signals, code: int
) -> None:
    uv, started = checkout.uv.resolve(), checkout.root / "started"
    script(
        checkout.uv,
        f'case "$*" in *--check*|venv*|"python find"*) exec "{uv}" "$@";; esac',
        f'{shutil.which("sleep")} 600 & echo $! > "{started}"; wait',
    )
    run = checkout.start(*SETUP)
    wait_until(lambda: started.exists() and started.read_text())
    os.killpg(run.pid, number)  # as a terminal does it
    _, said = run.communicate(timeout=PATIENCE)
    assert run.returncode == code
    assert "Traceback" not in said
    wait_until(lambda: not psutil.pid_exists(int(started.read_text())))
    script(checkout.uv, f'exec "{uv}" "$@"')
    again = checkout.run(*SETUP)
    assert again.returncode == 0, again.stderr
    assert checkout.has("torch") == ["numpy-1", "pytest-1", "torch-1"]
    assert quiet(checkout)

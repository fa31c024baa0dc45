"""`dev.py benchmarks` also installs the rivals, and goes on where they cannot be had."""

from __future__ import annotations

import json
import os
import signal

import pytest

from tests.dev.conftest import PATIENCE, Checkout

RUN = ("benchmarks", "run")
ENVIRONMENTS = ["chainer", "controller", "torch"]  # and none for nnabla

# Takes its time to save what it has, as an interrupted run may.
SAVING = """\
import pathlib, signal, sys, time
def stop(*_):
    time.sleep(0.5)
    pathlib.Path("saved").touch()
    sys.exit(130)
signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)
print("at work", flush=True)
time.sleep(60)
"""


def test_run_gets_every_backend_and_the_rivals_beside_them(suite: Checkout) -> None:
    inner = ["--preset", "full", "--size=1", "--backend", "torch", "--backend=chainer"]
    done = suite.run(*RUN, *inner)
    assert done.returncode == 7, done.stderr
    rivals = {entry["name"]: entry["arguments"] for entry in suite.record[-2:]}
    assert suite.installed() == sorted([*ENVIRONMENTS, "rivals-torch", "rivals-chainer"])
    home = suite.root / ".envs"
    for name in ("torch", "chainer"):
        arguments = rivals[f"rivals-{name}"]
        assert arguments[arguments.index("--python") + 1] == str(home / name / "bin/python")
        assert arguments[-5:-1] == ["--no-deps", "--target", str(home / f"rivals-{name}"), "-r"]
        assert arguments[-1] == str(suite.root / f"environments/rivals-{name}.txt")
    seen = json.loads(done.stdout)
    assert seen["arguments"] == ["run", *inner]
    assert json.loads(seen["GRL_SUITE_RIVALS"]) == {
        name: str(home / f"rivals-{name}") for name in ("torch", "chainer")
    }
    assert (home / "rivals-torch/rival.py").exists()
    assert not list(home.glob("torch/lib/*/site-packages/rival.py"))


def test_second_run_installs_nothing(suite: Checkout) -> None:
    suite.run(*RUN)
    suite.installed()
    assert suite.run(*RUN).returncode == 7
    assert suite.installed() == []


def test_changed_pins_install_these_rivals_alone(suite: Checkout) -> None:
    suite.run(*RUN)
    suite.installed()
    stale = suite.root / ".envs/rivals-torch/stale.py"
    stale.touch()
    with (suite.root / "environments/rivals-torch.txt").open("a") as file:
        file.write("# another pin\n")
    assert suite.run(*RUN).returncode == 7
    assert suite.installed() == ["rivals-torch"]
    assert not stale.exists()


def test_rivals_come_with_their_backend_only(suite: Checkout) -> None:
    done = suite.run(*RUN, "--backend", "chainer")
    assert suite.installed() == ["chainer", "controller", "rivals-chainer"]
    assert list(json.loads(json.loads(done.stdout)["GRL_SUITE_RIVALS"])) == ["chainer"]


@pytest.mark.parametrize(
    "arguments", [["table", "a.json"], ["plot", "a.json"], ["compare", "a", "b", "--fail-above=5"]]
)
def test_what_reads_results_needs_the_controller_alone(
    suite: Checkout, arguments: list[str]
) -> None:
    done = suite.run("benchmarks", *arguments)
    assert done.returncode == 7, done.stderr
    assert json.loads(done.stdout)["arguments"] == arguments
    assert suite.installed() == ["controller"]


def test_other_commands_need_no_rivals(suite: Checkout) -> None:
    suite.run("conformance")
    assert suite.installed() == ENVIRONMENTS


def test_without_rivals_the_run_goes_on_loudly_and_tries_again_next_time(suite: Checkout) -> None:
    done = suite.run(*RUN, FAKE_UV_DO="fail", FAKE_UV_FOR="rivals-torch")
    assert done.returncode == 7, done.stderr
    assert "rivals-torch: SKIPPED, it goes on without them" in done.stderr
    assert "no such package on this planet" in done.stderr
    assert list(json.loads(json.loads(done.stdout)["GRL_SUITE_RIVALS"])) == ["chainer"]
    assert not suite.stamp("rivals-torch").exists()
    suite.installed()
    done = suite.run(*RUN)
    assert suite.installed() == ["rivals-torch"]
    assert "SKIPPED" not in done.stderr.replace("nnabla: SKIPPED", "")


def test_interrupt_while_rivals_are_installed_ends_the_installers(suite: Checkout) -> None:
    suite.run("setup")
    suite.installed()
    run = suite.start(*RUN, FAKE_UV_DO="hang", FAKE_UV_FOR="rivals")
    installers = suite.wait_for_installers(2)
    run.send_signal(signal.SIGTERM)
    said, _ = run.communicate(timeout=PATIENCE)
    assert run.returncode == 143
    assert said == ""  # the benchmarks did not run
    for installer in installers:
        with pytest.raises(ProcessLookupError):
            os.kill(installer["pid"], 0)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_command_has_time_to_save(
    suite: Checkout, number: signal.Signals, code: int
) -> None:
    (suite.root / "benchmarks/__main__.py").write_text(SAVING)
    run = suite.start("benchmarks", "table", "a.json")
    assert run.stdout is not None
    assert run.stdout.readline() == "at work\n"
    if number == signal.SIGINT:
        os.killpg(run.pid, number)  # as a terminal sends it
    else:
        run.send_signal(number)
    assert run.wait(PATIENCE) == code
    assert (suite.root.parent / "saved").exists()

"""The command line of dev.py: what it accepts, refuses and hands on, and to whom."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from environments import UnavailableError
from environments.pythons import base
from environments.specs import CONTROLLER
from tests.dev.conftest import ROOT, Checkout, seen

VARIABLE = "GRL_SUITE_ENVIRONMENTS"


@pytest.mark.parametrize("command", ["conformance", "benchmarks", "test", "backends", "setup"])
def test_help_of_each_command_needs_no_environment(checkout: Checkout, command: str) -> None:
    shown = checkout.run(command, "--help", PYTHONOPTIMIZE="2")
    assert shown.returncode == 0
    assert f"usage: dev.py {command}" in shown.stdout
    assert "--python NAME=PATH" in shown.stdout
    assert command in checkout.run("--help").stdout
    assert not (checkout.root / ".envs").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "COMMAND"),
        (["conform"], "invalid choice: 'conform'"),
        (["setup", "--backend", "jax"], "unknown backend 'jax'; the backends are torch, nnabla"),
        (["conformance", "--subject", "jax:a:b"], "unknown backend 'jax:a:b'"),
        (["benchmarks"], "arguments are required: action"),
        (["benchmarks", "jog"], "invalid choice: 'jog'"),
        (["benchmarks", "run", "--python", "/python"], "is not NAME=PATH"),
        (["test", "--python", "jax=/python"], "NAME one of controller, torch, nnabla, chainer"),
        (["test", "--torch", "2.9"], "invalid choice: '2.9'"),
        (["test", "--torch", "oldest", "--backend", "torch"], "PyTorch's layers alone"),
        (["setup", "--python", "torch="], "is not NAME=PATH"),
        (["setup", "--nonsense"], "--nonsense"),
    ],
)
def test_bad_arguments_are_refused_at_once(
    checkout: Checkout, arguments: list[str], said: str
) -> None:
    refused = checkout.run(*arguments)
    assert refused.returncode == 2
    assert said in refused.stderr
    assert not (checkout.root / ".envs").exists()


def test_dev_py_becomes_the_suite_whatever_surrounds_it(checkout: Checkout) -> None:
    theirs = checkout.root.parent / "theirs"
    (checkout.root.parent / "conformance").mkdir()
    for folder in (theirs, checkout.root.parent):  # the second is the working folder
        folder.mkdir(exist_ok=True)
        for module in ("random", "numpy", "argparse"):
            (folder / f"{module}.py").write_text("raise SystemExit('not mine')")
    inner = ["--quick", "-x", "--", "-k", "--python"]
    hostile = {
        "PYTHONPATH": str(theirs),
        "PYTHONOPTIMIZE": "2",
        "PYTHONSAFEPATH": "1",
        "PYTHONWARNINGS": "error",
        "PYTEST_ADDOPTS": "--nonsense",
    }
    run = checkout.start(
        "conformance", "--subject=torch:a.b:C", "--backend", "torch", *inner, **hostile
    )
    out, err = run.communicate()
    assert run.returncode == 7, err  # the suite's own
    (said,) = seen(out)
    assert said["pid"] == run.pid  # a signal to dev.py, SIGKILL too, is one to the suite
    assert said["argv"][1:] == ["--backend=torch", "--subject=torch:a.b:C", *inner]
    assert said["cwd"] == str(checkout.root.parent)
    assert said["path"][0] == str(checkout.root)
    assert {str(theirs), said["cwd"], ""}.isdisjoint(said["path"])
    assert not any(module.startswith(str(theirs)) for module in said["modules"])
    assert [name for name in said["env"] if name.startswith("PYT")] == ["PYTHONPATH"]
    python = str(checkout.root / ".envs/torch/bin/python")
    given = json.loads(said["env"][VARIABLE])
    assert given == {"pythons": {"torch": python}, "unavailable": {}, "rivals": {}, "ecosystem": {}}


def test_inner_help_shows_once_there_is_a_controller(checkout: Checkout) -> None:
    checkout.run("setup", "--backend", "torch")
    (said,) = seen(checkout.run("conformance", "--help").stdout)
    assert said["argv"][1:] == ["--help"]


def test_backend_that_cannot_be_had_is_skipped_loudly(checkout: Checkout) -> None:
    done = checkout.run("conformance", "--quick")
    assert done.returncode == 7, done.stderr
    assert "nnabla: SKIPPED: it needs Python 3.98" in done.stderr
    assert "--python nnabla=PATH" in done.stderr
    assert "ready: controller, torch, chainer; without nnabla" in done.stderr
    given = json.loads(seen(done.stdout)[0]["env"][VARIABLE])
    assert list(given["pythons"]) == ["torch", "chainer"]
    assert "needs Python 3.98" in given["unavailable"]["nnabla"]
    for asked in (["--backend", "nnabla"], ["--subject", "nnabla:a:b"]):
        named = checkout.run("conformance", *asked)
        assert named.returncode == 2
        assert "nnabla cannot be had: it needs Python 3.98" in named.stderr


def test_named_interpreter_is_used_as_it_is(checkout: Checkout) -> None:
    checkout.run("setup", "--backend", "torch")
    own = str(checkout.root.with_name("own") / "bin/python")
    (checkout.root / ".envs/torch").rename(checkout.root.with_name("own"))
    for arguments, handed_on in (
        (["--backend=torch", f"--python=torch={own}"], ["--backend=torch"]),
        (
            ["--subject=torch:a:b", "--python", own],
            [f"--python={own}", "--subject=torch:a:b"],
        ),
    ):
        done = checkout.run("conformance", *arguments)
        assert done.returncode == 7, done.stderr
        (said,) = seen(done.stdout)
        assert said["argv"][1:] == handed_on
        assert json.loads(said["env"][VARIABLE])["pythons"] == {"torch": own}
    assert not (checkout.root / ".envs/torch").exists()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (None, "does not run: No such file"),
        ("exit 127", "fails with exit code 127"),
        (f'exec "{sys.executable}" -S "$@"', "No module named 'torch'"),
    ],
)
def test_named_interpreter_must_serve(checkout: Checkout, lines: str | None, said: str) -> None:
    path = checkout.root / "python"
    if lines:
        path.write_text(f"#!/bin/sh\n{lines}\n")
        path.chmod(0o755)
    done = checkout.run("setup", "--backend", "torch", "--python", f"torch={path}")
    assert done.returncode == 2
    assert f"--python torch={path}" in done.stderr
    assert said in done.stderr


def test_benchmarks_get_the_rivals_in_folders_of_their_own(checkout: Checkout) -> None:
    table = checkout.run("benchmarks", "table", "a.json")
    assert seen(table.stdout)[0]["argv"][1:] == ["table", "a.json"]
    assert not (
        checkout.root / ".envs/torch"
    ).exists()  # to read results takes the controller alone
    checkout.pin("rivals-chainer", "rival==3")
    done = checkout.run("benchmarks", "run", "--preset", "full", "--backend=torch")
    (said,) = seen(done.stdout)
    assert said["argv"][1:] == ["run", "--backend=torch", "--preset", "full"]
    folder = checkout.root / ".envs/rivals-torch"
    assert json.loads(said["env"][VARIABLE])["rivals"] == {"torch": str(folder)}
    assert checkout.has("rivals-torch") == ["rival-1"]
    assert "rival-1" not in checkout.has("torch")

    (folder / "stale.txt").touch()
    (folder / "rival/__init__.py").unlink()
    both = checkout.run("benchmarks", "run")
    assert (folder / "rival/__init__.py").exists()
    assert "rivals-chainer: SKIPPED, it goes on without them" in both.stderr
    assert list(json.loads(seen(both.stdout)[0]["env"][VARIABLE])["rivals"]) == ["torch"]


def test_help_runs_on_python_39(checkout: Checkout) -> None:
    try:
        checkout.python = Path(base(replace(CONTROLLER, pythons=("3.9",))))
    except UnavailableError as error:
        pytest.skip(f"no Python 3.9 here: {error}")
    assert "usage: dev.py conformance" in checkout.run("conformance", "--help").stdout


@pytest.mark.parametrize(
    ("pretend", "said"),
    [("os.name = 'nt'", "WSL"), ("sys.version_info = (3, 8)", "needs Python 3.9 or newer")],
)
def test_what_cannot_run_it_is_told(pretend: str, said: str) -> None:
    code = f"import os, pathlib, sys; {pretend}; import environments"
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert said in done.stderr

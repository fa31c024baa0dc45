"""The command line of dev.py: what it accepts, refuses and hands on."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from environments import interpreters
from environments.interpreters import UnavailableError, find
from tests.dev.conftest import ROOT, Checkout

SOURCES = [ROOT / "dev.py", *sorted((ROOT / "environments").glob("*.py"))]


@pytest.mark.parametrize("command", ["conformance", "benchmarks", "test", "backends", "setup"])
def test_help_of_each_command_needs_no_environment(checkout: Checkout, command: str) -> None:
    shown = checkout.run(command, "--help")
    assert shown.returncode == 0
    assert f"usage: dev.py {command}" in shown.stdout
    assert "--python NAME=PATH" in shown.stdout
    assert command in checkout.run("--help").stdout
    assert checkout.installed() == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "COMMAND"),
        (["conform"], "'conformance', 'benchmarks', 'test', 'backends', 'setup'"),
        (["setup", "--backend", "jax"], "unknown backend 'jax'; the backends are torch, nnabla"),
        (["conformance", "--backend=jax"], "unknown backend 'jax'"),
        (["conformance", "--subject", "jax:a:b"], "unknown backend 'jax'"),
        (["benchmarks"], "arguments are required: ACTION"),
        (["benchmarks", "jog"], "'run', 'compare', 'plot', 'table'"),
        (["benchmarks", "run", "--backend", "jax"], "unknown backend 'jax'"),
        (["benchmarks", "run", "--python", "/python"], "is not NAME=PATH"),
        (["test", "--python", "jax=/python"], "NAME one of controller, torch, nnabla, chainer"),
        (["setup", "--python", "/python"], "is not NAME=PATH"),
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
    assert "Traceback" not in refused.stderr
    assert checkout.installed() == []


def test_conformance_gets_everything_but_python(suite: Checkout) -> None:
    inner = ["--backend", "torch", "--subject=torch:a.b:C", "--quick", "-x", "--", "-k", "--python"]
    done = suite.run("conformance", *inner[:4], f"--python=torch={sys.executable}", *inner[4:])
    # This interpreter imports no torch: it is refused before anything starts.
    assert done.returncode == 2, done.stderr

    done = suite.run("conformance", *inner)
    assert done.returncode == 7, done.stderr
    seen = json.loads(done.stdout)
    assert seen["arguments"] == inner
    assert seen["cwd"] == str(suite.root.parent)
    assert str(suite.root) in seen["path"]
    python = str(suite.root / ".envs/torch/bin/python")
    assert json.loads(seen["GRL_SUITE_PYTHONS"]) == {"torch": python}
    assert json.loads(seen["GRL_SUITE_UNAVAILABLE"]) == {}
    assert json.loads(seen["GRL_SUITE_RIVALS"]) == {}


def test_inner_help_shows_once_there_is_a_controller(suite: Checkout) -> None:
    assert suite.run("conformance", "--help").stdout.startswith("usage: dev.py conformance")
    suite.run("setup", "--backend", "torch")
    suite.installed()
    inner = suite.run("conformance", "--help")
    assert json.loads(inner.stdout)["arguments"] == ["--help"]
    assert suite.installed() == []


def test_backend_that_cannot_be_had_is_skipped_loudly(suite: Checkout) -> None:
    done = suite.run("conformance", "--quick")
    assert done.returncode == 7, done.stderr
    assert "nnabla: SKIPPED: it needs Python 3.98" in done.stderr
    assert "--python nnabla=PATH" in done.stderr
    assert "without nnabla" in done.stderr
    seen = json.loads(done.stdout)
    assert "torch" in json.loads(seen["GRL_SUITE_PYTHONS"])
    assert "needs Python 3.98" in json.loads(seen["GRL_SUITE_UNAVAILABLE"])["nnabla"]


@pytest.mark.parametrize("asked", [["--backend", "nnabla"], ["--subject", "nnabla:a:b"]])
def test_backend_asked_for_by_name_must_be_had(suite: Checkout, asked: list[str]) -> None:
    done = suite.run("conformance", *asked)
    assert done.returncode == 2
    assert "nnabla cannot be had: it needs Python 3.98" in done.stderr


@pytest.fixture
def own_python(suite: Checkout) -> str:
    """An interpreter that imports what the false torch environment imports."""
    suite.run("setup", "--backend", "torch")
    suite.installed()
    elsewhere = suite.root.with_name("own")
    (suite.root / ".envs/torch").rename(elsewhere)
    return str(elsewhere / "bin/python")


def test_named_interpreter_is_used_as_it_is(suite: Checkout, own_python: str) -> None:
    done = suite.run("conformance", "--backend=torch", "--python", f"torch={own_python}")
    assert done.returncode == 7, done.stderr
    assert json.loads(json.loads(done.stdout)["GRL_SUITE_PYTHONS"]) == {"torch": own_python}
    assert suite.installed() == []


def test_bare_python_is_the_subjects(suite: Checkout, own_python: str) -> None:
    done = suite.run("conformance", "--subject=torch:a:b", "--python", own_python)
    assert done.returncode == 7, done.stderr
    seen = json.loads(done.stdout)
    assert seen["arguments"] == ["--subject=torch:a:b", "--python", own_python]
    assert suite.installed() == []


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (None, "does not run: No such file"),
        (["exit 127"], "fails with exit code 127"),
        ([f'exec "{sys.executable}" -S "$@"'], "No module named 'torch'"),
    ],
)
def test_named_interpreter_must_serve(
    checkout: Checkout, lines: list[str] | None, said: str
) -> None:
    path = checkout.root / "python"
    if lines:
        path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
        path.chmod(0o755)
    done = checkout.run("setup", "--backend", "torch", "--python", f"torch={path}")
    assert done.returncode == 2
    assert f"--python torch={path}" in done.stderr
    assert said in done.stderr


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.name))
def test_sources_keep_to_python_39(source: Path) -> None:
    tree = ast.parse(source.read_text(), feature_version=(3, 9))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert "__future__" in imported or source.name == "__init__.py"


def test_help_runs_on_python_39(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreters, "uv", lambda: None)  # it would download one
    try:
        python = find(("3.9",)).path
    except UnavailableError as error:
        pytest.skip(f"no Python 3.9 here: {error}")
    shown = subprocess.run(
        [python, checkout.root / "dev.py", "conformance", "--help"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert "usage: dev.py conformance" in shown.stdout


@pytest.mark.parametrize(
    ("pretend", "said"),
    [("os.name = 'nt'", "WSL"), ("sys.version_info = (3, 8)", "needs Python 3.9 or newer")],
)
def test_what_cannot_run_it_is_told(checkout: Checkout, pretend: str, said: str) -> None:
    code = f"import os, pathlib, sys; {pretend}; import environments"
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        cwd=checkout.root,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert said in done.stderr

"""The command line of dev.py: what it accepts, refuses and hands on, and to whom."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from environments import UnavailableError
from environments.pythons import base
from environments.specs import CONTROLLER
from tests.dev.conftest import ROOT, Checkout, script, seen, told


def test_help_of_each_command_needs_no_environment(checkout: Checkout) -> None:
    overview = checkout.run("--help").stdout
    for command in ("conformance", "benchmarks", "test", "backends", "setup"):
        assert command in overview
        shown = checkout.run(command, "--help", PYTHONOPTIMIZE="2")
        assert shown.returncode == 0
        assert f"usage: python3 dev.py {command}" in shown.stdout
    assert not (checkout.root / ".envs").exists()


def test_bad_arguments_are_refused_at_once(checkout: Checkout) -> None:
    for arguments, said in {
        "": "COMMAND",
        "conformence": "did you mean conformance?",
        "setup --backend jax": "jax (choose from torch, nnabla, chainer)",
        "setup --backend chianer": "did you mean chainer?",
        "setup --nonsense": "unknown option --nonsense; --help shows them all",
        "conformance --subject theano:a:b": "with a backend of torch, nnabla, chainer, jax",
        "conformance --subject torch": "BACKEND:MODULE:NAME",
        "conformance --subject torch:none.py:GRL": "no such file: none.py",
        "conformance --subject torch:a:b --law dorefe": "did you mean dorefa?",
        "conformance --clause g17": "did you mean G17?",
        "conformance --bakend torch": "unknown option --bakend; did you mean --backend?",
        "conformance compare": "required: OLD.json, NEW.json",
        "conformance compare a.json b.json": "no such file: a.json",
        "benchmarks": "arguments are required: ACTION",
        "benchmarks tabel a.json": "did you mean table?",
        "benchmarks table none.json": "no such file: none.json",
        "benchmarks run --preste full": "did you mean --preset?",
        "benchmarks run --python /bin/sh": "is not NAME=PATH",
        "example moon": "did you mean moons?",
        "example gan --data none": "no such folder: none",
        "test --python jax=/bin/sh": "NAME one of controller, torch, nnabla, chainer",
        "test --python torch=none": "no program",
        "test --torch oldest --backend torch": "layers alone, on that version",
        "wheel --backend torch-newst": "did you mean torch-newest?",
    }.items():
        refused = checkout.run(*arguments.split())
        assert refused.returncode == 2, refused
        assert said in refused.stderr.replace("'", "")  # Python 3.12 quotes no choices
    assert not (checkout.root / ".envs").exists()


def test_dev_py_becomes_the_suite_whatever_surrounds_it(checkout: Checkout) -> None:
    theirs = checkout.root.parent / "theirs"
    (checkout.root.parent / "conformance").mkdir()
    for folder in (theirs, checkout.root.parent):  # the second is the working folder
        folder.mkdir(exist_ok=True)
        for module in ("random", "numpy", "argparse"):
            (folder / f"{module}.py").write_text("raise SystemExit('not mine')")
    inner = ["--backend", "torch", "--quick", "--", "-k", "--python"]
    hostile = {
        "PYTHONPATH": str(theirs),
        "PYTHONOPTIMIZE": "2",
        "PYTHONSAFEPATH": "1",
        "PYTHONWARNINGS": "error",
        "PYTEST_ADDOPTS": "--nonsense",
    }
    subject = ["--subject=torch:a.b:C", "--layer=mul_scalar"]
    run = checkout.start("conformance", *subject, *inner, **hostile)
    out, err = run.communicate()
    assert run.returncode == 7, err  # the suite's own
    (said,) = seen(out)
    assert said["pid"] == run.pid  # a signal to dev.py, SIGKILL too, is one to the suite
    assert said["argv"][1:] == [*subject, *inner]
    assert said["cwd"] == str(checkout.root.parent)
    assert said["path"][0] == str(checkout.root)
    assert {str(theirs), said["cwd"], ""}.isdisjoint(said["path"])
    assert not any(module.startswith(str(theirs)) for module in said["modules"])
    assert [name for name in said["env"] if name.startswith("PYT")] == ["PYTHONPATH"]
    pythons = {"torch": str(checkout.root / ".envs/torch/bin/python")}
    assert told(said) == {"pythons": pythons, "unavailable": {}, "rivals": {}, "ecosystem": {}}


def test_backend_that_cannot_be_had_is_skipped_loudly(checkout: Checkout) -> None:
    done = checkout.run("conformance", "--quick")
    assert done.returncode == 7, done.stderr
    assert "nnabla: SKIPPED: it needs Python 3.98" in done.stderr
    assert "--python nnabla=PATH" in done.stderr
    assert "ready: controller, torch, chainer; without nnabla" in done.stderr
    given = told(seen(done.stdout)[0])
    assert list(given["pythons"]) == ["torch", "chainer"]
    assert "needs Python 3.98" in given["unavailable"]["nnabla"]
    for asked in (["--backend", "nnabla"], ["--subject=nnabla:a:b", "--law=dorefa"]):
        named = checkout.run("conformance", *asked)
        assert named.returncode == 2
        assert "nnabla cannot be had: it needs Python 3.98" in named.stderr


def test_named_interpreter_is_used_as_it_is(checkout: Checkout) -> None:
    checkout.run("setup", "--backend", "torch")
    own = str(checkout.root.with_name("own") / "bin/python")
    (checkout.root / ".envs/torch").rename(checkout.root.with_name("own"))
    for arguments in (
        ["--backend=torch", f"--python=torch={own}"],
        ["--subject=torch:a:b", "--law=dorefa", f"--python={own}"],
    ):
        done = checkout.run("conformance", *arguments)
        (said,) = seen(done.stdout)
        assert said["argv"][1:] == arguments
        assert told(said)["pythons"] == {"torch": own}
    assert not (checkout.root / ".envs/torch").exists()


def test_named_interpreter_must_serve(checkout: Checkout) -> None:
    path = checkout.root / "python"
    for line, said in {
        "": "no program",
        "exit 127": "fails with exit code 127",
        f'exec "{sys.executable}" -S "$@"': "No module named 'torch'",
    }.items():
        if line:
            script(path, line)
        done = checkout.run("setup", "--backend", "torch", "--python", f"torch={path}")
        assert done.returncode == 2
        assert str(path) in done.stderr
        assert said in done.stderr


def test_benchmarks_get_the_rivals_in_folders_of_their_own(checkout: Checkout) -> None:
    file = checkout.root / "dev.py"  # any: who reads it is not here
    table = checkout.run("benchmarks", "table", str(file))
    assert seen(table.stdout)[0]["argv"][1:] == ["table", str(file)]
    compared = checkout.run("conformance", "compare", str(file), str(file))
    assert seen(compared.stdout)[0]["argv"][1:] == ["compare", str(file), str(file)]
    assert not (checkout.root / ".envs/torch").exists()  # to read takes the controller alone
    checkout.pin("rivals-chainer", "rival==3")
    done = checkout.run("benchmarks", "run", "--preset", "full", "--backend=torch")
    (said,) = seen(done.stdout)
    assert said["argv"][1:] == ["run", "--preset", "full", "--backend=torch"]
    folder = checkout.root / ".envs/rivals-torch"
    assert told(said)["rivals"] == {"torch": str(folder)}
    assert checkout.has("rivals-torch") == ["rival-1"]
    assert "rival-1" not in checkout.has("torch")

    (folder / "stale.txt").touch()
    (folder / "rival/__init__.py").unlink()
    both = checkout.run("benchmarks", "run")
    assert (folder / "rival/__init__.py").exists()
    assert "rivals-chainer: SKIPPED, it goes on without them" in both.stderr
    assert list(told(seen(both.stdout)[0])["rivals"]) == ["torch"]


def test_help_runs_on_python_39(checkout: Checkout) -> None:
    try:
        checkout.python = Path(base(replace(CONTROLLER, pythons=("3.9",))))
    except UnavailableError as error:
        pytest.skip(f"no Python 3.9 here: {error}")
    assert "usage: python3 dev.py conformance" in checkout.run("conformance", "--help").stdout


def test_what_cannot_run_it_is_told() -> None:
    for pretend, said in {"os.name = 'nt'": "WSL", "sys.version_info = (3, 8)": "3.9"}.items():
        code = f"import os, runpy, sys; {pretend}; runpy.run_path('dev.py')"
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 2
        assert said in done.stderr

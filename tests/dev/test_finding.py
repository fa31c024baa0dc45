"""A Python and uv are found by running them; what pip was told goes on to uv."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from environments import SetupError, UnavailableError, pythons, uv
from environments.pythons import base
from environments.specs import SPECS
from tests.dev.conftest import MINOR, Checkout, script, wheel

SOME = replace(SPECS["torch"], pythons=(MINOR,))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What PATH, pyenv and uv's own Pythons are; this Python is no candidate."""
    monkeypatch.setattr(sys, "version_info", (3, 1))
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    uv.get()  # which remembers it: there is none on the PATH below
    uv.settings.cache_clear()
    base.cache_clear()
    script(tmp_path / "shims" / f"python{MINOR}", "echo pyenv: command not found >&2; exit 127")
    monkeypatch.setenv("PATH", str(tmp_path / "shims"))
    return tmp_path


def test_shim_that_fails_is_passed_over(folder: Path) -> None:
    with pytest.raises(UnavailableError, match=r"none was found that runs .*shims/python3"):
        base(SOME)
    (folder / f"pyenv/versions/{MINOR}.98/bin").mkdir(parents=True)
    (folder / f"pyenv/versions/{MINOR}.98/bin/python").symlink_to(sys.executable)
    assert Path(base(SOME)).resolve() == Path(sys.executable).resolve()


def test_newest_of_pyenv_is_taken(folder: Path) -> None:
    for version in ("3.98.2", "3.98.10", "3.9.8"):
        (folder / "pyenv/versions" / version).mkdir(parents=True)
    found = [Path(path).parts[-3] for path in pythons.beyond("3.98")]
    assert found == ["3.98.10", "3.98.2"]


def test_nnabla_says_where_it_has_no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    for system, machine, reason in (
        ("Linux", "x86_64", ""),
        ("Linux", "aarch64", "no wheel for Linux aarch64, only for Linux x86_64"),
        ("Darwin", "x86_64", "no wheel for Darwin x86_64, only for Linux x86_64"),
    ):
        monkeypatch.setattr(platform, "system", lambda system=system: system)
        monkeypatch.setattr(platform, "machine", lambda machine=machine: machine)
        said = SPECS["nnabla"].missing_wheel()
        assert reason in said
        assert bool(reason) == bool(said)


def test_settings_of_pip_reach_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    said = (
        "WARNING: a line of another kind\n"
        ":env:.timeout='3'\n"
        "global.extra-index-url='https://one https://two'\n"
        "install.find-links='\\nc\\nd'\n"
        "global.find-links='e'\n"
        "global.timeout='9'\n"
        "global.cert='theirs.pem'\n"
    )
    monkeypatch.setattr(uv, "ask", lambda *arguments: said)
    variables = {"PIP_TIMEOUT": "3", "SSL_CERT_FILE": "own.pem"}
    monkeypatch.setattr(os, "environ", variables)
    assert uv.settings.__wrapped__() == {
        **variables,
        "UV_FIND_LINKS": "c,d",
        "UV_INDEX": "https://one https://two",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_HTTP_TIMEOUT": "3",
    }


def test_uv_is_installed_where_the_one_on_path_does_not_serve(
    checkout: Checkout, tmp_path: Path, packages: Path
) -> None:
    run = f"#!/bin/sh\nexec '{checkout.uv.resolve()}' \"$@\"\n"
    script(checkout.uv, "exit 127")
    links = tmp_path / "links"
    shutil.copytree(packages, links)
    version = (checkout.root / "environments/uv.txt").read_text().rpartition("==")[2].strip()
    wheel(links, "uv", version, {f"uv-{version}.data/scripts/uv": run})
    checkout.python = Path(sys.base_prefix, "bin/python3")  # which may have pip
    done = checkout.run("setup", "--backend", "torch", PIP_FIND_LINKS=str(links))
    assert done.returncode == 0, done.stderr
    assert "uv: installing uv.txt into .envs/uv" in done.stderr
    assert checkout.run("setup", "--backend", "torch").stderr.count("\n") == 1


def test_without_pip_and_venv_it_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bare = tmp_path / "python"
    script(bare, 'echo "$bare: No module named pip"; exit 1')
    monkeypatch.setattr(uv, "found", lambda: None)
    monkeypatch.setattr(uv, "OWN", tmp_path / "uv")
    monkeypatch.setattr(sys, "executable", str(bare))
    with pytest.raises(SetupError, match="cannot be installed: install it") as told:
        uv.get.__wrapped__()
    assert "apt install python3-venv" in str(told.value)
    assert str(told.value).count("No module named pip") == 2  # of both ways
    script(bare, "echo NewConnectionError; exit 1")
    with pytest.raises(SetupError, match="no package index can be reached"):
        uv.get.__wrapped__()

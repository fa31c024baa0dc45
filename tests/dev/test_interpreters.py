"""A Python is found by running it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from environments import interpreters
from environments.interpreters import UnavailableError, find, prove
from environments.specs import BACKENDS

MINOR = "{}.{}".format(*sys.version_info)
Script = Callable[..., Path]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Writes a shell script and returns its path."""

    def write(name: str, *lines: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
        path.chmod(0o755)
        return path

    return write


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with no Python but those that a test adds, and without uv."""
    monkeypatch.setenv("PATH", str(tmp_path / "first") + ":" + str(tmp_path / "second"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setattr(interpreters, "uv", lambda: None)


def test_shim_that_fails_is_passed_over(script: Script) -> None:
    script("first/python3.98", "echo pyenv: python3.98: command not found >&2", "exit 127")
    script(f"second/python{MINOR}", f'exec "{sys.executable}" "$@"')
    found = find(("3.98", MINOR))
    assert found.version == platform.python_version()


def test_second_of_the_same_name_on_path_is_tried(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 1))  # so that this Python is no candidate
    script(f"first/python{MINOR}", "exit 127")
    with pytest.raises(UnavailableError, match="exit code 127"):
        find((MINOR,))
    script(f"second/python{MINOR}", f'exec "{sys.executable}" "$@"')
    assert find((MINOR,)).minor == MINOR


def test_pyenv_is_searched_and_its_newest_is_taken(script: Script) -> None:
    script("pyenv/versions/3.98.2/bin/python", "exit 1")
    script("pyenv/versions/3.98.10/bin/python", "exit 1")
    script("pyenv/versions/3.9.8/bin/python", "exit 1")
    found = [path.parts[-3] for path in interpreters.candidates("3.98")]
    assert found == ["3.98.10", "3.98.2"]


def test_python_of_another_version_is_refused(script: Script) -> None:
    script("first/python3.98", f'exec "{sys.executable}" "$@"')
    with pytest.raises(UnavailableError, match=f"is Python {platform.python_version()}"):
        find(("3.98",))


def test_python_that_cannot_make_environments_is_refused_without_uv(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 1))
    message = "echo No module named ensurepip >&2"
    script(
        f"first/python{MINOR}",
        f'case "$*" in *ensurepip*) {message}; exit 1;; esac',
        f'exec "{sys.executable}" "$@"',
    )
    with pytest.raises(UnavailableError, match="No module named ensurepip"):
        find((MINOR,))
    monkeypatch.setattr(interpreters, "uv", lambda: "/bin/false")
    assert find((MINOR,)).minor == MINOR


def test_uv_fetches_a_python_that_it_does_not_have(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = tmp_path / "fetched"
    uv = script(
        "uv",
        f'if [ "$2" = install ]; then : > {fetched}; exit; fi',
        f'[ -e {fetched} ] && echo "{sys.executable}"',
    )
    monkeypatch.setattr(interpreters, "uv", lambda: str(uv))
    assert find(("3.98",)).version == platform.python_version()


def test_uv_that_cannot_fetch_is_quoted(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    uv = script("uv", 'echo "no network for $3" >&2', "exit 1")
    monkeypatch.setattr(interpreters, "uv", lambda: str(uv))
    with pytest.raises(UnavailableError, match=r"could not get Python 3\.98: no network for 3\.98"):
        find(("3.98",))


def test_uv_that_does_not_run_is_no_uv(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    path = script("tools/uv", "exit 127")
    monkeypatch.setenv("PATH", str(path.parent))
    assert interpreters.uv.__wrapped__() is None
    path.write_text("#!/bin/sh\n")
    assert interpreters.uv.__wrapped__() == str(path)


def test_program_that_is_no_python_is_refused(script: Script) -> None:
    with pytest.raises(UnavailableError, match="does not answer like a Python"):
        prove(script("python", "echo"))


@pytest.mark.parametrize(
    ("system", "machine", "served"),
    [("Linux", "x86_64", True), ("Linux", "aarch64", False), ("Darwin", "arm64", False)],
)
def test_nnabla_says_where_it_has_no_wheel(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str, served: bool
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    reason = BACKENDS["nnabla"].missing_wheel()
    assert (reason == "") is served
    assert served or f"no wheel for {system} {machine}, only for Linux x86_64" in reason

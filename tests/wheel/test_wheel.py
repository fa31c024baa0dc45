"""The wheel, as it is installed: what is in it, and test files that use it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

from conformance import BACKENDS, __version__, known
from environments.specs import CONTROLLER
from tests.wheel.__main__ import TRIALS

ROOT = Path(__file__).resolve().parents[2]
PYTHONS = known().pythons
WRONG = """\
from {module} import {name}
from grl_conformance import assert_conforms, laws
def test_wrong():
    assert_conforms({name}, laws.round_straight_through, framework="{backend}")
"""
ROUNDS = {"torch": ("torch", "round"), "chainer": ("chainer.functions", "floor")}
ROUNDS["nnabla"] = ("nnabla.functions", "round")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that it unpacks to, as pip unpacks it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-I", "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    site = folder / "site"
    with zipfile.ZipFile(built) as archive:
        archive.extractall(site)
    return site


def test_no_name_is_generic(wheel: Path) -> None:
    names = {path.name for path in wheel.iterdir() if not path.name.endswith(".dist-info")}
    assert names == {"grl_conformance", *(f"grl_{backend}" for backend in BACKENDS)}


def test_each_package_says_that_it_has_types(wheel: Path) -> None:
    packages = {path for path in wheel.iterdir() if not path.name.endswith(".dist-info")}
    assert {path.parent for path in wheel.glob("*/py.typed")} == packages


def test_what_the_index_shows(wheel: Path) -> None:
    (file,) = wheel.glob("*.dist-info/METADATA")
    metadata = message_from_string(file.read_text("utf-8"))
    classifiers = metadata.get_all("Classifier") or []
    language = "Programming Language :: Python :: "
    pythons = {name.removeprefix(language) for name in classifiers if name.startswith(language)}
    minors = sorted(pythons - {"3 :: Only"}, key=lambda name: int(name.partition(".")[2]))
    assert metadata["Requires-Python"] == f">={minors[0]}"
    assert set(minors) <= set(CONTROLLER.pythons)
    assert metadata["Version"] == __version__
    assert all("extra == " in line for line in metadata.get_all("Requires-Dist") or [])


def test_all_that_is_read_is_there(wheel: Path) -> None:
    sources = {path.relative_to(ROOT / "conformance") for path in _files(ROOT / "conformance")}
    assert {
        path.relative_to(wheel / "grl_conformance") for path in _files(wheel / "grl_conformance")
    } == sources


def _files(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts]


@pytest.mark.parametrize("backend", sorted(set(BACKENDS) & set(PYTHONS)))
def test_it_judges_in_a_project_of_ones_own(wheel: Path, tmp_path: Path, backend: str) -> None:
    """The trial of dev.py wheel passes there, and a wrong layer is told so."""
    module, name = ROUNDS[backend]
    shutil.copy(TRIALS / f"{backend}.py", tmp_path / "test_layer.py")
    wrong = WRONG.format(module=module, name=name, backend=backend)
    (tmp_path / "test_wrong.py").write_text(wrong, "utf-8")
    done = _run(wheel, tmp_path, backend, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert "1 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    assert "does not follow round_straight_through" in done.stdout
    # Its entry point has registered the plugin.
    said = _run(wheel, tmp_path, backend, "-m", "pytest", "--help").stdout
    assert "--xfails-file=FILE" in said


def test_help_names_the_command_that_is_there(wheel: Path, tmp_path: Path) -> None:
    code = "from grl_conformance.__main__ import main; main(['--help'])"
    environment = {**os.environ, "PYTHONPATH": str(wheel)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert done.stdout.startswith("usage: grl-conformance ")
    assert "dev.py" not in done.stdout


def _run(
    wheel: Path, folder: Path, backend: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PYTHONS[backend], *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(wheel)},
        capture_output=True,
        text=True,
        check=False,
    )

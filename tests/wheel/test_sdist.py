"""The sdist: what is in it, and that it gives the same wheel as the checkout."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = {
    *("grl_torch", "grl_nnabla", "grl_chainer", "conformance"),
    *("benchmarks", "docs", "environments", "examples", "tests", "dev.py", ".ci", ".github"),
    *("README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md"),
    *("pyproject.toml", "mkdocs.yml", "PKG-INFO", ".gitignore"),
}
STRAYS = (
    "notes.txt",
    "reports/conformance.json",
    ".envs/torch/bin/python",
    "benchmarks/runs/mine.json.gz",
    "grl_torch/__pycache__/schedules.cpython-311.pyc",
    "tests/.pytest_cache/README.md",
)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
KB = 1000


@dataclass(frozen=True)
class Built:
    """An sdist, unpacked, and the wheel that was built beside it."""

    sizes: dict[str, int]  # of the sdist's files
    unpacked: Path
    record: list[str]  # the wheel's files, with their hashes


def build(source: Path, folder: Path) -> Built:
    command = [sys.executable, "-I", "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        (record,) = (name for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
        lines = archive.read(record).decode().splitlines()
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
        sizes = {m.name.partition("/")[2]: m.size for m in archive.getmembers()}
    return Built(sizes, folder / sdist.name.removesuffix(".tar.gz"), lines)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """From the checkout."""
    return build(ROOT, tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module")
def again(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """From the unpacked sdist, beside what a checkout in use holds."""
    for stray in STRAYS:
        path = built.unpacked / stray
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return build(built.unpacked, tmp_path_factory.mktemp("sdist"))


def test_it_gives_the_same_wheel(built: Built, again: Built) -> None:
    assert again.record == built.record


def test_it_holds_the_project_and_no_strays(built: Built, again: Built) -> None:
    assert {name.partition("/")[0] for name in built.sizes} == NAMES
    assert again.sizes == built.sizes


def test_nothing_in_it_is_large(built: Built) -> None:
    assert {name: size for name, size in built.sizes.items() if size > 250 * KB} == {}


def test_links_lead_to_files_that_it_holds(built: Built) -> None:
    pages = [built.unpacked / name for name in built.sizes if name.endswith(".md")]
    links = [(page, link) for page in pages for link in LINK.findall(page.read_text("utf-8"))]
    broken = [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()]
    assert links
    assert broken == []


def test_dev_py_starts_in_it(built: Built) -> None:
    command = [sys.executable, str(built.unpacked / "dev.py"), "test", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("usage: python3 dev.py test ")

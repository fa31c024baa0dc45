"""A copy of dev.py with tiny pins, which the real uv installs from a folder of tiny packages."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from environments import uv

ROOT = Path(__file__).resolve().parents[2]
MINOR = "{}.{}".format(*sys.version_info)
PATIENCE = 60  # seconds until something that should happen counts as never happening
# Stands in for the suite and for pytest: says what it was given.
SAY = """\
import json, os, random, sys
import numpy
if __name__ == "__main__":
    print("SEEN", json.dumps({"argv": sys.argv, "path": sys.path, "pid": os.getpid(),
        "cwd": os.getcwd(), "env": {**os.environ}, "modules": [random.__file__, numpy.__file__]}))
    print("3 passed, 1 failed, 1 skipped in 0.01s")
    sys.exit(7)
"""


def script(path: Path, *lines: str) -> None:
    """Writes a shell script, also in place of a link."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_text("\n".join(("#!/bin/sh", *lines, "")))
    path.chmod(0o755)


def wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> None:
    """Writes a package into the folder."""
    info = f"{name}-{version}.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as file:
        for path, text in files.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = 0o100755 << 16  # a regular file that can be run
            file.writestr(entry, text)


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of packages."""
    folder = tmp_path_factory.mktemp("packages")
    for name in ("numpy", "torch", "chainer", "nnabla", "rival", "ruff", "mypy"):
        for version in ("1", "2"):
            wheel(folder, name, version, {f"{name}/__init__.py": f"__version__ = '{version}'\n"})
    wheel(folder, "pytest", "1", {"pytest.py": SAY})
    return folder


@dataclass
class Checkout:
    """The copy, and how to run it."""

    root: Path
    python: Path
    env: dict[str, str]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Runs dev.py to its end, in a folder that is not the checkout."""
        process = self.start(*arguments, **env)
        out, err = process.communicate(timeout=PATIENCE)
        assert "Traceback" not in err, err
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        """Starts dev.py in a process group of its own."""
        process = subprocess.Popen(
            [str(self.python), str(self.root / "dev.py"), *arguments],
            cwd=self.root.parent,
            env={**self.env, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    @property
    def uv(self) -> Path:
        """The uv on its PATH."""
        return Path(self.env["PATH"], "uv")

    def pin(self, name: str, *packages: str) -> None:
        """Changes the pins of an environment."""
        (self.root / f"environments/{name}.txt").write_text("\n".join(packages))

    def has(self, name: str) -> list[str]:
        """The packages in an environment, or in a folder beside one."""
        folders = (self.root / ".envs" / name).glob("**/*.dist-info")
        return sorted(folder.stem for folder in folders)


def seen(out: str) -> list[dict[str, Any]]:
    """What each stand-in was given."""
    lines = [line.partition(" ") for line in out.splitlines()]
    return [json.loads(rest) for word, _, rest in lines if word == "SEEN"]


def told(said: dict[str, Any]) -> dict[str, Any]:
    """What a stand-in was told of the environments."""
    return dict(json.loads(said["env"]["GRL_SUITE_ENVIRONMENTS"]))


@pytest.fixture
def checkout(tmp_path: Path, packages: Path) -> Iterator[Checkout]:
    """Its path has blanks and more than ASCII; there is no Python for nnabla."""
    root, tools = tmp_path / "a chéckout", tmp_path / "tools"
    ignored = shutil.ignore_patterns("__pycache__", "test_*.py")
    shutil.copytree(ROOT / "environments", root / "environments", ignore=ignored)
    shutil.copy(ROOT / "dev.py", root)
    for package in ("conformance", "benchmarks", "docs/which", "examples", "tests/wheel"):
        shutil.copytree(ROOT / package, root / package, ignore=ignored)
        (root / package / "__main__.py").write_text(SAY)
    specs = root / "environments/specs.py"
    text = re.sub(r'pythons=\("3.10",\)', 'pythons=("3.98",)', specs.read_text())
    specs.write_text(re.sub(r'"3.1[0-4]"(?=[,)])', f'"{MINOR}"', text))
    tools.mkdir()
    (tools / "uv").symlink_to(uv.get())
    # Nothing of the machine's own: no other Python, no settings, no index.
    env = {
        "PATH": str(tools),
        "HOME": str(tmp_path / "home"),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(packages),
        "UV_PYTHON_DOWNLOADS": "never",
    }
    made = Checkout(root, Path(sys.executable), env)
    for name in ("torch", "torch-oldest", "torch-newest", "chainer"):
        made.pin(name, "numpy==1", "pytest==1", f"{name.partition('-')[0]}==1")
    made.pin("controller", "numpy==1", "pytest==1", "ruff==1", "mypy==1")
    for name in ("rivals-torch", "rivals-chainer", "ecosystem-torch"):
        made.pin(name, "rival==1")
    yield made
    for process in made.started:
        process.kill()
        process.communicate()

"""A copy of dev.py in a folder of its own, with a false uv, so that nothing heavy is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.dev import fake_uv

ROOT = Path(__file__).resolve().parents[2]
# Says what it was given.
FAKE_SUITE = """\
import json, os, sys
seen = {name: value for name, value in os.environ.items() if name.startswith("GRL_SUITE_")}
print(json.dumps({"arguments": sys.argv[1:], "cwd": os.getcwd(), "path": sys.path, **seen}))
sys.exit(7)
"""
PATIENCE = 20  # seconds until something that should happen counts as never happening


@dataclass
class Checkout:
    """The copy, and how to run it."""

    root: Path
    python: Path
    env: dict[str, str]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def command(self, *arguments: str) -> list[str]:
        return [str(self.python), str(self.root / "dev.py"), *arguments]

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Runs dev.py to its end, in a folder that is not the checkout."""
        return subprocess.run(
            self.command(*arguments),
            check=False,
            cwd=self.root.parent,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        """Starts dev.py in a process group of its own."""
        process = subprocess.Popen(
            self.command(*arguments),
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
    def record(self) -> list[dict[str, Any]]:
        """What the false uv was asked to install, in order."""
        path = Path(self.env["FAKE_UV_RECORD"])
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def installed(self) -> list[str]:
        """The names of the environments that were installed since the last call."""
        names = sorted(entry["name"] for entry in self.record)
        Path(self.env["FAKE_UV_RECORD"]).unlink(missing_ok=True)
        return names

    def wait_for_installers(self, count: int) -> list[dict[str, Any]]:
        """Waits until so many installers are at work."""
        deadline = time.monotonic() + PATIENCE
        while len(self.record) < count:
            assert time.monotonic() < deadline, "the installers did not start"
            time.sleep(0.02)
        return self.record

    def stamp(self, name: str) -> Path:
        return self.root / ".envs" / name / "complete.json"


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with nothing installed, as a newcomer may have; asking pip for settings is slow."""
    home = tmp_path_factory.mktemp("newcomer")
    fake_uv.make(Path(sys.executable), home)
    return home / "bin" / "python"


@pytest.fixture
def checkout(tmp_path: Path, python: Path) -> Iterator[Checkout]:
    root, tools, home = (tmp_path / name for name in ("checkout", "tools", "home"))
    for folder in (root, tools, home):
        folder.mkdir()
    shutil.copy(ROOT / "dev.py", root)
    shutil.copytree(ROOT / "environments", root / "environments")
    uv = tools / "uv"
    uv.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{fake_uv.__file__}' \"$@\"\n")
    uv.chmod(0o755)
    # Nothing of the machine's own: no other Python, no pip settings.
    env = {
        "PATH": str(tools),
        "HOME": str(home),
        "PYENV_ROOT": str(home),
        "PIP_CONFIG_FILE": os.devnull,
        "FAKE_UV_RECORD": str(tmp_path / "record"),
    }
    made = Checkout(root, python, env)
    yield made
    for process in made.started:
        process.kill()
        process.communicate()


@pytest.fixture
def suite(checkout: Checkout) -> Checkout:
    """A checkout whose packages only say what they were given; there is no Python for nnabla."""
    for name in ("conformance", "benchmarks"):
        package = checkout.root / name
        package.mkdir()
        (package / "__main__.py").write_text(FAKE_SUITE)
    for name in ("rivals-torch", "rivals-chainer", "ecosystem-torch"):
        (checkout.root / f"environments/{name}.txt").write_text("rival==1.0\n")
    specs = checkout.root / "environments/specs.py"
    changed = specs.read_text().replace('pythons=("3.10",)', 'pythons=("3.98",)')
    specs.write_text(changed.replace('("chainer", "numpy")', '("numpy",)'))
    return checkout
